#include "auth-plugin/write/depot.hpp"

#include <ctime>

#include <sys/stat.h>
#include <unistd.h>

#include "auth-plugin/write/writer.hpp"
#include "base/clock.hpp"
#include "include/windlass/plugin.h"
namespace windlass::auth {

namespace {
/// What is said of every zone while the file they are served from is damaged.
struct FileState {
  bool is_read = true;
  std::string trouble;
};

}  // namespace

struct Depot::Impl {
  DepotOptions options;
  LogLine log;
  StoreLock lock;
  StoreFiles files;
  std::string start;
  mutable std::mutex mutex;
  ServeTables serve;  ///< what readers open: a rebuild may replace it
  std::optional<Writer> writer;
  std::atomic<std::uint64_t> writes{0}, file_version{0};

  Impl(DepotOptions o, LogLine l, StoreLock held)
      : options(std::move(o)), log(std::move(l)), lock(std::move(held)) {}
  ServeTables serve_tables() const {
    const std::lock_guard held(mutex);
    return serve;
  }
  FileState file_state() const {
    const auto env = serve_tables().env;
    if (env == nullptr) return {};
    return {!env->is_bad(), env->damage()};
  }
  void take_serve() {
    const std::lock_guard held(mutex);
    if (serve.env == files.serve.env) return;
    serve = files.serve;
    file_version.fetch_add(1, std::memory_order_release);
  }
  StoreResult<Written> write(Writer::Run run, bool alone, const Progress& progress) {
    auto written = writer->write(std::move(run), alone, progress);
    if (written) ++writes;
    return written;
  }
};

namespace {

ZoneRow row_of(const ZoneLive& zone, const FileState& file) {
  ZoneRow row;
  row.name = zone.record.name;
  row.zid = zone.state.zone.facts.zid;
  row.kind = zone.record.kind;
  row.presigned = zone.state.zone.presigned;
  row.serving = file.is_read;
  row.generation = zone.state.generation;
  row.records = zone.state.zone.records;
  row.names = zone.state.zone.names;
  row.serial = zone.state.zone.serial;
  row.trouble = file.trouble;
  return row;
}

StoreStatus make_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0750) == 0 || errno == EEXIST) return Done{};
  if (errno == ENOSPC || errno == EDQUOT)
    return StoreError{Trouble::disk_full,
                      folder + ": cannot make this folder: the disk is full; free some space"};
  return StoreError{Trouble::system, folder +
                                         ": cannot make this folder; make it, or give its parent "
                                         "to the user Windlass runs as"};
}

std::string kept_path(const std::string& folder) {
  const std::time_t now = SystemClock{}.now().wall_s;
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  const std::string path = folder + "/zones.mdb.before-restore-" + text;
  std::string free = path;
  for (unsigned i = 2; ::access(free.c_str(), F_OK) == 0; ++i)
    free = path + '-' + std::to_string(i);
  return free;
}

StoreStatus status_of(const StoreResult<Written>& written) {
  if (!written) return written.error();
  return Done{};
}

std::function<bool(std::uint64_t)> counting(const Progress& progress, const std::string& path) {
  if (!progress) return {};
  return [progress, path](std::uint64_t rows) {
    return progress(path + ": " + std::to_string(rows) + " rows");
  };
}

/// The RRsets whose keys begin with `front`. False: `each` said stop.
StoreResult<bool> say_front(const Transaction& txn, const TruthTables& truth, const ZoneLive& zone,
                            Octets front, const EachRRset& each) {
  auto walk = TruthWalk::begin(txn, truth, zone.record, front);
  if (!walk) return walk.error();
  for (;;) {
    const auto rrset = walk->next();
    if (!rrset) return rrset.error();
    if (!*rrset) return true;
    if (!each(**rrset)) return false;
  }
}

/// What is damaged is not written any more.
StoreError distrust(const Environment& env, StoreError error) {
  if (error.trouble == Trouble::damaged && !env.is_distrusted()) env.distrust("`store verify` found it so");
  return error;
}

StoreError no_zone(const dns::Name& zone) {
  return {Trouble::not_found, zone.to_text() + ": no such zone; see `zone list`"};
}

}  // namespace

Depot::Depot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

StoreResult<std::shared_ptr<Depot>> Depot::open(const DepotOptions& options, LogLine log) {
  if (StoreStatus made = make_folder(options.folder); !made) return made.error();
  auto lock = StoreLock::take(options.folder);
  if (!lock) return lock.error();
  auto impl = std::make_unique<Impl>(options, std::move(log), *std::move(lock));
  auto begun = open_store(options, impl->files, impl->log);
  if (!begun) return begun.error();
  impl->start = std::move(begun->how);
  impl->take_serve();
  impl->writer.emplace(impl->files, options.group_commit_ms, impl->log);
  return std::shared_ptr<Depot>(new Depot(std::move(impl)));
}

Depot::~Depot() {
  impl_->writer.reset();
  if (const StoreStatus closed = close_store(impl_->files); !closed && impl_->log)
    impl_->log(WINDLASS_LOG_WARNING, "the store is not closed in order: " + closed.error().text);
}

std::shared_ptr<const ZoneMap> Depot::zones() const {
  return impl_->files.zones.map();
}

std::uint64_t Depot::zones_version() const noexcept {
  return impl_->files.zones.map_version();
}

std::uint64_t Depot::file_version() const noexcept {
  return impl_->file_version.load(std::memory_order_acquire);
}

const std::uint64_t* Depot::generations(std::uint32_t& count) const noexcept {
  count = ZoneMap::slots_most;
  return impl_->files.zones.generations();
}

StoreResult<std::unique_ptr<ServeReader>> Depot::reader() {
  return ServeReader::open(impl_->serve_tables().env);
}

StoreResult<Written> Depot::create_zone(const dns::Name& zone, ZoneKind kind,
                                        const ZoneContent* content) {
  return impl_->write(
      [&](Commit& commit, const Tick& tick) {
        return run_create(commit, zone, kind, content, tick);
      },
      true, {});
}

StoreResult<Written> Depot::load_zone(const dns::Name& zone, const ZoneContent& content,
                                      const Progress& progress) {
  return impl_->write(
      [&](Commit& commit, const Tick& tick) { return run_load(commit, zone, content, tick); }, true,
      progress);
}

StoreStatus Depot::delete_zone(const dns::Name& zone) {
  return status_of(impl_->write(
      [&](Commit& commit, const Tick&) { return run_delete(commit, zone); }, false, {}));
}

StoreResult<Written> Depot::edit_zone(const dns::Name& zone, const std::vector<Edit>& edits) {
  return impl_->write([&](Commit& commit, const Tick&) { return run_edit(commit, zone, edits); },
                      false, {});
}

std::vector<ZoneRow> Depot::list() const {
  std::vector<ZoneRow> out;
  const FileState file = impl_->file_state();
  for (const ZoneLive& zone : impl_->files.zones.all()) out.push_back(row_of(zone, file));
  return out;
}

std::optional<ZoneRow> Depot::show(const dns::Name& zone) const {
  const auto live = impl_->files.zones.copy_of(zid_of(zone));
  if (!live || !(live->record.name == zone)) return std::nullopt;
  return row_of(*live, impl_->file_state());
}

StoreStatus Depot::each_rrset(const dns::Name& zone, const EachRRset& each) const {
  const auto live = impl_->files.zones.copy_of(zid_of(zone));
  if (!live || !(live->record.name == zone)) return no_zone(zone);
  const auto txn = ReadTransaction::begin(impl_->files.truth.env);
  if (!txn) return txn.error();
  const Zid zid = live->state.zone.facts.zid;
  const auto soa = Key::record(zid, zone, zone, dns::Type::soa);
  if (!soa) return Done{};
  const auto goes_on = say_front(*txn, impl_->files.truth, *live, soa->octets(), each);
  if (!goes_on) return goes_on.error();
  if (!*goes_on) return Done{};
  const auto others = [&each](const RRsetSlice& set) {
    return set.type == dns::Type::soa || each(set);
  };
  const auto done = say_front(*txn, impl_->files.truth, *live, Key(zid).octets(), others);
  return done ? StoreStatus(Done{}) : done.error();
}

StoreStatus Depot::each_rrset_at(const dns::Name& zone, const dns::Name& owner,
                                 const EachRRset& each) const {
  const auto live = impl_->files.zones.copy_of(zid_of(zone));
  if (!live || !(live->record.name == zone)) return no_zone(zone);
  const auto key = Key::record(live->state.zone.facts.zid, zone, owner, dns::Type::none);
  if (!key) return Done{};  // too long a name to be there
  const auto txn = ReadTransaction::begin(impl_->files.truth.env);
  if (!txn) return txn.error();
  constexpr std::size_t type_octets = 2;
  const Octets front = key->octets().first(key->octets().size() - type_octets);
  const auto done = say_front(*txn, impl_->files.truth, *live, front, each);
  return done ? StoreStatus(Done{}) : done.error();
}

StoreStatus Depot::backup(const std::string& folder, const Progress& progress) const {
  if (StoreStatus made = make_folder(folder); !made) return made;
  const std::string path = folder + "/zones.mdb";
  return impl_->files.truth.env->copy_compact(path, counting(progress, path));
}

StoreStatus Depot::restore(const std::string& folder, const Progress& progress) {
  const auto backup = TruthTables::open_read_only(folder + "/zones.mdb");
  if (!backup) return backup.error();
  if (backup->env == impl_->files.truth.env)
    return StoreError{Trouble::refused, folder + ": is this store itself; name a backup's folder"};
  if (StoreStatus sound = verify_truth(*backup, progress); !sound) return sound;
  const std::string kept = kept_path(impl_->options.folder);
  if (StoreStatus copied = impl_->files.truth.env->copy_compact(kept, counting(progress, kept));
      !copied)
    return copied;
  return status_of(impl_->write(
      [&](Commit& commit, const Tick& tick) { return run_restore(commit, *backup, tick); }, true,
      progress));
}

StoreStatus Depot::verify(const Progress& progress) const {
  // In the caller's thread, on snapshots: writes go on. A rebuild may swap serve.mdb meanwhile.
  if (StoreStatus sound = verify_truth(impl_->files.truth, progress); !sound)
    return distrust(*impl_->files.truth.env, sound.error());
  const ServeTables serve = impl_->serve_tables();
  if (StoreStatus sound = verify_serve(serve, progress); !sound)
    return distrust(*serve.env, sound.error());
  return Done{};
}

StoreStatus Depot::rebuild(const Progress& progress) {
  return status_of(impl_->writer->aside(
      [this](const Tick& tick) -> StoreResult<Written> {
        const auto done = rebuild_store(impl_->files, impl_->options, tick);
        impl_->take_serve();
        if (!done) return done.error();
        return Written{};
      },
      progress));
}

DepotStats Depot::stats() const {
  DepotStats out;
  const auto serve = impl_->serve_tables().env;
  const WriterStats writer = impl_->writer->stats();
  out.truth_octets = impl_->files.truth.env->file_octets();
  out.truth_txn = impl_->files.truth.env->last_txn();
  out.applied_txn = writer.applied_txn;
  out.map_octets = impl_->files.truth.env->map_octets();
  out.commits = writer.commits;
  out.writes = impl_->writes;
  out.waiting = writer.waiting;
  out.slowest_commit_us = writer.slowest_commit_us;
  out.start = impl_->start;
  out.bad = impl_->files.truth.env->damage();
  if (serve == nullptr) return out;
  out.serve_octets = serve->file_octets();
  if (out.bad.empty()) out.bad = serve->damage();
  return out;
}
}  // namespace windlass::auth
