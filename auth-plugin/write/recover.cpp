#include "auth-plugin/write/recover.hpp"

#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "auth-plugin/write/bytes.hpp"
#include "include/windlass/plugin.h"
namespace windlass::auth {
namespace {

std::string truth_path(const DepotOptions& options) {
  return options.folder + "/zones.mdb";
}
std::string local_path(const DepotOptions& options) {
  return options.folder + "/local.mdb";
}

void say(const LogLine& log, int level, const std::string& line) {
  if (log) log(level, line);
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

/// Whether a new serve.mdb may help where this one cannot be used: not against want of room.
bool helps_to_rebuild(const StoreError& error) noexcept {
  return error.trouble != Trouble::disk_full && error.trouble != Trouble::map_full &&
         error.trouble != Trouble::readers_full && error.trouble != Trouble::busy;
}

/// The zones in memory from the state rows, where both files know them. How many live zones have
/// no row that can be read: they are to be compiled.
StoreResult<std::size_t> read_states(StoreFiles& files) {
  const auto truth = ReadTransaction::begin(files.truth.env);
  if (!truth) return truth.error();
  const auto serve = ReadTransaction::begin(files.serve.env);
  if (!serve) return serve.error();
  const auto rows = read_zones(*truth, files.truth);
  if (!rows) return rows.error();
  if (StoreStatus fits = fits_slots(*rows, files.truth); !fits) return fits.error();
  ZoneChanges changes;
  std::size_t missing = 0;
  for (const ZoneRowSeen& row : *rows) {
    if (!row.zone) continue;
    const auto value = serve->copied(files.serve.state, Key(row.zid).octets());
    if (!value) return value.error();
    const auto state = *value ? decode_state(**value) : std::nullopt;
    if (!state) {
      ++missing;
      continue;
    }
    files.meta.next_generation = std::max(files.meta.next_generation, state->generation + 1);
    ZoneLive zone{*row.zone, *state};
    zone.state.zone.facts.zid = row.zid;
    zone.state.zone.facts.name = row.zone->name;
    changes.emplace(row.zid, std::move(zone));
  }
  files.zones.apply(changes, 0);
  return missing;
}

/// Rows of a table in a file that nobody has open; 0: there is no such file. Errors: unreadable.
StoreResult<std::uint64_t> rows_in(const std::string& path, const char* table_name) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::uint64_t{0};
  const auto env = Environment::open({.path = path, .create = false, .read_only = true});
  if (!env) return env.error();
  const auto table = (*env)->table(table_name, false);
  if (!table && table.error().trouble == Trouble::not_found) return std::uint64_t{0};
  if (!table) return table.error();
  const auto txn = ReadTransaction::begin(*env);
  if (!txn) return txn.error();
  return txn->entries(*table);
}

/// A zones.mdb that is gone is not a new store: what was made from it stands beside it.
StoreStatus may_begin_new(const DepotOptions& options) {
  const std::pair<std::string, const char*> files[] = {{serve_path(options), "state"},
                                                       {local_path(options), "serial"}};
  for (const auto& [path, table] : files) {
    const auto rows = rows_in(path, table);
    if (rows && *rows == 0) continue;
    const std::string what = rows ? " is of " + std::to_string(*rows) + " zones"
                                  : " cannot be read (" + rows.error().text + ")";
    return StoreError{Trouble::not_found,
                      truth_path(options) + ": missing, and " + path + " beside it" + what +
                          "; put a backup's zones.mdb into this folder, or remove serve.mdb and "
                          "local.mdb to begin anew"};
  }
  return Done{};
}

/// This machine's own: where it is lost, what it was for is lost, and the zones are served.
StoreStatus open_local(const DepotOptions& options, StoreFiles& files, bool is_new,
                       const LogLine& log) {
  const std::string path = local_path(options);
  if (!is_new && ::access(path.c_str(), F_OK) != 0)
    say(log, WINDLASS_LOG_WARNING,
        path + ": missing: begun anew; serials of zones that were deleted may come again");
  auto local = LocalStore::open(path, options.map_octets, options.readers);
  if (!local &&
      (local.error().trouble == Trouble::damaged || local.error().trouble == Trouble::foreign)) {
    say(log, WINDLASS_LOG_WARNING,
        local.error().text + ": set aside as local.mdb.bad and begun anew; serials of zones that " +
            "were deleted may come again");
    if (!keep_aside(path) || !keep_aside(path + "-lock")) return local.error();
    local = LocalStore::open(path, options.map_octets, options.readers);
  }
  if (!local) return local.error();
  files.local = *std::move(local);
  return Done{};
}

StoreStatus adopt_serials(StoreFiles& files) {
  std::vector<std::pair<Zid, std::uint32_t>> unknown;
  for (const ZoneLive& zone : files.zones.all())
    if (!files.local.highest(zone.state.zone.facts.zid))
      unknown.emplace_back(zone.state.zone.facts.zid, zone.state.zone.serial);
  return unknown.empty() ? StoreStatus(Done{}) : files.local.adopt(unknown);
}

/// A truth that has all it ever published lets go of what was only reserved.
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
    return StoreError{sound.error().trouble, sound.error().text};
  if (!serve) return why;
  const StoreStatus sound = *serve ? (*serve)->result({}) : serve->error();
  return sound ? why : sound.error().text;
}

/// Opens serve.mdb and says why it must be rebuilt; empty: it need not.
StoreResult<std::string> open_serve(const DepotOptions& options, StoreFiles& files,
                                    const LogLine& log) {
  auto serve = ServeTables::open(serve_path(options), options.map_octets, options.readers);
  if (!serve && !helps_to_rebuild(serve.error())) return serve.error();
  if (!serve) return serve.error().text;
  files.serve = *std::move(serve);
  const auto meta = meta_of(files.serve);
  if (!meta && !helps_to_rebuild(meta.error())) return meta.error();
  if (!meta) return meta.error().text;
  if (*meta) files.meta = **meta;
  if (!*meta || (*meta)->clean != 0) return why_rebuild(files, *meta, boot_id(options));
  say(log, WINDLASS_LOG_NOTICE, "the store was not closed in order: verifying it");
  std::string why = why_rebuild(files, *meta, boot_id(options));
  return verify_both(files, std::move(why));
}

/// serve.mdb as it is: what stands in the truth and not in it is compiled. How it was begun.
StoreResult<std::string> use_serve(StoreFiles& files, const DepotOptions& options,
                                   const LogLine& log) {
  const bool was_clean = files.meta.clean != 0;
  const auto missing = read_states(files);
  if (!missing) return missing.error();
  files.meta.clean = 0;
  files.meta.boot_id = boot_id(options);
  if (StoreStatus done = commit_meta(files); !done) return done.error();
  if (was_clean)
    if (StoreStatus done = files.serve.env->sync(); !done) return done.error();
  if (*missing != 0)
    say(log, WINDLASS_LOG_WARNING,
        "serve.mdb knows nothing of " + std::to_string(*missing) + " zones: compiling them");
  std::string how = "in use";
  if (*missing != 0 || files.meta.applied_txn != files.truth.env->last_txn()) {
    auto done = catch_up(files);
    if (!done) return done.error();
    how = *std::move(done);
  }
  settle_serials(files);
  return how;
}

/// A sound file that is of no use makes room before another is made; any other is kept until then.
void drop_serve(StoreFiles& files, const DepotOptions& options) {
  const bool is_sound = files.serve.env != nullptr && !files.serve.env->is_distrusted();
  files.serve = {};
  files.meta = {};
  if (!is_sound) return;
  ::unlink(serve_path(options).c_str());
  ::unlink((serve_path(options) + "-lock").c_str());
}

StoreResult<std::string> begin_serving(const DepotOptions& options, StoreFiles& files, bool is_new,
                                       const LogLine& log) {
  auto why = open_serve(options, files, log);
  if (!why) return why.error();
  if (why->empty()) {
    auto how = use_serve(files, options, log);
    if (how) return how;
    if (!helps_to_rebuild(how.error()) || files.truth.env->is_bad()) return how.error();
    why = how.error().text;  // trouble that is the truth's comes again
  }
  if (!is_new) say(log, WINDLASS_LOG_WARNING, "serve.mdb is rebuilt: " + *why);
  drop_serve(files, options);
  const auto done = rebuild_store(files, options, [&log](const std::string& line) {
    return say(log, WINDLASS_LOG_NOTICE, line), true;
  });
  if (!done) return done.error();
  return is_new ? "new" : *done + ": " + *why;
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

StoreResult<Beginning> open_store(const DepotOptions& options, StoreFiles& files,
                                  const LogLine& log) {
  const bool is_new = ::access(truth_path(options).c_str(), F_OK) != 0;
  if (is_new)
    if (StoreStatus may = may_begin_new(options); !may) return may.error();
  auto truth = TruthTables::open(truth_path(options), options.map_octets, options.readers);
  if (!truth) return truth.error();
  files.truth = *std::move(truth);
  if (StoreStatus local = open_local(options, files, is_new, log); !local) return local.error();
  auto how = begin_serving(options, files, is_new, log);
  if (!how) return how.error();
  if (StoreStatus adopted = adopt_serials(files); !adopted) return adopted.error();
  return Beginning{*std::move(how)};
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
