#pragma once
/// Nsec3Record: one NSEC3 RRset read, with the hash that its owner's first label holds (RFC 5155
/// 3).
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "dns/canonical.hpp"
#include "dns/rdata.hpp"
#include "dns/rrset.hpp"
namespace windlass::dns {

using Nsec3Hash = std::array<std::uint8_t, nsec3_hash_octets>;

/// What one chain of NSEC3 records has in common, besides the hash algorithm (RFC 5155 4).
struct Nsec3Parameters {
  std::uint16_t iterations = 0;
  std::vector<std::uint8_t> salt;
  friend bool operator==(const Nsec3Parameters&, const Nsec3Parameters&) = default;
};

struct Nsec3Record {
  Nsec3Hash from{};  ///< of the owner
  Nsec3View nsec3;   ///< points into the RRset

  /// nullopt: another type, not alone, malformed, of an unknown algorithm, unknown flags, or
  /// hashes of another length (RFC 5155 8.1, 8.2). Who asks whether the owner stands right below
  /// its zone is the caller.
  static std::optional<Nsec3Record> read(const RRset& rrset);
  Nsec3Parameters parameters() const {
    return {nsec3.iterations, {nsec3.salt.begin(), nsec3.salt.end()}};
  }
  bool matches(const Nsec3Hash& hash) const noexcept { return hash == from; }
  /// `hash` strictly between owner and next on the ring of hashes; the only one of a zone covers
  /// all but its own.
  bool covers(const Nsec3Hash& hash) const noexcept;
};
}  // namespace windlass::dns
