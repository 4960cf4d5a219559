#include "base/rng.hpp"

#include <array>
#include <cstring>

namespace windlass {
namespace {
template <class T>
T take(Rng& rng) {
  std::array<std::uint8_t, sizeof(T)> octets{};
  rng.fill(octets);
  T value{};
  std::memcpy(&value, octets.data(), sizeof value);
  return value;
}
}  // namespace

std::uint16_t Rng::u16() {
  return take<std::uint16_t>(*this);
}
std::uint64_t Rng::u64() {
  return take<std::uint64_t>(*this);
}

std::uint32_t Rng::below(std::uint32_t bound) {
  const std::uint32_t unfair = (0u - bound) % bound;  // values below it would favour small results
  for (;;) {
    const auto value = take<std::uint32_t>(*this);
    if (value >= unfair) return value % bound;
  }
}

void SeededRng::fill(std::span<std::uint8_t> out) {
  for (auto& octet : out) {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    octet = static_cast<std::uint8_t>((z ^ (z >> 31)) >> 24);
  }
}
}  // namespace windlass
