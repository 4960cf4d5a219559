#pragma once
/// The limits table: one row per bound on work. A row is a setting (`limits:` in the
/// configuration), a line of docs/reference/limits.md, a label of `limit_exceeded_total` and a
/// phrase of EDE texts.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
namespace windlass {

enum class Unit : std::uint8_t { count, octets, milliseconds, seconds, percent, bits };

// clang-format off
//       key                       default    least   most        unit          what is bounded
#define WINDLASS_LIMITS(ROW) \
  ROW(upstream_queries,            100,       1,      10'000,     count,        "upstream queries one client request may cause, all its sub-questions included") \
  ROW(upstream_queries_shadow,     50,        1,      10'000,     count,        "upstream queries of one request above which it is counted, not stopped") \
  ROW(depth,                       8,         1,      64,         count,        "sub-questions of sub-questions") \
  ROW(cname_hops,                  11,        1,      15,         count,        "CNAME and DNAME redirections followed for one request") \
  ROW(nameservers,                 13,        1,      64,         count,        "name servers of one Delegation that are used") \
  ROW(addresses_per_nameserver,    6,         1,      64,         count,        "addresses of one name server that are used") \
  ROW(glueless_lookups,            10,        1,      100,        count,        "name server names without glue looked up for one request") \
  ROW(glueless_failures,           5,         1,      100,        count,        "failed look-ups of name server names before a Delegation is given up") \
  ROW(octets_received,             100'000,   4096,   100'000'000,octets,       "octets of upstream answers one request may cause") \
  ROW(request_time,                8000,      100,    60'000,     milliseconds, "time until a client request is answered with SERVFAIL") \
  ROW(qmin_probes,                 10,        0,      128,        count,        "questions with a minimised name for one resolution") \
  ROW(qmin_single_labels,          4,         0,      128,        count,        "of these, how many add a single label") \
  ROW(signature_checks,            48,        1,      10'000,     count,        "signatures verified for one request") \
  ROW(signature_checks_per_fetch,  16,        1,      10'000,     count,        "signatures verified for one answer of a zone") \
  ROW(signature_failures,          4,         1,      1000,       count,        "failed signature checks for one request") \
  ROW(signature_failures_per_fetch,2,         1,      1000,       count,        "failed signature checks for one answer of a zone") \
  ROW(rrsigs_per_rrset,            4,         1,      64,         count,        "RRSIG records of one RRset that are looked at") \
  ROW(equal_tag_keys,              2,         1,      64,         count,        "DNSKEY records of one key tag and algorithm that are tried") \
  ROW(ds_records,                  8,         1,      64,         count,        "DS records of one delegation that are looked at") \
  ROW(crypto_slice,                1,         1,      1000,       milliseconds, "cryptography in one step before client packets have their turn") \
  ROW(rsa_bits,                    4096,      1024,   16'384,     bits,         "modulus of an RSA key; larger keys verify nothing") \
  ROW(rsa_exponent_bits,           33,        2,      256,        bits,         "public exponent of an RSA key; larger ones verify nothing") \
  ROW(nsec3_iterations,            50,        0,      2500,       count,        "additional NSEC3 iterations; above: the zone counts as insecure (RFC 9276)") \
  ROW(nsec3_hashes,                150,       1,      10'000,     count,        "NSEC3 hashes computed for one request, each name once") \
  ROW(nsec3_records,               8,         1,      1000,       count,        "NSEC3 records of one answer that are looked at") \
  ROW(records_per_rrset,           100,       1,      65'535,     count,        "records of one RRset") \
  ROW(rrsets_per_section,          200,       1,      5000,       count,        "RRsets of one section of an upstream answer") \
  ROW(rrset_octets,                65'536,    512,    1'048'576,  octets,       "size of one RRset with its signatures") \
  ROW(compression_hops,            128,       1,      128,        count,        "compression pointers followed in one name, strictly backward") \
  ROW(edns_options,                32,        1,      1000,       count,        "options of one OPT record") \
  ROW(edns_size,                   1232,      512,    4096,       octets,       "UDP payload announced to servers and used toward clients") \
  ROW(first_timeout,               400,       50,     10'000,     milliseconds, "timeout of a server with no known round trip") \
  ROW(timeout_min,                 50,        5,      10'000,     milliseconds, "least timeout of a server with a known round trip") \
  ROW(timeout_max,                 3000,      100,    60'000,     milliseconds, "greatest timeout of one try") \
  ROW(server_dead_after,           4,         1,      100,        count,        "timeouts in a row after which a server counts as dead and is asked last; after twice as many only by probes") \
  ROW(server_probe_min,            1,         1,      3600,       seconds,      "time until a dead server is probed again") \
  ROW(server_probe_max,            60,        1,      3600,       seconds,      "greatest time between probes of a dead server") \
  ROW(server_explore,              5,         0,      100,        percent,      "choices made outside the best band of servers") \
  ROW(outage_networks,             8,         2,      64,         count,        "networks whose servers are silent while nobody answers, after which we count as offline") \
  ROW(failure_ttl,                 5,         1,      300,        seconds,      "time a failed resolution is remembered (RFC 9520)") \
  ROW(failure_ttl_max,             300,       1,      300,        seconds,      "the same after repeated failures, doubled each time") \
  ROW(bogus_ttl,                   60,        1,      300,        seconds,      "time a bogus answer is remembered") \
  ROW(stale_after,                 1800,      0,      60'000,     milliseconds, "time a client waits for fresh data before it gets what is kept though its TTL is over (RFC 8767)") \
  ROW(stale_age,                   86'400,    1,      604'800,    seconds,      "time beyond its TTL that data is still given when nothing fresher is to be had") \
  ROW(stale_ttl,                   30,        1,      3600,       seconds,      "TTL of such an answer, and the time until fresh data is tried for again") \
  ROW(prefetch,                    10,        1,      50,         percent,      "last part of an entry's life in which a client's question has it fetched anew") \
  ROW(prefetch_life,               30,        1,      86'400,     seconds,      "life of an entry below which it is not fetched anew before it ends") \
  ROW(tcp_clients,                 1024,      1,      100'000,    count,        "TCP connections of clients") \
  ROW(tcp_clients_per_address,     64,        1,      100'000,    count,        "TCP connections of one client address") \
  ROW(tcp_idle,                    10'000,    100,    600'000,    milliseconds, "idle time of a client's TCP connection") \
  ROW(tcp_message_time,            10'000,    100,    600'000,    milliseconds, "time for one whole message on a TCP connection") \
  ROW(tcp_pipeline,                100,       1,      10'000,     count,        "questions in flight on one TCP connection") \
  ROW(tcp_write_queue,             65'536,    1024,   16'777'216, octets,       "unread answers of one TCP connection before it is read no further") \
  ROW(tcp_keepalive,               30'000,    0,      600'000,    milliseconds, "idle time of the TCP connection of a client that asks for it (RFC 7828), while half of tcp_clients are free; then tcp_idle") \
  ROW(response_rate,               0,         0,      1'000'000,  count,        "answers a second over UDP to one client network without a DNS cookie of ours; 0: as many as are asked for") \
  ROW(response_slip,               2,         0,      100,        count,        "of what goes beyond response_rate, one in so many gets a truncated answer, the rest none; 0: none gets one") \
  ROW(rate_prefix_ipv4,            24,        1,      32,         bits,         "prefix of an IPv4 client network") \
  ROW(rate_prefix_ipv6,            56,        1,      128,        bits,         "prefix of an IPv6 client network") \
  ROW(late_after,                  1900,      0,      60'000,     milliseconds, "time after which an answer over UDP is a late one") \
  ROW(late_answers,                20,        0,      1'000'000,  count,        "late answers a second over UDP to one client network without a DNS cookie of ours (DNSBomb); 0: all") \
  ROW(client_inflight,             100,       1,      100'000,    count,        "recursions one client address may wait for") \
  ROW(inflight,                    2000,      1,      1'000'000,  count,        "client requests waiting for recursion, per worker; as many again may wait for the same answers") \
  ROW(upstream_tcp_idle,           10'000,    0,      600'000,    milliseconds, "idle time of a connection to a server") \
  ROW(upstream_tcp_per_server,     10,        1,      1000,       count,        "connections to one server") \
  ROW(upstream_tcp_time,           3000,      100,    60'000,     milliseconds, "time for one question over TCP") \
  ROW(server_tries,                3,         1,      100,        count,        "tries of one server address in one resolution; twice as many of one that answers other questions") \
  ROW(resolution_tries,            16,        1,      1000,       count,        "failed tries of any servers in one resolution") \
  ROW(bogus_retries,               1,         0,      10,         count,        "other servers asked again after a bogus answer") \
  ROW(upstream_tcp_tries,          3,         1,      100,        count,        "TCP tries of one server for one request") \
  ROW(nta_lifetime,                3600,      1,      604'800,    seconds,      "life of a negative trust anchor without a time of its own") \
  ROW(nta_lifetime_max,            604'800,   1,      604'800,    seconds,      "greatest life of a negative trust anchor added by command") \
  ROW(anchor_hold_down,            2'592'000, 1,      31'536'000, seconds,      "time a new key of a trust anchor's zone must be there before it is trusted, and a revoked one be gone before it is forgotten (RFC 5011)") \
  ROW(anchor_refresh_min,          3600,      1,      86'400,     seconds,      "least time between two questions for the keys of a trust anchor's zone (RFC 5011 2.3); below an hour only in laboratories") \
  ROW(anchor_keys,                 32,        5,      1000,       count,        "keys that are followed for one trust anchor's zone, with those revoked") \
  ROW(nta_recheck,                 300,       1,      86'400,     seconds,      "time between two looks whether the zone of a negative trust anchor validates again") \
  ROW(nta_count,                   1000,      1,      100'000,    count,        "negative trust anchors added by command") \
  ROW(background_rate,             50,        1,      10'000,     count,        "resolutions of the resolver's own that begin in a second, per worker") \
  ROW(signature_skew_before,       0,         0,      86'400,     seconds,      "tolerance before a signature's inception") \
  ROW(signature_skew_after,        0,         0,      86'400,     seconds,      "tolerance after a signature's expiration") \
  ROW(root_copy_octets,            33'554'432,65'536, 1'073'741'824,octets,     "memory for one transfer of the root zone for the local copy (RFC 8806)") \
  ROW(root_copy_time,              60,        1,      3600,       seconds,      "time one source has for that transfer") \
  ROW(root_copy_retry,             60,        1,      86'400,     seconds,      "time until a source is tried again when all have failed") \
  ROW(control_clients,             32,        1,      1000,       count,        "connections to the control socket") \
  ROW(control_line_octets,         65'536,    1024,   16'777'216, octets,       "one request on the control socket") \
  ROW(metrics_clients,             32,        1,      1000,       count,        "connections to the metrics page") \
  ROW(zone_cuts,                   128,       1,      128,        count,        "referrals followed for one resolution") \
  ROW(plugin_errors,               8,         1,      1000,       count,        "errors in a row after which a plugin's breaker opens") \
  ROW(plugin_retry,                5,         1,      3600,       seconds,      "time until a plugin whose breaker is open is tried again") \
  ROW(plugin_streams,              32,        1,      10'000,     count,        "zone transfers going out at once, per worker") \
  ROW(plugin_stream_time,          600,       1,      86'400,     seconds,      "time for one zone transfer going out") \
  ROW(plugin_pending,              1000,      1,      1'000'000,  count,        "questions that plugins answer later, per worker") \
  ROW(plugin_pending_time,         5000,      10,     60'000,     milliseconds, "time until such a question is answered with SERVFAIL") \
  ROW(plugin_work_threads,         2,         1,      64,         count,        "threads for the blocking work of one plugin") \
  ROW(plugin_work_queue,           1024,      1,      1'000'000,  count,        "jobs and timers of one plugin that wait") \
  ROW(plugin_commands,             4,         1,      64,         count,        "commands of one plugin that run at once") \
  ROW(plugin_ready_time,           60,        1,      3600,       seconds,      "time a plugin has to become ready with a reloaded configuration") \
  ROW(answer_cache,                8'388'608, 0,      1'073'741'824,octets,     "finished answers of local zones kept by each worker; 0: none")
// clang-format on

enum class Limit : std::uint8_t {
#define WINDLASS_ROW(key, ...) key,
  WINDLASS_LIMITS(WINDLASS_ROW)
#undef WINDLASS_ROW
      count_of_rows
};

struct LimitRow {
  Limit id;
  std::string_view key;
  std::int64_t standard, least, most;
  Unit unit;
  std::string_view help;
};

std::span<const LimitRow> limit_table();
std::optional<Limit> find_limit(std::string_view key);
const LimitRow& row_of(Limit limit);

/// The values in force: a plain value, copied into whoever is bounded by them.
class Limits {
 public:
  Limits();
  std::int64_t operator[](Limit limit) const noexcept { return values_[index(limit)]; }
  /// False, and nothing changed, when the value is outside the row's range.
  bool set(Limit limit, std::int64_t value) noexcept;

 private:
  static std::size_t index(Limit limit) noexcept { return static_cast<std::size_t>(limit); }
  std::array<std::int64_t, static_cast<std::size_t>(Limit::count_of_rows)> values_;
};
}  // namespace windlass
