#include <algorithm>
#include <cassert>
#include <optional>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/try.hpp"
#include "crypto/evp.hpp"
#include "crypto/verify.hpp"
namespace windlass::crypto {
namespace {
enum class Kind : std::uint8_t { rsa, ecdsa, eddsa };

/// One row per algorithm of the DNSSEC registry. Sizes are octets on the wire; RSA has its own.
struct AlgorithmRow {
  std::uint8_t number;
  Kind kind;
  Hash hash;  ///< not for eddsa, which hashes inside
  std::size_t key, signature;
  int least_bits;      ///< RSA modulus (RFC 5702 2)
  int raw_type;        ///< EVP_PKEY_ type of raw keys
  std::size_t memory;  ///< octets OpenSSL 3.0 holds for a key once it has verified; RSA: and 4 per
                       ///< modulus octet
};
// clang-format off
constexpr AlgorithmRow algorithms[] = {
    {5,  Kind::rsa,   Hash::sha1,   0,  0,   512,  0,                1400},
    {7,  Kind::rsa,   Hash::sha1,   0,  0,   512,  0,                1400},
    {8,  Kind::rsa,   Hash::sha256, 0,  0,   512,  0,                1400},
    {10, Kind::rsa,   Hash::sha512, 0,  0,   1024, 0,                1400},
    {13, Kind::ecdsa, Hash::sha256, 64, 64,  0,    0,                2850},
    {14, Kind::ecdsa, Hash::sha384, 96, 96,  0,    0,                2950},
    {15, Kind::eddsa, Hash::sha512, 32, 64,  0,    EVP_PKEY_ED25519, 1100},
    {16, Kind::eddsa, Hash::sha512, 57, 114, 0,    EVP_PKEY_ED448,   1100},
};
// clang-format on

const AlgorithmRow* find_algorithm(std::uint8_t number) noexcept {
  const auto row = std::find_if(std::begin(algorithms), std::end(algorithms),
                                [&](const AlgorithmRow& r) { return r.number == number; });
  return row == std::end(algorithms) ? nullptr : row;
}

using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;

Error bad_key(const char* expected) {
  ERR_clear_error();
  return {Errc::bad_key, 0, expected};
}

/// Builds a public key of `type` from what `push` puts in; null when OpenSSL refuses it.
template <class Push>
EvpKey key_from_params(const char* type, Push push) {
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || !push(builder.get())) return nullptr;
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return EvpKey(key);
}

struct RsaFields {
  Octets exponent, modulus;
};

/// RFC 3110 2:  length 1 (or 0 | length 2) | exponent | modulus
Result<RsaFields> split_rsa(Octets key) {
  if (key.empty()) return bad_key("an RSA exponent length");
  std::size_t at = 1, length = key[0];
  if (length == 0) {
    if (key.size() < 3) return bad_key("a 3-octet RSA exponent length");
    length = static_cast<std::size_t>(key[1]) << 8 | key[2];
    at = 3;
  }
  if (length == 0 || key.size() - at <= length) return bad_key("an RSA exponent and a modulus");
  return RsaFields{key.subspan(at, length), key.subspan(at + length)};
}

BigNumber to_number(Octets octets) {
  return BigNumber(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
}

/// Leading zero octets are forbidden by RFC 3110, but every other validator reads them: so do we.
Result<EvpKey> parse_rsa(const AlgorithmRow& row, Octets octets, std::int64_t bits_max,
                         std::int64_t exponent_bits_max) {
  WINDLASS_TRY(fields, split_rsa(octets));
  // Refused by their length before OpenSSL sees them; 16 octets of leading zeros are patience
  // enough.
  if (static_cast<std::int64_t>(fields.modulus.size()) > bits_max / 8 + 16)
    return Error{Errc::limit_reached, 0, "an RSA modulus of fewer bits"};
  const BigNumber e = to_number(fields.exponent), n = to_number(fields.modulus);
  if (!e || !n) return bad_key("RSA numbers");
  if (BN_num_bits(n.get()) > bits_max)
    return Error{Errc::limit_reached, 0, "an RSA modulus of fewer bits"};
  if (BN_num_bits(e.get()) > exponent_bits_max)
    return Error{Errc::limit_reached, 0, "an RSA exponent of fewer bits"};
  if (BN_num_bits(n.get()) < row.least_bits) return bad_key("an RSA modulus of more bits");
  // With an exponent of 1 a signature is its own message; an even one has no inverse.
  if (!BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get()))
    return bad_key("an odd RSA modulus and an odd exponent above 1");
  EvpKey key = key_from_params("RSA", [&](OSSL_PARAM_BLD* b) {
    return OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
           OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
  });
  if (!key) return bad_key("an RSA key");
  return key;
}

/// A key of the curve, there for its group: building one anew takes four times as long as all else.
const EvpKey& curve(const AlgorithmRow& row) {
  static const EvpKey p256(EVP_EC_gen("P-256")), p384(EVP_EC_gen("P-384"));
  return row.key == 64 ? p256 : p384;
}

/// RFC 6605 4:  x | y.   OpenSSL refuses a point that is not on the curve.
Result<EvpKey> parse_ecdsa(const AlgorithmRow& row, Octets octets) {
  if (octets.size() != row.key) return bad_key("an ECDSA key of exact length");
  std::array<std::uint8_t, 97> point{4};  // uncompressed form, SEC 1 2.3.3
  std::copy(octets.begin(), octets.end(), point.begin() + 1);
  const EVP_PKEY* own = curve(row).get();
  EvpKey key(own ? EVP_PKEY_new() : nullptr);
  if (!key || EVP_PKEY_copy_parameters(key.get(), own) != 1 ||
      EVP_PKEY_set1_encoded_public_key(key.get(), point.data(), octets.size() + 1) != 1)
    return bad_key("a point on the curve");
  return key;
}

/// RFC 8080 3: the raw key of RFC 8032.
Result<EvpKey> parse_eddsa(const AlgorithmRow& row, Octets octets) {
  if (octets.size() != row.key) return bad_key("an EdDSA key of exact length");
  EvpKey key(EVP_PKEY_new_raw_public_key(row.raw_type, nullptr, octets.data(), octets.size()));
  if (!key) return bad_key("an EdDSA key");
  return key;
}

Result<EvpKey> parse_key(const AlgorithmRow& row, Octets octets, std::int64_t rsa_bits_max,
                         std::int64_t rsa_exponent_bits_max) {
  if (row.kind == Kind::rsa) return parse_rsa(row, octets, rsa_bits_max, rsa_exponent_bits_max);
  return row.kind == Kind::ecdsa ? parse_ecdsa(row, octets) : parse_eddsa(row, octets);
}

/// The context that verifies digests with `key`, ready for any number of EVP_PKEY_verify calls.
EvpKeyContext verify_context(const AlgorithmRow& row, EVP_PKEY* key) {
  EvpKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (!context || EVP_PKEY_verify_init(context.get()) != 1) return nullptr;
  if (row.kind == Kind::rsa && EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1)
    return nullptr;
  if (EVP_PKEY_CTX_set_signature_md(context.get(), digest_of(row.hash)) != 1) return nullptr;
  return context;
}

/// ECDSA-Sig-Value (RFC 3279 2.2.3): SEQUENCE { INTEGER r, INTEGER s }, at most 104 octets for
/// P-384.
class DerSignature {
 public:
  /// `signature` is r | s, each half of it.
  explicit DerSignature(Octets signature) {
    const std::size_t half = signature.size() / 2;
    put_integer(signature.first(half));
    put_integer(signature.subspan(half));
    octets_[0] = 0x30;
    octets_[1] = static_cast<std::uint8_t>(size_ - 2);  // below 128: the short form of a length
  }
  Octets view() const noexcept { return {octets_.data(), size_}; }

 private:
  void put_integer(Octets number) {
    while (number.size() > 1 && number.front() == 0) number = number.subspan(1);
    const bool pad = (number.front() & 0x80u) != 0;  // else it would read as negative
    octets_[size_++] = 0x02;
    octets_[size_++] = static_cast<std::uint8_t>(number.size() + (pad ? 1 : 0));
    if (pad) octets_[size_++] = 0;
    std::copy(number.begin(), number.end(), octets_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += number.size();
  }
  std::array<std::uint8_t, 104> octets_{};
  std::size_t size_ = 2;
};
}  // namespace

bool algorithm_supported(std::uint8_t algorithm) noexcept {
  return find_algorithm(algorithm) != nullptr;
}

struct PublicKey::Impl {
  const AlgorithmRow* row;
  EvpKey key;
  EvpKeyContext verifier;     ///< rsa, ecdsa
  EvpDigestContext one_shot;  ///< eddsa
  std::size_t signature_octets;

  bool verify_digest(Octets message, Octets signature) const {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
    const unsigned size = digest_into(hash.data(), row->hash, message.data(), message.size());
    return size != 0 && EVP_PKEY_verify(verifier.get(), signature.data(), signature.size(),
                                        hash.data(), size) == 1;
  }
  bool verify_message(Octets message, Octets signature) const {
    return EVP_DigestVerifyInit(one_shot.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(one_shot.get(), signature.data(), signature.size(), message.data(),
                            message.size()) == 1;
  }
  bool verify(Octets message, Octets signature) const {
    if (signature.size() != signature_octets) return false;
    if (row->kind == Kind::eddsa) return verify_message(message, signature);
    if (row->kind == Kind::rsa) return verify_digest(message, signature);
    return verify_digest(message, DerSignature(signature).view());
  }
};

PublicKey::PublicKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PublicKey::~PublicKey() = default;

Result<std::shared_ptr<PublicKey>> PublicKey::parse(std::uint8_t algorithm, Octets key,
                                                    std::int64_t rsa_bits_max,
                                                    std::int64_t rsa_exponent_bits_max) {
  const AlgorithmRow* row = find_algorithm(algorithm);
  if (row == nullptr) return Error{Errc::unsupported, 0, "an algorithm that is implemented"};
  WINDLASS_TRY(parsed, parse_key(*row, key, rsa_bits_max, rsa_exponent_bits_max));
  auto impl = std::make_unique<Impl>();
  impl->row = row;
  impl->key = std::move(parsed);
  impl->signature_octets = row->kind == Kind::rsa
                               ? static_cast<std::size_t>(EVP_PKEY_get_size(impl->key.get()))
                               : row->signature;
  if (row->kind == Kind::eddsa)
    impl->one_shot.reset(EVP_MD_CTX_new());
  else
    impl->verifier = verify_context(*row, impl->key.get());
  if (!impl->one_shot && !impl->verifier) return bad_key("a key that OpenSSL can verify with");
  return std::shared_ptr<PublicKey>(new PublicKey(std::move(impl)));
}

bool PublicKey::verify(Octets message, Octets signature) const {
  const bool valid = impl_->verify(message, signature);
  if (!valid) ERR_clear_error();  // a forger's signatures must not fill the thread's error queue
  return valid;
}

std::size_t PublicKey::memory_octets() const noexcept {
  const std::size_t numbers = impl_->row->kind == Kind::rsa ? 4 * impl_->signature_octets : 0;
  return sizeof *this + sizeof *impl_ + impl_->row->memory + numbers;
}
}  // namespace windlass::crypto
