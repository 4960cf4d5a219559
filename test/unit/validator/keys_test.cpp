// Which keys may sign what: flags, protocol, REVOKE, key tags, algorithms, several of each.
#include <catch2/catch.hpp>

#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::EdeCode;
using dns::RRsetPtr;
using dns::Type;
using validator::Verdict;
using validator::VerdictKind;

namespace {
constexpr std::uint32_t start_s = 1'700'000'000;  // ManualClock's wall clock

/// example.org. with these keys, the first vouched for and signing the DNSKEY RRset.
Verdict with_keys(std::vector<Key> keys) {
  World world;
  world.example = SignedZone("example.org.", std::move(keys));
  world.add(world.example);
  return world.judge(world.www());
}

Verdict with_ds(World& world, Bytes ds) {
  world.set(positive(world.org.sign("example.org.", Type::ds, {std::move(ds)}), world.org.name));
  return world.judge(world.www());
}

bool mentions(const Verdict& verdict, const std::string& part) {
  return verdict.ede.text.find(part) != std::string::npos;
}
}  // namespace

TEST_CASE("A key without the SEP bit vouches and signs like one with it", "[validator][keys]") {
  CHECK(with_keys({Key::make(13, Key::zsk)}).kind == VerdictKind::secure);
}

TEST_CASE("A key beside the vouched one signs data only as a zone key of protocol 3, not revoked",
          "[validator][keys]") {
  const Key ksk = Key::make(13), zsk = Key::make(13, Key::zsk);
  CHECK(with_keys({ksk, zsk}).kind == VerdictKind::secure);
  for (const Key& bad : {zsk.with(0), zsk.with(Key::zsk, 2), zsk.with(Key::zsk | 0x80)}) {
    const auto verdict = with_keys({ksk, bad});
    CHECK(verdict.kind == VerdictKind::bogus);
    CHECK(verdict.ede.code == EdeCode::dnskey_missing);
  }
}

TEST_CASE("A vouched key must be a zone key of protocol 3, not revoked: the reason says which",
          "[validator][keys][negative]") {
  const Key key = Key::make(13);
  CHECK(with_keys({key.with(1)}).ede.code == EdeCode::no_zone_key_bit);
  CHECK(mentions(with_keys({key.with(257, 2)}), "has not protocol 3"));
  CHECK(mentions(with_keys({key.with(257 | 0x80)}), "is revoked"));
}

TEST_CASE("An RRSIG counts with the key of its tag and algorithm alone",
          "[validator][keys][negative]") {
  World world;
  Signing how;
  how.key_tag = static_cast<std::uint16_t>(world.example.keys[0].tag() + 1);
  auto verdict = world.judge(world.www(how));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == EdeCode::dnskey_missing);
  how = {};
  how.algorithm = 15;  // signed with P-256 all the same
  verdict = world.judge(world.www(how));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == EdeCode::dnskey_missing);
}

TEST_CASE("A DS counts with the key of its tag and algorithm alone",
          "[validator][keys][negative]") {
  World world;
  const Bytes good = world.example.keys[0].ds(world.example.name);
  Bytes other_tag = good, other_algorithm = good;
  other_tag[1] ^= 1;
  other_algorithm[2] = 15;
  CHECK(with_ds(world, other_tag).ede.code == EdeCode::dnskey_missing);
  world.keys.clear();
  CHECK(with_ds(world, other_algorithm).ede.code == EdeCode::dnskey_missing);
  world.keys.clear();
  CHECK(with_ds(world, good).kind == VerdictKind::secure);
}

TEST_CASE("Of keys with the tag of a DS only equal_tag_keys are compared with it",
          "[validator][keys][negative]") {
  const Key real = Key::make(15);
  const auto crowded = [&](std::uint8_t forged) {
    World world;
    std::vector<Key> keys{real};
    for (std::uint8_t n = 1; n <= forged; ++n) keys.push_back(Key::forged(real.tag(), n));
    world.example = SignedZone("example.org.", keys);
    world.set(positive(world.org.ds_of(world.example), world.org.name));
    world.set(positive(world.example.dnskey(), world.example.name));
    const auto www = world.example.sign("www.example.org.", Type::a, {a_rdata(1)}, {}, &real);
    return world.judge(positive(www, world.example.name));
  };
  CHECK(crowded(0).kind == VerdictKind::secure);
  const auto verdict = crowded(2);  // the forged ones come first in canonical order
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.fault == Fault::ds_other_digest);
}

TEST_CASE("A wrong RRSIG in front of the good one costs a check, not the answer",
          "[validator][keys]") {
  World world;
  Signing wrong;
  wrong.spoil = true;
  wrong.expiration = start_s + 10;  // sorts first
  auto rrset = world.example.sign("www.example.org.", Type::a, {a_rdata(1)}, wrong);
  rrset = world.example.add_rrsig(*rrset, {}, world.example.keys[0]);
  CHECK(world.judge(positive(rrset, world.example.name)).kind == VerdictKind::secure);
  CHECK(world.work.failures == 1);
}

TEST_CASE("A zone with two algorithms is good by either, as long as one chain holds",
          "[validator][keys]") {
  World world;
  const Key p256 = Key::make(13), ed = Key::make(15), rsa = Key::make(8, Key::zsk);
  world.example = SignedZone("example.org.", {p256, ed, rsa});
  const SignedZone& zone = world.example;
  const bool by_ed = GENERATE(true, false);  // which of the two vouched keys signs the DNSKEYs
  const Key& signing = by_ed ? ed : p256;
  std::vector<Bytes> rdatas;
  for (const Key& key : zone.keys) rdatas.push_back(key.rdata());
  world.set(positive(zone.sign("example.org.", Type::dnskey, rdatas, {}, &signing), zone.name));
  world.set(
      positive(world.org.sign("example.org.", Type::ds, {p256.ds(zone.name), ed.ds(zone.name)}),
               world.org.name));
  for (const Key& key : {p256, ed, rsa}) {
    const auto www = zone.sign("www.example.org.", Type::a, {a_rdata(1)}, {}, &key);
    CHECK(world.judge(positive(www, zone.name)).kind == VerdictKind::secure);
  }
}

TEST_CASE("A disabled algorithm beside an enabled one does not verify, nor does it spoil",
          "[validator][keys]") {
  World world;
  const Key p256 = Key::make(13), ed = Key::make(15);
  world.example = SignedZone("example.org.", {p256, ed});
  world.add(world.example);
  world.options.disabled_algorithms = {15};
  const auto by = [&](const Key& key) {
    const auto www = world.example.sign("www.example.org.", Type::a, {a_rdata(1)}, {}, &key);
    return world.judge(positive(www, world.example.name)).kind;
  };
  CHECK(by(p256) == VerdictKind::secure);
  CHECK(by(ed) == VerdictKind::bogus);  // the zone is secure: P-256 should have signed this
  // A DS of the disabled algorithm alone: nobody can judge the zone.
  world.keys.clear();
  world.set(positive(world.org.sign("example.org.", Type::ds, {ed.ds(world.example.name)}),
                     world.org.name));
  CHECK(by(p256) == VerdictKind::insecure);
}

TEST_CASE("Every algorithm can be disabled: insecure, never bogus", "[validator][keys]") {
  for (const int number : {5, 7, 8, 10, 13, 14, 15, 16}) {
    CAPTURE(number);
    const auto algorithm = static_cast<std::uint8_t>(number);
    World world;
    world.example = SignedZone("example.org.", algorithm);
    world.add(world.example);
    world.options.disabled_algorithms = {algorithm};
    CHECK(world.judge(world.www()).kind == VerdictKind::insecure);
    Signing spoiled;
    spoiled.spoil = true;
    CHECK(world.judge(world.www(spoiled)).kind == VerdictKind::insecure);
    CHECK(world.judge(world.www_unsigned()).kind == VerdictKind::insecure);
  }
}

TEST_CASE("Every RSA key size limit holds: rsa_bits and rsa_exponent_bits",
          "[validator][keys][negative]") {
  for (const Limit limit : {Limit::rsa_bits, Limit::rsa_exponent_bits}) {
    World world;
    world.example = SignedZone("example.org.", 8);  // 2048 bits, exponent of 17
    world.add(world.example);
    CHECK(world.judge(world.www()).kind == VerdictKind::secure);
    world.keys.clear();
    REQUIRE(world.limits.set(limit, limit == Limit::rsa_bits ? 1024 : 16));
    const auto verdict = world.judge(world.www());
    CHECK(verdict.kind == VerdictKind::bogus);
    CHECK(mentions(verdict, "beyond limit"));
  }
}

TEST_CASE("A zone whose DNSKEYs only an unvouched key signs is bogus",
          "[validator][keys][negative]") {
  World world;
  const Key vouched = Key::make(13), other = Key::make(13, Key::zsk);
  const std::vector<Bytes> rdatas{vouched.rdata(), other.rdata()};
  world.example = SignedZone("example.org.", {vouched, other});
  world.set(positive(world.org.ds_of(world.example), world.org.name));
  const auto by = [&](const Key& key) {
    world.keys.clear();
    world.set(positive(world.example.sign("example.org.", Type::dnskey, rdatas, {}, &key),
                       world.example.name));
    return world.judge(world.www()).kind;
  };
  CHECK(by(vouched) == VerdictKind::secure);
  CHECK(by(other) == VerdictKind::bogus);
  // A key that only calls itself the zone's: nobody vouches for it.
  world.keys.clear();
  const Key stranger = Key::make(13);
  world.example = SignedZone("example.org.", {stranger});
  world.set(positive(world.example.dnskey(), world.example.name));
  CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
}
