#pragma once
/// zones.mdb, the truth: integers big endian, for it is replicated between machines.
///
///    every value   store/header.hpp, then
///    zone_v1       zid                  format 1 | kind 1 | flags 1 | incarnation ns 8
///                                       | name octets 1 | name | view octets 1 | view
///    rr_v1         zid | E | 00 | type  format 1 | flags 1 | ttl 4 | count 2
///                                       | owner octets 1 | owner          with flag 4 only
///                                       | (length 2 | rdata) x count
///    meta_v1       "environment"        id 16
///
/// A deletion is a tombstone: flag 01, nothing behind the header. A record whose timestamp is below
/// its zone's incarnation is dead, whatever it says: deleting a zone is one tombstone.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth-plugin/store/header.hpp"
#include "auth-plugin/store/lmdb.hpp"
#include "auth-plugin/write/depot.hpp"
#include "auth-plugin/write/row_copy.hpp"
#include "auth-plugin/write/serve.hpp"
namespace windlass::auth {

struct TruthTables {
  std::shared_ptr<Environment> env;
  TableHandle zone, rr, meta;
  TruthId id{};
  /// Opens, or creates with an id of its own. Errors also: foreign (an LMDB file without our
  /// tables), newer.
  static StoreResult<TruthTables> open(const std::string& path, std::uint64_t map_octets,
                                       unsigned readers);
  /// A file that nobody writes: a backup, a copy.
  static StoreResult<TruthTables> open_read_only(const std::string& path);
};

/// The header of a deletion. A job has one timestamp: a zone that goes and comes back in one commit
/// must not keep its old records.
std::array<std::uint8_t, RowHeader::octets> tombstone(RowHeader stamp) noexcept;

/// A row of zone_v1.
struct ZoneRecord {
  dns::Name name;
  ZoneKind kind = ZoneKind::native;
  std::uint64_t incarnation = 0;
};
std::vector<std::uint8_t> encode_zone(const ZoneRecord& zone, const RowHeader& stamp);
std::optional<ZoneRecord> decode_zone(Octets body) noexcept;
/// Every row of zone_v1 in order; `zone` is empty for a tombstone. Errors: damaged.
struct ZoneRowSeen {
  Zid zid = 0;
  RowHeader stamp;
  std::optional<ZoneRecord> zone;
};
StoreResult<std::vector<ZoneRowSeen>> read_zones(const Transaction& txn, const TruthTables& truth);

/// The body of a row of rr_v1, appended.
void append_rr(std::vector<std::uint8_t>& out, const RRsetSlice& rrset);
/// The RRset of a body. `room` takes all of it; `key` has the zid in front.
/// nullopt: damaged.
std::optional<RRsetSlice> decode_rr(Octets key, Octets body, const dns::Name& zone,
                                    std::vector<std::uint8_t>& room);

/// The live RRsets of a zone, in order, below one front of keys.
class TruthWalk {
 public:
  /// `front`: a zid, or a zid and more. The transaction must outlive the walk.
  static StoreResult<TruthWalk> begin(const Transaction& txn, const TruthTables& truth,
                                      const ZoneRecord& zone, Octets front);
  /// nullopt: the end. A slice lives until an RRset of the owner after the next was given, as the
  /// compiler wants it. Errors: damaged, naming the file.
  StoreResult<std::optional<RRsetSlice>> next();

 private:
  TruthWalk(const TruthTables& truth, const ZoneRecord& zone, Octets front, CopyingCursor cursor)
      : truth_(&truth),
        zone_(zone),
        front_(front.begin(), front.end()),
        cursor_(std::move(cursor)) {}
  struct Room {
    std::vector<std::vector<std::uint8_t>> rows;
    std::size_t used = 0;
    std::vector<std::uint8_t> owner;
  };
  std::vector<std::uint8_t>& room_for(Octets owner);
  const TruthTables* truth_;
  ZoneRecord zone_;
  std::vector<std::uint8_t> front_;
  CopyingCursor cursor_;
  bool begun_ = false;
  Room rooms_[2];
  unsigned room_ = 0;
};

/// Records that came and went between two (length 2 native | rdata) lists.
struct RecordChange {
  std::uint64_t added = 0, removed = 0;
};
RecordChange compare_records(Octets before, Octets after);

/// Makes the live RRsets of a zone equal to a rising stream of them: what differs is written, what
/// is not named gets a tombstone. As RowMerge: nothing else writes the zone meanwhile.
class TruthMerge {
 public:
  static StoreResult<TruthMerge> begin(const ReadTransaction& before, WriteTransaction& txn,
                                       const TruthTables& truth, const ZoneRecord& zone,
                                       const RowHeader& stamp);
  StoreStatus rrset(const RRsetSlice& rrset);
  StoreStatus finish();
  bool changed() const noexcept { return changed_; }
  const RecordChange& records() const noexcept { return records_; }

 private:
  TruthMerge(WriteTransaction& txn, const TruthTables& truth, const ZoneRecord& zone,
             const RowHeader& stamp, CopyingCursor old)
      : txn_(&txn), truth_(&truth), zone_(zone), stamp_(stamp), old_(std::move(old)) {}
  StoreStatus step(StoreResult<bool> there);
  StoreStatus drop_below(Octets key);
  std::uint64_t records_of(Octets value);
  WriteTransaction* txn_;
  const TruthTables* truth_;
  ZoneRecord zone_;
  RowHeader stamp_;
  CopyingCursor old_;
  bool there_ = false, changed_ = false;
  std::vector<std::uint8_t> front_, last_, key_, value_, room_;
  std::optional<RowValue> old_row_;
  RecordChange records_;
};
}  // namespace windlass::auth
