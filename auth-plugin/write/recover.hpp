#pragma once
/// How a store begins.
///
///    serve.mdb says        and then
///    clean                 used as it is
///    same boot, not clean  both files are verified in a child; used, and what is newer in the
///    truth
///                          is replayed
///    another boot, or of another zones.mdb, or damaged, or unfinished
///                          set aside or removed, and rebuilt from the truth
///    zones, and there is no zones.mdb
///                          refused: what is gone is not begun anew in silence
///
/// The process may die at any point: under MDB_NOSYNC the page cache keeps what was committed. The
/// machine may not: then what is on the disk is any mixture.
#include "auth-plugin/write/verify.hpp"
namespace windlass::auth {

struct Beginning {
  std::string how;  ///< "in use", "replayed 3 owners", "rebuilt 2 zones: ..."
};

/// Opens all files below options.folder and brings serve.mdb up to the truth.
StoreResult<Beginning> open_store(const DepotOptions& options, StoreFiles& files,
                                  const LogLine& log);
/// Brings serve.mdb and the zones in memory up to a truth that is ahead; zones that are not in
/// memory are compiled whole. What was done.
StoreResult<std::string> catch_up(StoreFiles& files);
/// All of serve.mdb from the truth, zone by zone, in a new file; it takes the place when it is
/// whole, and a damaged one that stood there is kept as serve.mdb.bad. An error or a stop leaves
/// all as it was. Readers of the old file go on until they open the new one.
StoreResult<std::string> rebuild_store(StoreFiles& files, const DepotOptions& options,
                                       const Tick& tick);
/// The orderly end: everything to the disk, then the mark.
StoreStatus close_store(StoreFiles& files);

/// Moves what stands at `path` out of the way, to `path`.bad or the like: it may be somebody's.
/// Nothing there is no error.
bool keep_aside(const std::string& path);

std::string serve_path(const DepotOptions& options);
/// The identity of zones.mdb as a file: a copy put in its place is another truth.
void note_truth(ServeMeta& meta, const TruthTables& truth);
/// Refused: more live zones than ZoneMap::slots_most.
StoreStatus fits_slots(const std::vector<ZoneRowSeen>& rows, const TruthTables& truth);

/// The options' or /proc/sys/kernel/random/boot_id; zeroes when it cannot be read: then no boot is
/// the same.
BootId boot_id(const DepotOptions& options);
}  // namespace windlass::auth
