// EDNS options and Extended DNS Errors: octets by hand (RFC 6891 6.1.2, RFC 8914 2).
#include "dns/edns.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "test/unit/octets.hpp"

using namespace windlass;
using namespace windlass::dns;
using namespace windlass::test;

namespace {
OptView opt_with(const Bytes& options) {
  return OptView{1232, 0, 0, false, false, options};
}

/// An EDE option of code 7 with this text.
Bytes ede_option(const Bytes& text) {
  const std::size_t size = text.size() + 2;
  Bytes out{0, 15, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size), 0, 7};
  out.insert(out.end(), text.begin(), text.end());
  return out;
}
}  // namespace

TEST_CASE("next_option() walks all options in order", "[dns][edns]") {
  const Bytes octets = from_hex("000a 0002 abcd 0003 0000 000c 0001 00");
  std::span<const std::uint8_t> rest = octets;
  auto option = next_option(rest);
  REQUIRE(option);
  CHECK(option->code == 10);
  CHECK(to_hex(option->octets) == "abcd");
  option = next_option(rest);
  REQUIRE(option);
  CHECK(option->code == 3);
  CHECK(option->octets.empty());
  option = next_option(rest);
  REQUIRE(option);
  CHECK(option->code == 12);
  CHECK(option->octets.size() == 1);
  CHECK_FALSE(next_option(rest));
  CHECK(rest.empty());
}

TEST_CASE("next_option() never reads behind a cut option", "[dns][edns][negative]") {
  const Bytes whole = from_hex("000a0008 0102030405060708");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    std::span<const std::uint8_t> rest = cut;
    CAPTURE(size);
    CHECK_FALSE(next_option(rest));
  }
}

TEST_CASE("find_option() finds the first of a code", "[dns][edns]") {
  const Bytes octets = from_hex("0003 0001 11 000a 0001 22 000a 0001 33");
  const auto option = find_option(opt_with(octets), Option::cookie);
  REQUIRE(option);
  CHECK(to_hex(option->octets) == "22");
  CHECK_FALSE(find_option(opt_with(octets), Option::ede));
  CHECK_FALSE(find_option(opt_with({}), Option::cookie));
}

TEST_CASE("find_ede() reads code and text", "[dns][edns]") {
  const auto ede = find_ede(opt_with(ede_option(from_chars("sig of example.org expired"))));
  REQUIRE(ede);
  CHECK(ede->code == EdeCode::signature_expired);
  CHECK(ede->text == "sig of example.org expired");
  const auto bare = find_ede(opt_with(ede_option({})));
  REQUIRE(bare);
  CHECK(bare->text.empty());
  const auto ended = find_ede(opt_with(ede_option(from_hex("6f6b00"))));
  REQUIRE(ended);
  CHECK(ended->text == "ok");
}

TEST_CASE("find_ede() keeps 200 octets of whole characters", "[dns][edns]") {
  Bytes text(199, 'x');
  const Bytes tail = from_hex("c3bc79");  // u umlaut over the edge, y
  text.insert(text.end(), tail.begin(), tail.end());
  const auto ede = find_ede(opt_with(ede_option(text)));
  REQUIRE(ede);
  CHECK(ede->text == std::string(199, 'x'));
  text.erase(text.begin());
  const auto fits = find_ede(opt_with(ede_option(text)));
  REQUIRE(fits);
  CHECK(fits->text == std::string(198, 'x') + "\xC3\xBC");
}

TEST_CASE("find_ede() takes every form of UTF-8", "[dns][edns]") {
  const auto hex = GENERATE("7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf",
                            "f0908080", "f48fbfbf");
  CAPTURE(hex);
  const auto ede = find_ede(opt_with(ede_option(from_hex(hex))));
  REQUIRE(ede);
  CHECK(to_hex(from_chars(ede->text)) == hex);
}

TEST_CASE("find_ede() refuses what is no UTF-8, and no code", "[dns][edns][negative]") {
  // stray and missing continuations, overlong forms, surrogates, above U+10FFFF
  const auto hex = GENERATE("80", "bf41", "c0af", "c1bf", "c3", "c341", "e08080", "e2", "e282",
                            "e28241", "eda080", "f0808080", "f09f98", "f4908080", "f5808080", "ff");
  CAPTURE(hex);
  CHECK_FALSE(find_ede(opt_with(ede_option(from_hex(hex)))));
  CHECK_FALSE(find_ede(opt_with(from_hex("000f0000"))));
  CHECK_FALSE(find_ede(opt_with(from_hex("000f000107"))));
}

TEST_CASE("purpose_of() has the registry's words, each once", "[dns][edns]") {
  CHECK(purpose_of(EdeCode::other) == "Other Error");
  CHECK(purpose_of(EdeCode::dnssec_bogus) == "DNSSEC Bogus");
  CHECK(purpose_of(EdeCode::signature_expired) == "Signature Expired");
  CHECK(purpose_of(EdeCode::no_reachable_authority) == "No Reachable Authority");
  CHECK(purpose_of(EdeCode::unsupported_nsec3_iterations) == "Unsupported NSEC3 Iterations Value");
  CHECK(purpose_of(EdeCode::invalid_query_type) == "Invalid Query Type");
  CHECK(purpose_of(static_cast<EdeCode>(31)) == "Unassigned");
  CHECK(purpose_of(static_cast<EdeCode>(65535)) == "Unassigned");
  std::set<std::string_view> words;
  for (unsigned code = 0; code <= 30; ++code) words.insert(purpose_of(static_cast<EdeCode>(code)));
  CHECK(words.size() == 31);
}
