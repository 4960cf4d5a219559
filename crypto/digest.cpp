// The SHA1_ functions have no provider dispatch and cost a third of EVP for NSEC3's short inputs.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <algorithm>
#include <optional>

#include <openssl/sha.h>

#include "crypto/evp.hpp"
#include "crypto/verify.hpp"
namespace windlass::crypto {
namespace {
EvpDigest fetched(const char* name) {
  return EvpDigest(EVP_MD_fetch(nullptr, name, nullptr));
}

/// Registry of DS digest types; 3 (GOST) is not implemented.
std::optional<Hash> hash_of(std::uint8_t digest_type) noexcept {
  switch (digest_type) {
    case 1:
      return Hash::sha1;
    case 2:
      return Hash::sha256;
    case 4:
      return Hash::sha384;
    default:
      return std::nullopt;
  }
}
}  // namespace

const EVP_MD* digest_of(Hash hash) {
  static const std::array<EvpDigest, 4> digests{fetched("SHA1"), fetched("SHA256"),
                                                fetched("SHA384"), fetched("SHA512")};
  return digests[static_cast<std::size_t>(hash)].get();
}

EVP_MD_CTX* thread_digest_context() {
  thread_local const EvpDigestContext context(EVP_MD_CTX_new());
  return context.get();
}

unsigned digest_into(std::uint8_t* out, Hash hash, const std::uint8_t* octets, std::size_t size) {
  EVP_MD_CTX* context = thread_digest_context();
  unsigned written = 0;
  const bool ok = EVP_DigestInit_ex2(context, digest_of(hash), nullptr) == 1 &&
                  EVP_DigestUpdate(context, octets, size) == 1 &&
                  EVP_DigestFinal_ex(context, out, &written) == 1;
  return ok ? written : 0;
}

bool digest_supported(std::uint8_t digest_type) noexcept {
  return hash_of(digest_type).has_value();
}

Result<Digest> digest(std::uint8_t digest_type, Octets message) {
  const auto hash = hash_of(digest_type);
  if (!hash) return Error{Errc::unsupported, 0, "a digest of type 1, 2 or 4"};
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> full{};
  Digest result;
  result.size = digest_into(full.data(), *hash, message.data(), message.size());
  if (result.size == 0) return Error{Errc::unsupported, 0, "a digest that OpenSSL provides"};
  std::copy_n(full.begin(), result.size, result.octets.begin());
  return result;
}

Result<std::vector<std::uint8_t>> zone_digest(std::uint8_t algorithm, Octets zone) {
  if (algorithm != 1 && algorithm != 2) return Error{Errc::unsupported, 0, "a hash of 1 or 2"};
  std::vector<std::uint8_t> out(EVP_MAX_MD_SIZE);
  out.resize(digest_into(out.data(), algorithm == 1 ? Hash::sha384 : Hash::sha512, zone.data(),
                         zone.size()));
  if (out.empty()) return Error{Errc::unsupported, 0, "a digest that OpenSSL provides"};
  return out;
}

std::array<std::uint8_t, 20> iterated_sha1(Octets first, Octets salt, std::uint16_t iterations) {
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> hash{};
  Octets input = first;
  for (std::uint32_t round = 0; round <= iterations; ++round) {
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, input.data(), input.size());
    SHA1_Update(&context, salt.data(), salt.size());
    SHA1_Final(hash.data(), &context);
    input = hash;
  }
  return hash;
}
}  // namespace windlass::crypto
