#pragma once
/// What the files of crypto/ share of OpenSSL: owners for its handles, and its digests fetched
/// once. Not for other floors.
#include <cstdint>
#include <memory>

#include <openssl/evp.h>

namespace windlass::crypto {

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* handle) const noexcept {
    free_function(handle);
  }
};
using EvpKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using EvpKeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using EvpDigest = std::unique_ptr<EVP_MD, Free<EVP_MD_free>>;
using EvpDigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

enum class Hash : std::uint8_t { sha1, sha256, sha384, sha512 };

/// Fetched on first use and kept for the life of the process: a fetch each time costs more than the
/// digest.
const EVP_MD* digest_of(Hash hash);
/// The calling thread's digest context. Valid until that thread ends; never hand it on.
EVP_MD_CTX* thread_digest_context();
/// One digest of one message into `out`, which has room for EVP_MAX_MD_SIZE octets; its size, 0
/// when OpenSSL failed.
unsigned digest_into(std::uint8_t* out, Hash hash, const std::uint8_t* octets, std::size_t size);
}  // namespace windlass::crypto
