#pragma once
/// ZoneContent: all records of one zone in memory, compact, in the order of the store.
///
/// Filled record by record in any order, then seal() sorts and groups. Blocks of octets and 24
/// octets a record while it fills, 32 an RRset when it is sealed: a million records take about
/// 100 MB.
///
///    rrset:  key E(owner relative to zone) | 00 | type   as in store/key.hpp, without the zid
///            ttl, owner as written, (length 2 native | rdata) x records, canonical order, no
///            duplicates
///
/// RRSIGs are RRsets of type RRSIG here (as in the truth); the compiler hands them to what they
/// cover. An RRSIG's TTL is the original TTL it holds (RFC 4034 3), whatever the record's said.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "auth-plugin/store/key.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"
namespace windlass::auth {

/// One RRset of a zone. Borrows the content (or the store's page) it came from.
struct RRsetSlice {
  Octets key;  ///< E(owner) | 00 | type
  dns::Type type = dns::Type::none;
  std::uint32_t ttl = 0;
  Octets owner_wire;  ///< absolute, case as written
  std::uint16_t count = 0;
  Octets rdatas;  ///< (length 2 native | rdata) x count
};

/// Takes the first rdata off `rdatas`; an empty span when they are no whole row of (length 2 native
/// | rdata).
Octets take_rdata(Octets& rdatas) noexcept;

/// Calls `each` with every host name that an NS or MX RRset names.
template <class Each>
void each_host(const RRsetSlice& set, Each each) {
  if (set.type != dns::Type::ns && set.type != dns::Type::mx) return;
  const std::size_t preference_octets = set.type == dns::Type::mx ? 2 : 0;
  Octets rest = set.rdatas;
  for (std::size_t i = 0; i < set.count; ++i) {
    const Octets rdata = take_rdata(rest);
    if (rdata.size() <= preference_octets) continue;
    if (const auto host = dns::Name::from_wire(rdata.subspan(preference_octets))) each(*host);
  }
}

/// What was wrong with a record of an input. Lines and columns count from 1; 0: unknown.
struct InputFault {
  std::string file;
  std::size_t line = 0, column = 0;
  std::string text;  ///< what was expected, what stood there
  /// "home.zone:12:8: expected an IPv4 address, got `192.0.2.300`"
  std::string to_text() const;
};

/// Octets that stay where they are until the block goes: a list of chunks.
class OctetBlock {
 public:
  /// Room for `octets` octets in one piece.
  std::uint8_t* take(std::size_t octets);

 private:
  static constexpr std::size_t chunk_octets = 1u << 20;
  std::vector<std::unique_ptr<std::uint8_t[]>> chunks_;
  std::size_t left_ = 0;
  std::uint8_t* next_ = nullptr;
};

/// Moves, and is not copied.
class ZoneContent {
 public:
  explicit ZoneContent(const dns::Name& zone);
  const dns::Name& zone() const noexcept { return zone_; }
  /// `line` is kept for complaints. Errors: no_space (the key does not fit, or rdata of more than
  /// 65,535 octets), not_found (out of the zone), bad_rdata (an RRSIG too short to be one). Not
  /// after seal().
  Status add(const dns::Name& owner, dns::Type type, std::uint32_t ttl, Octets rdata,
             std::uint32_t line = 0);
  /// Sorts; drops duplicate records (counted); an RRset's TTL is the least of its records'. Of an
  /// RRset with more than 65,535 records the rest is dropped: lint() refuses it by its octets.
  void seal();
  std::size_t record_count() const noexcept { return records_; }
  std::size_t duplicates() const noexcept { return duplicates_; }
  /// Sealed: the RRsets in key order.
  std::size_t size() const noexcept { return rrsets_.size(); }
  RRsetSlice operator[](std::size_t index) const noexcept;
  std::uint32_t line_of(std::size_t index) const noexcept {  ///< of the RRset's first record
    return rrsets_[index].line;
  }
  bool ttls_differ(std::size_t index) const noexcept { return rrsets_[index].ttls_differ; }
  /// Sealed: index of the first RRset whose key is not below `key` (without zid); size(): none.
  std::size_t lower_bound(Octets key) const noexcept;

 private:
  // at:  key octets 2 | owner octets 1 | ttl 4 | key | owner | rdata octets 2 | rdata
  struct Row {
    std::uint64_t part;  ///< of the key while it is sorted: eight octets, big endian
    const std::uint8_t* at;
    std::uint32_t line, number;  ///< number: in the order they were added
  };
  struct Group {
    const std::uint8_t *at, *rdatas;
    std::uint32_t line, ttl, rdatas_octets;
    std::uint16_t count;
    bool ttls_differ;
  };
  static Octets key_of(const std::uint8_t* at) noexcept;
  static Octets rdata_of(const std::uint8_t* at) noexcept;
  static void sort_by_key(std::span<Row> rows, std::size_t depth);
  static std::vector<const std::uint8_t*> canonical(std::span<const Row> rows);
  void group(std::span<const Row> rows);

  dns::Name zone_, last_owner_;
  Key last_key_;  ///< of last_owner_, without type; empty: none
  OctetBlock octets_;
  std::vector<Row> rows_;
  std::vector<Group> rrsets_;
  std::size_t records_ = 0, duplicates_ = 0;
};
}  // namespace windlass::auth
