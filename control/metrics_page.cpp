#include "control/metrics_page.hpp"

#include <algorithm>
#include <sstream>

#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include "control/process_stats.hpp"

namespace windlass::control {
namespace {
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Label = ClientMetric::Label;
using Type = prometheus::MetricType;

Type type_of(MetricType type) {
  if (type == MetricType::counter) return Type::Counter;
  return type == MetricType::gauge ? Type::Gauge : Type::Histogram;
}

/// Loops cannot be added up: a stuck one would hide behind the others.
bool kept_apart(const MetricRow& row) {
  return row.name.starts_with("event_loop_");
}
double scale_of(const MetricRow& row) {
  return row.name.ends_with("_seconds_total") ? 1e-6 : 1;
}

ClientMetric scalar(Type type, double value, std::vector<Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (type == Type::Counter ? metric.counter.value : metric.gauge.value) = value;
  return metric;
}

MetricFamily family(std::string name, std::string help, Type type,
                    std::vector<ClientMetric> metrics) {
  return {std::move(name), std::move(help), type, std::move(metrics)};
}

/// Labels of series number `series` of a row (values1 x values2, the second running faster).
std::vector<Label> labels_of(const MetricRow& row, std::size_t series) {
  const std::size_t inner = std::max<std::size_t>(1, row.values2.size());
  std::vector<Label> labels;
  if (!row.label1.empty())
    labels.push_back({std::string(row.label1), std::string(row.values1[series / inner])});
  if (!row.label2.empty())
    labels.push_back({std::string(row.label2), std::string(row.values2[series % inner])});
  return labels;
}

std::vector<std::uint64_t> summed(const MetricRow& row, std::span<const Metrics* const> workers) {
  std::vector<std::uint64_t> sums;
  for (const Metrics* worker : workers) {
    const auto slots = worker->slots(row.id);
    sums.resize(slots.size());
    for (std::size_t i = 0; i < slots.size(); ++i)
      sums[i] += slots[i].load(std::memory_order_relaxed);
  }
  return sums;
}

/// `slots`: the buckets, then +Inf, then the sum in millionths.
ClientMetric histogram(const MetricRow& row, std::span<const std::uint64_t> slots,
                       std::vector<Label> labels) {
  ClientMetric metric;
  metric.label = std::move(labels);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= row.bounds.size(); ++i) {
    count += slots[i];
    if (i < row.bounds.size()) metric.histogram.bucket.push_back({count, row.bounds[i]});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = static_cast<double>(slots[row.bounds.size() + 1]) / 1e6;
  return metric;
}

void add_series(const MetricRow& row, std::span<const Metrics* const> workers,
                const std::vector<Label>& more, std::vector<ClientMetric>& out) {
  const auto slots = summed(row, workers);
  const std::size_t width = row.type == MetricType::histogram ? row.bounds.size() + 2 : 1;
  for (std::size_t at = 0; at < slots.size(); at += width) {
    auto labels = labels_of(row, at / width);
    labels.insert(labels.end(), more.begin(), more.end());
    if (row.type == MetricType::histogram) {
      out.push_back(histogram(row, std::span(slots).subspan(at, width), std::move(labels)));
    } else {
      const double value = static_cast<double>(slots[at]) * scale_of(row);
      out.push_back(scalar(type_of(row.type), value, std::move(labels)));
    }
  }
}

/// What other floors know better than the workers' integers, one function a family.
class Page final : public prometheus::Collectable {
 public:
  explicit Page(House& house)
      : house_(house),
        workers_(house.metrics()),
        counts_(house.cache().counts()),
        anchors_(house.anchor_keys()),
        status_(house.status()) {}

  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> out;
    for (const MetricRow& row : metric_table())
      out.push_back(family("windlass_" + std::string(row.name), std::string(row.help),
                           type_of(row.type), series_of(row)));
    out.push_back(build_info());
    out.push_back(anchor_states());
    out.push_back(anchor_refreshes());
    return out;
  }

 private:
  std::vector<ClientMetric> series_of(const MetricRow& row) const {
    switch (row.id) {
      case Metric::cache_entries:
        return per_cache(row, [](auto& c) { return c.entries; });
      case Metric::cache_bytes:
        return per_cache(row, [](auto& c) { return c.octets; });
      case Metric::cache_hits_total:
        return per_cache(row, [](auto& c) { return c.hits; });
      case Metric::cache_misses_total:
        return per_cache(row, [](auto& c) { return c.misses; });
      case Metric::cache_evictions_total:
        return per_cache(row, [](auto& c) { return c.evictions; });
      case Metric::cache_limit_bytes:
        return single(row, static_cast<double>(house_.cache().limit_octets()));
      case Metric::upstream_servers:
        return per_server_state(row);
      case Metric::upstream_offline:
        return single(row, house_.cache().servers().offline() ? 1 : 0);
      case Metric::upstream_family_offline:
        return per_family(row);
      case Metric::negative_trust_anchors:
        return single(row, static_cast<double>(house_.negative_anchors().size()));
      case Metric::config_last_reload_success:
        return single(row, status_.config_last_reload_ok ? 1 : 0);
      case Metric::config_last_reload_time_seconds:
        return single(row, static_cast<double>(status_.config_last_reload_wall_s));
      case Metric::start_time_seconds:
        return single(row, static_cast<double>(status_.start_wall_s));
      default:
        return per_worker(row);
    }
  }

  std::vector<ClientMetric> single(const MetricRow& row, double value) const {
    return {scalar(type_of(row.type), value)};
  }

  std::vector<ClientMetric> per_worker(const MetricRow& row) const {
    std::vector<ClientMetric> out;
    if (!kept_apart(row)) return add_series(row, workers_, {}, out), out;
    for (std::size_t i = 0; i < workers_.size(); ++i)
      add_series(row, std::span(workers_).subspan(i, 1), {{"worker", std::to_string(i)}}, out);
    return out;
  }

  /// What the caches count, plus what workers count of caches of their own.
  template <class Count>
  std::vector<ClientMetric> per_cache(const MetricRow& row, Count count) const {
    std::vector<ClientMetric> out;
    for (std::size_t kind = 0; kind < row.values1.size(); ++kind) {
      std::uint64_t sum = 0;
      for (const auto& counts : counts_)
        if (static_cast<std::size_t>(counts.kind) == kind) sum += count(counts);
      for (const Metrics* worker : workers_)
        sum += worker->value(row.id, static_cast<unsigned>(kind));
      out.push_back(scalar(type_of(row.type), static_cast<double>(sum), labels_of(row, kind)));
    }
    return out;
  }

  std::vector<ClientMetric> per_server_state(const MetricRow& row) const {
    std::vector<std::uint64_t> states(row.values1.size());
    for (const auto& server : house_.cache().servers().rows(house_.now().mono_us, house_.limits()))
      ++states[static_cast<std::size_t>(server.state())];
    std::vector<ClientMetric> out;
    for (std::size_t i = 0; i < states.size(); ++i)
      out.push_back(scalar(Type::Gauge, static_cast<double>(states[i]), labels_of(row, i)));
    return out;
  }

  std::vector<ClientMetric> per_family(const MetricRow& row) const {
    std::vector<ClientMetric> out;
    for (std::size_t i = 0; i < row.values1.size(); ++i) {
      const bool offline = house_.cache().servers().offline(i == 0 ? 4 : 6);
      out.push_back(scalar(Type::Gauge, offline ? 1 : 0, labels_of(row, i)));
    }
    return out;
  }

  MetricFamily build_info() const {
    const Build build = house_.build();
    return family(
        "windlass_build_info", "1, with the version in its labels.", Type::Gauge,
        {scalar(Type::Gauge, 1, {{"version", build.version}, {"revision", build.revision}})});
  }

  /// Two DS of one key are one series.
  MetricFamily anchor_states() const {
    std::vector<ClientMetric> out;
    for (const AnchorView& view : anchors_) {
      ClientMetric one = scalar(Type::Gauge, 1,
                                {{"zone", view.zone.to_text()},
                                 {"keytag", std::to_string(view.key.key.key_tag)},
                                 {"algorithm", std::to_string(view.key.key.algorithm)},
                                 {"state", std::string(name_of(view.key.state))}});
      const auto same = [&](const ClientMetric& other) { return other.label == one.label; };
      if (std::none_of(out.begin(), out.end(), same)) out.push_back(std::move(one));
    }
    return family("windlass_trust_anchor_state",
                  "1 for each key of a trust anchor's zone in the state it is in.", Type::Gauge,
                  std::move(out));
  }

  /// Of zones that are asked; their keys stand together.
  MetricFamily anchor_refreshes() const {
    std::vector<ClientMetric> out;
    const dns::Name* last = nullptr;
    for (const AnchorView& view : anchors_) {
      const bool first = last == nullptr || !(*last == view.zone);
      last = &view.zone;
      if (first && view.next_wall_s != 0)
        out.push_back(scalar(Type::Gauge, static_cast<double>(view.checked_wall_s),
                             {{"zone", view.zone.to_text()}}));
    }
    return family("windlass_trust_anchor_last_refresh_time_seconds",
                  "When the keys of a trust anchor's zone were last seen signed by a trusted one; "
                  "0: not yet.",
                  Type::Gauge, std::move(out));
  }

  House& house_;
  std::vector<const Metrics*> workers_;
  std::vector<cache::CacheCounts> counts_;
  std::vector<AnchorView> anchors_;
  StatusView status_;
};

std::vector<MetricFamily> process_families(double start_s) {
  const ProcessStats stats = process_stats();
  const auto one = [](const char* name, const char* help, Type type, double value) {
    return family(name, help, type, {scalar(type, value)});
  };
  return {
      one("process_cpu_seconds_total", "CPU time used, in seconds.", Type::Counter,
          stats.cpu_seconds),
      one("process_resident_memory_bytes", "Resident memory.", Type::Gauge,
          static_cast<double>(stats.resident_octets)),
      one("process_virtual_memory_bytes", "Virtual memory.", Type::Gauge,
          static_cast<double>(stats.virtual_octets)),
      one("process_open_fds", "Open file descriptors.", Type::Gauge,
          static_cast<double>(stats.open_fds)),
      one("process_max_fds", "Greatest number of open file descriptors.", Type::Gauge,
          static_cast<double>(stats.max_fds)),
      one("process_start_time_seconds", "When the process started.", Type::Gauge, start_s),
  };
}

std::string series_name(const std::string& name, const std::vector<Label>& labels) {
  std::string out;
  for (const Label& label : labels)
    out += (out.empty() ? "{" : ",") + label.name + "=\"" + label.value + "\"";
  return name + (out.empty() ? "" : out + "}");
}
}  // namespace

std::vector<Sample> samples(House& house) {
  std::vector<Sample> out;
  for (const MetricFamily& group : Page(house).Collect()) {
    for (const ClientMetric& metric : group.metric) {
      if (group.type == Type::Histogram) {
        out.push_back({series_name(group.name + "_count", metric.label),
                       static_cast<double>(metric.histogram.sample_count)});
        out.push_back(
            {series_name(group.name + "_sum", metric.label), metric.histogram.sample_sum});
      } else {
        out.push_back({series_name(group.name, metric.label),
                       group.type == Type::Counter ? metric.counter.value : metric.gauge.value});
      }
    }
  }
  return out;
}

std::string metrics_text(House& house) {
  auto families = Page(house).Collect();
  for (MetricFamily& one : process_families(static_cast<double>(house.status().start_wall_s)))
    families.push_back(std::move(one));
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}
}  // namespace windlass::control
