#pragma once
/// SipHash-2-4: the keyed hash for every table whose keys a stranger can choose.
///
/// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF". The key is drawn from the
/// CSPRNG at start, so nobody outside can prepare names that collide.
#include <array>
#include <cstdint>
#include <span>
namespace windlass {

using HashKey = std::array<std::uint64_t, 2>;

std::uint64_t siphash(const HashKey& key, std::span<const std::uint8_t> octets) noexcept;
}  // namespace windlass
