// One RRset against the keys of its zone: each clause of RFC 4035 5.3.1, each with the reason it
// must give.
#include <catch2/catch.hpp>

#include "crypto/verify.hpp"
#include "dns/canonical.hpp"
#include "dns/rdata.hpp"
#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::EdeCode;
using dns::Name;
using dns::Type;
using validator::Verdict;
using validator::VerdictKind;

namespace {
constexpr std::uint32_t start_s = 1'700'000'000;  // ManualClock's wall clock

void check_bogus(const Verdict& verdict, EdeCode code, const std::string& part) {
  INFO(verdict.ede.text);
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == code);
  CHECK(verdict.ede.text.find(part) != std::string::npos);
}
}  // namespace

TEST_CASE("A wrong signature is bogus and names the key", "[validator][signatures][negative]") {
  World world;
  Signing how;
  how.spoil = true;
  check_bogus(world.judge(world.www(how)), EdeCode::dnssec_bogus,
              "key " + std::to_string(world.example.keys[0].tag()) + " (ECDSAP256SHA256)");
}

TEST_CASE("Changed data is bogus", "[validator][signatures][negative]") {
  World world;
  const auto good = world.example.sign("www.example.org.", Type::a, {a_rdata(1)});
  dns::RRsetBuilder builder(good->owner(), Type::a);
  REQUIRE(builder.add(a_rdata(9), 3600));
  for (const auto rrsig : good->signatures()) REQUIRE(builder.add_signature(rrsig, 3600));
  check_bogus(world.judge(positive(builder.build(), world.example.name)), EdeCode::dnssec_bogus,
              "wrong");
}

TEST_CASE("Times: expired, not yet valid, and in the wrong order",
          "[validator][signatures][negative]") {
  World world;
  Signing how;
  how.expiration = start_s - 1;
  check_bogus(world.judge(world.www(how)), EdeCode::signature_expired, "2023-11-14T22:13:19Z");
  how = {};
  how.inception = start_s + 1;
  check_bogus(world.judge(world.www(how)), EdeCode::signature_not_yet_valid,
              "2023-11-14T22:13:21Z");
  how.expiration = start_s;
  check_bogus(world.judge(world.www(how)), EdeCode::signature_expired_before_valid,
              "before it is valid");
}

TEST_CASE("Times count to the second, and with the skew of the limits table",
          "[validator][signatures]") {
  World world;
  Signing how;
  how.inception = how.expiration = start_s;
  CHECK(world.judge(world.www(how)).kind == VerdictKind::secure);
  REQUIRE(world.limits.set(Limit::signature_skew_after, 10));
  REQUIRE(world.limits.set(Limit::signature_skew_before, 20));
  how.inception = start_s - 100;
  how.expiration = start_s - 10;
  CHECK(world.judge(world.www(how)).kind == VerdictKind::secure);
  how.expiration = start_s - 11;
  CHECK(world.judge(world.www(how)).ede.code == EdeCode::signature_expired);
  how.inception = start_s + 20;
  how.expiration = start_s + 100;
  CHECK(world.judge(world.www(how)).kind == VerdictKind::secure);
  how.inception = start_s + 21;
  CHECK(world.judge(world.www(how)).ede.code == EdeCode::signature_not_yet_valid);
}

TEST_CASE("Times are serial numbers: good across 2106", "[validator][signatures]") {
  World world;
  world.clock.set_wall(0x1'0000'0000);  // 2106-02-07: 32 bits have turned over
  Signing around;
  around.inception = 0xFFFF'FF00u;
  around.expiration = 0x100u;
  world.root = SignedZone(".", 13);
  world.anchor_at(world.root);
  const auto soa = world.root.sign(".", Type::soa, {soa_rdata(".")}, around);
  world.set(positive(world.root.dnskey(around), world.root.name));
  CHECK(world.judge(positive(soa, world.root.name)).kind == VerdictKind::secure);
}

TEST_CASE("TTLs end with the original TTL and with the signature", "[validator][signatures]") {
  World world;
  Signing how;
  how.original_ttl = 120;
  CHECK(world.judge(world.www(how)).ttl_most == 120);
  how.original_ttl = 7200;
  how.expiration = start_s + 55;
  CHECK(world.judge(world.www(how)).ttl_most == 55);
}

TEST_CASE("Labels: more than the owner has, fewer than the signer has",
          "[validator][signatures][negative]") {
  World world;
  Signing how;
  how.labels = 4;
  check_bogus(world.judge(world.www(how)), EdeCode::dnssec_bogus, "label count 4");
  how.labels = 1;  // as if made from *.org. by example.org.
  check_bogus(world.judge(world.www(how)), EdeCode::dnssec_bogus, "label count 1");
  how.labels = 0;
  check_bogus(world.judge(world.www(how)), EdeCode::dnssec_bogus, "label count 0");
}

TEST_CASE("The signer must be the zone and stand above the owner",
          "[validator][signatures][negative]") {
  World world;
  const SignedZone evil("evil.org.", 13);
  world.add(evil);
  const auto cross = evil.sign("www.example.org.", Type::a, {a_rdata(66)});
  CHECK(world.judge(positive(cross, world.example.name)).kind == VerdictKind::bogus);
  Signing claimed;  // signed by evil, said to be by example
  claimed.signer = world.example.name;
  const auto lie = evil.sign("www.example.org.", Type::a, {a_rdata(66)}, claimed);
  check_bogus(world.judge(positive(lie, world.example.name)), EdeCode::dnskey_missing,
              "no usable DNSKEY");
  claimed.key_tag = world.example.keys[0].tag();
  const auto tagged = evil.sign("www.example.org.", Type::a, {a_rdata(66)}, claimed);
  check_bogus(world.judge(positive(tagged, world.example.name)), EdeCode::dnssec_bogus, "is wrong");
}

TEST_CASE("An RRSIG of another type does not count", "[validator][signatures][negative]") {
  World world;
  Signing how;
  how.covered = Type::aaaa;
  CHECK(world.judge(world.www(how)).ede.code == EdeCode::rrsigs_missing);
}

TEST_CASE("One good RRSIG among bad ones is enough", "[validator][signatures]") {
  World world;
  Signing expired, unknown;
  expired.expiration = start_s - 1;
  unknown.algorithm = 77;
  auto rrset = world.example.sign("www.example.org.", Type::a, {a_rdata(1)}, expired);
  rrset = world.example.add_rrsig(*rrset, unknown, world.example.keys[0]);
  rrset = world.example.add_rrsig(*rrset, {}, Key::make(13));  // a key nobody knows
  rrset = world.example.add_rrsig(*rrset, {}, world.example.keys[0]);
  CHECK(world.judge(positive(rrset, world.example.name)).kind == VerdictKind::secure);
}

TEST_CASE("Only RRSIGs of unknown algorithms in a secure zone: bogus",
          "[validator][signatures][negative]") {
  World world;
  Signing how;
  how.algorithm = 77;
  check_bogus(world.judge(world.www(how)), EdeCode::rrsigs_missing, "algorithm 77");
}

TEST_CASE("A zone signed with two algorithms is good by either", "[validator][signatures]") {
  World world;
  world.example = SignedZone("example.org.", {Key::make(13), Key::make(15, Key::zsk)});
  world.add(world.example);
  world.options.disabled_algorithms = {8};
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  const auto other =
      world.example.sign("www.example.org.", Type::a, {a_rdata(1)}, {}, &world.example.keys[0]);
  CHECK(world.judge(positive(other, world.example.name)).kind == VerdictKind::secure);
}

TEST_CASE("Names in the rdata and the owner are compared without case", "[validator][signatures]") {
  World world;
  const auto good = world.example.sign("www.example.org.", Type::ns, {ns_rdata("ns.example.org.")});
  dns::RRsetBuilder builder(Name::literal("WWW.Example.ORG."), Type::ns);
  REQUIRE(builder.add(ns_rdata("NS.example.ORG."), 3600));
  for (const auto rrsig : good->signatures()) REQUIRE(builder.add_signature(rrsig, 3600));
  CHECK(world.judge(positive(builder.build(), world.example.name)).kind == VerdictKind::secure);
}

TEST_CASE("A malformed DNSKEY that a DS vouches for is a hard failure",
          "[validator][signatures][negative]") {
  World world;
  SignedZone bad("example.org.", 13);
  // Four octets of P-256 key: the DS matches, the key cannot be read.
  const Bytes rdata{1, 1, 3, 13, 1, 2, 3, 4};
  Bytes image, ds;
  const auto tag = dns::key_tag(rdata);
  dns::RRsetBuilder keys(bad.name, Type::dnskey);
  REQUIRE(keys.add(rdata, 3600));
  Signing how;
  how.key_tag = tag;
  world.set(positive(bad.add_rrsig(*keys.build(), how, bad.keys[0]), bad.name));
  const Name owner = bad.name;
  dns::append_ds_image(image, owner, rdata);
  ds = {static_cast<std::uint8_t>(tag >> 8), static_cast<std::uint8_t>(tag & 0xFF), 13, 2};
  const auto digest = crypto::digest(2, image);
  ds.insert(ds.end(), digest->octets.begin(), digest->octets.begin() + 32);
  world.set(positive(world.org.sign("example.org.", Type::ds, {ds}), world.org.name));
  check_bogus(world.judge(world.www()), EdeCode::dnskey_missing, "malformed");
}

// Wildcards and DNAME

TEST_CASE("A wildcard answer needs the proof that nothing closer exists", "[validator][wildcard]") {
  World world;
  const auto expanded = world.example.expand("a.b.example.org.", Type::a, {a_rdata(1)});
  const auto closer = world.example.nsec("aa.example.org.", "c.example.org.", {Type::a});
  auto verdict = world.judge(positive(expanded, world.example.name, {closer}));
  CHECK(verdict.kind == VerdictKind::secure);

  SECTION("none") {
    check_bogus(world.judge(positive(expanded, world.example.name)), EdeCode::nsec_missing,
                "a.b.example.org.");
  }
  SECTION("one that leaves room for a closer wildcard") {
    const auto inside = world.example.nsec("0.b.example.org.", "c.example.org.", {Type::a});
    CHECK(world.judge(positive(expanded, world.example.name, {inside})).kind == VerdictKind::bogus);
  }
  SECTION("one that shows an empty non-terminal") {
    const auto above = world.example.nsec("aa.example.org.", "x.b.example.org.", {Type::a});
    CHECK(world.judge(positive(expanded, world.example.name, {above})).kind == VerdictKind::bogus);
  }
  SECTION("one not signed") {
    CHECK(
        world.judge(positive(expanded, world.example.name, {closer->without_signatures()})).kind ==
        VerdictKind::bogus);
  }
  SECTION("one of another zone") {
    const auto foreign = world.org.nsec("aa.example.org.", "c.example.org.", {Type::a});
    CHECK(world.judge(positive(expanded, world.example.name, {foreign})).kind ==
          VerdictKind::bogus);
  }
  SECTION("one that itself came from a wildcard") {
    Signing how;
    how.labels = 2;
    const auto made = world.example.nsec("aa.example.org.", "c.example.org.", {Type::a}, how);
    CHECK(world.judge(positive(expanded, world.example.name, {made})).kind == VerdictKind::bogus);
  }
}

TEST_CASE("The wildcard asked for by its own name needs no proof", "[validator][wildcard]") {
  World world;
  const auto itself = world.example.sign("*.example.org.", Type::a, {a_rdata(1)});
  CHECK(world.judge(positive(itself, world.example.name)).kind == VerdictKind::secure);
}

TEST_CASE("An NSEC asked for by its type may be made from a wildcard", "[validator][wildcard]") {
  World world;
  const auto next = dns::Name::from_text("c.example.org.");
  const auto expanded = world.example.expand("a.b.example.org.", Type::nsec,
                                             {nsec_rdata(*next, {Type::a, Type::nsec})});
  const auto closer = world.example.nsec("aa.example.org.", "c.example.org.", {Type::a});
  CHECK(world.judge(positive(expanded, world.example.name, {closer})).kind == VerdictKind::secure);
  check_bogus(world.judge(positive(expanded, world.example.name)), EdeCode::nsec_missing,
              "a.b.example.org.");
}

TEST_CASE("NSEC3 proves wildcard answers; opt-out makes them insecure", "[validator][wildcard]") {
  World world;
  const auto expanded = world.example.expand("a.b.example.org.", Type::a, {a_rdata(1)});
  const auto closer = world.example.nsec3_over("b.example.org.");
  CHECK(world.judge(positive(expanded, world.example.name, {closer})).kind == VerdictKind::secure);
  const auto wrong = world.example.nsec3_over("a.b.example.org.");
  CHECK(world.judge(positive(expanded, world.example.name, {wrong})).kind == VerdictKind::bogus);
  Nsec3Options opt_out;
  opt_out.opt_out = true;
  const auto out = world.example.nsec3_over("b.example.org.", opt_out);
  CHECK(world.judge(positive(expanded, world.example.name, {out})).kind == VerdictKind::insecure);
}

TEST_CASE("DS and DNSKEY are never taken from a wildcard", "[validator][wildcard][negative]") {
  World world;
  const SignedZone child("sub.example.org.", 13);
  const auto ds =
      world.example.expand("sub.example.org.", Type::ds, {child.keys[0].ds(child.name)});
  world.set(positive(ds, world.example.name,
                     {world.example.nsec("aa.example.org.", "z.example.org.", {Type::a})}));
  world.set(positive(child.dnskey(), child.name));
  CHECK(world.judge(positive(child.sign("sub.example.org.", Type::a, {a_rdata(1)}), child.name))
            .kind == VerdictKind::bogus);
}

TEST_CASE("A CNAME made from a signed DNAME is secure when it is what the DNAME yields",
          "[validator][dname]") {
  World world;
  const auto dname = world.example.sign("d.example.org.", Type::dname, {ns_rdata("t.org.")});
  const auto cname = [&](const char* target) {
    return world.example.unsigned_set("x.y.d.example.org.", Type::cname, {ns_rdata(target)});
  };
  CHECK(world.judge(positive(cname("x.y.t.org."), world.example.name, {dname})).kind ==
        VerdictKind::secure);
  check_bogus(world.judge(positive(cname("evil.org."), world.example.name, {dname})),
              EdeCode::dnssec_bogus, "yields");
  CHECK(
      world.judge(positive(cname("x.y.t.org."), world.example.name, {dname->without_signatures()}))
          .kind == VerdictKind::bogus);
  CHECK(world.judge(positive(cname("x.y.t.org."), world.example.name)).kind == VerdictKind::bogus);
  const auto foreign = world.org.sign("e.example.org.", Type::dname, {ns_rdata("t.org.")});
  CHECK(world.judge(positive(cname("x.y.t.org."), world.example.name, {foreign})).kind ==
        VerdictKind::bogus);
}
