#pragma once
/// Keys of all tables: octet order is (zone, canonical name order of RFC 4034 6.1, type).
///
///    E(name)   for each label from the root side: its octets in lower case with 00 -> 01 01 and
///              01 -> 01 02, then 00
///    node      zid (8, big endian) | E(owner relative to the zone) | 00
///    record    zid | E(owner relative to the zone) | 00 | type (2, big endian)
///
/// A key is at most 511 octets (LMDB). The worst legal name may not fit: no_space, and the record
/// is refused where it comes from. A plain value, never allocates.
#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"
namespace windlass::auth {

using Octets = std::span<const std::uint8_t>;
using Zid = std::uint64_t;
using OwnedKey = std::vector<std::uint8_t>;
inline constexpr std::size_t zid_octets = sizeof(Zid);  ///< in front of every key

/// First 8 octets of SHA-256(lowercase wire name | view): two machines that create the same zone
/// agree.
Zid zid_of(const dns::Name& zone, std::string_view view = {});

class Key {
 public:
  static constexpr std::size_t max_octets = 511;

  Key() = default;
  explicit Key(Zid zid) noexcept;  ///< the zid alone: the front of all of a zone's keys
  /// zid | E(owner relative to zone), without the closing 00: the front of the keys at and below
  /// owner. Precondition: owner is at or below zone.
  static Result<Key> subtree(Zid zid, const dns::Name& zone, const dns::Name& owner) noexcept;
  static Result<Key> node(Zid zid, const dns::Name& zone, const dns::Name& owner) noexcept;
  static Result<Key> record(Zid zid, const dns::Name& zone, const dns::Name& owner,
                            dns::Type type) noexcept;
  /// node(), cut off where it does not fit (`whole` is then false): equal to no stored key, and it
  /// sorts among them as the whole one would.
  static Key sought(Zid zid, const dns::Name& zone, const dns::Name& owner, bool& whole) noexcept;
  static Key from_octets(Octets octets) noexcept;  ///< at most max_octets are taken

  Octets octets() const noexcept { return {octets_.data(), size_}; }
  bool append(Octets octets) noexcept;  ///< false, and nothing appended: it does not fit
  bool append16(std::uint16_t value) noexcept;
  friend std::strong_ordering operator<=>(const Key& a, const Key& b) noexcept;
  friend bool operator==(const Key& a, const Key& b) noexcept;

 private:
  bool append_label(const std::uint8_t* label) noexcept;
  /// As many whole octets as fit; false: not all.
  bool append_owner(const dns::Name& zone, const dns::Name& owner) noexcept;
  std::array<std::uint8_t, max_octets + 1> octets_;
  std::uint16_t size_ = 0;
};

/// What a key says. Errors: truncated, bad_label, trailing (a damaged or foreign key).
struct KeyParts {
  Zid zid = 0;
  dns::Name owner;                   ///< absolute: with the zone's labels behind it; lower case
  dns::Type type = dns::Type::none;  ///< none: a node's key
};
Result<KeyParts> read_key(Octets key, const dns::Name& zone);
/// The zid in front of any key; 0 when it is too short.
Zid zid_in(Octets key) noexcept;
/// Labels of the relative owner in a node's or record's key, without decoding it.
std::size_t labels_in(Octets key) noexcept;
/// Labels below the zone that two different node keys of one zone share, counted from the apex.
std::size_t common_labels(Octets a, Octets b) noexcept;
/// A node key without its closing 00: what all keys at and below its owner begin with.
inline Octets subtree_of(Octets node_key) noexcept {
  return node_key.first(node_key.empty() ? 0 : node_key.size() - 1);
}
bool begins_with(Octets key, Octets front) noexcept;
}  // namespace windlass::auth
