// SipHash-2-4 against the vectors of its authors: key 00..0f, message 00..(length - 1).
#include "base/siphash.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace windlass;

namespace {
constexpr HashKey key{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};

std::vector<std::uint8_t> counting(std::size_t length) {
  std::vector<std::uint8_t> octets(length);
  for (std::size_t i = 0; i < length; ++i) octets[i] = static_cast<std::uint8_t>(i);
  return octets;
}
}  // namespace

TEST_CASE("The authors' vectors", "[base][siphash]") {
  CHECK(siphash(key, counting(0)) == 0x726fdb47dd0e0e31u);
  CHECK(siphash(key, counting(1)) == 0x74f839c593dc67fdu);
  CHECK(siphash(key, counting(2)) == 0x0d6c8009d9a94f5au);
  CHECK(siphash(key, counting(3)) == 0x85676696d7fb7e2du);
  CHECK(siphash(key, counting(7)) == 0xab0200f58b01d137u);
  CHECK(siphash(key, counting(8)) == 0x93f5f5799a932462u);
  CHECK(siphash(key, counting(15)) == 0xa129ca6149be45e5u);
}

TEST_CASE("Key, length and every octet matter", "[base][siphash][negative]") {
  const auto octets = counting(20);
  const std::uint64_t hash = siphash(key, octets);
  CHECK(siphash({key[0] ^ 1, key[1]}, octets) != hash);
  CHECK(siphash({key[0], key[1] ^ 1}, octets) != hash);
  CHECK(siphash(key, std::vector<std::uint8_t>(7)) != siphash(key, std::vector<std::uint8_t>(8)));
  for (std::size_t i = 0; i < octets.size(); ++i) {
    auto changed = octets;
    changed[i] ^= 0x80;
    CHECK(siphash(key, changed) != hash);
  }
}
