#pragma once
/// The metrics table: one row per family on the /metrics page, and the per-worker integers behind
/// it.
///
/// A family has up to two labels, each with a fixed list of values, so every series is a slot in
/// one flat array: counting is one addition. Each worker owns a Metrics; control/ sums them at
/// scrape. Values are written by one thread with relaxed atomics and may be read by any.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
namespace windlass {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

enum class Metric : std::uint8_t {
  queries_total,
  queries_by_type_total,
  responses_total,
  response_source_total,
  response_duration_seconds,
  response_size_bytes,
  queries_dropped_total,
  client_cookies_total,
  ede_total,
  inflight_resolutions,
  inflight_clients,
  coalesced_queries_total,
  cache_entries,
  cache_bytes,
  cache_limit_bytes,
  cache_hits_total,
  cache_misses_total,
  cache_evictions_total,
  cache_stale_served_total,
  cache_prefetch_total,
  rebinding_blocked_total,
  dns64_answers_total,
  root_copy_answers_total,
  upstream_queries_total,
  upstream_responses_total,
  upstream_rtt_seconds,
  upstream_servers,
  upstream_offline,
  upstream_family_offline,
  resolution_queries,
  limit_exceeded_total,
  dnssec_validations_total,
  dnssec_bogus_total,
  dnssec_signature_checks_total,
  dnssec_nsec3_hashes_total,
  negative_trust_anchors,
  plugin_calls_total,
  plugin_breaker_open,
  event_loop_lag_seconds,
  event_loop_busy_seconds_total,
  udp_receive_drops_total,
  config_last_reload_success,
  config_last_reload_time_seconds,
  start_time_seconds,
  count_of_rows
};

// Values of label lists, in the order of the lists in metrics.cpp.
enum class Proto : std::uint8_t { udp, tcp };
enum class Source : std::uint8_t {
  answer_cache,
  rrset_cache,
  aggressive_nsec,
  local_zone,
  recursion,
  forward,
  stale,
  special_name,
  policy
};
enum class Drop : std::uint8_t { acl, ratelimit, malformed, overload, cookie };
enum class CacheKind : std::uint8_t { answer, rrset, negative, denial, key, server, failure };
/// Of an entry that was fetched anew before its end.
enum class Prefetched : std::uint8_t { fresh, failed };
enum class UpstreamOutcome : std::uint8_t {
  ok,
  timeout,
  refused,
  servfail,
  formerr,
  lame,
  mismatch,
  truncated,
  network,
  badcookie
};
enum class ServerState : std::uint8_t { good, dead, lame, unreached };
enum class LimitMode : std::uint8_t { shadow, enforce };
enum class Judgement : std::uint8_t { secure, insecure, bogus, indeterminate };

struct MetricRow {
  Metric id;
  std::string_view name;  ///< without the prefix windlass_
  MetricType type;
  std::string_view help;
  std::string_view label1 = "", label2 = "";  ///< label names; empty: none
  std::span<const std::string_view> values1 = {}, values2 = {};
  std::span<const double> bounds = {};  ///< histogram bucket bounds, base units, ascending
};

std::span<const MetricRow> metric_table();
const MetricRow& row_of(Metric metric);

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Label values out of range count under the last value of the list ("other").
  void count(Metric metric, unsigned label1 = 0, unsigned label2 = 0,
             std::uint64_t add = 1) noexcept;
  void set(Metric metric, std::uint64_t value, unsigned label1 = 0, unsigned label2 = 0) noexcept;
  /// One observation of a histogram, in base units (seconds, octets, queries).
  void observe(Metric metric, double value, unsigned label1 = 0) noexcept;

  /// Slots of one family: values1 x values2 series; a histogram's series holds its buckets, then
  /// +Inf, then the sum in millionths.
  std::span<const std::atomic<std::uint64_t>> slots(Metric metric) const noexcept;
  std::uint64_t value(Metric metric, unsigned label1 = 0, unsigned label2 = 0) const noexcept;

 private:
  std::unique_ptr<std::atomic<std::uint64_t>[]> slots_;
};
}  // namespace windlass
