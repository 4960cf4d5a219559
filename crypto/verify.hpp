#pragma once
/// Signature verification and digests on OpenSSL. Knows no DNS: it is handed octets and numbers of
/// the DNSSEC algorithm registry. Keys are parsed once and kept (see PublicKey); contexts are
/// reused per thread.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
namespace windlass::crypto {

using Octets = std::span<const std::uint8_t>;

/// 5 RSASHA1, 7 RSASHA1-NSEC3, 8 RSASHA256, 10 RSASHA512, 13 ECDSA P-256, 14 ECDSA P-384, 15
/// Ed25519, 16 Ed448.
bool algorithm_supported(std::uint8_t algorithm) noexcept;
/// 1 SHA-1, 2 SHA-256, 4 SHA-384.
bool digest_supported(std::uint8_t digest_type) noexcept;

/// A parsed public key, shared and immutable; verify() may be called from one thread at a time per
/// key object.
class PublicKey {
 public:
  /// From the public key field of a DNSKEY (RFC 3110, RFC 6605, RFC 8080). bad_key: shape is wrong;
  /// unsupported: algorithm unknown; limit_reached: RSA modulus or exponent too large (rsa_bits,
  /// rsa_exponent_bits).
  static Result<std::shared_ptr<PublicKey>> parse(std::uint8_t algorithm, Octets key,
                                                  std::int64_t rsa_bits_max,
                                                  std::int64_t rsa_exponent_bits_max);
  ~PublicKey();
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;
  /// `signature` in DNSSEC form (ECDSA: r | s). Any malformed signature is simply false.
  bool verify(Octets message, Octets signature) const;
  std::size_t memory_octets() const noexcept;

 private:
  struct Impl;
  explicit PublicKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct Digest {
  std::array<std::uint8_t, 48> octets{};
  std::size_t size = 0;
  Octets view() const noexcept { return {octets.data(), size}; }
};
/// DS digest; unsupported when the type is not known.
Result<Digest> digest(std::uint8_t digest_type, Octets message);

/// Hash algorithms of ZONEMD (RFC 8976 5.3): 1 SHA-384, 2 SHA-512; unsupported when it is another.
Result<std::vector<std::uint8_t>> zone_digest(std::uint8_t algorithm, Octets zone);

/// SHA-1 iterated as NSEC3 does: H(... H(H(first | salt) | salt) ...), `iterations` additional
/// rounds.
std::array<std::uint8_t, 20> iterated_sha1(Octets first, Octets salt, std::uint16_t iterations);
}  // namespace windlass::crypto
