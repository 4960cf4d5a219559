#pragma once
/// The canonical images that DNSSEC digests are taken over.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dns/rdata.hpp"
#include "dns/rrset.hpp"
namespace windlass::dns {

/// Appends what an RRSIG signs: its rdata without the signature (signer in lower case), then each
/// record in canonical form and order with the original TTL; a wildcard expansion goes in as its
/// wildcard name (RFC 4035 5.3.2, RFC 4034 3.1.8.1, 6.2). Precondition: rrsig.labels <= labels of
/// the owner.
void append_signed_image(std::vector<std::uint8_t>& out, const RRset& rrset,
                         const RrsigView& rrsig);

/// Rdata with embedded names in lower case where RFC 4034 6.2 / RFC 6840 5.1 say so.
void append_canonical_rdata(std::vector<std::uint8_t>& out, Type type, Octets rdata);

/// Owner in lower case | DNSKEY rdata: what a DS digest is taken over (RFC 4034 5.1.4).
void append_ds_image(std::vector<std::uint8_t>& out, const Name& owner, Octets dnskey_rdata);

inline constexpr std::size_t nsec3_hash_octets =
    20;  ///< of SHA-1, the only algorithm (RFC 5155 11)
/// One NSEC3 hash, 20 octets: SHA-1 iterated over the lowercase wire name and salt (RFC 5155 5).
std::array<std::uint8_t, nsec3_hash_octets> nsec3_hash(const Name& name, Octets salt,
                                                       std::uint16_t iterations);
/// Base32hex without padding (RFC 4648 7), lower case.
std::string base32hex(Octets octets);
constexpr std::size_t base32hex_octets(std::size_t octets) noexcept {
  return (octets * 8 + 4) / 5;
}
/// The same to `out`, which has room for base32hex_octets(). Allocates nothing.
void put_base32hex(std::uint8_t* out, Octets octets) noexcept;
/// False when the text is not base32hex.
bool from_base32hex(std::span<const std::uint8_t> label, std::vector<std::uint8_t>& out);
}  // namespace windlass::dns
