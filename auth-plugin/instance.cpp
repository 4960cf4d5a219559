#include "auth-plugin/instance.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "auth-plugin/zone_input.hpp"

namespace windlass::auth {
namespace {
constexpr std::array<const char*, counter_count> names{
    "answers_total",          "referrals_total",         "chases_total",
    "errors_total",           "transfers_total",         "transfers_refused_total",
    "transfers_failed_total", "transfer_messages_total", "commands_total",
    "commands_failed_total"};
}  // namespace

const char* const* counter_names() noexcept {
  return names.data();
}

Result<std::unique_ptr<Instance>, ConfigFault> Instance::create(const Host& host,
                                                                const Options& options) {
  std::unique_ptr<Instance> made(new Instance(host, options));
  DepotOptions depot;
  depot.folder = below(options.state_dir, options.store);
  depot.map_octets = options.map_octets;
  depot.group_commit_ms = options.group_commit_ms;
  auto share = DepotShare::take(depot, made->host_);
  if (!share) return ConfigFault{share.error().text, "/store"};
  made->share_ = *std::move(share);
  const auto imported = import_missing(made->depot(), made->options_, made->host_);
  if (!imported) return imported.error();
  return made;
}

std::string Instance::stats_json() const {
  const DepotStats store = depot().stats();
  std::uint64_t records = 0, names_held = 0, troubled = 0;
  const auto zones = depot().list();
  for (const ZoneRow& zone : zones) {
    records += zone.records;
    names_held += zone.names;
    troubled += zone.trouble.empty() ? 0 : 1;
  }
  const nlohmann::ordered_json json{{"zones", zones.size()},
                                    {"zones_in_trouble", troubled},
                                    {"records", records},
                                    {"names", names_held},
                                    {"zones_mdb_octets", store.truth_octets},
                                    {"serve_mdb_octets", store.serve_octets},
                                    {"map_octets", store.map_octets},
                                    {"truth_transaction", store.truth_txn},
                                    {"applied_transaction", store.applied_txn},
                                    {"commits", store.commits},
                                    {"writes", store.writes},
                                    {"writes_waiting", store.waiting},
                                    {"slowest_commit_us", store.slowest_commit_us},
                                    {"transfers_open", transfers_.load(std::memory_order_relaxed)}};
  return json.dump();
}
}  // namespace windlass::auth
