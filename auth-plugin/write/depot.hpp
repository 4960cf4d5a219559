#pragma once
/// Depot: the three environments of one store, its writer thread, and what the workers read of it.
/// One a process for each folder (by dev:inode), shared by instances that stand side by side.
///
/// A write: queued -> lint (a refusal changes nothing) -> truth, synced, in one commit with what
/// waits beside it
/// -> serve.mdb -> the zone's generation published -> acknowledged (the call returns). Callers are
/// threads that may block; never a worker.
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth-plugin/store/error.hpp"
#include "auth-plugin/zone/content.hpp"
#include "auth-plugin/zone/lint.hpp"
#include "auth-plugin/zone_map.hpp"
namespace windlass::auth {

struct DepotOptions {
  std::string folder;
  std::uint64_t map_octets = std::uint64_t{64} << 30;  ///< of each environment at creation; sparse
  unsigned readers = 256;
  unsigned group_commit_ms =
      5;                ///< from one commit to the next: what comes meanwhile goes together
  std::string boot_id;  ///< empty: the kernel's. Tests: the machine was started anew
};

/// One line of progress for people; false: stop (only before anything was changed).
using Progress = std::function<bool(const std::string& line)>;
using LogLine = std::function<void(int level, const std::string& line)>;  ///< windlass_log_level

enum class ZoneKind : std::uint8_t { native = 0, primary = 1, secondary = 2 };

struct ZoneRow {
  dns::Name name;
  Zid zid = 0;
  ZoneKind kind = ZoneKind::native;
  bool presigned = false, serving = false;
  std::uint64_t generation = 0, records = 0, names = 0;
  std::uint32_t serial = 0;
  std::string trouble;  ///< why it is not served; empty: nothing
};

/// One edit of an RRset. Rdata: uncompressed wire. No rdatas: the RRset goes.
struct Edit {
  dns::Name owner;
  dns::Type type = dns::Type::none;
  std::uint32_t ttl = 0;
  enum class Way : std::uint8_t {
    replace,
    add,
    remove
  } way = Way::replace;  ///< add, remove: single records
  std::vector<std::vector<std::uint8_t>> rdatas;
};

struct Written {
  std::uint64_t generation = 0;
  std::uint32_t serial = 0;
  std::uint64_t added = 0, removed = 0;  ///< records
  std::vector<Finding> warnings;
};

using EachRRset = std::function<bool(const RRsetSlice&)>;

struct DepotStats {
  std::uint64_t truth_octets = 0, serve_octets = 0, map_octets = 0, truth_txn = 0, applied_txn = 0,
                commits = 0, writes = 0, waiting = 0, slowest_commit_us = 0;
  std::string start;  ///< how serve.mdb began: "in use", "replayed 12 records", "rebuilt 3 zones"
  std::string bad;    ///< a fault on a mapped page, or empty
};

class Depot {
 public:
  /// Opens or creates; verifies in a child after an unclean stop; replays or rebuilds serve.mdb as
  /// needed.
  static StoreResult<std::shared_ptr<Depot>> open(const DepotOptions& options, LogLine log);
  ~Depot();  ///< what is queued is written; the clean-shutdown mark is set

  // Any thread, also workers
  std::shared_ptr<const ZoneMap> zones() const;
  std::uint64_t zones_version() const noexcept;  ///< changes when zones() would give another map
  std::uint64_t file_version() const noexcept;   ///< changes when reader() would open another file
  const std::uint64_t* generations(std::uint32_t& count) const noexcept;
  StoreResult<std::unique_ptr<ServeReader>> reader();

  // Threads that may block
  /// `content` nullptr: SOA and NS alone, with a serial behind all that the name published before.
  StoreResult<Written> create_zone(const dns::Name& zone, ZoneKind kind,
                                   const ZoneContent* content);
  StoreResult<Written> load_zone(const dns::Name& zone, const ZoneContent& content,
                                 const Progress& progress);
  StoreStatus delete_zone(const dns::Name& zone);
  /// All or none. The SOA's serial goes up by one unless an edit sets it. A presigned zone is
  /// refused.
  StoreResult<Written> edit_zone(const dns::Name& zone, const std::vector<Edit>& edits);
  std::vector<ZoneRow> list() const;
  std::optional<ZoneRow> show(const dns::Name& zone) const;
  /// Every RRset of the zone in order, from one snapshot of the truth, SOA first; `each` false:
  /// stop.
  StoreStatus each_rrset(const dns::Name& zone, const EachRRset& each) const;
  /// Those of one owner.
  StoreStatus each_rrset_at(const dns::Name& zone, const dns::Name& owner,
                            const EachRRset& each) const;
  StoreStatus backup(const std::string& folder,
                     const Progress& progress) const;  ///< mdb_env_copy2, compact
  /// Puts a backup's zones in place of all that is here; the old truth is kept beside it.
  StoreStatus restore(const std::string& folder, const Progress& progress);
  StoreStatus verify(const Progress& progress) const;  ///< walks all of it in a child
  StoreStatus rebuild(const Progress& progress);       ///< serve.mdb anew from the truth
  DepotStats stats() const;

 private:
  struct Impl;
  explicit Depot(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::auth
