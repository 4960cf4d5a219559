// The text of the state: what is written is read back, what is torn or wrong is refused with its
// line.
#include <catch2/catch.hpp>

#include "test/unit/validator/anchor_story.hpp"
#include "validator/text.hpp"

using namespace windlass;
using namespace windlass::test;
using namespace windlass::validator;
using dns::Name;

namespace {
AnchorState sample() {
  const Key a = Key::make(8), b = Key::make(13), c = Key::make(15), d = Key::make(14);
  const Name org = Name::literal("example.org.");
  AnchorState state{hash_of({{Name(), {as_ds(a, Name())}}}), {}};
  state.zones.push_back({Name(),
                         {{as_ds(a, Name()), KeyState::valid, 1'700'000'000},
                          {as_ds(a, Name(), 4), KeyState::missing, 1'700'000'001},
                          {as_dnskey(b), KeyState::addpend, 1'700'000'002, 0, 172'800},
                          {as_dnskey(c), KeyState::revoked, 1'700'000'003, 1'700'000'004},
                          {as_dnskey(d), KeyState::removed, 1'700'000'005}},
                         1'700'000'006,
                         1'700'086'406});
  state.zones.push_back({org, {{as_dnskey(c), KeyState::valid, 0}}, 0, 0});
  state.zones.push_back({Name::literal("a\\032b\\;.example."), {}, 0, 0});
  return state;
}

const std::string head =
    "windlass-anchors 1\n"
    "source 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
const std::string root_key =
    "key valid since 2026-11-23T10:00:00Z DS 20326 8 2 "
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n";

/// "line: expectation"
std::string error_of(const std::string& text) {
  const auto parsed = AnchorState::parse(text);
  if (parsed) return "none";
  return std::to_string(parsed.error().line) + ": " + parsed.error().what;
}
}  // namespace

TEST_CASE("What is written is read back", "[validator][anchors]") {
  const AnchorState state = sample();
  const auto again = AnchorState::parse(state.to_text());
  if (!again) FAIL(again.error().line << " " << again.error().what << "\n" << state.to_text());
  CHECK(*again == state);
  CHECK(AnchorState::parse(AnchorState{}.to_text()));
}

TEST_CASE("The form, as documented", "[validator][anchors]") {
  const auto state = AnchorState::parse(
      "; a comment\r\n\n" + head +
      "zone . checked 2026-11-23T10:00:00Z next 2026-11-24T10:00:00Z\n" + root_key +
      "key addpend  since 2026-11-23T10:00:00Z ttl 172800 DNSKEY 257 3 15 "
      "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n"
      "zone example.org checked never\nend 2\n");
  REQUIRE(state);
  REQUIRE(state->zones.size() == 2);
  CHECK(state->source[31] == 0x1f);
  CHECK(state->zones[0].checked_wall_s == 1'795'428'000);
  CHECK(state->zones[0].next_wall_s == 1'795'514'400);
  REQUIRE(state->zones[0].keys.size() == 2);
  CHECK(state->zones[0].keys[0].key.key_tag == 20326);
  CHECK(state->zones[0].keys[1].key.key_tag == 3613);  // RFC 8080 6.1
  CHECK(state->zones[0].keys[1].ttl_s == 172'800);
  CHECK(state->zones[1].checked_wall_s == 0);
}

TEST_CASE("Each mistake is refused with its line", "[validator][anchors][negative]") {
  const std::string zone = "zone . checked never\n", end = "end 1\n";
  const struct {
    std::string text, error;
  } rows[] = {
      {"", "1: expected a last line `end` (the file was cut short)"},
      {"nonsense\n", "1: expected `windlass-anchors 1`"},
      {"windlass-anchors 2\n", "1: expected `windlass-anchors 1`"},
      {"windlass-anchors 1\nsource abcd\n", "2: expected 64 hexadecimal digits"},
      {"windlass-anchors 1\nzone .\n", "2: expected `source` and a hash"},
      {head + root_key, "3: expected a `zone` first"},
      {head + "zone a..b checked never\n", "3: expected the name of a zone"},
      {head + "zone\n", "3: expected the name of a zone"},
      {head + "zone . \n", "3: expected `checked`"},
      {head + "zone . checked soon\n", "3: expected a time like 2026-11-23T10:00:00Z"},
      {head + "zone . checked never then\n", "3: expected `next`"},
      {head + zone + zone, "4: expected a zone that is not above already"},
      {head + zone + "key lost\n", "4: expected addpend, valid, missing, revoked or removed"},
      {head + zone + "key valid\n", "4: expected `since`"},
      {head + zone + "key valid since 2026-02-30T10:00:00Z\n",
       "4: expected a time like 2026-11-23T10:00:00Z"},
      {head + zone + "key addpend since 2026-11-23T10:00:00Z DS\n",
       "4: expected `ttl` and a number of seconds"},
      {head + zone + "key revoked since 2026-11-23T10:00:00Z DS\n", "4: expected `seen`"},
      {head + zone + "key valid since 2026-11-23T10:00:00Z KEY\n", "4: expected DS or DNSKEY"},
      {head + zone + "key valid since 2026-11-23T10:00:00Z DS 70000 8 2 AB\n",
       "4: expected a key tag, an algorithm and a digest type, as numbers"},
      {head + zone + "key valid since 2026-11-23T10:00:00Z DS 1 8 2 ABC\n",
       "4: expected a digest of whole octets in hexadecimal"},
      {head + zone + "key valid since 2026-11-23T10:00:00Z DS 1 8 2 AB\n",
       "4: a digest of 1 octets, its type has 32"},
      {head + zone + "key valid since 2026-11-23T10:00:00Z DNSKEY 257 3 15 AAA\n",
       "4: expected a public key in base64"},
      {head + zone +
           "key valid since 2026-11-23T10:00:00Z DNSKEY 385 3 15 "
           "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n",
       "4: a DNSKEY that is revoked"},
      {head + zone + root_key + root_key, "5: expected a key that is not above already"},
      {head + zone + root_key, "4: expected a last line `end` (the file was cut short)"},
      {head + zone + root_key + "end 2\n", "5: expected `end` and the number of keys above"},
      {head + zone + root_key + "end\n", "5: expected `end` and the number of keys above"},
      {head + zone + root_key + end + "zone a. checked never\n",
       "6: expected nothing behind `end`"},
      {head + zone + root_key + "end 1 more\n", "5: expected the end of the line"},
      {head + "what\n", "3: expected `zone`, `key` or `end`"},
      {head + zone + root_key + end, "none"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(error_of(row.text) == row.error);
  }
}

TEST_CASE("A text cut short anywhere is refused, none crashes", "[validator][anchors][negative]") {
  const std::string text = sample().to_text();
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    const auto parsed = AnchorState::parse(text.substr(0, size));
    INFO(size);
    CHECK_FALSE(parsed);
  }
}

TEST_CASE("Bits that flip never crash, and what is read can be written",
          "[validator][anchors][negative]") {
  const std::string text = sample().to_text();
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const int bit : {0, 3, 6}) {
      std::string flipped = text;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      const auto parsed = AnchorState::parse(flipped);
      if (!parsed) continue;
      const auto again = AnchorState::parse(parsed->to_text());
      REQUIRE(again);
      CHECK(*again == *parsed);
    }
  }
}

TEST_CASE("Wall times as text", "[validator][text]") {
  for (const std::int64_t time :
       {std::int64_t{0}, std::int64_t{951'782'399}, std::int64_t{1'795'428'000},
        std::int64_t{4'102'444'800}, std::int64_t{253'402'300'799}}) {
    const auto text = wall_text(time);
    CHECK(parse_wall_text(text) == time);
  }
  CHECK(wall_text(951'782'399) == "2000-02-28T23:59:59Z");
  CHECK(wall_text(-5) == "1970-01-01T00:00:00Z");
  CHECK(wall_text(std::numeric_limits<std::int64_t>::max()) == "9999-12-31T23:59:59Z");
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T10:00:00", "2026-11-23T10:00:00z", "2026-13-23T10:00:00Z",
        "2026-11-31T10:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z",
        "1969-12-31T23:59:59Z", "202x-11-23T10:00:00Z", "2026-11-23T10:00:0-Z"})
    CHECK_FALSE(parse_wall_text(text));
}
