#pragma once
/// Csprng: the product's Rng. OpenSSL's DRBG (seeded by getrandom), buffered so that a query costs
/// no system call. One per worker; used from that thread only. Used octets are wiped from the
/// buffer.
#include <array>
#include <cstddef>

#include "base/rng.hpp"
namespace windlass::crypto {

class Csprng final : public Rng {
 public:
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::array<std::uint8_t, 512> buffer_{};
  std::size_t used_ = sizeof buffer_;
};
}  // namespace windlass::crypto
