#pragma once
/// serve.mdb: what is answered from. Derived from the truth; integers native, never leaves its
/// machine.
///
///    node    zid | E(owner) | 00    store/node.hpp
///    nsec3   zid | hash (20)        the same value
///    state   zid                    generation 8 | records 8 | names 8 | serial 4 | iterations 2
///                                   | flags 1 | salt octets 1 | salt
///    meta    "serve"                format 4 | clean 4 | applied txn 8 | last timestamp 8
///                                   | next generation 8 | truth device 8 | truth inode 8
///                                   | truth id 16 | boot id 40
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth-plugin/store/lmdb.hpp"
#include "auth-plugin/write/compile.hpp"
#include "auth-plugin/write/row_copy.hpp"
namespace windlass::auth {

struct ServeTables {
  std::shared_ptr<Environment> env;
  TableHandle node, nsec3, state, meta;
  /// Opens or creates the file and its tables; commits are not synced.
  static StoreResult<ServeTables> open(const std::string& path, std::uint64_t map_octets,
                                       unsigned readers);
};

/// A row of `state`: all that is known of a zone but its name and slot.
struct ServeState {
  std::uint64_t generation = 0;
  Compiled zone;
};
std::vector<std::uint8_t> encode_state(const ServeState& state);
/// nullopt: damaged, or of another format. Leaves name, zid and slot of the facts alone.
std::optional<ServeState> decode_state(Octets value);

using TruthId = std::array<std::uint8_t, 16>;
using BootId = std::array<char, 40>;  ///< 36 used: no gap at the end of ServeMeta

/// The one row of `meta`.
struct ServeMeta {
  static constexpr std::uint32_t format_now = 1;
  std::uint32_t format = format_now;
  std::uint32_t clean = 0;  ///< 1: closed in order, everything on the disk
  std::uint64_t applied_txn = 0, last_timestamp = 0, next_generation = 1;
  std::uint64_t truth_device = 0, truth_inode = 0;
  TruthId truth_id{};
  BootId boot_id{};
};
StoreStatus put_meta(WriteTransaction& txn, const ServeTables& serve, const ServeMeta& meta);
/// nullopt: none is there: the file was never finished.
StoreResult<std::optional<ServeMeta>> read_meta(const Transaction& txn, const ServeTables& serve);

/// Makes the rows of a table that begin with `front` equal to a rising stream of rows; writes only
/// what differs. `before` is a snapshot of the table as the transaction found it, and nothing else
/// writes below `front` meanwhile. Rows above all others are appended.
class RowMerge {
 public:
  static StoreResult<RowMerge> begin(const ReadTransaction& before, WriteTransaction& txn,
                                     const Environment& env, TableHandle table, Octets front);
  StoreStatus row(Octets key, Octets value);
  StoreStatus finish();  ///< what was not named goes
  bool changed() const noexcept { return changed_; }

 private:
  RowMerge(WriteTransaction& txn, TableHandle table, Octets front, CopyingCursor old)
      : txn_(&txn), table_(table), front_(front.begin(), front.end()), old_(std::move(old)) {}
  StoreStatus drop_below(Octets key);
  StoreStatus read_old();
  WriteTransaction* txn_;
  TableHandle table_;
  std::vector<std::uint8_t> front_, last_;
  CopyingCursor old_;
  bool there_ = false;  ///< old_ stands on a row below front_
  bool changed_ = false;
};

/// Rows of a whole zone into its two tables.
class ZoneSink final : public CompiledSink {
 public:
  static StoreResult<std::unique_ptr<ZoneSink>> begin(const ReadTransaction& before,
                                                      WriteTransaction& txn,
                                                      const ServeTables& serve, Zid zid);
  StoreStatus node(Octets key, Octets value) override { return nodes_.row(key, value); }
  StoreStatus nsec3(Octets key, Octets value) override { return nsec3s_.row(key, value); }
  StoreStatus finish();
  bool changed() const noexcept { return nodes_.changed() || nsec3s_.changed(); }

 private:
  ZoneSink(RowMerge nodes, RowMerge nsec3s)
      : nodes_(std::move(nodes)), nsec3s_(std::move(nsec3s)) {}
  RowMerge nodes_, nsec3s_;
};

/// All rows of the zone and its state go.
StoreStatus erase_zone(WriteTransaction& txn, const ServeTables& serve, Zid zid);

/// A compiled zone into a serve.mdb in one transaction of its own, with its state row: for tests
/// and tools that have no truth.
StoreResult<Compiled> write_zone(const ServeTables& serve, const ZoneContent& content,
                                 std::uint32_t slot, std::uint64_t generation);
}  // namespace windlass::auth
