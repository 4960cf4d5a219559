// Trust anchors: reading them, which one counts for a name, and how their epoch moves.
#include "validator/trust_anchors.hpp"

#include <catch2/catch.hpp>

#include "test/support/signer.hpp"

using namespace windlass;
using namespace windlass::validator;
using dns::Name;

namespace {
constexpr const char* root_ds =
    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n";

std::string error_of(const std::string& text) {
  const auto parsed = TrustAnchors::parse(text);
  REQUIRE_FALSE(parsed);
  return parsed.error().what;
}

Anchor anchor(const char* zone, std::uint8_t octet) {
  return {Name::literal(zone), {AnchorKey{true, {1, 2, 13, 2, octet}, 258, 13}}};
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
}  // namespace

TEST_CASE("DS and DNSKEY of several zones are read", "[validator][anchors]") {
  const auto parsed = TrustAnchors::parse(
      "; the root\n" + std::string(root_ds) + root_ds +
      "example.org. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n");
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 2);
  CHECK((*parsed)[0].zone.is_root());
  REQUIRE((*parsed)[0].keys.size() == 1);  // the same one twice is one
  CHECK((*parsed)[0].keys[0].is_ds);
  CHECK((*parsed)[0].keys[0].key_tag == 20326);
  CHECK((*parsed)[0].keys[0].algorithm == 8);
  CHECK_FALSE((*parsed)[1].keys[0].is_ds);
  CHECK((*parsed)[1].keys[0].key_tag == 3613);  // RFC 8080 6.1
}

TEST_CASE("An empty text means no anchors", "[validator][anchors]") {
  const auto parsed = TrustAnchors::parse("; nothing\n");
  REQUIRE(parsed);
  CHECK(parsed->empty());
}

TEST_CASE("A byte order mark is no part of the first name", "[validator][anchors]") {
  const auto parsed = TrustAnchors::parse(
      "\xEF\xBB\xBF. IN DS 20326 8 2 "
      "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n");
  REQUIRE(parsed);
  CHECK(parsed->at(0).zone.is_root());
}

TEST_CASE("A DS over several lines, in lower case, with comments", "[validator][anchors]") {
  const auto parsed = TrustAnchors::parse(
      "$TTL 60\n. IN DS 20326 8 2 ( ; first half\n  e06d44b80b8f1d39a95c0b0d7c65d084 ; half\n"
      "  58e880409bbc683457104237c7f8ec8d )\n");
  REQUIRE(parsed);
  CHECK(parsed->at(0).keys.at(0).rdata.size() == 36);
}

TEST_CASE("What is no anchor is refused with its line", "[validator][anchors][negative]") {
  CHECK(mentions(error_of(std::string(root_ds) + "example.org. IN A 192.0.2.1\n"),
                 "line 2: not a DS or DNSKEY record"));
  CHECK(mentions(error_of("example.org. IN DS 1 8 2 ABCD\n"), "line 1: a digest of 2 octets"));
  CHECK(mentions(error_of("example.org. IN DNSKEY 256 3 13 AAAA\n"), "public key"));
  CHECK(mentions(
      error_of("example.org. IN DNSKEY 1 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n"),
      "zone key bit"));
  CHECK(mentions(
      error_of("example.org. IN DNSKEY 257 2 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n"),
      "protocol"));
  CHECK(mentions(
      error_of("example.org. IN DNSKEY 385 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n"),
      "revoked"));
  CHECK(mentions(error_of("this is no record\n"), "line 1"));
}

TEST_CASE("Every short form of a DS line is refused, none crashes",
          "[validator][anchors][negative]") {
  const std::string text = root_ds;
  const std::size_t digest = text.size() - 1;
  for (std::size_t size = 1; size < digest; ++size) {
    INFO(text.substr(0, size));
    const auto parsed = TrustAnchors::parse(text.substr(0, size));
    CHECK_FALSE(parsed);
  }
}

TEST_CASE("The closest anchor counts", "[validator][anchors]") {
  const auto anchors = TrustAnchors::make({anchor(".", 1), anchor("example.org.", 2)}, {});
  CHECK(anchors->closest(Name::literal("www.example.org."))->zone == Name::literal("example.org."));
  CHECK(anchors->closest(Name::literal("EXAMPLE.org."))->zone == Name::literal("example.org."));
  CHECK(anchors->closest(Name::literal("org."))->zone.is_root());
  CHECK(TrustAnchors::make({anchor("example.org.", 2)}, {})->closest(Name::literal("org.")) ==
        nullptr);
}

TEST_CASE("An NTA covers what is below it, but not below a closer anchor, and only in its time",
          "[validator][anchors]") {
  const auto anchors = TrustAnchors::make({anchor(".", 1), anchor("a.example.org.", 2)},
                                          {{Name::literal("example.org."), "why", 100, false}});
  CHECK(anchors->negative_for(Name::literal("www.example.org."), 99));
  CHECK_FALSE(anchors->negative_for(Name::literal("www.example.org."), 100));
  CHECK_FALSE(anchors->negative_for(Name::literal("org."), 99));
  CHECK_FALSE(anchors->negative_for(Name::literal("x.a.example.org."), 99));
  const auto forever = anchors->with_negative({{Name::literal("example.org."), "why", 0, true}});
  CHECK(forever->negative_for(Name::literal("example.org."), 1'000'000));
}

TEST_CASE("The epoch rises for what changed, and for nothing else", "[validator][anchors]") {
  const auto first = TrustAnchors::make({anchor(".", 1), anchor("example.org.", 2)}, {});
  CHECK(first->epoch() == 1);
  CHECK(first->epoch_of(Name::literal("www.example.org.")) == 1);

  const auto same = first->with_anchors({anchor("example.org.", 2), anchor(".", 1)});
  CHECK(same->epoch() == 1);
  CHECK(TrustAnchors::changed(*first, *same).empty());

  const auto second = first->with_anchors({anchor(".", 1), anchor("example.org.", 3)});
  CHECK(second->epoch() == 2);
  CHECK(second->epoch_of(Name::literal("www.example.org.")) == 2);
  CHECK(second->epoch_of(Name::literal("org.")) == 1);
  CHECK(TrustAnchors::changed(*first, *second) == std::vector<Name>{Name::literal("example.org.")});

  const auto third = second->with_negative({{Name::literal("net."), "", 0, false}});
  CHECK(third->epoch() == 3);
  CHECK(third->epoch_of(Name::literal("example.net.")) == 3);
  CHECK(third->epoch_of(Name::literal("example.org.")) == 2);

  const auto fourth = third->with_negative({})->with_anchors({anchor(".", 1)});
  CHECK(fourth->epoch_of(Name::literal("example.net.")) == 4);
  CHECK(fourth->epoch_of(Name::literal("example.org.")) == 5);
  CHECK(fourth->epoch_of(Name::literal("org.")) == 1);
}

TEST_CASE("Another reason for an NTA changes no epoch, another end does", "[validator][anchors]") {
  const auto first = TrustAnchors::make({}, {{Name::literal("org."), "one", 50, false}});
  CHECK(first->with_negative({{Name::literal("org."), "two", 50, false}})->epoch() == 1);
  CHECK(first->with_negative({{Name::literal("org."), "one", 60, false}})->epoch() == 2);
}

TEST_CASE("Many changes cost no more than a few, and none is forgotten", "[validator][anchors]") {
  auto anchors = TrustAnchors::make({}, {});
  std::vector<Name> names;
  for (int i = 0; i < 200; ++i) {
    names.push_back(Name::literal("n" + std::to_string(i) + ".example.org."));
    anchors = anchors->with_negative({{names.back(), "", 0, false}});
    const auto epoch = anchors->epoch();
    CHECK(anchors->epoch_of(names.back()) == epoch);
    if (i > 0) CHECK(anchors->epoch_of(names[static_cast<std::size_t>(i) - 1]) == epoch);
    for (const Name& name : names) CHECK(anchors->epoch_of(name) > 1);
  }
  CHECK(anchors->epoch_of(Name::literal("www.example.net.")) == 1);
  CHECK(anchors->epoch_of(Name::literal("www.example.org.")) < anchors->epoch());
}
