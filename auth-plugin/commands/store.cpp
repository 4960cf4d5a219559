#include <filesystem>
#include <set>

#include "auth-plugin/commands/lookups.hpp"
#include "auth-plugin/commands/table.hpp"

namespace windlass::auth {
namespace {
std::string folder_of(const Call& call) {
  return below(call.options().state_dir, call.word(0));
}

std::uint64_t records_in(const std::vector<ZoneRow>& zones) {
  std::uint64_t records = 0;
  for (const ZoneRow& zone : zones) records += zone.records;
  return records;
}

/// Earlier truths that restores left beside the store's.
std::set<std::string> kept_truths(const std::string& folder) {
  std::set<std::string> out;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error))
    if (at->path().filename().string().starts_with("zones.mdb.before-restore-"))
      out.insert(at->path().string());
  return out;
}

/// The row of work on the whole store, or why it failed.
Outcome put_done(const Call& call, const StoreStatus& done, std::int64_t begun_us, Json row) {
  if (!done) return done.error().text;
  const auto zones = call.depot().list();
  row["zones"] = zones.size();
  row["records"] = records_in(zones);
  row["took_ms"] = (call.host().mono_us() - begun_us) / 1000;
  call.put(row);
  return Done{};
}
}  // namespace

Outcome zone_backup(Call& call) {
  const std::int64_t begun_us = call.host().mono_us();
  const std::string folder = folder_of(call);
  return put_done(call, call.depot().backup(folder, call.progress_line()), begun_us,
                  {{"backup", folder}});
}

Outcome zone_restore(Call& call) {
  const bool sure = call.take_flag("--yes");
  if (!call.has(0)) return std::string("usage: zone restore FOLDER --yes");
  const auto zones = call.depot().list();
  if (!sure)
    return "this would replace all " + std::to_string(zones.size()) + " zones with " +
           records_text(records_in(zones)) + " by those of " + folder_of(call) +
           "; add --yes if that is meant; nothing was changed";
  const std::int64_t begun_us = call.host().mono_us();
  const std::string folder = folder_of(call);
  const std::string store = below(call.options().state_dir, call.options().store);
  const auto before = kept_truths(store);
  const auto done = call.depot().restore(folder, call.progress_line());
  Json row{{"restored", folder}};
  for (const std::string& path : kept_truths(store))
    if (!before.contains(path)) row["kept"] = path;
  return put_done(call, done, begun_us, std::move(row));
}

Outcome store_verify(Call& call) {
  const std::int64_t begun_us = call.host().mono_us();
  return put_done(call, call.depot().verify(call.progress_line()), begun_us, {{"store", "sound"}});
}

Outcome store_rebuild(Call& call) {
  const std::int64_t begun_us = call.host().mono_us();
  return put_done(call, call.depot().rebuild(call.progress_line()), begun_us,
                  {{"store", "rebuilt"}});
}

Outcome store_stats(Call& call) {
  const DepotStats stats = call.depot().stats();
  const auto zones = call.depot().list();
  Json row{{"folder", below(call.options().state_dir, call.options().store)},
           {"zones", zones.size()},
           {"records", records_in(zones)},
           {"zones_mdb_octets", stats.truth_octets},
           {"serve_mdb_octets", stats.serve_octets},
           {"map_octets", stats.map_octets},
           {"truth_transaction", stats.truth_txn},
           {"applied_transaction", stats.applied_txn},
           {"commits", stats.commits},
           {"writes", stats.writes},
           {"writes_waiting", stats.waiting},
           {"slowest_commit_us", stats.slowest_commit_us},
           {"start", stats.start}};
  if (!stats.bad.empty()) row["bad"] = stats.bad;
  call.put(row);
  return Done{};
}
}  // namespace windlass::auth
