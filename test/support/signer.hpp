#pragma once
/// A signer for tests: keys made by OpenSSL, RRsets signed with them, denial records, and every way
/// to get them wrong. Signs with algorithms 5, 7, 8, 10, 13, 14, 15 and 16; the inverse of
/// validator/, sharing only dns/canonical.hpp with it.
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/evidence.hpp"
#include "dns/name.hpp"
#include "dns/rrset.hpp"
#include "dns/types.hpp"
namespace windlass::test {

using Bytes = std::vector<std::uint8_t>;

class Key {
 public:
  static constexpr std::uint16_t ksk = 257, zsk = 256;
  /// A new key of an algorithm above; RSA of 2048 bits (8) or 1024 (5, 7, 10).
  static Key make(std::uint8_t algorithm, std::uint16_t flags = ksk);
  /// The Ed25519 key of this seed: the same in every process, and so are its signatures.
  static Key seeded(std::uint8_t seed, std::uint16_t flags = ksk);
  /// One of three RSA keys of 1024 bits for RSASHA512, the same in every process.
  static Key fixed(std::size_t which, std::uint16_t flags = ksk);
  /// An Ed25519 key that nobody can sign with, of a chosen key tag.
  static Key forged(std::uint16_t tag, std::uint8_t seed);
  /// The same key pair with other flags or protocol.
  Key with(std::uint16_t flags, std::uint8_t protocol = 3) const;

  const Bytes& rdata() const { return rdata_; }  ///< of its DNSKEY
  std::uint16_t tag() const;
  std::uint8_t algorithm() const { return rdata_[3]; }
  Bytes ds(const dns::Name& owner, std::uint8_t digest_type = 2) const;  ///< rdata of a DS
  Bytes sign(const Bytes& message) const;                                ///< in DNSSEC form

 private:
  static Key of(void* made, std::uint8_t algorithm, std::uint16_t flags);
  std::shared_ptr<void> pair_;  ///< EVP_PKEY
  Bytes rdata_;
};

/// How an RRSIG is made; what is not set is right.
struct Signing {
  std::uint32_t ttl = 3600;
  std::uint32_t inception = 1'699'990'000,
                expiration = 1'700'100'000;  ///< around ManualClock's start
  std::optional<std::uint8_t> labels, algorithm;
  std::optional<std::uint32_t> original_ttl;
  std::optional<std::uint16_t> key_tag;
  std::optional<dns::Name> signer;
  std::optional<dns::Type> covered;
  bool spoil = false;  ///< flips a bit of the signature
};

/// Rdata from its parts.
Bytes ns_rdata(std::string_view name);  ///< also CNAME, DNAME, PTR
Bytes a_rdata(std::uint8_t last_octet);
Bytes soa_rdata(std::string_view zone);
Bytes nsec_rdata(const dns::Name& next, const std::vector<dns::Type>& types);

struct Nsec3Options {
  std::uint16_t iterations = 0;
  Bytes salt;
  bool opt_out = false;
  std::uint8_t hash_algorithm = 1;
};

/// One signed zone: a name and its keys (the first signs DNSKEY, the last everything else).
class SignedZone {
 public:
  SignedZone(std::string_view name, std::uint8_t algorithm);
  SignedZone(std::string_view name, std::vector<Key> keys);

  dns::Name name;
  std::vector<Key> keys;

  dns::RRsetPtr unsigned_set(std::string_view owner, dns::Type type,
                             const std::vector<Bytes>& rdatas, std::uint32_t ttl = 3600) const;
  /// The set with one RRSIG by the last key, or by `key`.
  dns::RRsetPtr sign(std::string_view owner, dns::Type type, const std::vector<Bytes>& rdatas,
                     const Signing& how = {}, const Key* key = nullptr) const;
  /// As `wildcard` stands in the zone, expanded to `owner`.
  dns::RRsetPtr expand(std::string_view owner, dns::Type type,
                       const std::vector<Bytes>& rdatas) const;
  dns::RRsetPtr dnskey(const Signing& how = {}) const;
  dns::RRsetPtr ds_of(const SignedZone& child, std::uint8_t digest_type = 2) const;
  dns::RRsetPtr soa(const Signing& how = {}) const;
  dns::RRsetPtr nsec(std::string_view owner, std::string_view next,
                     const std::vector<dns::Type>& types, const Signing& how = {}) const;
  /// NSEC3 of exactly this name; its next hash is one further.
  dns::RRsetPtr nsec3(std::string_view of, const std::vector<dns::Type>& types,
                      const Nsec3Options& options = {}, const Signing& how = {}) const;
  /// NSEC3 from just before to just behind the hash of this name.
  dns::RRsetPtr nsec3_over(std::string_view name, const Nsec3Options& options = {}) const;
  /// NSEC3 from hash to hash, 20 octets each.
  dns::RRsetPtr hashed(const Bytes& owner_hash, const Bytes& next_hash,
                       const std::vector<dns::Type>& types, const Nsec3Options& options,
                       const Signing& how) const;
  /// Adds one RRSIG to a set's copy.
  dns::RRsetPtr add_rrsig(const dns::RRset& rrset, const Signing& how, const Key& key) const;
};

/// rdata of an RRSIG over `rrset`.
Bytes rrsig_rdata(const dns::RRset& rrset, const dns::Name& zone, const Signing& how,
                  const Key& key);

/// The RRset with `owner`, and rdata and RRSIGs as they are; null when it cannot be built.
dns::RRsetPtr with_owner(const dns::RRset& rrset, const dns::Name& owner);

dns::Evidence positive(dns::RRsetPtr rrset, const dns::Name& zone,
                       std::vector<dns::RRsetPtr> proofs = {});
dns::Evidence denied(dns::Finding finding, std::string_view name, dns::Type type,
                     const dns::Name& zone, std::vector<dns::RRsetPtr> proofs);
}  // namespace windlass::test
