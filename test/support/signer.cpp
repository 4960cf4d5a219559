#include "test/support/signer.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "crypto/verify.hpp"
#include "dns/canonical.hpp"
#include "dns/rdata.hpp"
#include "test/support/fixed_keys.hpp"

namespace windlass::test {
namespace {
using dns::Name;
using dns::Type;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

void put16(Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value & 0xFF));
}

void put32(Bytes& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xFFFF);
}

template <class Range>
void put(Bytes& out, const Range& octets) {
  out.insert(out.end(), octets.begin(), octets.end());
}

bool is_rsa(std::uint8_t algorithm) {
  return algorithm == 5 || algorithm == 7 || algorithm == 8 || algorithm == 10;
}

bool is_eddsa(std::uint8_t algorithm) {
  return algorithm == 15 || algorithm == 16;
}

EVP_PKEY* generate(std::uint8_t algorithm) {
  switch (algorithm) {
    case 5:
    case 7:
    case 10:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024});
    case 8:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
    case 13:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case 14:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
    case 15:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case 16:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448");
    default:
      return nullptr;
  }
}

Bytes number_of(EVP_PKEY* pair, const char* parameter) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(pair, parameter, &number) == 1, "no such key parameter");
  Bytes octets(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, octets.data());
  BN_free(number);
  return octets;
}

/// RFC 3110 2, RFC 6605 4, RFC 8080 3.
Bytes public_octets(EVP_PKEY* pair, std::uint8_t algorithm) {
  Bytes octets(256);
  std::size_t size = octets.size();
  if (is_rsa(algorithm)) {
    const Bytes exponent = number_of(pair, OSSL_PKEY_PARAM_RSA_E);
    Bytes out{static_cast<std::uint8_t>(exponent.size())};
    put(out, exponent);
    put(out, number_of(pair, OSSL_PKEY_PARAM_RSA_N));
    return out;
  }
  if (is_eddsa(algorithm)) {
    require(EVP_PKEY_get_raw_public_key(pair, octets.data(), &size) == 1, "no raw key");
    octets.resize(size);
    return octets;
  }
  require(EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, octets.data(),
                                          octets.size(), &size) == 1,
          "no point");
  return Bytes(octets.begin() + 1, octets.begin() + static_cast<std::ptrdiff_t>(size));
}

/// DER to r | s.
Bytes flat_ecdsa(const Bytes& der, std::size_t half) {
  const unsigned char* at = der.data();
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  require(signature != nullptr, "bad DER");
  Bytes out(2 * half);
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), out.data(), static_cast<int>(half));
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), out.data() + half, static_cast<int>(half));
  ECDSA_SIG_free(signature);
  return out;
}

const EVP_MD* digest_of(std::uint8_t algorithm) {
  switch (algorithm) {
    case 5:
    case 7:
      return EVP_sha1();
    case 10:
      return EVP_sha512();
    case 14:
      return EVP_sha384();
    case 15:
    case 16:
      return nullptr;
    default:
      return EVP_sha256();
  }
}

/// RFC 4034 4.1.2; types below 256 and the window of each.
Bytes bitmap(std::vector<Type> types) {
  std::sort(types.begin(), types.end());
  Bytes out;
  for (std::size_t at = 0; at < types.size();) {
    const unsigned window = static_cast<unsigned>(types[at]) >> 8;
    Bytes bits;
    for (; at < types.size() && static_cast<unsigned>(types[at]) >> 8 == window; ++at) {
      const unsigned bit = static_cast<unsigned>(types[at]) & 0xFFu;
      if (bits.size() <= bit / 8) bits.resize(bit / 8 + 1);
      bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | (0x80u >> (bit % 8)));
    }
    out.push_back(static_cast<std::uint8_t>(window));
    out.push_back(static_cast<std::uint8_t>(bits.size()));
    put(out, bits);
  }
  return out;
}

Bytes moved(Bytes hash, int by) {
  for (std::size_t at = hash.size(); at-- > 0;) {
    hash[at] = static_cast<std::uint8_t>(hash[at] + by);
    if (hash[at] != (by > 0 ? 0 : 0xFF)) break;
  }
  return hash;
}

Bytes hash_of(std::string_view name, const Nsec3Options& options) {
  const auto hash = dns::nsec3_hash(Name::literal(name), options.salt, options.iterations);
  return Bytes(hash.begin(), hash.end());
}
}  // namespace

Key Key::of(void* made, std::uint8_t algorithm, std::uint16_t flags) {
  Key key;
  auto* pair = static_cast<EVP_PKEY*>(made);
  require(pair != nullptr, "no key made");
  key.pair_ =
      std::shared_ptr<void>(pair, [](void* p) { EVP_PKEY_free(static_cast<EVP_PKEY*>(p)); });
  put16(key.rdata_, flags);
  key.rdata_.push_back(3);
  key.rdata_.push_back(algorithm);
  put(key.rdata_, public_octets(pair, algorithm));
  return key;
}

Key Key::make(std::uint8_t algorithm, std::uint16_t flags) {
  return of(generate(algorithm), algorithm, flags);
}

Key Key::seeded(std::uint8_t seed, std::uint16_t flags) {
  const Bytes secret(32, seed);
  return of(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()),
            15, flags);
}

Key Key::fixed(std::size_t which, std::uint16_t flags) {
  const std::string_view text = fixed_keys[which];
  Bytes der(text.size());
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  const int size = EVP_DecodeBlock(der.data(), in, static_cast<int>(text.size()));
  require(size > 0, "no base64");
  const unsigned char* at = der.data();
  return of(d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &at, size), 10, flags);
}

Key Key::forged(std::uint16_t tag, std::uint8_t seed) {
  Key key;
  key.rdata_ = {1, 0, 3, 15};
  key.rdata_.resize(4 + 32, seed);
  key.rdata_[34] = key.rdata_[35] = 0;
  // The last two octets are a term of the tag's sum, whose carry makes it one more at most.
  const unsigned wanted = static_cast<std::uint16_t>(tag - key.tag());
  for (const unsigned last : {wanted, wanted - 1}) {
    key.rdata_[34] = static_cast<std::uint8_t>(last >> 8);
    key.rdata_[35] = static_cast<std::uint8_t>(last & 0xFF);
    if (key.tag() == tag) return key;
  }
  throw std::runtime_error("no key of this tag");
}

Key Key::with(std::uint16_t flags, std::uint8_t protocol) const {
  Key key = *this;
  key.rdata_[0] = static_cast<std::uint8_t>(flags >> 8);
  key.rdata_[1] = static_cast<std::uint8_t>(flags & 0xFF);
  key.rdata_[2] = protocol;
  return key;
}

std::uint16_t Key::tag() const {
  return dns::key_tag(rdata_);
}

Bytes Key::ds(const Name& owner, std::uint8_t digest_type) const {
  Bytes image, out;
  dns::append_ds_image(image, owner, rdata_);
  const auto digest = crypto::digest(digest_type, image);
  put16(out, tag());
  out.push_back(algorithm());
  out.push_back(digest_type);
  put(out, digest ? Bytes(digest->view().begin(), digest->view().end()) : Bytes(32, 7));
  return out;
}

Bytes Key::sign(const Bytes& message) const {
  if (!pair_) return Bytes(64, 0x55);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Bytes signature(512);
  std::size_t size = signature.size();
  const bool good =
      EVP_DigestSignInit(context, nullptr, digest_of(algorithm()), nullptr,
                         static_cast<EVP_PKEY*>(pair_.get())) == 1 &&
      EVP_DigestSign(context, signature.data(), &size, message.data(), message.size()) == 1;
  EVP_MD_CTX_free(context);
  require(good, "not signed");
  signature.resize(size);
  if (algorithm() == 13) return flat_ecdsa(signature, 32);
  if (algorithm() == 14) return flat_ecdsa(signature, 48);
  return signature;
}

Bytes ns_rdata(std::string_view name) {
  const Name target = Name::literal(name);
  return Bytes(target.wire().begin(), target.wire().end());
}

Bytes a_rdata(std::uint8_t last_octet) {
  return {192, 0, 2, last_octet};
}

Bytes soa_rdata(std::string_view zone) {
  Bytes out = ns_rdata(zone);
  put(out, ns_rdata(zone));
  for (const std::uint32_t field : {1u, 7200u, 900u, 86'400u, 300u}) put32(out, field);
  return out;
}

Bytes nsec_rdata(const Name& next, const std::vector<Type>& types) {
  Bytes out(next.wire().begin(), next.wire().end());
  put(out, bitmap(types));
  return out;
}

Bytes rrsig_rdata(const dns::RRset& rrset, const Name& zone, const Signing& how, const Key& key) {
  const Name owner = rrset.owner();
  const std::size_t labels = owner.label_count() - (owner.is_wildcard() ? 1 : 0);
  Bytes out;
  put16(out, static_cast<std::size_t>(how.covered.value_or(rrset.type())));
  out.push_back(how.algorithm.value_or(key.algorithm()));
  out.push_back(how.labels.value_or(static_cast<std::uint8_t>(labels)));
  put32(out, how.original_ttl.value_or(how.ttl));
  put32(out, how.expiration);
  put32(out, how.inception);
  put16(out, how.key_tag.value_or(key.tag()));
  put(out, how.signer.value_or(zone).wire());
  Bytes image;
  out.push_back(0);  // a signature must not be empty to be parsed
  auto view = dns::RrsigView::parse(out);
  require(static_cast<bool>(view), "bad RRSIG made");
  if (view->labels <= owner.label_count()) dns::append_signed_image(image, rrset, *view);
  out.pop_back();
  Bytes signature = key.sign(image);
  if (how.spoil) signature[signature.size() / 2] ^= 1;
  put(out, signature);
  return out;
}

SignedZone::SignedZone(std::string_view zone, std::uint8_t algorithm)
    : name(Name::literal(zone)), keys{Key::make(algorithm)} {}
SignedZone::SignedZone(std::string_view zone, std::vector<Key> zone_keys)
    : name(Name::literal(zone)), keys(std::move(zone_keys)) {}

dns::RRsetPtr SignedZone::unsigned_set(std::string_view owner, Type type,
                                       const std::vector<Bytes>& rdatas, std::uint32_t ttl) const {
  dns::RRsetBuilder builder(Name::literal(owner), type);
  for (const Bytes& rdata : rdatas)
    require(static_cast<bool>(builder.add(rdata, ttl)), "rdata refused");
  return builder.build();
}

dns::RRsetPtr SignedZone::add_rrsig(const dns::RRset& rrset, const Signing& how,
                                    const Key& key) const {
  dns::RRsetBuilder builder(rrset.owner(), rrset.type());
  for (const auto rdata : rrset.rdata())
    require(static_cast<bool>(builder.add(rdata, rrset.ttl())), "rdata");
  for (const auto rrsig : rrset.signatures())
    require(static_cast<bool>(builder.add_signature(rrsig, rrset.ttl())), "RRSIG");
  const Bytes added = rrsig_rdata(rrset, name, how, key);
  require(static_cast<bool>(builder.add_signature(added, rrset.ttl())), "RRSIG");
  return builder.build();
}

dns::RRsetPtr SignedZone::sign(std::string_view owner, Type type, const std::vector<Bytes>& rdatas,
                               const Signing& how, const Key* key) const {
  return add_rrsig(*unsigned_set(owner, type, rdatas, how.ttl), how, key ? *key : keys.back());
}

dns::RRsetPtr SignedZone::expand(std::string_view owner, Type type,
                                 const std::vector<Bytes>& rdatas) const {
  Signing how;
  how.labels = static_cast<std::uint8_t>(name.label_count());
  return sign(owner, type, rdatas, how);
}

dns::RRsetPtr SignedZone::dnskey(const Signing& how) const {
  std::vector<Bytes> rdatas;
  for (const Key& key : keys) rdatas.push_back(key.rdata());
  return sign(name.to_text(), Type::dnskey, rdatas, how, &keys.front());
}

dns::RRsetPtr SignedZone::ds_of(const SignedZone& child, std::uint8_t digest_type) const {
  return sign(child.name.to_text(), Type::ds, {child.keys.front().ds(child.name, digest_type)});
}

dns::RRsetPtr SignedZone::soa(const Signing& how) const {
  return sign(name.to_text(), Type::soa, {soa_rdata(name.to_text())}, how);
}

dns::RRsetPtr SignedZone::nsec(std::string_view owner, std::string_view next,
                               const std::vector<Type>& types, const Signing& how) const {
  return sign(owner, Type::nsec, {nsec_rdata(Name::literal(next), types)}, how);
}

dns::RRsetPtr SignedZone::hashed(const Bytes& owner_hash, const Bytes& next_hash,
                                 const std::vector<Type>& types, const Nsec3Options& options,
                                 const Signing& how) const {
  Bytes rdata{options.hash_algorithm, static_cast<std::uint8_t>(options.opt_out ? 1 : 0)};
  put16(rdata, options.iterations);
  rdata.push_back(static_cast<std::uint8_t>(options.salt.size()));
  put(rdata, options.salt);
  rdata.push_back(static_cast<std::uint8_t>(next_hash.size()));
  put(rdata, next_hash);
  put(rdata, bitmap(types));
  const std::string suffix = name.is_root() ? "." : "." + name.to_text();
  return sign(dns::base32hex(owner_hash) + suffix, Type::nsec3, {rdata}, how);
}

dns::RRsetPtr SignedZone::nsec3(std::string_view of, const std::vector<Type>& types,
                                const Nsec3Options& options, const Signing& how) const {
  const Bytes hash = hash_of(of, options);
  return hashed(hash, moved(hash, 1), types, options, how);
}

dns::RRsetPtr SignedZone::nsec3_over(std::string_view covered, const Nsec3Options& options) const {
  const Bytes hash = hash_of(covered, options);
  return hashed(moved(hash, -1), moved(hash, 1), {Type::a, Type::rrsig}, options, {});
}

dns::RRsetPtr with_owner(const dns::RRset& rrset, const Name& owner) {
  dns::RRsetBuilder builder(owner, rrset.type(), rrset.klass());
  for (const auto rdata : rrset.rdata())
    if (!builder.add(rdata, rrset.ttl())) return nullptr;
  for (const auto rrsig : rrset.signatures())
    if (!builder.add_signature(rrsig, rrset.ttl())) return nullptr;
  return builder.build();
}

dns::Evidence positive(dns::RRsetPtr rrset, const Name& zone, std::vector<dns::RRsetPtr> proofs) {
  dns::Evidence evidence;
  evidence.name = rrset->owner();
  evidence.type = rrset->type();
  evidence.rrset = std::move(rrset);
  evidence.proofs = std::move(proofs);
  evidence.zone = zone;
  return evidence;
}

dns::Evidence denied(dns::Finding finding, std::string_view name, Type type, const Name& zone,
                     std::vector<dns::RRsetPtr> proofs) {
  dns::Evidence evidence;
  evidence.name = Name::literal(name);
  evidence.type = type;
  evidence.finding = finding;
  evidence.proofs = std::move(proofs);
  evidence.zone = zone;
  return evidence;
}
}  // namespace windlass::test
