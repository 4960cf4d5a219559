#include "auth-plugin/write/recover.hpp"

#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "auth-plugin/write/bytes.hpp"
#include "include/windlass/plugin.h"
namespace windlass::auth {
namespace {

constexpr std::size_t owners_most = 20'000;  ///< more of one zone: it is compiled whole

std::string truth_path(const DepotOptions& options) {
  return options.folder + "/zones.mdb";
}
std::string serve_path(const DepotOptions& options) {
  return options.folder + "/serve.mdb";
}
std::string local_path(const DepotOptions& options) {
  return options.folder + "/local.mdb";
}

void say(const LogLine& log, int level, const std::string& line) {
  if (log) log(level, line);
}

/// The identity of zones.mdb as a file: a copy put in its place is another truth.
void note_truth(ServeMeta& meta, const TruthTables& truth) {
  struct stat status {};
  if (::stat(truth.env->path().c_str(), &status) == 0) {
    meta.truth_device = status.st_dev;
    meta.truth_inode = status.st_ino;
  }
  meta.truth_id = truth.id;
}

/// Out of the way, but not lost: it may be somebody's.
void set_aside(const std::string& path) {
  ::rename(path.c_str(), (path + ".bad").c_str());
  ::unlink((path + "-lock").c_str());
}

StoreStatus commit_meta(StoreFiles& files) {
  auto txn = WriteTransaction::begin(files.serve.env);
  if (!txn) return txn.error();
  if (StoreStatus put = put_meta(*txn, files.serve, files.meta); !put) return put;
  return txn->commit();
}

/// Why serve.mdb cannot be used as it is; empty: it can.
std::string why_rebuild(const StoreFiles& files, const std::optional<ServeMeta>& meta,
                        const BootId& boot) {
  if (!meta) return "it was never finished";
  ServeMeta now;
  note_truth(now, files.truth);
  if (meta->truth_id != now.truth_id || meta->truth_device != now.truth_device ||
      meta->truth_inode != now.truth_inode)
    return "it was made from another zones.mdb";
  if (meta->applied_txn > files.truth.env->last_txn()) return "zones.mdb is older than it";
  if (meta->clean == 0 && (meta->boot_id != boot || boot == BootId{}))
    return "the machine went down without an orderly end";
  return {};
}

StoreResult<std::optional<ServeMeta>> meta_of(const ServeTables& serve) {
  const auto txn = ReadTransaction::begin(serve.env);
  if (!txn) return txn.error();
  return read_meta(*txn, serve);
}

bool is_derivable(const StoreError& error) noexcept {
  return error.trouble == Trouble::damaged || error.trouble == Trouble::foreign ||
         error.trouble == Trouble::newer;
}

/// The zones in memory from the state rows, where both files know them.
StoreStatus read_states(StoreFiles& files) {
  const auto truth = ReadTransaction::begin(files.truth.env);
  if (!truth) return truth.error();
  const auto serve = ReadTransaction::begin(files.serve.env);
  if (!serve) return serve.error();
  const auto rows = read_zones(*truth, files.truth);
  if (!rows) return rows.error();
  ZoneChanges changes;
  for (const ZoneRowSeen& row : *rows) {
    const auto value = serve->copied(files.serve.state, Key(row.zid).octets());
    if (!value) return value.error();
    const auto state = *value ? decode_state(**value) : std::nullopt;
    if (!row.zone || !state) continue;
    ZoneLive zone{*row.zone, *state, {}};
    zone.state.zone.facts.zid = row.zid;
    zone.state.zone.facts.name = row.zone->name;
    changes.emplace(row.zid, std::move(zone));
  }
  files.zones.apply(changes, 0);
  return Done{};
}

/// What a truth that is ahead changed: whole zones, or single owners of one.
struct Ahead {
  struct Zone {
    ZoneRecord record;
    bool whole = false;
    std::map<std::string, std::pair<dns::Name, bool>> owners;  ///< true: all below it too
  };
  std::map<Zid, Zone> live;
  std::vector<Zid> gone;
  std::uint64_t last_timestamp = 0;
};

void touch(Ahead::Zone& zone, Octets key) {
  const auto parts = read_key(key, zone.record.name);
  if (!parts) return;  // its zone will say so when it is compiled
  const bool apex = parts->owner == zone.record.name;
  const bool covers = parts->type == dns::Type::ns || parts->type == dns::Type::dname;
  const bool signing = parts->type == dns::Type::nsec3 || parts->type == dns::Type::rrsig;
  auto& entry = zone.owners.try_emplace(parts->owner.to_text(), parts->owner, false).first->second;
  entry.second |= covers && !apex;
  zone.whole |=
      signing || (apex && (parts->type == dns::Type::dname || parts->type == dns::Type::dnskey ||
                           parts->type == dns::Type::nsec3param));
  zone.whole |= zone.owners.size() > owners_most;
}

StoreStatus scan_records(const Transaction& txn, const StoreFiles& files, Ahead& ahead) {
  auto cursor = CopyingCursor::begin(txn, *files.truth.env, files.truth.rr);
  if (!cursor) return cursor.error();
  Ahead::Zone* zone = nullptr;
  Zid at = 0;
  auto there = cursor->first();
  for (; there && *there; there = cursor->next()) {
    const auto row = read_row(cursor->value());
    if (!row)
      return StoreError{Trouble::damaged, files.truth.env->path() +
                                              ": a record's row is damaged; run `store verify`"};
    ahead.last_timestamp = std::max(ahead.last_timestamp, row->header.timestamp_ns);
    if (row->header.txn <= files.meta.applied_txn) continue;
    const Zid zid = zid_in(cursor->key());
    if (zone == nullptr || zid != at) {
      const auto found = ahead.live.find(zid);
      zone = found == ahead.live.end() ? nullptr : &found->second;
      at = zid;
    }
    if (zone != nullptr && !zone->whole) touch(*zone, cursor->key());
  }
  if (!there) return there.error();
  return Done{};
}

StoreResult<Ahead> look_ahead(const Transaction& txn, const StoreFiles& files) {
  Ahead ahead;
  const auto rows = read_zones(txn, files.truth);
  if (!rows) return rows.error();
  for (const ZoneRowSeen& row : *rows) {
    ahead.last_timestamp = std::max(ahead.last_timestamp, row.stamp.timestamp_ns);
    const ZoneLive* known = files.zones.find(row.zid);
    if (!row.zone) {
      if (known != nullptr) ahead.gone.push_back(row.zid);
      continue;
    }
    const bool whole = known == nullptr || row.stamp.txn > files.meta.applied_txn;
    ahead.live.emplace(row.zid, Ahead::Zone{*row.zone, whole, {}});
  }
  if (StoreStatus done = scan_records(txn, files, ahead); !done) return done.error();
  return ahead;
}

/// Into one transaction of serve.mdb. What was written is in `changes`.
struct Replay {
  StoreFiles& files;
  const ReadTransaction& truth;
  const ReadTransaction& before;
  WriteTransaction& serve;
  ServeMeta& meta;
  ZoneChanges changes;
  std::size_t owners = 0, zones = 0;

  StoreStatus zone(Zid zid, const Ahead::Zone& ahead) {
    if (!ahead.whole && ahead.owners.empty()) return Done{};
    const ZoneLive* known = files.zones.find(zid);
    ZoneLive live = known != nullptr ? *known : ZoneLive{};
    live.record = ahead.record;
    live.state.zone.facts.name = ahead.record.name;
    live.state.zone.facts.zid = zid;
    StoreStatus done = ahead.whole ? whole(live) : single(live, ahead);
    if (!done) return done;
    if (StoreStatus put = serve.put(files.serve.state, Key(zid).octets(), encode_state(live.state));
        !put)
      return put;
    changes.emplace(zid, std::move(live));
    return Done{};
  }
  StoreStatus whole(ZoneLive& live) {
    ++zones;
    return compile_zone(truth, before, serve, files, live, meta.next_generation);
  }
  StoreStatus single(ZoneLive& live, const Ahead::Zone& ahead) {
    for (const auto& [text, owner] : ahead.owners)
      if (StoreStatus done = compile_owner(truth, serve, files, live, owner.first, owner.second);
          !done)
        return done;
    owners += ahead.owners.size();
    live.state.generation = meta.next_generation++;
    return Done{};
  }
  StoreStatus all(const Ahead& ahead) {
    for (const auto& [zid, row] : ahead.live)
      if (StoreStatus done = zone(zid, row); !done) return done;
    for (const Zid zid : ahead.gone) {
      if (StoreStatus done = erase_zone(serve, files.serve, zid); !done) return done;
      changes.emplace(zid, std::nullopt);
    }
    return Done{};
  }
  std::string text() const {
    std::string out = "replayed " + std::to_string(owners) + " owners";
    if (zones != 0) out += ", " + std::to_string(zones) + " whole zones";
    return out;
  }
};

/// A new serve.mdb with no row yet. Generations go on where they were.
StoreStatus begin_anew(StoreFiles& files, const DepotOptions& options, bool keep_old) {
  const std::string path = serve_path(options);
  files.serve = {};
  if (keep_old) {
    set_aside(path);
  } else {
    ::unlink(path.c_str());
    ::unlink((path + "-lock").c_str());
  }
  auto serve = ServeTables::open(path, options.map_octets, options.readers);
  if (!serve) return serve.error();
  files.serve = *std::move(serve);
  return Done{};
}

StoreStatus rebuild_zone(StoreFiles& files, const ReadTransaction& truth, const ZoneRowSeen& row,
                         ServeMeta& meta) {
  const auto before = ReadTransaction::begin(files.serve.env);
  if (!before) return before.error();
  auto txn = WriteTransaction::begin(files.serve.env);
  if (!txn) return txn.error();
  const ZoneLive* known = files.zones.find(row.zid);
  ZoneLive live = known != nullptr ? *known : ZoneLive{};
  live.record = *row.zone;
  live.state.generation = 0;  // compiled anew: workers forget what they cached
  if (StoreStatus done = compile_zone(truth, *before, *txn, files, live, meta.next_generation);
      !done)
    return done;
  live.trouble.clear();
  if (StoreStatus put =
          txn->put(files.serve.state, Key(row.zid).octets(), encode_state(live.state));
      !put)
    return put;
  if (StoreStatus done = txn->commit(); !done) return done;
  ZoneChanges changes;
  changes.emplace(row.zid, std::move(live));
  files.zones.apply(changes, 0);
  return Done{};
}

StoreStatus erase_strangers(StoreFiles& files, const std::vector<ZoneRowSeen>& rows,
                            ServeMeta& meta) {
  ZoneChanges changes;
  auto txn = WriteTransaction::begin(files.serve.env);
  if (!txn) return txn.error();
  for (const ZoneRowSeen& row : rows) {
    if (row.zone || files.zones.find(row.zid) == nullptr) continue;
    if (StoreStatus done = erase_zone(*txn, files.serve, row.zid); !done) return done;
    changes.emplace(row.zid, std::nullopt);
  }
  if (StoreStatus put = put_meta(*txn, files.serve, meta); !put) return put;
  if (StoreStatus done = txn->commit(); !done) return done;
  files.zones.apply(changes, meta.next_generation++);
  files.meta = meta;
  return Done{};
}

StoreResult<std::uint64_t> latest_timestamp(const Transaction& txn, const TruthTables& truth,
                                            const std::vector<ZoneRowSeen>& zones) {
  std::uint64_t latest = 0;
  for (const ZoneRowSeen& row : zones) latest = std::max(latest, row.stamp.timestamp_ns);
  auto cursor = CopyingCursor::begin(txn, *truth.env, truth.rr);
  if (!cursor) return cursor.error();
  auto there = cursor->first();
  for (; there && *there; there = cursor->next())
    if (const auto row = read_row(cursor->value()); row)
      latest = std::max(latest, row->header.timestamp_ns);
  if (!there) return there.error();
  return latest;
}

/// No serial is lost: a truth that has all it ever published lets go of what was only reserved.
void settle_serials(StoreFiles& files) {
  for (const ZoneLive& zone : files.zones.all())
    files.local.settle(zone.state.zone.facts.zid, zone.state.zone.serial);
}

/// Walks the truth and, when there is no reason yet to rebuild it, serve.mdb beside it. The reason
/// to rebuild; an error: the truth cannot be used.
StoreResult<std::string> verify_both(const StoreFiles& files, std::string why) {
  auto truth = Verification::of_truth(files.truth);
  if (!truth) return truth.error();
  std::optional<StoreResult<Verification>> serve;
  if (why.empty()) serve.emplace(Verification::of_serve(files.serve));
  if (StoreStatus sound = truth->result({}); !sound)
    return StoreError{sound.error().trouble,
                      sound.error().text + "; put a backup's zones.mdb in its place"};
  if (!serve) return why;
  const StoreStatus sound = *serve ? (*serve)->result({}) : serve->error();
  return sound ? why : sound.error().text;
}

/// Opens serve.mdb and says why it must be rebuilt; empty: it need not.
StoreResult<std::string> open_serve(const DepotOptions& options, StoreFiles& files,
                                    const LogLine& log) {
  auto serve = ServeTables::open(serve_path(options), options.map_octets, options.readers);
  if (!serve && !is_derivable(serve.error())) return serve.error();
  if (!serve) return serve.error().text;
  files.serve = *std::move(serve);
  const auto meta = meta_of(files.serve);
  if (!meta) return meta.error().text;
  if (*meta) files.meta = **meta;
  if (!*meta || (*meta)->clean != 0) return why_rebuild(files, *meta, boot_id(options));
  say(log, WINDLASS_LOG_NOTICE, "the store was not closed in order: verifying it");
  std::string why = why_rebuild(files, *meta, boot_id(options));
  return verify_both(files, std::move(why));
}

}  // namespace

BootId boot_id(const DepotOptions& options) {
  BootId out{};
  std::string text = options.boot_id;
  if (text.empty()) {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::getline(file, text);
  }
  std::copy_n(text.begin(), std::min(text.size(), out.size()), out.begin());
  return out;
}

StoreResult<std::string> catch_up(StoreFiles& files) {
  const auto truth = ReadTransaction::begin(files.truth.env);
  if (!truth) return truth.error();
  const auto ahead = look_ahead(*truth, files);
  if (!ahead) return ahead.error();
  const auto before = ReadTransaction::begin(files.serve.env);
  if (!before) return before.error();
  auto txn = WriteTransaction::begin(files.serve.env);
  if (!txn) return txn.error();
  ServeMeta meta = files.meta;
  meta.applied_txn = truth->id();
  meta.last_timestamp = std::max(meta.last_timestamp, ahead->last_timestamp);
  Replay replay{files, *truth, *before, *txn, meta, {}, 0, 0};
  if (StoreStatus done = replay.all(*ahead); !done) return done.error();
  const std::uint64_t gone = meta.next_generation++;
  if (StoreStatus put = put_meta(*txn, files.serve, meta); !put) return put.error();
  if (StoreStatus done = txn->commit(); !done) return done.error();
  files.meta = meta;
  files.zones.apply(replay.changes, gone);
  return replay.text();
}

StoreResult<std::string> rebuild_store(StoreFiles& files, const DepotOptions& options,
                                       const Tick& tick) {
  if (files.serve.env == nullptr || files.serve.env->is_bad())
    if (StoreStatus anew = begin_anew(files, options, true); !anew) return anew.error();
  const auto truth = ReadTransaction::begin(files.truth.env);
  if (!truth) return truth.error();
  const auto rows = read_zones(*truth, files.truth);
  if (!rows) return rows.error();
  const auto latest = latest_timestamp(*truth, files.truth, *rows);
  if (!latest) return latest.error();
  ServeMeta meta = files.meta;
  meta.applied_txn = truth->id();
  meta.last_timestamp = std::max(meta.last_timestamp, *latest);
  meta.boot_id = boot_id(options);
  meta.clean = 0;
  note_truth(meta, files.truth);
  std::size_t zones = 0;
  for (const ZoneRowSeen& row : *rows) {
    if (!row.zone) continue;
    if (tick && !tick("rebuilding " + row.zone->name.to_text()))
      return StoreError{Trouble::cancelled, "stopped; every zone is as it was or new"};
    if (StoreStatus done = rebuild_zone(files, *truth, row, meta); !done) return done.error();
    files.meta.next_generation = meta.next_generation;
    ++zones;
  }
  if (StoreStatus done = erase_strangers(files, *rows, meta); !done) return done.error();
  return "rebuilt " + std::to_string(zones) + " zones";
}

StoreResult<Beginning> open_store(const DepotOptions& options, StoreFiles& files,
                                  const LogLine& log) {
  const bool is_new = ::access(truth_path(options).c_str(), F_OK) != 0;
  auto truth = TruthTables::open(truth_path(options), options.map_octets, options.readers);
  if (!truth) return truth.error();
  files.truth = *std::move(truth);
  auto local = LocalStore::open(local_path(options), options.map_octets, options.readers);
  if (!local) return local.error();
  files.local = *std::move(local);
  const auto why = open_serve(options, files, log);
  if (!why) return why.error();
  Beginning out;
  if (why->empty()) {
    const bool was_clean = files.meta.clean != 0;
    files.meta.clean = 0;
    files.meta.boot_id = boot_id(options);
    if (StoreStatus done = commit_meta(files); !done) return done.error();
    if (was_clean)
      if (StoreStatus done = files.serve.env->sync(); !done) return done.error();
    if (StoreStatus done = read_states(files); !done) return done.error();
    out.how = "in use";
    if (files.meta.applied_txn != files.truth.env->last_txn()) {
      auto done = catch_up(files);
      if (!done) return done.error();
      out.how = *std::move(done);
    }
    settle_serials(files);
    return out;
  }
  if (!is_new) say(log, WINDLASS_LOG_WARNING, "serve.mdb is rebuilt: " + *why);
  const bool keep = files.serve.env == nullptr || files.serve.env->is_bad();
  files.meta = {};
  if (StoreStatus anew = begin_anew(files, options, keep); !anew) return anew.error();
  auto done = rebuild_store(files, options, [&log](const std::string& line) {
    return say(log, WINDLASS_LOG_NOTICE, line), true;
  });
  if (!done) return done.error();
  out.how = is_new ? "new" : *done + ": " + *why;
  return out;
}

StoreStatus close_store(StoreFiles& files) {
  if (StoreStatus done = files.local.close(); !done) return done;
  if (files.serve.env == nullptr || files.serve.env->is_bad()) return Done{};
  if (StoreStatus done = files.serve.env->sync(); !done) return done;
  files.meta.clean = 1;
  if (StoreStatus done = commit_meta(files); !done) return done;
  return files.serve.env->sync();
}
}  // namespace windlass::auth
