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
/// Brings serve.mdb and the zones in memory up to a truth that is ahead; what was done.
StoreResult<std::string> catch_up(StoreFiles& files);
/// All of serve.mdb from the truth, zone by zone; a file marked bad is set aside before.
StoreResult<std::string> rebuild_store(StoreFiles& files, const DepotOptions& options,
                                       const Tick& tick);
/// The orderly end: everything to the disk, then the mark.
StoreStatus close_store(StoreFiles& files);

/// The options' or /proc/sys/kernel/random/boot_id; zeroes when it cannot be read: then no boot is
/// the same.
BootId boot_id(const DepotOptions& options);
}  // namespace windlass::auth
