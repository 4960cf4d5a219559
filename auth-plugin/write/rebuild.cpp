#include <sys/stat.h>
#include <unistd.h>

#include "auth-plugin/amount.hpp"
#include "auth-plugin/write/recover.hpp"
namespace windlass::auth {
namespace {

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

StoreError cannot_move(const std::string& path) {
  return {Trouble::system, path +
                               ": cannot be moved out of the way; give its folder to the user "
                               "Windlass runs as, or move it away"};
}

/// serve.mdb in the making, beside the one that is open: until take_place() nothing is changed.
/// What is there is not written to: it may be damaged where nobody looked yet.
class NewServe {
 public:
  explicit NewServe(const DepotOptions& options)
      : path_(serve_path(options)), made_(path_ + ".new") {}
  ~NewServe() {
    if (taken_) return;
    tables_ = {};
    remove();
  }
  NewServe(const NewServe&) = delete;
  NewServe& operator=(const NewServe&) = delete;
  StoreStatus open(const DepotOptions& options) {
    remove();
    auto tables = ServeTables::open(made_, options.map_octets, options.readers);
    if (!tables) return tables.error();
    tables_ = *std::move(tables);
    return Done{};
  }
  const ServeTables& tables() const noexcept { return tables_; }
  StoreResult<ServeTables> take_place(bool keep_old) {
    if (keep_old && !keep_aside(path_)) return cannot_move(path_);
    if (::unlink((path_ + "-lock").c_str()) != 0 && errno != ENOENT && !keep_aside(path_ + "-lock"))
      return cannot_move(path_ + "-lock");
    if (StoreStatus moved = tables_.env->move_to(path_); !moved) return moved.error();
    taken_ = true;
    return std::move(tables_);
  }

 private:
  void remove() const noexcept {
    ::unlink(made_.c_str());
    ::unlink((made_ + "-lock").c_str());
  }
  std::string path_, made_;
  ServeTables tables_;
  bool taken_ = false;
};

/// Lines of progress within one zone. Percent of what it held when it was compiled last, if it was.
RecordsSeen records_told(const ZoneLive& zone, const Tick& tick) {
  if (!tick) return {};
  const std::string front = "rebuilding " + zone.record.name.to_text() + ": ";
  return [front, before = zone.state.zone.records, &tick](std::uint64_t records) {
    const std::uint64_t percent =
        before == 0 ? 0 : std::min<std::uint64_t>(100, records * 100 / before);
    return tick(front + grouped(records) + " records" +
                (before == 0 ? "" : ", " + std::to_string(percent) + " %"));
  };
}

/// Compiles zones into a new file; all are published when it has taken its place.
struct Rebuild {
  StoreFiles& files;
  const ServeTables& serve;
  const ReadTransaction& truth;
  ServeMeta meta;
  ZoneChanges changes;
  std::size_t zones = 0;

  StoreStatus zone(const ZoneRowSeen& row, const Tick& tick) {
    const auto before = ReadTransaction::begin(serve.env);
    if (!before) return before.error();
    auto txn = WriteTransaction::begin(serve.env);
    if (!txn) return txn.error();
    const ZoneLive* known = files.zones.find(row.zid);
    ZoneLive live = known != nullptr ? *known : ZoneLive{};
    live.record = *row.zone;
    live.state.generation = 0;  // compiled anew: workers forget what they cached
    StoreStatus done = compile_zone(truth, files.truth, *before, *txn, serve, live,
                                    meta.next_generation, records_told(live, tick));
    if (done) done = txn->put(serve.state, Key(row.zid).octets(), encode_state(live.state));
    if (done) done = txn->commit();
    if (!done) return done;
    changes.emplace(row.zid, std::move(live));
    ++zones;
    return done;
  }
  StoreStatus all(const std::vector<ZoneRowSeen>& rows, const Tick& tick) {
    for (const ZoneRowSeen& row : rows) {
      if (!row.zone) continue;
      if (tick && !tick("rebuilding " + row.zone->name.to_text()))
        return StoreError{Trouble::cancelled, "stopped; nothing was changed"};
      if (StoreStatus done = zone(row, tick); !done) return done;
    }
    return finish(rows);
  }
  /// Zones that the truth knows as deleted are not in it; the mark that it is whole.
  StoreStatus finish(const std::vector<ZoneRowSeen>& rows) {
    auto txn = WriteTransaction::begin(serve.env);
    if (!txn) return txn.error();
    for (const ZoneRowSeen& row : rows) {
      if (row.zone || files.zones.find(row.zid) == nullptr) continue;
      changes.emplace(row.zid, std::nullopt);
    }
    const std::uint64_t gone = meta.next_generation++;
    if (StoreStatus put = put_meta(*txn, serve, meta); !put) return put;
    if (StoreStatus done = txn->commit(); !done) return done;
    generation_of_gone = gone;
    return Done{};
  }
  void publish() {
    files.meta = meta;
    files.zones.apply(changes, generation_of_gone);
  }
  std::uint64_t generation_of_gone = 0;
};

StoreResult<ServeMeta> meta_for(const StoreFiles& files, const DepotOptions& options,
                                const ReadTransaction& truth,
                                const std::vector<ZoneRowSeen>& rows) {
  const auto latest = latest_timestamp(truth, files.truth, rows);
  if (!latest) return latest.error();
  ServeMeta meta = files.meta;
  meta.applied_txn = truth.id();
  meta.last_timestamp = std::max(meta.last_timestamp, *latest);
  meta.boot_id = boot_id(options);
  meta.clean = 0;
  note_truth(meta, files.truth);
  return meta;
}

}  // namespace

bool keep_aside(const std::string& path) {
  constexpr unsigned names_most = 100;  // a folder of that name is not replaced
  std::string to = path + ".bad";
  for (unsigned i = 2; i < names_most; ++i) {
    if (::rename(path.c_str(), to.c_str()) == 0 || errno == ENOENT) return true;
    to = path + ".bad-" + std::to_string(i);
  }
  return false;
}

std::string serve_path(const DepotOptions& options) {
  return options.folder + "/serve.mdb";
}

void note_truth(ServeMeta& meta, const TruthTables& truth) {
  struct stat status {};
  if (::stat(truth.env->path().c_str(), &status) == 0) {
    meta.truth_device = status.st_dev;
    meta.truth_inode = status.st_ino;
  }
  meta.truth_id = truth.id;
}

StoreResult<std::string> rebuild_store(StoreFiles& files, const DepotOptions& options,
                                       const Tick& tick) {
  const auto truth = ReadTransaction::begin(files.truth.env);
  if (!truth) return truth.error();
  const auto rows = read_zones(*truth, files.truth);
  if (!rows) return rows.error();
  if (StoreStatus fits = fits_slots(*rows, files.truth); !fits) return fits.error();
  const auto meta = meta_for(files, options, *truth, *rows);
  if (!meta) return meta.error();
  NewServe anew(options);
  if (StoreStatus opened = anew.open(options); !opened) return opened.error();
  Rebuild rebuild{files, anew.tables(), *truth, *meta, {}};
  if (StoreStatus done = rebuild.all(*rows, tick); !done) return done.error();
  const bool was_sound = files.serve.env != nullptr && !files.serve.env->is_distrusted();
  auto taken = anew.take_place(!was_sound);
  if (!taken) return taken.error();
  files.serve = *std::move(taken);
  rebuild.publish();
  return "rebuilt " + std::to_string(rebuild.zones) + " zones";
}
}  // namespace windlass::auth
