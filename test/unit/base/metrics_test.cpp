// The metrics table is well formed; counting lands in the one slot it names.
#include "base/metrics.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include <catch2/catch.hpp>

#include "base/limits.hpp"

using namespace windlass;

namespace {
std::uint64_t sum(const Metrics& metrics, Metric metric) {
  std::uint64_t total = 0;
  for (const auto& slot : metrics.slots(metric)) total += slot.load();
  return total;
}

template <class E>
constexpr unsigned label(E value) {
  return static_cast<unsigned>(value);
}
}  // namespace

TEST_CASE("Rows stand in the order of their ids, named as Prometheus asks", "[base][metrics]") {
  std::set<std::string_view> names;
  std::size_t index = 0;
  for (const MetricRow& row : metric_table()) {
    CAPTURE(row.name);
    CHECK(static_cast<std::size_t>(row.id) == index++);
    CHECK(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == row.name.npos);
    CHECK(row.name.ends_with("_total") == (row.type == MetricType::counter));
    CHECK(row.help.ends_with('.'));
    names.insert(row.name);
  }
  CHECK(index == static_cast<std::size_t>(Metric::count_of_rows));
  CHECK(names.size() == index);
}

TEST_CASE("Labels have values, histograms have ascending bounds", "[base][metrics]") {
  for (const MetricRow& row : metric_table()) {
    CAPTURE(row.name);
    CHECK(row.label1.empty() == row.values1.empty());
    CHECK(row.label2.empty() == row.values2.empty());
    CHECK((row.type == MetricType::histogram) == !row.bounds.empty());
    CHECK(std::is_sorted(row.bounds.begin(), row.bounds.end()));
    if (row.type == MetricType::histogram) CHECK(row.values2.empty());
  }
}

TEST_CASE("Enums of labels agree with the lists in the table", "[base][metrics]") {
  const auto value = [](Metric metric, unsigned index) { return row_of(metric).values1[index]; };
  CHECK(value(Metric::queries_total, label(Proto::tcp)) == "tcp");
  CHECK(value(Metric::response_source_total, label(Source::policy)) == "policy");
  CHECK(value(Metric::queries_dropped_total, label(Drop::cookie)) == "cookie");
  CHECK(value(Metric::cache_entries, label(CacheKind::failure)) == "failure");
  CHECK(value(Metric::upstream_responses_total, label(UpstreamOutcome::network)) == "network");
  CHECK(value(Metric::upstream_servers, label(ServerState::unreached)) == "unreached");
  CHECK(value(Metric::dnssec_validations_total, label(Judgement::indeterminate)) ==
        "indeterminate");
  const MetricRow& limits = row_of(Metric::limit_exceeded_total);
  CHECK(limits.values1.size() == limit_table().size());
  CHECK(limits.values1[label(Limit::cname_hops)] == "cname_hops");
  CHECK(limits.values2[label(LimitMode::enforce)] == "enforce");
}

TEST_CASE("Counting adds to one series only", "[base][metrics]") {
  Metrics metrics;
  metrics.count(Metric::queries_total, label(Proto::tcp), 1);
  metrics.count(Metric::queries_total, label(Proto::tcp), 1, 4);
  CHECK(metrics.value(Metric::queries_total, label(Proto::tcp), 1) == 5);
  CHECK(metrics.value(Metric::queries_total, label(Proto::tcp), 0) == 0);
  CHECK(metrics.value(Metric::queries_total, label(Proto::udp), 1) == 0);
  for (const MetricRow& row : metric_table())
    CHECK(sum(metrics, row.id) == (row.id == Metric::queries_total ? 5u : 0u));
}

TEST_CASE("Every series of every family has its own slot", "[base][metrics]") {
  Metrics metrics;
  for (const MetricRow& row : metric_table()) {
    if (row.type == MetricType::histogram) continue;
    const auto ones = std::max<std::size_t>(1, row.values1.size());
    const auto twos = std::max<std::size_t>(1, row.values2.size());
    CAPTURE(row.name);
    REQUIRE(metrics.slots(row.id).size() == ones * twos);
    for (unsigned one = 0; one < ones; ++one)
      for (unsigned two = 0; two < twos; ++two) metrics.count(row.id, one, two);
    for (const auto& slot : metrics.slots(row.id)) CHECK(slot.load() == 1);
  }
}

TEST_CASE("Gauges hold what was set last", "[base][metrics]") {
  Metrics metrics;
  metrics.set(Metric::inflight_clients, 7);
  metrics.set(Metric::inflight_clients, 3);
  CHECK(metrics.value(Metric::inflight_clients) == 3);
}

TEST_CASE("A label out of range counts under the last value", "[base][metrics][negative]") {
  Metrics metrics;
  metrics.count(Metric::queries_by_type_total, 4000);
  const auto& types = row_of(Metric::queries_by_type_total).values1;
  CHECK(types.back() == "other");
  CHECK(metrics.value(Metric::queries_by_type_total, static_cast<unsigned>(types.size() - 1)) == 1);
  CHECK(sum(metrics, Metric::queries_by_type_total) == 1);
}

TEST_CASE("An observation lands in the first bucket that holds it", "[base][metrics]") {
  Metrics metrics;  // bounds 0, 1, 2, 4, 8, 16, 50, 100, then +Inf, then the sum in millionths
  for (const double value : {0.0, 1.0, 3.0, 4.0, 100.0, 101.0})
    metrics.observe(Metric::resolution_queries, value);
  const auto slots = metrics.slots(Metric::resolution_queries);
  REQUIRE(slots.size() == 10);
  const std::uint64_t expected[] = {1, 1, 0, 2, 0, 0, 0, 1, 1, 209'000'000};
  for (std::size_t i = 0; i < slots.size(); ++i) {
    CAPTURE(i);
    CHECK(slots[i].load() == expected[i]);
  }
}

TEST_CASE("Histograms with a label keep their series apart", "[base][metrics]") {
  Metrics metrics;
  metrics.observe(Metric::upstream_rtt_seconds, 0.003, 1);
  const auto slots = metrics.slots(Metric::upstream_rtt_seconds);
  const std::size_t series = row_of(Metric::upstream_rtt_seconds).bounds.size() + 2;
  REQUIRE(slots.size() == 2 * series);
  for (std::size_t i = 0; i < series; ++i) CHECK(slots[i].load() == 0);
  CHECK(slots[series + 6].load() == 1);  // 2.5 ms < 3 ms <= 5 ms
  CHECK(slots[2 * series - 1].load() == 3000);
}
