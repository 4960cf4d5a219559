// The anchor file and what RFC 5011 has learnt: which rules when.
#include <catch2/catch.hpp>

#include "test/unit/validator/anchor_story.hpp"

using namespace windlass;
using namespace windlass::test;
using namespace windlass::validator;
using dns::Name;

namespace {
const Name zone = Name::literal("example.org.");
constexpr std::int64_t then_s = 1'700'000'000, now_s = then_s + 1000;

struct Keys {
  Key a = Key::make(15), b = Key::make(15), c = Key::make(15);
};
const Keys& keys() {
  static const Keys made;
  return made;
}

std::vector<Anchor> file_of(std::vector<AnchorKey> of) {
  return {{zone, std::move(of)}};
}
FollowedKey followed(const Key& key, KeyState state) {
  return {as_dnskey(key), state, then_s, state == KeyState::revoked ? then_s : 0};
}
/// A state that grew from a file with A alone.
AnchorState grown(std::vector<FollowedKey> of) {
  return {hash_of(file_of({as_ds(keys().a, zone)})), {{zone, std::move(of), then_s, now_s}}};
}
std::string text_of(const AnchorState& state, const Key& key) {
  for (const AnchorZone& one : state.zones)
    for (const FollowedKey& known : one.keys)
      if (known.key.key_tag == key.tag()) return std::string(name_of(known.state));
  return "unknown";
}
}  // namespace

TEST_CASE("Without a state the file's keys are valid", "[validator][anchors]") {
  const auto adopted = adopt(std::nullopt, file_of({as_ds(keys().a, zone)}), now_s, false);
  REQUIRE(adopted.state.zones.size() == 1);
  CHECK(adopted.state.zones[0].keys[0].since_wall_s == now_s);
  CHECK(adopted.state.anchors()[0].keys[0] == as_ds(keys().a, zone));
  CHECK(adopted.dropped.empty());
}

TEST_CASE("An unchanged file leaves the state alone", "[validator][anchors]") {
  const AnchorState state =
      grown({followed(keys().a, KeyState::revoked), followed(keys().b, KeyState::valid),
             followed(keys().c, KeyState::addpend)});
  const auto adopted = adopt(state, file_of({as_ds(keys().a, zone)}), now_s, false);
  CHECK(adopted.state == state);
  CHECK(adopted.dropped.empty());
  CHECK(adopted.refused.empty());
}

TEST_CASE("What counts as the same file", "[validator][anchors]") {
  const auto a = as_ds(keys().a, zone), b = as_ds(keys().b, zone);
  CHECK(hash_of(file_of({a, b})) == hash_of(file_of({b, a})));
  CHECK(hash_of({{Name::literal("EXAMPLE.org."), {a}}}) == hash_of(file_of({a})));
  CHECK(hash_of(file_of({a, b})) != hash_of(file_of({a})));
  CHECK(hash_of(file_of({a})) != hash_of({{Name::literal("example.net."), {a}}}));
  CHECK(hash_of({}) != hash_of(file_of({a})));
}

TEST_CASE("A changed file: its keys are valid, learnt ones are dropped", "[validator][anchors]") {
  const AnchorState state =
      grown({followed(keys().a, KeyState::missing), followed(keys().b, KeyState::valid),
             followed(keys().c, KeyState::addpend)});
  const auto adopted =
      adopt(state, file_of({as_ds(keys().a, zone), as_ds(keys().c, zone)}), now_s, false);
  CHECK(text_of(adopted.state, keys().a) == "valid");
  CHECK(text_of(adopted.state, keys().b) == "unknown");
  CHECK(text_of(adopted.state, keys().c) == "valid");
  REQUIRE(adopted.dropped.size() == 1);
  CHECK(adopted.dropped[0].key == as_dnskey(keys().b));
  CHECK(adopted.dropped[0].from == KeyState::valid);
  CHECK(adopted.state.zones[0].keys[0].key == as_dnskey(keys().a));  // seen is seen
  CHECK(adopted.state.source != state.source);
}

TEST_CASE("A changed file: what was valid keeps its date", "[validator][anchors]") {
  const auto adopted = adopt(grown({followed(keys().a, KeyState::valid)}),
                             file_of({as_dnskey(keys().a), as_ds(keys().b, zone)}), now_s, false);
  CHECK(adopted.state.zones[0].keys[0].since_wall_s == then_s);
  CHECK(adopted.state.zones[0].keys[1].since_wall_s == now_s);
}

TEST_CASE("A changed file: what is revoked stays revoked, unless forced", "[validator][anchors]") {
  const AnchorState state =
      grown({followed(keys().a, KeyState::revoked), followed(keys().b, KeyState::valid)});
  const auto file = file_of({as_ds(keys().a, zone), as_ds(keys().b, zone), as_ds(keys().c, zone)});
  const auto adopted = adopt(state, file, now_s, false);
  CHECK(text_of(adopted.state, keys().a) == "revoked");
  CHECK(text_of(adopted.state, keys().c) == "valid");
  REQUIRE(adopted.refused.size() == 1);
  CHECK(adopted.refused[0].key.key_tag == keys().a.tag());

  const auto forced = adopt(state, file, now_s, true);
  CHECK(text_of(forced.state, keys().a) == "valid");
  CHECK(forced.refused.empty());
}

TEST_CASE("Force makes an unchanged file rule", "[validator][anchors]") {
  const AnchorState state =
      grown({followed(keys().a, KeyState::revoked), followed(keys().b, KeyState::valid)});
  const auto forced = adopt(state, file_of({as_ds(keys().a, zone)}), now_s, true);
  CHECK(text_of(forced.state, keys().a) == "valid");
  REQUIRE(forced.dropped.size() == 1);
  CHECK(forced.dropped[0].key == as_dnskey(keys().b));
}

TEST_CASE("A revoked key is remembered when the file no longer has it", "[validator][anchors]") {
  const AnchorState state =
      grown({followed(keys().a, KeyState::removed), followed(keys().b, KeyState::valid)});
  const auto without = adopt(state, file_of({as_ds(keys().b, zone)}), now_s, false);
  CHECK(text_of(without.state, keys().a) == "removed");
  CHECK(without.dropped.empty());
  const auto again =
      adopt(without.state, file_of({as_ds(keys().a, zone), as_ds(keys().b, zone)}), now_s, false);
  CHECK(text_of(again.state, keys().a) == "removed");
  const auto none = adopt(without.state, {}, now_s, false);  // an empty file
  CHECK(none.state.anchors().empty());
  CHECK(text_of(none.state, keys().a) == "removed");
  CHECK(none.lost.empty());
}

TEST_CASE("A file of nothing but revoked keys changes nothing, and is named",
          "[validator][anchors][negative]") {
  const AnchorState state =
      grown({followed(keys().a, KeyState::revoked), followed(keys().b, KeyState::valid)});
  const auto adopted = adopt(state, file_of({as_dnskey(keys().a)}), now_s, false);
  CHECK(adopted.lost == std::vector<Name>{zone});
  CHECK(adopted.state == state);
}

TEST_CASE("Zones come and go with the file", "[validator][anchors]") {
  const Name other = Name::literal("example.net.");
  const AnchorState state = grown({followed(keys().a, KeyState::valid)});
  const auto adopted = adopt(state, {{other, {as_ds(keys().b, other)}}}, now_s, false);
  REQUIRE(adopted.state.anchors().size() == 1);
  CHECK(adopted.state.anchors()[0].zone == other);
  REQUIRE(adopted.dropped.size() == 1);
  CHECK(adopted.dropped[0].zone == zone);
}

TEST_CASE("Two DS of one known key are one key; SHA-1 does not count beside SHA-256",
          "[validator][anchors]") {
  const AnchorState state = grown({followed(keys().a, KeyState::valid)});
  const auto adopted =
      adopt(state, file_of({as_ds(keys().a, zone), as_ds(keys().a, zone, 4)}), now_s, false);
  CHECK(adopted.state.zones[0].keys.size() == 1);
  const auto mixed =
      adopt(std::nullopt, file_of({as_ds(keys().a, zone, 1), as_ds(keys().b, zone)}), now_s, false);
  REQUIRE(mixed.state.zones[0].keys.size() == 1);
  CHECK(mixed.state.zones[0].keys[0].key == as_ds(keys().b, zone));
  CHECK(adopt(std::nullopt, file_of({as_ds(keys().a, zone, 1)}), now_s, false)
            .state.zones[0]
            .keys.size() == 1);
}

TEST_CASE("A DS and the key it means are the same anchor: the trust epoch stays",
          "[validator][anchors]") {
  const auto first = TrustAnchors::make(file_of({as_ds(keys().a, zone)}), {});
  const auto as_key = first->with_anchors(file_of({as_dnskey(keys().a)}));
  CHECK(as_key->epoch() == first->epoch());
  CHECK(as_key->anchors()[0].keys[0] == as_dnskey(keys().a));
  CHECK(as_key->with_anchors(file_of({as_dnskey(keys().b)}))->epoch() == 2);
  CHECK(as_key->with_anchors(file_of({as_dnskey(keys().a), as_dnskey(keys().b)}))->epoch() == 2);
  CHECK(first->with_anchors(file_of({as_ds(Key::make(15), zone)}))->epoch() == 2);
}
