// What is kept of a zone, for whom and how long; TTLs of proofs; where trust begins and ends.
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
constexpr std::uint32_t start_s = 1'700'000'000;  // ManualClock's wall clock
constexpr std::int64_t second_us = 1'000'000;

bool asked_for(const World& world, const std::string& question) {
  return std::count(world.asked.begin(), world.asked.end(), question) > 0;
}

Signing lasting(std::uint32_t seconds) {
  Signing how;
  how.expiration = start_s + seconds;
  return how;
}

Signing of_ttl(std::uint32_t original_ttl) {
  Signing how;
  how.original_ttl = original_ttl;
  return how;
}
}  // namespace

TEST_CASE("Keys are kept as long as DS, DNSKEY and their signatures allow, each of them",
          "[validator][keeping]") {
  World world;
  const auto ds = [&](const Signing& how) {
    world.set(positive(world.org.sign("example.org.", Type::ds,
                                      {world.example.keys[0].ds(world.example.name)}, how),
                       world.org.name));
  };
  const auto dnskey = [&](const Signing& how) {
    world.set(positive(world.example.dnskey(how), world.example.name));
  };
  const auto ends_after_a_minute = [&] {
    CHECK(world.judge(world.www()).kind == VerdictKind::secure);
    world.clock.advance_us(59 * second_us);
    (void)world.judge(world.www());
    CHECK(world.asked.empty());
    world.clock.advance_us(2 * second_us);
    (void)world.judge(world.www());
    CHECK(asked_for(world, "example.org. DS"));
  };
  Signing brief;
  brief.ttl = 60;  // as a cache on the way counted it down
  brief.original_ttl = 3600;
  SECTION("TTL of the DS") {
    ds(brief);
    ends_after_a_minute();
  }
  SECTION("original TTL of the DS") {
    ds(of_ttl(60));
    ends_after_a_minute();
  }
  SECTION("expiration of the DS") {
    ds(lasting(60));
    ends_after_a_minute();
  }
  SECTION("TTL of the DNSKEY") {
    dnskey(brief);
    ends_after_a_minute();
  }
  SECTION("original TTL of the DNSKEY") {
    dnskey(of_ttl(60));
    ends_after_a_minute();
  }
  SECTION("expiration of the DNSKEY") {
    dnskey(lasting(60));
    ends_after_a_minute();
  }
}

TEST_CASE("Nothing is kept longer than a day", "[validator][keeping]") {
  World world;
  Signing long_lived;
  long_lived.ttl = 200'000;
  long_lived.expiration = start_s + 400'000;
  for (const SignedZone* zone : {&world.root, &world.org, &world.example}) {
    world.set(positive(zone->dnskey(long_lived), zone->name));
    const SignedZone& parent = zone == &world.example ? world.org : world.root;
    if (zone == &world.root) continue;
    const Bytes ds = zone->keys[0].ds(zone->name);
    world.set(positive(parent.sign(zone->name.to_text(), Type::ds, {ds}, long_lived), parent.name));
  }
  CHECK(world.judge(world.www(long_lived)).kind == VerdictKind::secure);
  world.clock.advance_us(86'399 * second_us);
  CHECK(world.judge(world.www(long_lived)).kind == VerdictKind::secure);
  CHECK(world.asked.empty());
  world.clock.advance_us(2 * second_us);
  CHECK(world.judge(world.www(long_lived)).kind == VerdictKind::secure);
  CHECK(world.asked.size() == 5);
}

TEST_CASE("An unsigned delegation is proven once, and again when its proof has ended",
          "[validator][keeping]") {
  World world;
  const SignedZone child("sub.example.org.", 13);
  world.add(child, false);
  Signing brief;
  brief.ttl = 60;  // as a cache on the way counted it down
  brief.original_ttl = 3600;
  world.set_denied(
      "sub.example.org.", Type::ds, world.example,
      {world.example.nsec("sub.example.org.", "zz.sub.example.org.", {Type::ns}, brief)});
  const auto below =
      positive(child.unsigned_set("www.sub.example.org.", Type::a, {a_rdata(1)}), child.name);
  CHECK(world.judge(below).kind == VerdictKind::insecure);
  CHECK(asked_for(world, "sub.example.org. DS"));
  world.clock.advance_us(59 * second_us);
  CHECK(world.judge(below).kind == VerdictKind::insecure);
  CHECK(world.asked.empty());
  world.clock.advance_us(2 * second_us);
  // The parent has signed it since.
  world.add(child);
  CHECK(world.judge(below).kind == VerdictKind::bogus);
}

TEST_CASE("What is kept for one partition is not known to another", "[validator][keeping]") {
  World world;
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  world.partition = 7;
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  CHECK(world.asked.size() == 5);
}

TEST_CASE("An answer to another question than the one asked is no answer",
          "[validator][keeping][negative]") {
  World world;
  auto other = world.answer({world.org.name, Type::dnskey, dns::Class::in});
  const auto is_none = [&](const dns::Evidence& instead) {
    world.instead["example.org. DNSKEY"] = instead;
    const auto verdict = world.judge(world.www());
    CHECK(verdict.kind == VerdictKind::bogus);
    CHECK(verdict.unreachable);
  };
  SECTION("another name") {
    is_none(other);
  }
  SECTION("an RRset of another name") {
    other.name = world.example.name;
    is_none(other);
  }
  SECTION("another type") {
    is_none(
        positive(world.example.sign("example.org.", Type::a, {a_rdata(1)}), world.example.name));
  }
  SECTION("the denial of another type") {
    is_none(denied(Finding::nodata, "example.org.", Type::a, world.example.name, {}));
  }
}

// TTLs

TEST_CASE("A denial lives no longer than its proofs: TTL, original TTL, expiration",
          "[validator][keeping]") {
  World world;
  const auto with = [&](const Signing& how) {
    const auto nsec = world.example.nsec("www.example.org.", "z.example.org.", {Type::a}, how);
    return world
        .judge(denied(Finding::nodata, "www.example.org.", Type::aaaa, world.example.name,
                      {nsec, world.example.soa()}))
        .ttl_most;
  };
  CHECK(with({}) == 3600);
  Signing brief;
  brief.ttl = 50;
  CHECK(with(brief) == 50);
  CHECK(with(of_ttl(40)) == 40);
  CHECK(with(lasting(30)) == 30);
}

TEST_CASE("A wildcard's answer lives no longer than the proof beside it", "[validator][keeping]") {
  World world;
  const auto expanded = world.example.expand("b.example.org.", Type::a, {a_rdata(1)});
  const auto closer = world.example.nsec("a.example.org.", "c.example.org.", {Type::a}, of_ttl(45));
  CHECK(world.judge(positive(expanded, world.example.name, {closer})).ttl_most == 45);
}

TEST_CASE("Opt-out proofs have their TTL too", "[validator][keeping]") {
  World world;
  const auto expanded = world.example.expand("b.example.org.", Type::a, {a_rdata(1)});
  Nsec3Options out;
  out.opt_out = true;
  const auto verdict = world.judge(
      positive(expanded, world.example.name, {world.example.nsec3_over("b.example.org.", out)}));
  CHECK(verdict.kind == VerdictKind::insecure);
  CHECK(verdict.ttl_most == 3600);
}

// Islands

TEST_CASE("An island of trust: its anchor counts, whatever is proven above it",
          "[validator][keeping]") {
  World world;
  const SignedZone island("island.example.org.", 13);
  world.add(island, false);
  const auto www =
      positive(island.sign("www.island.example.org.", Type::a, {a_rdata(1)}), island.name);
  const auto bare =
      positive(island.unsigned_set("www.island.example.org.", Type::a, {a_rdata(1)}), island.name);
  CHECK(world.judge(bare).kind == VerdictKind::insecure);  // and kept as insecure
  world.anchors = world.anchors->with_anchors({{world.root.name, {anchor_key(world.root, true)}},
                                               {island.name, {anchor_key(island, true)}}});
  CHECK(world.judge(www).kind == VerdictKind::secure);
  CHECK(world.asked == std::vector<std::string>{"island.example.org. DNSKEY"});
  CHECK(world.judge(bare).kind == VerdictKind::bogus);
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);  // beside it, down from the root
  // An anchor at a secure zone stands beside its DS (RFC 6840 5.10).
  const SignedZone stranger("example.org.", 13);
  world.anchors = world.anchors->with_anchors({{world.root.name, {anchor_key(world.root, true)}},
                                               {stranger.name, {anchor_key(stranger, true)}}});
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  CHECK(world.judge(world.www_unsigned()).kind == VerdictKind::bogus);
}

TEST_CASE("The DS of an island is its parent's data: insecure where the parent is",
          "[validator][keeping]") {
  World world;
  const SignedZone plain("plain.org.", 13), island("island.plain.org.", 13);
  world.add(plain, false);
  world.anchors = world.anchors->with_anchors({{world.root.name, {anchor_key(world.root, true)}},
                                               {island.name, {anchor_key(island, true)}}});
  const auto no_ds = denied(Finding::nodata, "island.plain.org.", Type::ds, plain.name, {});
  CHECK(world.judge(no_ds).kind == VerdictKind::insecure);
}

TEST_CASE("Signatures themselves are never signed: asked for, they are insecure",
          "[validator][keeping]") {
  World world;
  const auto stored = world.example.sign("www.example.org.", Type::a, {a_rdata(1)});
  const auto rrsig = stored->signatures().front();
  const auto rrsigs = world.example.unsigned_set("www.example.org.", Type::rrsig,
                                                 {Bytes(rrsig.begin(), rrsig.end())});
  CHECK(world.judge(positive(rrsigs, world.example.name)).kind == VerdictKind::insecure);
}

TEST_CASE("ANY: whichever RRset answers is judged as itself", "[validator][keeping]") {
  World world;
  auto any = world.www();
  any.type = Type::any;
  CHECK(world.judge(any).kind == VerdictKind::secure);
  any = world.www_unsigned();
  any.type = Type::any;
  CHECK(world.judge(any).kind == VerdictKind::bogus);
}
