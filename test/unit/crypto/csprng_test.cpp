// Csprng: fills any length, never hands out an octet twice, draws anew when its buffer is used up.
// Method: statistics with bounds so wide that a fair generator misses them less than once in 2^60
// runs.
#include "crypto/csprng.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

using windlass::crypto::Csprng;
using Bytes = std::vector<std::uint8_t>;

TEST_CASE("Csprng fills every length across its buffer's end", "[crypto][csprng]") {
  Csprng rng;
  const auto size = GENERATE(0u, 1u, 2u, 16u, 511u, 512u, 513u, 1023u, 1024u, 4096u);
  CAPTURE(size);
  Bytes guarded(size + 2, 0xA5);
  Bytes seen(size, 0);
  for (int round = 0; round < 64; ++round) {
    rng.fill(std::span(guarded).subspan(1, size));
    for (std::size_t i = 0; i < size; ++i) seen[i] |= guarded[i + 1];
  }
  CHECK(std::all_of(seen.begin(), seen.end(), [](auto octet) { return octet == 0xFF; }));
  CHECK(guarded.front() == 0xA5);
  CHECK(guarded.back() == 0xA5);
}

TEST_CASE("Csprng never repeats a block of 16 octets", "[crypto][csprng]") {
  Csprng rng;
  std::set<Bytes> blocks;
  constexpr std::size_t count =
      1000;  // many buffers' worth, and 16 divides 512: each offset is met again
  for (std::size_t i = 0; i < count; ++i) {
    Bytes block(16);
    rng.fill(block);
    blocks.insert(block);
  }
  CHECK(blocks.size() == count);
}

TEST_CASE("Two Csprng give different streams", "[crypto][csprng]") {
  Csprng first, second;
  Bytes a(64), b(64);
  first.fill(a);
  second.fill(b);
  CHECK(a != b);
}

TEST_CASE("Csprng's bits are balanced", "[crypto][csprng]") {
  Csprng rng;
  Bytes octets(1 << 16);
  for (std::size_t at = 0; at < octets.size(); at += 2) rng.fill(std::span(octets).subspan(at, 2));
  std::int64_t ones = 0;
  for (const auto octet : octets) ones += std::popcount(octet);
  const std::int64_t half = static_cast<std::int64_t>(octets.size()) * 4;
  CHECK(std::abs(ones - half) < 3500);  // sigma is 362
}
