#pragma once
/// Typed views of the rdata the resolver itself must understand. Each parse() proves the whole
/// shape; views borrow. Errors: truncated, trailing, bad_rdata, bad_label.
#include <cstdint>
#include <span>

#include "base/address.hpp"
#include "base/result.hpp"
#include "dns/name.hpp"
#include "dns/octets.hpp"
#include "dns/types.hpp"
namespace windlass::dns {

struct SoaView {  ///< RFC 1035 3.3.13
  Name mname, rname;
  std::uint32_t serial, refresh, retry, expire, minimum;
  static Result<SoaView> parse(Octets rdata);
};

/// The serial in an SOA's rdata; 0: fewer than its 20 octets behind the names.
std::uint32_t soa_serial(Octets rdata) noexcept;
/// Serial a comes after b (RFC 1982); false for two that are 2^31 apart.
constexpr bool serial_after(std::uint32_t a, std::uint32_t b) noexcept {
  return a != b && a - b < 0x80000000u;
}

struct DsView {  ///< RFC 4034 5.1:  key tag 2 | algorithm 1 | digest type 1 | digest
  std::uint16_t key_tag;
  std::uint8_t algorithm, digest_type;
  Octets digest;
  static Result<DsView> parse(Octets rdata);
};

struct DnskeyView {  ///< RFC 4034 2.1:  flags 2 | protocol 1 | algorithm 1 | public key
  std::uint16_t flags;
  std::uint8_t protocol, algorithm;
  Octets public_key;
  static Result<DnskeyView> parse(Octets rdata);
  bool dnssec() const noexcept { return protocol == 3; }
  bool zone_key() const noexcept { return (flags & 0x0100u) != 0; }
  bool revoked() const noexcept { return (flags & 0x0080u) != 0; }
  bool secure_entry_point() const noexcept { return (flags & 0x0001u) != 0; }
};

struct RrsigView {  ///< RFC 4034 3.1
  Type covered;
  std::uint8_t algorithm, labels;
  std::uint32_t original_ttl, expiration, inception;
  std::uint16_t key_tag;
  Name signer;
  Octets signature;
  Octets signed_prefix;  ///< the rdata without the signature, as it goes into the digest (signer to
                         ///< be lowercased)
  static Result<RrsigView> parse(Octets rdata);
};

/// The type bitmap of NSEC and NSEC3 (RFC 4034 4.1.2). Proven whole windows.
class TypeBitmap {
 public:
  TypeBitmap() = default;
  static Result<TypeBitmap> parse(Octets octets);
  bool has(Type type) const noexcept;

 private:
  Octets octets_;
};

struct NsecView {  ///< RFC 4034 4.1
  Name next;
  TypeBitmap types;
  static Result<NsecView> parse(Octets rdata);
};

struct Nsec3View {  ///< RFC 5155 3.2
  std::uint8_t hash_algorithm, flags;
  std::uint16_t iterations;
  Octets salt, next_hash;
  TypeBitmap types;
  bool opt_out() const noexcept { return (flags & 1u) != 0; }
  static Result<Nsec3View> parse(Octets rdata);
};

/// A and AAAA rdata.
Result<IpAddress> address_of(Type type, Octets rdata);
/// The one name of NS, CNAME, DNAME, PTR rdata.
Result<Name> name_of(Octets rdata);

/// RFC 4034 appendix B.
std::uint16_t key_tag(Octets dnskey_rdata) noexcept;
}  // namespace windlass::dns
