#pragma once
/// Commit: one pair of write transactions, on the truth and on serve.mdb, and what it will change
/// of the zones in memory. The jobs of a group write into one Commit, one after the other.
#include "auth-plugin/write/local.hpp"
#include "auth-plugin/write/registry.hpp"
namespace windlass::auth {

/// The three files of a store and the zones in them. Owned by the Depot.
struct StoreFiles {
  TruthTables truth;
  ServeTables serve;
  LocalStore local;
  ServeMeta meta;  ///< as serve.mdb has it
  Registry zones;
};

class Commit {
 public:
  static StoreResult<std::unique_ptr<Commit>> begin(StoreFiles& files);
  WriteTransaction& truth() noexcept { return truth_txn_; }
  WriteTransaction& serve() noexcept { return serve_txn_; }
  StoreFiles& files() noexcept { return files_; }
  /// The header of what the next job writes: later than all before it.
  RowHeader stamp();
  std::uint64_t next_generation() noexcept { return meta_.next_generation++; }
  /// The zone as the jobs before left it; nullptr: there is none.
  const ZoneLive* find(const dns::Name& name) const;
  /// Zones when this commit is done.
  std::size_t zones() const noexcept { return zones_; }
  /// Writes the zone's state row, and keeps what is to be published.
  StoreStatus change(const ZoneLive& zone);
  StoreStatus remove(Zid zid);
  /// To be called by a job before its first write: from here on a failure spoils the commit.
  void begin_writing() noexcept { wrote_ = job_wrote_ = true; }
  void begin_job() noexcept { job_wrote_ = false; }
  bool job_wrote() const noexcept { return job_wrote_; }  ///< since begin_job()
  bool wrote() const noexcept { return wrote_; }
  /// The truth, synced. After an error nothing was changed. Refused when zones.mdb is no longer the
  /// file that is open: what is written into a removed file is lost.
  StoreStatus commit_truth();
  /// serve.mdb, then the zones are published. After an error the truth is ahead of serve.mdb.
  StoreStatus commit_serve();

 private:
  Commit(StoreFiles& files, WriteTransaction truth, WriteTransaction serve)
      : files_(files),
        meta_(files.meta),
        zones_(files.zones.size()),
        truth_txn_(std::move(truth)),
        serve_txn_(std::move(serve)) {}
  StoreFiles& files_;
  bool is_there(Zid zid) const;
  ServeMeta meta_;
  std::size_t zones_;
  std::uint64_t gone_ = 0;  ///< the generation of zones that go
  WriteTransaction truth_txn_, serve_txn_;
  ZoneChanges changes_;
  bool wrote_ = false, job_wrote_ = false;
};

/// serve.mdb's rows of one owner, or of all below it too, made to fit the truth's. Counts go into
/// `zone`.
StoreStatus compile_owner(const Transaction& truth_txn, WriteTransaction& serve_txn,
                          const StoreFiles& files, ZoneLive& zone, const dns::Name& owner,
                          bool subtree);
/// Told now and then how many records were compiled so far; false: stop, as `cancelled`.
using RecordsSeen = std::function<bool(std::uint64_t records)>;
/// All of a zone's rows, from the truth as `truth_txn` has it. `before`: a snapshot of serve.mdb.
/// Gives zone.state a new generation only when something changed or it has none yet.
StoreStatus compile_zone(const Transaction& truth_txn, const TruthTables& truth,
                         const ReadTransaction& before, WriteTransaction& serve_txn,
                         const ServeTables& serve, ZoneLive& zone, std::uint64_t& next_generation,
                         const RecordsSeen& seen = {});
}  // namespace windlass::auth
