#pragma once
/// ZoneContent: all records of one zone in memory, compact, in the order of the store.
///
/// Filled record by record in any order, then seal() sorts and groups. One block of octets and 16
/// octets a record: a million records take about 100 MB.
///
///    rrset:  key E(owner relative to zone) | 00 | type   as in store/key.hpp, without the zid
///            ttl, owner as written, (length 2 native | rdata) x records, canonical order, no
///            duplicates
///
/// RRSIGs are RRsets of type RRSIG here (as in the truth); the compiler hands them to what they
/// cover.
#include <cstdint>
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

/// What was wrong with a record of an input. Lines and columns count from 1; 0: unknown.
struct InputFault {
  std::string file;
  std::size_t line = 0, column = 0;
  std::string text;  ///< what was expected, what stood there
  /// "home.zone:12:8: expected an IPv4 address, got `192.0.2.300`"
  std::string to_text() const;
};

class ZoneContent {
 public:
  explicit ZoneContent(const dns::Name& zone);
  const dns::Name& zone() const noexcept { return zone_; }
  /// `line` is kept for complaints. Errors: no_space (the key does not fit), not_found (out of the
  /// zone).
  Status add(const dns::Name& owner, dns::Type type, std::uint32_t ttl, Octets rdata,
             std::uint32_t line = 0);
  /// Sorts; drops duplicate records (counted); an RRset's TTL is the least of its records'.
  void seal();
  std::size_t record_count() const noexcept;
  std::size_t duplicates() const noexcept { return duplicates_; }
  /// Sealed: the RRsets in key order.
  std::size_t size() const noexcept { return rrsets_.size(); }
  RRsetSlice operator[](std::size_t index) const noexcept;
  std::uint32_t line_of(std::size_t index) const noexcept;  ///< of the RRset's first record

 private:
  struct Row {
    std::uint64_t at;  ///< of the record in octets_
    std::uint32_t line, octets;
  };
  struct Group {
    std::uint64_t at;
    std::uint32_t line, ttl;
    std::uint16_t count, key_octets;
  };
  dns::Name zone_;
  std::vector<std::uint8_t> octets_;
  std::vector<Row> rows_;
  std::vector<Group> rrsets_;
  std::size_t duplicates_ = 0;
};
}  // namespace windlass::auth
