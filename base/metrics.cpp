#include "base/metrics.hpp"

#include <algorithm>

#include "base/faults.hpp"
#include "base/limits.hpp"

namespace windlass {
namespace {
using std::string_view;
template <std::size_t N>
using List = std::array<string_view, N>;

constexpr List<2> protos{"udp", "tcp"};
constexpr List<2> families{"4", "6"};
constexpr List<17> qtypes{"A",   "AAAA", "NS",   "CNAME", "SOA",  "PTR",
                          "MX",  "TXT",  "SRV",  "NAPTR", "DS",   "DNSKEY",
                          "CAA", "TLSA", "SVCB", "HTTPS", "other"};
constexpr List<12> rcodes{"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
                          "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "BADVERS", "other"};
constexpr List<9> sources{"answer_cache", "rrset_cache",  "aggressive_nsec",
                          "local_zone",   "recursion",    "forward",
                          "stale",        "special_name", "policy"};
constexpr List<5> drops{"acl", "ratelimit", "malformed", "overload", "cookie"};
constexpr List<3> cookie_kinds{"malformed", "new", "proven"};
constexpr List<7> caches{"answer", "rrset", "negative", "denial", "key", "server", "failure"};
constexpr List<2> prefetched{"fresh", "failed"};
constexpr List<10> outcomes{"ok",   "timeout",  "refused",   "servfail", "formerr",
                            "lame", "mismatch", "truncated", "network",  "badcookie"};
constexpr List<4> server_states{"good", "dead", "lame", "unreached"};
constexpr List<2> modes{"shadow", "enforce"};
constexpr List<4> judgements{"secure", "insecure", "bogus", "indeterminate"};
constexpr List<31> ede_codes{"0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10",
                             "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21",
                             "22", "23", "24", "25", "26", "27", "28", "29", "30"};
constexpr List<17> algorithms{"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                              "9", "10", "11", "12", "13", "14", "15", "16"};
constexpr List<7> verdicts{"not_mine", "done", "referral", "chase", "error", "pending", "drop"};

constexpr auto limit_keys = [] {
  std::array<string_view, static_cast<std::size_t>(Limit::count_of_rows)> keys{
#define WINDLASS_ROW(key, ...) string_view(#key),
      WINDLASS_LIMITS(WINDLASS_ROW)
#undef WINDLASS_ROW
  };
  return keys;
}();

/// Verdicts of the validator stand first in the faults table.
constexpr auto bogus_reasons = [] {
  std::array<string_view, verdict_faults + 1> keys{};
  for (std::size_t i = 0; i < verdict_faults; ++i) keys[i] = fault_table[i].key;
  keys[verdict_faults] = "other";
  return keys;
}();

constexpr std::array<double, 16> latencies{50e-6,  100e-6, 250e-6, 500e-6, 1e-3,   2.5e-3,
                                           5e-3,   10e-3,  25e-3,  50e-3,  100e-3, 250e-3,
                                           500e-3, 1.0,    2.0,    5.0};
constexpr std::array<double, 8> sizes{64, 128, 256, 512, 1232, 4096, 16384, 65535};
constexpr std::array<double, 8> query_counts{0, 1, 2, 4, 8, 16, 50, 100};

constexpr auto counter = MetricType::counter;
constexpr auto gauge = MetricType::gauge;
constexpr auto histogram = MetricType::histogram;
using M = Metric;

// clang-format off
constexpr std::array<MetricRow, static_cast<std::size_t>(Metric::count_of_rows)> metric_rows{{
  {M::queries_total, "queries_total", counter, "Client queries received.", "proto", "family", protos, families},
  {M::queries_by_type_total, "queries_by_type_total", counter, "Client queries by RR type.", "qtype", "", qtypes},
  {M::responses_total, "responses_total", counter, "Answers sent to clients.", "rcode", "proto", rcodes, protos},
  {M::response_source_total, "response_source_total", counter, "Answers by where they came from.", "source", "", sources},
  {M::response_duration_seconds, "response_duration_seconds", histogram, "Time from a query to its answer.", "source", "", sources, {}, latencies},
  {M::response_size_bytes, "response_size_bytes", histogram, "Octets of answers.", "proto", "", protos, {}, sizes},
  {M::queries_dropped_total, "queries_dropped_total", counter, "Client queries not answered.", "reason", "", drops},
  {M::client_cookies_total, "client_cookies_total", counter, "Client queries with a DNS cookie (RFC 7873).", "kind", "", cookie_kinds},
  {M::ede_total, "ede_total", counter, "Extended DNS errors sent (RFC 8914).", "code", "", ede_codes},
  {M::inflight_resolutions, "inflight_resolutions", gauge, "Resolutions running now."},
  {M::inflight_clients, "inflight_clients", gauge, "Client requests waiting for a resolution."},
  {M::coalesced_queries_total, "coalesced_queries_total", counter, "Questions that joined one already running."},
  {M::cache_entries, "cache_entries", gauge, "Entries held.", "cache", "", caches},
  {M::cache_bytes, "cache_bytes", gauge, "Octets held.", "cache", "", caches},
  {M::cache_limit_bytes, "cache_limit_bytes", gauge, "Octets that may be held by all caches together."},
  {M::cache_hits_total, "cache_hits_total", counter, "Look-ups that found a usable entry.", "cache", "", caches},
  {M::cache_misses_total, "cache_misses_total", counter, "Look-ups that found none.", "cache", "", caches},
  {M::cache_evictions_total, "cache_evictions_total", counter, "Entries dropped to make room.", "cache", "", caches},
  {M::cache_stale_served_total, "cache_stale_served_total", counter, "Answers given from data whose TTL was over (RFC 8767)."},
  {M::cache_prefetch_total, "cache_prefetch_total", counter, "Entries fetched anew before they ended, since clients ask for them.", "result", "", prefetched},
  {M::rebinding_blocked_total, "rebinding_blocked_total", counter, "Answers that private addresses were taken out of."},
  {M::dns64_answers_total, "dns64_answers_total", counter, "Answers with addresses made by DNS64 (RFC 6147)."},
  {M::root_copy_answers_total, "root_copy_answers_total", counter, "Referrals, data and denials taken from the local copy of the root zone in place of its servers (RFC 8806)."},
  {M::upstream_queries_total, "upstream_queries_total", counter, "Questions sent to servers.", "proto", "family", protos, families},
  {M::upstream_responses_total, "upstream_responses_total", counter, "What came of them.", "outcome", "", outcomes},
  {M::upstream_rtt_seconds, "upstream_rtt_seconds", histogram, "Round trips to servers.", "family", "", families, {}, latencies},
  {M::upstream_servers, "upstream_servers", gauge, "Server addresses known.", "state", "", server_states},
  {M::upstream_offline, "upstream_offline", gauge, "1 while servers of many unrelated networks are silent and nobody answers: it is we who are cut off."},
  {M::upstream_family_offline, "upstream_family_offline", gauge, "1 while servers of many unrelated networks are silent at this address family and the other answers: they are asked last.", "family", "", families},
  {M::resolution_queries, "resolution_queries", histogram, "Upstream queries one client request caused.", "", "", {}, {}, query_counts},
  {M::limit_exceeded_total, "limit_exceeded_total", counter, "Work stopped or noticed by a row of the limits table.", "limit", "mode", limit_keys, modes},
  {M::dnssec_validations_total, "dnssec_validations_total", counter, "Verdicts of the validator.", "result", "", judgements},
  {M::dnssec_bogus_total, "dnssec_bogus_total", counter, "Bogus verdicts by their reason, a row of docs/reference/failures.md.", "reason", "", bogus_reasons},
  {M::dnssec_signature_checks_total, "dnssec_signature_checks_total", counter, "Signatures verified.", "algorithm", "", algorithms},
  {M::dnssec_nsec3_hashes_total, "dnssec_nsec3_hashes_total", counter, "NSEC3 hashes computed."},
  {M::negative_trust_anchors, "negative_trust_anchors", gauge, "Negative trust anchors in force (RFC 7646)."},
  {M::plugin_calls_total, "plugin_calls_total", counter, "Queries given to plugins, by verdict.", "verdict", "", verdicts},
  {M::plugin_breaker_open, "plugin_breaker_open", gauge, "1 while a plugin is passed by after repeated errors."},
  {M::event_loop_lag_seconds, "event_loop_lag_seconds", histogram, "Delay of timers in a worker's loop.", "", "", {}, {}, latencies},
  {M::event_loop_busy_seconds_total, "event_loop_busy_seconds_total", counter, "Time workers spent outside waiting, in seconds."},
  {M::udp_receive_drops_total, "udp_receive_drops_total", counter, "Datagrams the kernel dropped at full listener buffers."},
  {M::config_last_reload_success, "config_last_reload_success", gauge, "1 when the last configuration load was accepted."},
  {M::config_last_reload_time_seconds, "config_last_reload_time_seconds", gauge, "When the configuration was last loaded."},
  {M::start_time_seconds, "start_time_seconds", gauge, "When the process started."},
}};
// clang-format on

constexpr std::size_t size1(const MetricRow& r) {
  return std::max<std::size_t>(1, r.values1.size());
}
constexpr std::size_t size2(const MetricRow& r) {
  return std::max<std::size_t>(1, r.values2.size());
}
constexpr std::size_t series_slots(const MetricRow& r) {
  return r.type == MetricType::histogram ? r.bounds.size() + 2 : 1;
}
constexpr std::size_t family_slots(const MetricRow& r) {
  return size1(r) * size2(r) * series_slots(r);
}

constexpr auto offsets = [] {
  std::array<std::size_t, metric_rows.size() + 1> at{};
  for (std::size_t i = 0; i < metric_rows.size(); ++i)
    at[i + 1] = at[i] + family_slots(metric_rows[i]);
  return at;
}();

std::size_t series_of(const MetricRow& row, unsigned label1, unsigned label2) {
  const std::size_t one = std::min<std::size_t>(label1, size1(row) - 1);
  const std::size_t two = std::min<std::size_t>(label2, size2(row) - 1);
  return offsets[static_cast<std::size_t>(row.id)] + (one * size2(row) + two) * series_slots(row);
}

void add_to(std::atomic<std::uint64_t>& slot, std::uint64_t add) {
  slot.store(slot.load(std::memory_order_relaxed) + add, std::memory_order_relaxed);
}
}  // namespace

std::span<const MetricRow> metric_table() {
  return metric_rows;
}
const MetricRow& row_of(Metric metric) {
  return metric_rows[static_cast<std::size_t>(metric)];
}

Metrics::Metrics() : slots_(new std::atomic<std::uint64_t>[offsets.back()]()) {}

void Metrics::count(Metric metric, unsigned label1, unsigned label2, std::uint64_t add) noexcept {
  add_to(slots_[series_of(row_of(metric), label1, label2)], add);
}

void Metrics::set(Metric metric, std::uint64_t value, unsigned label1, unsigned label2) noexcept {
  slots_[series_of(row_of(metric), label1, label2)].store(value, std::memory_order_relaxed);
}

void Metrics::observe(Metric metric, double value, unsigned label1) noexcept {
  const MetricRow& row = row_of(metric);
  const auto first = series_of(row, label1, 0);
  const auto bucket = std::lower_bound(row.bounds.begin(), row.bounds.end(), value);
  add_to(slots_[first + static_cast<std::size_t>(bucket - row.bounds.begin())], 1);
  add_to(slots_[first + row.bounds.size() + 1], static_cast<std::uint64_t>(value * 1e6));
}

std::span<const std::atomic<std::uint64_t>> Metrics::slots(Metric metric) const noexcept {
  const auto at = static_cast<std::size_t>(metric);
  return {slots_.get() + offsets[at], offsets[at + 1] - offsets[at]};
}

std::uint64_t Metrics::value(Metric metric, unsigned label1, unsigned label2) const noexcept {
  return slots_[series_of(row_of(metric), label1, label2)].load(std::memory_order_relaxed);
}
}  // namespace windlass
