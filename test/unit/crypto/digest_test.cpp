// Digests of DS records and the iterated SHA-1 of NSEC3.
// Vectors: FIPS 180 ("abc"), RFC 4034 5.4 and RFC 4509 2.3 (DS), RFC 5155 appendix A (NSEC3).
#include <catch2/catch.hpp>

#include "crypto/verify.hpp"
#include "test/unit/octets.hpp"

using namespace windlass;
using namespace windlass::crypto;
using namespace windlass::test;

namespace {
std::string digest_hex(std::uint8_t type, const Bytes& message) {
  const auto result = digest(type, message);
  return result ? to_hex((*result).view()) : "none";
}
}  // namespace

TEST_CASE("digest() of \"abc\" is that of FIPS 180", "[crypto][digest]") {
  const Bytes abc = from_chars("abc");
  CHECK(digest_hex(1, abc) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(digest_hex(2, abc) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest_hex(4, abc) ==
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        "8086072ba1e7cc2358baeca134c825a7");
}

TEST_CASE("digest() of no octets is that of FIPS 180", "[crypto][digest]") {
  CHECK(digest_hex(1, {}) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST_CASE("digest() gives the DS of dskey.example.com.", "[crypto][digest]") {
  Bytes image = from_hex("0564736b6579076578616d706c6503636f6d00");
  const Bytes dnskey_head = from_hex("01000305");
  const Bytes key = from_base64(
      "AQOeiiR0GOMYkDshWoSKz9Xz fwJr1AYtsmx3TGkJaNXVbfi/ 2pHm822aJ5iI9BMzNXxeYCmZ"
      "DRD99WYwYqUSdjMmmAphXdvx egXd/M5+X7OrzKBaMbCVdFLU Uh6DhweJBjEVv5f2wwjM9Xzc"
      "nOf+EPbtG9DMBmADjFDc2w/r ljwvFw==");
  image.insert(image.end(), dnskey_head.begin(), dnskey_head.end());
  image.insert(image.end(), key.begin(), key.end());
  CHECK(digest_hex(1, image) == "2bb183af5f22588179a53b0a98631fad1a292118");
  CHECK(digest_hex(2, image) == "d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a");
}

TEST_CASE("digest() refuses each type it does not know", "[crypto][digest][negative]") {
  for (unsigned type = 0; type < 256; ++type) {
    const bool known = type == 1 || type == 2 || type == 4;
    CAPTURE(type);
    const auto result = digest(static_cast<std::uint8_t>(type), from_chars("abc"));
    CHECK(static_cast<bool>(result) == known);
    CHECK(digest_supported(static_cast<std::uint8_t>(type)) == known);
    if (!result) CHECK(result.error().code == Errc::unsupported);
  }
}

TEST_CASE("iterated_sha1() hashes the apex of RFC 5155 appendix A", "[crypto][digest]") {
  // example. with salt aabbccdd and 12 iterations: 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom in base32hex
  const auto hash = iterated_sha1(from_hex("076578616d706c6500"), from_hex("aabbccdd"), 12);
  CHECK(Bytes(hash.begin(), hash.end()) ==
        from_digits("0123456789abcdefghijklmnopqrstuv", 5, "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"));
}

TEST_CASE("iterated_sha1() without iterations and salt is SHA-1", "[crypto][digest]") {
  CHECK(to_hex(iterated_sha1(from_chars("abc"), {}, 0)) ==
        "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST_CASE("iterated_sha1() counts additional iterations up to the last", "[crypto][digest]") {
  const Bytes salt(255, 0x5A);
  Bytes input = from_hex("00");
  for (unsigned round = 0; round <= 2500; ++round) {
    input.insert(input.end(), salt.begin(), salt.end());
    const auto step = digest(1, input);
    REQUIRE(step);
    input.assign((*step).view().begin(), (*step).view().end());
  }
  CHECK(to_hex(iterated_sha1(from_hex("00"), salt, 2500)) == to_hex(input));
}
