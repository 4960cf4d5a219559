// The walk from the anchor to the signer: secure, insecure and broken chains, and what it asks on
// its way.
#include <catch2/catch.hpp>

#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::EdeCode;
using dns::Finding;
using dns::Name;
using dns::Type;
using validator::VerdictKind;

namespace {
bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
}  // namespace

TEST_CASE("A signed answer is secure down from the root", "[validator][chain]") {
  World world;
  const auto verdict = world.judge(world.www());
  CHECK(verdict.kind == VerdictKind::secure);
  CHECK(verdict.ede.text.empty());
  // One DS and one DNSKEY a zone, from the signer up and then down: RRSIG signers show the way.
  CHECK(world.asked == std::vector<std::string>{". DNSKEY", "example.org. DS", "org. DS",
                                                "org. DNSKEY", "example.org. DNSKEY"});
  CHECK(world.work.checks == 6);
  CHECK(world.keys.size() == 3);
  REQUIRE_FALSE(world.chain.empty());
  const validator::ChainStep& last = world.chain.back();
  CHECK(last.zone == "example.org.");
  CHECK(last.what == "www.example.org. A");
  CHECK(last.verdict == dns::Security::secure);
  REQUIRE(last.by);
  CHECK(last.by->key_tag == world.example.keys[0].tag());
  CHECK(last.by->algorithm == 13);
  CHECK(last.by->inception == Signing{}.inception);
  CHECK(last.by->expiration == Signing{}.expiration);
}

TEST_CASE("Kept keys answer the second question without asking", "[validator][chain]") {
  World world;
  (void)world.judge(world.www());
  world.work = {};
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  CHECK(world.asked.empty());
  CHECK(world.work.checks == 1);
  SECTION("but not when it must be fresh") {
    world.fresh = true;
    CHECK(world.judge(world.www()).kind == VerdictKind::secure);
    CHECK(world.asked.size() == 5);
  }
  SECTION("nor after their TTL") {
    world.clock.advance_us(3601 * 1'000'000LL);
    CHECK(world.judge(world.www()).kind == VerdictKind::secure);
    CHECK(world.asked.size() == 5);
  }
  SECTION("nor under another trust epoch") {
    world.anchors =
        world.anchors->with_negative({{Name::literal("org."), "", 0, false}})->with_negative({});
    CHECK(world.judge(world.www()).kind == VerdictKind::secure);
    CHECK(world.asked.size() == 4);  // the root's keys are still good
  }
}

TEST_CASE("Every supported algorithm verifies, mixed in one chain", "[validator][chain]") {
  for (const int algorithm : {5, 7, 8, 10, 13, 14, 15, 16}) {
    CAPTURE(algorithm);
    World world;
    world.example = SignedZone("example.org.", static_cast<std::uint8_t>(algorithm));
    world.add(world.example);
    CHECK(world.judge(world.www()).kind == VerdictKind::secure);
    CHECK(world.metrics.value(Metric::dnssec_signature_checks_total,
                              static_cast<unsigned>(algorithm)) >= 2);
  }
}

TEST_CASE("KSK and ZSK: the DNSKEY RRset hands trust on", "[validator][chain]") {
  World world;
  world.example = SignedZone("example.org.", {Key::make(13), Key::make(13, Key::zsk)});
  world.add(world.example);
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
}

TEST_CASE("No anchor at or above: insecure", "[validator][chain]") {
  World world;
  world.anchors = validator::TrustAnchors::make({}, {});
  CHECK(world.judge(world.www_unsigned()).kind == VerdictKind::insecure);
  world.anchor_at(world.example);
  CHECK(world
            .judge(positive(world.org.unsigned_set("other.org.", Type::a, {a_rdata(1)}),
                            world.org.name))
            .kind == VerdictKind::insecure);
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  CHECK(world.judge(world.www_unsigned()).kind == VerdictKind::bogus);
}

TEST_CASE("A DS is data of the parent: an anchor at its name does not judge it",
          "[validator][chain]") {
  World world;
  world.anchor_at(world.example);
  CHECK(world.judge(positive(world.org.ds_of(world.example), world.org.name)).kind ==
        VerdictKind::insecure);
  world.anchor_at(world.root);
  CHECK(world.judge(positive(world.org.ds_of(world.example), world.org.name)).kind ==
        VerdictKind::secure);
}

TEST_CASE("A DS signed by the child itself is bogus", "[validator][chain][negative]") {
  World world;
  const auto forged = world.example.ds_of(world.example);
  CHECK(world.judge(positive(forged, world.org.name)).kind == VerdictKind::bogus);
}

TEST_CASE("Anchors as DNSKEY, and as DS of two keys of which one is there", "[validator][chain]") {
  World world;
  world.anchor_at(world.root, false);
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  const SignedZone gone(".", 13);
  world.keys.clear();
  world.anchors = validator::TrustAnchors::make(
      {{world.root.name, {anchor_key(gone, true), anchor_key(world.root, true)}}}, {});
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
}

TEST_CASE("An anchor that is not in the zone, or revoked there, ends all trust",
          "[validator][chain][negative]") {
  World world;
  const SignedZone gone(".", 13);
  world.anchor_at(gone);
  auto verdict = world.judge(world.www());
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == EdeCode::dnskey_missing);
  CHECK(mentions(verdict.ede.text, std::to_string(gone.keys[0].tag())));

  World other;
  other.anchor_at(other.root, false);
  other.root.keys[0] = other.root.keys[0].with(257 | 0x80);
  other.set(positive(other.root.dnskey(), other.root.name));
  verdict = other.judge(other.www());
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(mentions(verdict.ede.text, "revoked"));
}

TEST_CASE("DNSKEYs without zone key bit, with another protocol: not usable",
          "[validator][chain][negative]") {
  World world;
  SignedZone bad = world.example;
  bad.keys[0] = bad.keys[0].with(1);
  world.add(bad);
  CHECK(world.judge(world.www()).ede.code == EdeCode::no_zone_key_bit);
  World other;
  bad.keys[0] = other.example.keys[0].with(257, 2);
  other.add(bad);
  CHECK(other.judge(other.www()).ede.code == EdeCode::dnskey_missing);
}

TEST_CASE("Below an unsigned delegation all is insecure, proven once", "[validator][chain]") {
  World world;
  const SignedZone child("sub.example.org.", 13);
  world.add(child, false);
  const auto unsigned_a = child.unsigned_set("www.sub.example.org.", Type::a, {a_rdata(1)});
  CHECK(world.judge(positive(unsigned_a, child.name)).kind == VerdictKind::insecure);
  CHECK_FALSE(world.asked.empty());
  CHECK(world.judge(positive(unsigned_a, child.name)).kind == VerdictKind::insecure);
  CHECK(world.asked.empty());
  // An island: signed, but nobody above says so.
  CHECK(world.judge(positive(child.sign("www.sub.example.org.", Type::a, {a_rdata(1)}), child.name))
            .kind == VerdictKind::insecure);
}

TEST_CASE("An insecure cut is found label by label when the zone is not known",
          "[validator][chain]") {
  World world;
  const SignedZone child("sub.example.org.", 13);
  world.add(child, false);
  const auto rrset = child.unsigned_set("a.b.sub.example.org.", Type::a, {a_rdata(1)});
  CHECK(world.judge(positive(rrset, Name())).kind == VerdictKind::insecure);  // as from a forwarder
  CHECK(world.asked.back() == "sub.example.org. DS");
}

TEST_CASE("Unsigned data in a signed zone is bogus", "[validator][chain][negative]") {
  World world;
  auto verdict = world.judge(world.www_unsigned());
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == EdeCode::rrsigs_missing);
  verdict =
      world.judge(denied(Finding::nxdomain, "no.example.org.", Type::a, world.example.name, {}));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == EdeCode::nsec_missing);
}

TEST_CASE("A delegation without proof is not insecure", "[validator][chain][negative]") {
  World world;
  const SignedZone child("sub.example.org.", 13);
  world.set_denied("sub.example.org.", Type::ds, world.example, {});
  auto rrset = child.unsigned_set("www.sub.example.org.", Type::a, {a_rdata(1)});
  auto verdict = world.judge(positive(rrset, child.name));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == EdeCode::nsec_missing);

  World signed_by_child;  // the child's own NSEC says nothing about its DS
  signed_by_child.set_denied("sub.example.org.", Type::ds, child,
                             {child.nsec("sub.example.org.", "z.sub.example.org.", {Type::ns})});
  CHECK(signed_by_child.judge(positive(rrset, child.name)).kind == VerdictKind::bogus);
}

TEST_CASE("What cannot be fetched is told apart from what is wrong",
          "[validator][chain][negative]") {
  World world;
  world.silent = {"example.org. DNSKEY"};
  auto verdict = world.judge(world.www());
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.unreachable);
  CHECK(verdict.ede.code == EdeCode::dnskey_missing);
  CHECK(mentions(verdict.ede.text, "nobody answered"));
  world.silent = {"example.org. DS"};
  CHECK(world.judge(world.www()).unreachable);
  world.silent = {};
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);  // nothing of it was kept
}

TEST_CASE("A DNSKEY that is denied is missing", "[validator][chain][negative]") {
  World world;
  world.set_denied("example.org.", Type::dnskey, world.example, {world.example.soa()});
  const auto verdict = world.judge(world.www());
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == EdeCode::dnskey_missing);
  CHECK_FALSE(verdict.unreachable);
}

TEST_CASE("The question for DNSKEY itself is judged with its own evidence", "[validator][chain]") {
  World world;
  CHECK(world.judge(positive(world.example.dnskey(), world.example.name)).kind ==
        VerdictKind::secure);
  CHECK(std::count(world.asked.begin(), world.asked.end(), "example.org. DNSKEY") == 0);
}

TEST_CASE("A CNAME where a cut might be is none", "[validator][chain]") {
  World world;
  world.set(positive(world.example.sign("c.example.org.", Type::cname, {ns_rdata("x.org.")}),
                     world.example.name));
  dns::Evidence alias = positive(
      world.example.sign("c.example.org.", Type::cname, {ns_rdata("x.org.")}), world.example.name);
  CHECK(world.judge(alias).kind == VerdictKind::secure);
}

TEST_CASE("A signer that is no zone counts as no signature", "[validator][chain][negative]") {
  World world;
  Signing how;
  how.signer = Name::literal("www.example.org.");
  how.labels = 3;
  const auto verdict = world.judge(world.www(how));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(mentions(verdict.ede.text, "no zone"));
}

TEST_CASE("A chain of cuts inside one label path is leaped over", "[validator][chain]") {
  World world;
  const SignedZone deep("a.b.c.d.example.org.", 13);
  world.add(deep);
  const auto rrset = deep.sign("www.a.b.c.d.example.org.", Type::a, {a_rdata(1)});
  CHECK(world.judge(positive(rrset, deep.name)).kind == VerdictKind::secure);
  CHECK(world.asked.size() == 7);  // no DS question for b.c.d, c.d and d
}

TEST_CASE("Negative trust anchors switch validation off below them while they last",
          "[validator][chain]") {
  World world;
  const std::int64_t until = world.clock.now().wall_s + 60;
  world.anchors =
      world.anchors->with_negative({{Name::literal("example.org."), "broken", until, false}});
  CHECK(world.judge(world.www_unsigned()).kind == VerdictKind::insecure);
  world.clock.advance_us(61'000'000);
  CHECK(world.judge(world.www_unsigned()).kind == VerdictKind::bogus);
}

TEST_CASE("Evidence that is no answer to its question is bogus", "[validator][chain][negative]") {
  World world;
  dns::Evidence evidence = world.www();
  evidence.name = Name::literal("other.example.org.");
  CHECK(world.judge(evidence).kind == VerdictKind::bogus);
  evidence = world.www();
  evidence.type = Type::aaaa;
  CHECK(world.judge(evidence).kind == VerdictKind::bogus);
  evidence.rrset = nullptr;
  CHECK(world.judge(evidence).kind == VerdictKind::bogus);
}

TEST_CASE("A zone is bogus only after another server was asked, once", "[validator][chain]") {
  Signing spoiled;
  spoiled.spoil = true;
  World world;
  const auto bad = positive(world.example.dnskey(spoiled), world.example.name);
  world.set(bad);
  SECTION("which knows better") {
    world.others.emplace("example.org. DNSKEY",
                         positive(world.example.dnskey(), world.example.name));
    CHECK(world.judge(world.www()).kind == VerdictKind::secure);
    CHECK(world.doubted == std::vector<std::string>{"example.org. DNSKEY"});
    CHECK(world.judge(world.www()).kind == VerdictKind::secure);
    CHECK(world.asked.empty());
  }
  SECTION("which says the same") {
    world.others.emplace("example.org. DNSKEY", bad);
    CHECK(world.judge(world.www()).ede.fault == Fault::signature_wrong);
    CHECK(world.doubted.size() == 1);
    CHECK(world.work.failures == 1);  // the same RRset is not verified twice
  }
  SECTION("which does not exist") {
    CHECK(world.judge(world.www()).ede.fault == Fault::signature_wrong);
    CHECK(world.work.failures == 1);
    CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
    CHECK(world.asked.size() + world.doubted.size() == 0);  // kept
  }
  SECTION("unless none shall be") {
    REQUIRE(world.limits.set(Limit::bogus_retries, 0));
    CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
    CHECK(world.doubted.empty());
  }
}

TEST_CASE("A DS is doubted like a DNSKEY, and a denial of the DNSKEY too", "[validator][chain]") {
  World world;
  const auto ds = world.org.ds_of(world.example);
  world.set(positive(ds->without_signatures(), world.org.name));
  world.others.emplace("example.org. DS", positive(ds, world.org.name));
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  CHECK(world.doubted == std::vector<std::string>{"example.org. DS"});

  World denied;
  denied.set_denied("example.org.", Type::dnskey, denied.example, {denied.example.soa()});
  denied.others.emplace("example.org. DNSKEY",
                        positive(denied.example.dnskey(), denied.example.name));
  CHECK(denied.judge(denied.www()).kind == VerdictKind::secure);
}

TEST_CASE("The evidence under judgement is not doubted here, nor is its zone kept bogus",
          "[validator][chain][negative]") {
  Signing spoiled;
  spoiled.spoil = true;
  World world;
  CHECK(world.judge(positive(world.example.dnskey(spoiled), world.example.name)).kind ==
        VerdictKind::bogus);
  CHECK(world.doubted.empty());
  CHECK(world.judge(positive(world.example.dnskey(), world.example.name)).kind ==
        VerdictKind::secure);
}

TEST_CASE("As many other servers are asked as the limit says", "[validator][chain]") {
  Signing spoiled;
  spoiled.spoil = true;
  World world;
  REQUIRE(world.limits.set(Limit::bogus_retries, 3));
  world.set(positive(world.example.dnskey(spoiled), world.example.name));
  world.others.emplace("example.org. DNSKEY",
                       positive(world.example.dnskey(spoiled), world.example.name));
  CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
  CHECK(world.doubted.size() == 3);
  world.keys.clear();
  world.others.clear();  // nobody else is left: nor is one asked for twice
  CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
  CHECK(world.doubted.size() == 1);
}

TEST_CASE("A DS that fails at once is not sought label by label", "[validator][chain]") {
  World world;
  const SignedZone deep("a.b.example.org.", 13);
  world.add(deep);
  Signing spoiled;
  spoiled.spoil = true;
  world.set(positive(
      world.example.sign("a.b.example.org.", Type::ds, {deep.keys.front().ds(deep.name)}, spoiled),
      world.example.name));
  const auto evidence =
      positive(deep.sign("www.a.b.example.org.", Type::a, {a_rdata(1)}), deep.name);
  CHECK(world.judge(evidence).kind == VerdictKind::bogus);
  CHECK(world.doubted == std::vector<std::string>{"a.b.example.org. DS"});
  CHECK(std::count(world.asked.begin(), world.asked.end(), "b.example.org. DS") == 0);
}

TEST_CASE("A bogus verdict says whether another server may have better evidence",
          "[validator][chain]") {
  Signing spoiled;
  spoiled.spoil = true;
  World world;
  CHECK(world.judge(world.www(spoiled)).anew);
  CHECK(world.judge(world.www_unsigned()).anew);
  CHECK(world.judge(positive(world.example.dnskey(spoiled), world.example.name)).anew);
  world.set(positive(world.example.dnskey(spoiled), world.example.name));
  world.keys.clear();
  CHECK_FALSE(world.judge(world.www()).anew);  // the keys fail it, and were asked for anew
  CHECK_FALSE(world.judge(world.www()).anew);  // known from before
}

TEST_CASE("Where nobody answered, another server is asked for what is unsigned alone",
          "[validator][chain][negative]") {
  World silent;
  silent.silent = {"example.org. DNSKEY"};
  const auto verdict = silent.judge(silent.www());
  CHECK(verdict.unreachable);
  CHECK_FALSE(verdict.anew);
  CHECK(silent.doubted.empty());
  silent.silent = {"www.example.org. DS"};
  const auto without = silent.judge(silent.www_unsigned());
  CHECK(without.unreachable);
  CHECK(without.anew);
}

TEST_CASE("An NXDOMAIN of whatever type answers for a DS", "[validator][chain][negative]") {
  World world;
  const auto unsigned_a = world.www_unsigned();
  auto absent = denied(Finding::nxdomain, "www.example.org.", Type::a, world.example.name, {});
  auto at_ds = absent;
  at_ds.type = Type::ds;
  world.set(at_ds);
  world.others.emplace("www.example.org. DS", absent);
  const auto verdict = world.judge(unsigned_a);
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK_FALSE(verdict.unreachable);
}

TEST_CASE("A failed zone is kept bogus, so later names cost nothing",
          "[validator][chain][negative]") {
  World world;
  Signing spoiled;
  spoiled.spoil = true;
  world.set(positive(world.example.dnskey(spoiled), world.example.name));
  CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
  world.work = {};
  const auto verdict = world.judge(
      positive(world.example.sign("b.example.org.", Type::a, {a_rdata(1)}), world.example.name));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(world.work.checks == 0);
  CHECK(world.asked.empty());
  world.clock.advance_us(61'000'000);
  world.set(positive(world.example.dnskey(), world.example.name));
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
}
