// RFC 5011, step by step and over the years: what makes a key trusted, what takes it away, and what
// must never do either.
#include <catch2/catch.hpp>

#include "test/support/signer.hpp"
#include "test/unit/octets.hpp"
#include "test/unit/validator/anchor_story.hpp"
#include "validator/anchor_match.hpp"

using namespace windlass;
using namespace windlass::test;
using namespace windlass::validator;
using dns::Name;

namespace {
const Key& key_a() {
  static const Key key = Key::make(15);
  return key;
}
const Key& key_b() {
  static const Key key = Key::make(15);
  return key;
}
const Key& key_c() {
  static const Key key = Key::make(13);
  return key;
}

/// A trusted as a DNSKEY, seen once.
Story trusting_a() {
  Story story;
  story.trust(as_dnskey(key_a()));
  REQUIRE(story.see({key_a()}, {key_a()}).vouched);
  return story;
}

std::string text_of(const std::vector<KeyChange>& changes) {
  std::string text;
  for (const KeyChange& change : changes)
    text += std::string(change.from ? name_of(*change.from) : "unknown") + ">" +
            std::string(change.to ? name_of(*change.to) : "unknown") + " ";
  return text;
}
}  // namespace

TEST_CASE("A new key is trusted after the hold-down, when it is seen again",
          "[validator][rfc5011]") {
  Story story = trusting_a();
  CHECK(text_of(story.see({key_a(), key_b()}, {key_a()}).changes) == "unknown>addpend ");
  story.pass(29);
  CHECK(story.see({key_a(), key_b()}, {key_a()}).changes.empty());
  CHECK(story.state(key_b()) == "addpend");
  story.pass(1);  // the time alone does nothing: it must be seen
  CHECK(story.state(key_b()) == "addpend");
  CHECK(text_of(story.see({key_a(), key_b()}, {key_a()}).changes) == "addpend>valid ");
  CHECK(story.zone.anchor().keys.size() == 2);
}

TEST_CASE("A pending key is not trusted, whatever it signs", "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  story.see({key_a(), key_b()}, {key_a()});
  story.pass(10);
  CHECK_FALSE(story.see({key_b(), key_c()}, {key_b()}).vouched);
  CHECK(story.state(key_c()) == "unknown");
  CHECK(story.state(key_a()) == "valid");
  CHECK(story.zone.anchor().keys.size() == 1);
}

TEST_CASE("A key that disappears while pending begins anew", "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  story.see({key_a(), key_b()}, {key_a()});
  story.pass(29);
  CHECK(text_of(story.see({key_a()}, {key_a()}).changes) == "addpend>unknown ");
  story.pass(2);
  CHECK(text_of(story.see({key_a(), key_b()}, {key_a()}).changes) == "unknown>addpend ");
  story.pass(29);
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.state(key_b()) == "addpend");
}

TEST_CASE("A key that is not there when its hold-down ends is not trusted",
          "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  story.see({key_a(), key_b()}, {key_a()});
  story.pass(31);
  CHECK(text_of(story.see({key_a()}, {key_a()}).changes) == "addpend>unknown ");
}

TEST_CASE("An old RRset replayed delays a new key and takes no old one away",
          "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  const auto old = story.rrset({key_a()}, {key_a()});
  story.see({key_a(), key_b()}, {key_a()});
  story.pass(10);
  REQUIRE(story.see(old).vouched);  // still within its times
  CHECK(story.state(key_b()) == "unknown");
  CHECK(story.state(key_a()) == "valid");
  story.pass(20);
  CHECK_FALSE(story.see(old).vouched);  // out of its times
}

TEST_CASE("An RRset from before a revocation gives the key no trust back",
          "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  story.trust(as_dnskey(key_b()));
  const auto old = story.rrset({key_a(), key_b()}, {key_a(), key_b()});
  story.see({revoked(key_a()), key_b()}, {revoked(key_a()), key_b()});
  REQUIRE(story.state(key_a()) == "revoked");
  story.pass(5);
  CHECK(story.see(old).vouched);  // by B alone
  CHECK(story.state(key_a()) == "revoked");
  CHECK_FALSE(story.see({key_a(), key_b()}, {key_a()}).vouched);
}

TEST_CASE("The hold-down is the original TTL when that is longer", "[validator][rfc5011]") {
  Story story = trusting_a();
  Signing how;
  how.original_ttl = static_cast<std::uint32_t>(40 * story_day_s);
  how.ttl = *how.original_ttl;
  story.see(story.rrset({key_a(), key_b()}, {key_a()}, how));
  story.pass(39);
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.state(key_b()) == "addpend");
  story.pass(1);
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.state(key_b()) == "valid");
}

TEST_CASE("The hold-down is a row of the limits table", "[validator][rfc5011]") {
  Story story = trusting_a();
  REQUIRE(story.limits.set(Limit::anchor_hold_down, 10));
  Signing how;
  how.ttl = 5;
  how.original_ttl = 5;
  story.see(story.rrset({key_a(), key_b()}, {key_a()}, how));
  story.wall_s += 9;
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.state(key_b()) == "addpend");
  story.wall_s += 1;
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.state(key_b()) == "valid");
}

TEST_CASE("What is no key for keys does not become an anchor", "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  const Key zsk = Key::make(15, Key::zsk), no_zone_key = Key::make(15).with(1),
            other_protocol = Key::make(15).with(Key::ksk, 2), born_revoked = revoked(Key::make(15));
  auto set = story.rrset({key_a(), zsk, no_zone_key, other_protocol, born_revoked}, {key_a()});
  CHECK(story.see(set).changes.empty());
  CHECK(story.zone.keys.size() == 1);
}

TEST_CASE("A key of a disabled or unknown algorithm does not become an anchor, nor vouch for one",
          "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  story.options.disabled_algorithms = {13};
  CHECK(story.see({key_a(), key_c()}, {key_a(), key_c()}).changes.empty());
  story.options.disabled_algorithms = {15};
  CHECK_FALSE(story.see({key_a(), key_b()}, {key_a()}).vouched);
}

TEST_CASE("A trusted key that is gone is missing, and stays trusted", "[validator][rfc5011]") {
  Story story = trusting_a();
  story.trust(as_dnskey(key_b()));
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(text_of(story.see({key_b()}, {key_b()}).changes) == "valid>missing ");
  CHECK(story.zone.anchor().keys.size() == 2);
  story.pass(400);
  story.see({key_b()}, {key_b()});
  CHECK(story.state(key_a()) == "missing");
  CHECK(text_of(story.see({key_a(), key_b()}, {key_a()}).changes) == "missing>valid ");
}

TEST_CASE(
    "A revoked key counts no more, at once; a month later it is forgotten, and never comes back",
    "[validator][rfc5011]") {
  Story story = trusting_a();
  story.trust(as_dnskey(key_b()));
  const auto observed = story.see({revoked(key_a()), key_b()}, {revoked(key_a()), key_b()});
  CHECK(observed.vouched);
  CHECK(text_of(observed.changes) == "valid>revoked ");
  REQUIRE(story.zone.anchor().keys.size() == 1);
  CHECK(story.zone.anchor().keys[0].rdata == key_b().rdata());
  story.pass(20);
  story.see({revoked(key_a()), key_b()}, {key_b()});
  story.pass(29);
  story.see({key_b()}, {key_b()});
  CHECK(story.state(key_a()) == "revoked");  // 29 days since it was there
  story.pass(1);
  CHECK(text_of(story.see({key_b()}, {key_b()}).changes) == "revoked>removed ");
  story.pass(1);
  CHECK(story.see({key_a(), key_b()}, {key_b()}).changes.empty());
  CHECK(story.state(key_a()) == "removed");
}

TEST_CASE("A revocation needs no other signature than the key's own", "[validator][rfc5011]") {
  Story story = trusting_a();
  story.trust(as_dnskey(key_b()));
  const auto observed = story.see({revoked(key_a()), key_c()}, {revoked(key_a())});
  CHECK_FALSE(observed.vouched);  // so that nothing else moved
  CHECK(text_of(observed.changes) == "valid>revoked ");
  CHECK(story.state(key_b()) == "valid");
  CHECK(story.state(key_c()) == "unknown");
}

TEST_CASE("A REVOKE bit that the key has not signed revokes nothing",
          "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  story.trust(as_dnskey(key_b()));
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.see({revoked(key_a()), key_b()}, {}).changes.empty());
  CHECK(story.see({revoked(key_a()), key_b()}, {key_c()}).changes.empty());
  Signing spoiled;
  spoiled.spoil = true;
  CHECK(story.see(story.rrset({revoked(key_a()), key_b()}, {revoked(key_a())}, spoiled))
            .changes.empty());
  // B vouches for an RRset without A: A is missing, not revoked.
  CHECK(text_of(story.see({revoked(key_a()), key_b()}, {key_b()}).changes) == "valid>missing ");
  CHECK(story.zone.anchor().keys.size() == 2);
}

TEST_CASE("A revocation out of its time revokes nothing", "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  const auto late = story.rrset({revoked(key_a())}, {revoked(key_a())});
  story.pass(21);
  CHECK(story.see(late).changes.empty());
  story.pass(-40);
  CHECK(story.see(late).changes.empty());
}

TEST_CASE("A key revoked while pending never comes back", "[validator][rfc5011]") {
  Story story = trusting_a();
  story.see({key_a(), key_b()}, {key_a()});
  story.see({key_a(), revoked(key_b())}, {key_a(), revoked(key_b())});
  CHECK(story.state(key_b()) == "revoked");
  story.pass(40);
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.state(key_b()) == "revoked");
  CHECK(story.zone.anchor().keys.size() == 1);
}

TEST_CASE("Forged, partial and empty replies move nothing", "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  story.trust(as_dnskey(key_b()));
  story.see({key_a(), key_b()}, {key_a()});
  const AnchorZone before = story.zone;
  const auto whole = story.rrset({key_a(), key_b(), key_c()}, {key_a()});

  CHECK_FALSE(story.see({key_c()}, {key_c()}).vouched);  // another's
  CHECK_FALSE(story.see({key_a(), key_b()}, {}).vouched);
  CHECK_FALSE(story.see({key_a(), key_b(), key_c()}, {key_c()}).vouched);
  Signing spoiled;
  spoiled.spoil = true;
  CHECK_FALSE(story.see(story.rrset({key_a()}, {key_a()}, spoiled)).vouched);
  // Parts of what was signed, under the signature of the whole.
  const SignedZone signer("example.org.", {key_a()});
  dns::RRsetBuilder part(story.zone.zone, dns::Type::dnskey);
  REQUIRE(part.add(key_a().rdata(), 3600));
  REQUIRE(part.add_signature(whole->signatures().front(), 3600));
  CHECK_FALSE(story.see(part.build()).vouched);
  CHECK(story.zone == before);
  CHECK(story.see(whole).vouched);
}

TEST_CASE("Why a reply does not count is told", "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  const auto said = [&](const dns::RRsetPtr& set) { return story.look(set).trouble.text; };
  CHECK(said(story.rrset({key_b()}, {key_b()})) ==
        "example.org. DNSKEY: none of the trusted keys is in it");
  CHECK(said(story.rrset({key_a(), key_b()}, {key_b()})) ==
        "example.org. DNSKEY: none of the trusted keys has signed it");
  CHECK(said(story.rrset({key_a()}, {})) ==
        "example.org. DNSKEY: no RRSIG, but example.org. is signed");
  story.options.disabled_algorithms = {15};
  CHECK(said(story.rrset({key_a()}, {key_a()})) ==
        "example.org. DNSKEY: the trusted keys have algorithms that are not in use here");
  story.options.disabled_algorithms = {};
  const auto good = story.rrset({key_a()}, {key_a()});
  CHECK(said(good).empty());
  story.pass(30);
  CHECK(said(good).find("has expired") != std::string::npos);
  story.pass(-60);
  CHECK(said(good).find("is not yet valid") != std::string::npos);
}

TEST_CASE("With a clock years off nothing moves", "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  story.see({key_a(), key_b()}, {key_a()});
  const AnchorZone before = story.zone;
  const auto now = story.rrset({key_a(), key_b()}, {key_a()});
  const auto shrunk = story.rrset({key_a()}, {key_a()});
  for (const std::int64_t years : {-30, -5, -1, 1, 5, 30}) {
    const std::int64_t right = story.wall_s;
    story.wall_s += years * 365 * story_day_s;
    CHECK_FALSE(story.see(now).vouched);
    CHECK_FALSE(story.see(shrunk).vouched);
    CHECK(story.state(key_b()) == "addpend");
    story.wall_s = right;
    story.zone = before;
  }
  story.pass(29);
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.state(key_b()) == "addpend");
}

TEST_CASE("A hold-down that began under a clock in the future begins anew",
          "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  story.see({key_a(), key_b()}, {key_a()});
  story.pass(-3650);  // the clock is set right
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.followed(key_b()).since_wall_s == story.wall_s);
  story.pass(30);
  story.see({key_a(), key_b()}, {key_a()});
  CHECK(story.state(key_b()) == "valid");
}

TEST_CASE("A DS becomes the key it means once a trusted RRset has it", "[validator][rfc5011]") {
  Story story;
  story.trust(as_ds(key_a(), story.zone.zone));
  story.trust(as_ds(key_a(), story.zone.zone, 4));  // the same key again
  story.trust(as_ds(key_b(), story.zone.zone));
  CHECK_FALSE(story.see({key_a(), key_b()}, {}).vouched);
  CHECK(story.zone.keys[0].key.is_ds);
  CHECK(text_of(story.see({key_a()}, {key_a()}).changes) == "valid>missing ");  // B
  REQUIRE(story.zone.keys.size() == 2);
  CHECK(story.zone.keys[0].key == as_dnskey(key_a()));
  CHECK(story.zone.keys[1].key.is_ds);
  CHECK(story.zone.anchor().keys.size() == 2);
}

TEST_CASE("A key known by its DS alone can be revoked", "[validator][rfc5011]") {
  Story story;
  story.trust(as_ds(key_a(), story.zone.zone));
  story.trust(as_ds(key_a(), story.zone.zone, 4));
  story.trust(as_dnskey(key_b()));
  CHECK(story.see({revoked(key_a()), key_b()}, {revoked(key_a()), key_b()}).vouched);
  REQUIRE(story.zone.keys.size() == 2);
  CHECK(story.followed(key_a()).key.rdata == key_a().rdata());
  CHECK(story.state(key_a()) == "revoked");
}

TEST_CASE("When all keys are revoked, by themselves, the zone is no trust anchor any more",
          "[validator][rfc5011]") {
  Story story = trusting_a();
  story.see({revoked(key_a()), key_b()}, {revoked(key_a()), key_b()});
  CHECK_FALSE(story.zone.trusted());
  CHECK(AnchorState{{}, {story.zone}}.anchors().empty());
}

TEST_CASE("The keys of one zone are bounded; trusted and revoked ones are never given up",
          "[validator][rfc5011][negative]") {
  Story story = trusting_a();
  REQUIRE(story.limits.set(Limit::anchor_keys, 5));  // RFC 5011 2.4.3: no fewer
  CHECK_FALSE(story.limits.set(Limit::anchor_keys, 4));
  story.trust(as_dnskey(key_c()));
  story.see({key_a(), revoked(key_c())}, {key_a(), revoked(key_c())});
  story.zone.keys.push_back({as_dnskey(key_b()), KeyState::removed, story.wall_s - 5});
  std::vector<Key> all{key_a(), revoked(key_c())};
  for (int i = 0; i < 4; ++i) all.push_back(Key::make(15));
  const auto observed = story.see(all, {key_a()});
  CHECK(story.zone.keys.size() == 5);
  CHECK(observed.left_out == 1);
  CHECK(story.state(key_b()) == "unknown");  // removed long ago: it made room
  CHECK(story.state(key_c()) == "revoked");
  CHECK(story.state(key_a()) == "valid");
}

TEST_CASE("Intervals are those of RFC 5011 2.3", "[validator][rfc5011]") {
  const Limits limits;
  constexpr std::uint32_t hour = 3600, day = 24 * hour;
  CHECK(refresh_interval_s(2 * day, limits) == day);
  CHECK(refresh_interval_s(90 * day, limits) == 15 * day);
  CHECK(refresh_interval_s(60, limits) == hour);
  CHECK(retry_interval_s(2 * day, limits) == 17'280);
  CHECK(retry_interval_s(90 * day, limits) == day);
  CHECK(retry_interval_s(0, limits) == hour);
  SeededRng rng(7);
  std::int64_t least = day, most = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto seconds = jittered_s(day, limits, rng);
    least = std::min(least, seconds), most = std::max(most, seconds);
  }
  CHECK(least >= day - day / 10);
  CHECK(least < day - day / 12);
  CHECK(most <= day);
  CHECK(jittered_s(hour, limits, rng) == hour);
}

TEST_CASE("What a signature lets an interval be: its original TTL and its expiration",
          "[validator][rfc5011]") {
  Story story = trusting_a();
  Signing how;
  how.ttl = static_cast<std::uint32_t>(50 * story_day_s);
  how.original_ttl = how.ttl;
  const auto seen = story.look(story.rrset({key_a()}, {key_a()}, how));
  CHECK(seen.original_ttl_s == 50 * story_day_s);
  CHECK(seen.ttl_most_s == 20 * story_day_s);
}

namespace {
/// The root's key signing keys of 2017 and 2024; their digests are those of conf/root.key.
const char* const ksk_2017 =
    "AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWX"
    "gnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/"
    "EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzu"
    "DWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU=";
const char* const ksk_2024 =
    "AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidltpkyGwCJNnOAlFNKF2jBosZBU5eeHspaQ"
    "WOmOElZsjICMQMC3aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwCzVBApESjbUdpWWmEnhathWu1jo+siFUiRAAxm9qyJNg/"
    "wOZqqzL/dL/q8PkcRU5oUKEpUge71M3ej2/7CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+u1TQNatX2XBu"
    "zZNQ1K+s2CXkPIZo7s6JgZyvaBevYtxPvYLw4z9mR7K2vaF18UYH9Z9GNUUeayffKC73PYc=";

Bytes root_dnskey(std::uint16_t flags, const char* public_key) {
  Bytes rdata{static_cast<std::uint8_t>(flags >> 8), static_cast<std::uint8_t>(flags), 3, 8};
  const Bytes key = from_base64(public_key);
  rdata.insert(rdata.end(), key.begin(), key.end());
  return rdata;
}
}  // namespace

TEST_CASE("The coming root case: 38696 signs, 20326 is revoked with tag 20454",
          "[validator][rfc5011]") {
  const auto file = TrustAnchors::parse(
      ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
      ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n");
  REQUIRE(file);
  const Limits limits;
  std::int64_t now = 1'792'000'000;  // October 2026
  AnchorState state = adopt(std::nullopt, *file, now, false).state;
  AnchorZone& root = state.zones.at(0);
  const auto states = [&] {
    std::string text;
    for (const FollowedKey& key : root.keys)
      text += std::to_string(key.key.key_tag) + " " + std::string(name_of(key.state)) + " ";
    return text;
  };
  const auto month = [&](const std::vector<SeenKey>& keys) {
    now += 30 * story_day_s;
    return observe(root, Sighting{keys, 172'800, 172'800, {}}, now, limits);
  };
  const Bytes old = root_dnskey(257, ksk_2017), next = root_dnskey(257, ksk_2024),
              old_revoked = root_dnskey(257 | 0x80, ksk_2017);
  REQUIRE(dns::key_tag(old) == 20326);
  REQUIRE(dns::key_tag(old_revoked) == 20454);
  REQUIRE(dns::key_tag(next) == 38696);
  REQUIRE(means(Name(), (*file)[0].keys[0], old_revoked));

  month({{old, true, true}, {next, false, true}});  // today
  CHECK(states() == "20326 valid 38696 valid ");
  CHECK_FALSE(root.keys[0].key.is_ds);
  CHECK_FALSE(root.keys[1].key.is_ds);
  month({{old, false, true}, {next, true, true}});  // the roll
  CHECK(states() == "20326 valid 38696 valid ");
  const auto roll = month({{old_revoked, true, true}, {next, true, true}});
  CHECK(roll.vouched);
  CHECK(states() == "20326 revoked 38696 valid ");
  REQUIRE(state.anchors().at(0).keys.size() == 1);
  CHECK(state.anchors()[0].keys[0].key_tag == 38696);
  month({{old_revoked, true, true}, {next, true, true}});
  month({{next, true, true}});
  CHECK(states() == "20326 removed 38696 valid ");  // 30 days since it was there

  // A resolver that slept through all of it, with nothing but the file of today.
  AnchorState asleep = adopt(std::nullopt, *file, now, false).state;
  const auto woken =
      observe(asleep.zones[0], {{{next, true, true}}, 172'800, 172'800, {}}, now, limits);
  CHECK(woken.vouched);
  CHECK(asleep.zones[0].keys[0].state == KeyState::missing);
  CHECK(asleep.zones[0].keys[1].state == KeyState::valid);
}
