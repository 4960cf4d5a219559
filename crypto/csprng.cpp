#include "crypto/csprng.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/log.hpp"
namespace windlass::crypto {
namespace {
/// Guessable ids are worse than no resolver at all, so there is nothing to fall back to.
void draw(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const auto part = out.first(std::min<std::size_t>(out.size(), std::numeric_limits<int>::max()));
    if (RAND_bytes(part.data(), static_cast<int>(part.size())) != 1) {
      log_error("WL-CRYPTO-001",
                "the random generator of OpenSSL failed; cannot go on without chance");
      std::abort();
    }
    out = out.subspan(part.size());
  }
}
}  // namespace

void Csprng::fill(std::span<std::uint8_t> out) {
  if (out.size() > buffer_.size()) return draw(out);
  while (!out.empty()) {
    if (used_ == buffer_.size()) draw(buffer_), used_ = 0;
    const std::size_t n = std::min(out.size(), buffer_.size() - used_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(used_), n, out.begin());
    OPENSSL_cleanse(buffer_.data() + used_, n);
    used_ += n;
    out = out.subspan(n);
  }
}
}  // namespace windlass::crypto
