// KeyTrap and its kin: the same bad zone must cost a bounded number of checks, hashes and steps.
#include <catch2/catch.hpp>

#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Finding;
using dns::Type;
using validator::VerdictKind;

namespace {
std::uint64_t hits(const World& world, Limit limit) {
  return world.metrics.value(Metric::limit_exceeded_total, static_cast<unsigned>(limit), 1);
}

/// 60 keys of one tag beside the real one, and as many signatures of that tag.
dns::RRsetPtr keytrap_set(const SignedZone& zone, std::uint16_t tag) {
  dns::RRsetPtr rrset = zone.unsigned_set("www." + zone.name.to_text(), Type::a, {a_rdata(1)});
  for (std::uint8_t n = 1; n <= 60; ++n) {
    Signing how;
    how.key_tag = tag;
    how.expiration += n;
    rrset = zone.add_rrsig(*rrset, how, Key::forged(tag, 1));
  }
  return rrset;
}
}  // namespace

TEST_CASE("KeyTrap: many keys of one tag, many signatures: few checks",
          "[validator][bounds][negative]") {
  World world;
  std::vector<Key> keys{world.example.keys[0]};
  for (std::uint8_t n = 1; n <= 60; ++n) keys.push_back(Key::forged(4711, n));
  world.example = SignedZone("example.org.", keys);
  world.add(world.example);
  const auto verdict = world.judge(positive(keytrap_set(world.example, 4711), world.example.name));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.text.find("signature_failures_per_fetch") != std::string::npos);
  CHECK(world.work.failures == 2);
  CHECK(world.work.checks == 5 + 2);
  CHECK(hits(world, Limit::signature_failures_per_fetch) == 1);
}

TEST_CASE("rrsigs_per_rrset and equal_tag_keys bound what is tried",
          "[validator][bounds][negative]") {
  World world;
  REQUIRE(world.limits.set(Limit::signature_failures_per_fetch, 1000));
  REQUIRE(world.limits.set(Limit::signature_checks_per_fetch, 1000));
  std::vector<Key> keys{world.example.keys[0]};
  for (std::uint8_t n = 1; n <= 60; ++n) keys.push_back(Key::forged(4711, n));
  world.example = SignedZone("example.org.", keys);
  world.add(world.example);
  CHECK(world.judge(positive(keytrap_set(world.example, 4711), world.example.name)).kind ==
        VerdictKind::bogus);
  CHECK(world.work.failures == 4 * 2);
  CHECK(hits(world, Limit::rrsigs_per_rrset) == 1);
}

TEST_CASE("signature_checks_per_fetch bounds one answer", "[validator][bounds][negative]") {
  World world;
  REQUIRE(world.limits.set(Limit::signature_failures_per_fetch, 1000));
  REQUIRE(world.limits.set(Limit::signature_checks_per_fetch, 3));
  std::vector<Key> keys{world.example.keys[0]};
  for (std::uint8_t n = 1; n <= 60; ++n) keys.push_back(Key::forged(4711, n));
  world.example = SignedZone("example.org.", keys);
  world.add(world.example);
  const auto verdict = world.judge(positive(keytrap_set(world.example, 4711), world.example.name));
  CHECK(verdict.ede.text.find("limit signature_checks_per_fetch") != std::string::npos);
  CHECK(world.work.checks == 5 + 3);
}

TEST_CASE("KeyTrap at the DNSKEY: later names of the zone cost nothing",
          "[validator][bounds][negative]") {
  World world;
  std::vector<Key> keys;
  std::vector<Bytes> rdatas, ds;
  for (std::uint8_t n = 1; n <= 60; ++n) {
    keys.push_back(Key::forged(4711, n));
    rdatas.push_back(keys.back().rdata());
    ds.push_back(keys.back().ds(world.example.name));
  }
  auto dnskeys = world.example.unsigned_set("example.org.", Type::dnskey, rdatas);
  for (std::uint8_t n = 1; n <= 60; ++n) {
    Signing how;
    how.expiration += n;
    dnskeys = world.example.add_rrsig(*dnskeys, how, keys[0]);
  }
  const bool all = GENERATE(true, false);  // a DS of every key, or of the two that are looked at
  if (!all) ds.resize(2);
  world.set(positive(dnskeys, world.example.name));
  world.set(positive(world.org.sign("example.org.", Type::ds, ds), world.org.name));
  CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
  CHECK(world.work.failures <= 2);
  if (!all) CHECK(world.work.failures == 2);
  CHECK(hits(world, Limit::ds_records) == (all ? 1u : 0u));
  world.work = {};
  CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
  CHECK(world.work.checks == 0);
}

TEST_CASE("The request's Work is asked before every check", "[validator][bounds]") {
  World world;
  world.work.checks_left = 3;
  auto verdict = world.judge(world.www());
  CHECK(verdict.kind == VerdictKind::spent);
  CHECK(verdict.ede.text.find("signature_checks") != std::string::npos);
  CHECK(world.work.checks == 3);
  world.work = {};
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  CHECK(world.work.checks < 6);  // what was proven was kept
}

TEST_CASE("Failures of the request end it as spent, not as bogus", "[validator][bounds]") {
  World world;
  world.work.failures_left = 1;
  Signing how;
  how.spoil = true;
  CHECK(world.judge(world.www(how)).kind == VerdictKind::spent);
}

TEST_CASE("Spent by one request, carried on by another where it stopped", "[validator][bounds]") {
  World world;
  validator::Validation validation(
      {world.options, world.limits, world.keys, world.metrics, world.anchors}, world.www());
  CountingWork poor, rich;
  poor.checks_left = 2;
  for (bool spent = false;;) {
    const auto verdict = validation.step(world.clock.now(), spent ? rich : poor);
    if (verdict.kind == VerdictKind::needs) {
      const auto given = world.answer(verdict.question);
      validation.provide(&given, std::nullopt);
    } else if (verdict.kind == VerdictKind::spent) {
      REQUIRE_FALSE(spent);
      spent = true;
    } else {
      CHECK(verdict.kind == VerdictKind::secure);
      break;
    }
  }
  CHECK(poor.checks + rich.checks == 6);
}

TEST_CASE("Work beyond the slice waits for the next step and repeats nothing",
          "[validator][bounds]") {
  World world;
  world.example = SignedZone("example.org.", {Key::make(14), Key::make(14, Key::zsk)});
  world.add(world.example);
  const auto& ours = world.example;
  const auto first = ours.nsec("a.example.org.", "c.example.org.", {Type::a});
  const auto second = ours.nsec("example.org.", "a.example.org.", {Type::soa, Type::ns});
  const auto verdict = world.judge(
      denied(Finding::nxdomain, "b.example.org.", Type::a, ours.name, {first, second, ours.soa()}));
  CHECK(verdict.kind == VerdictKind::secure);
  CHECK(world.pauses >= 2);  // four P-384 checks of 0.7 ms in slices of 1 ms
  CHECK(world.work.checks == 5 + 3);
}

TEST_CASE("NSEC3: eight records of an answer are looked at, hashes are counted once",
          "[validator][bounds]") {
  World world;
  std::vector<dns::RRsetPtr> proofs;
  for (int n = 0; n < 150; ++n)
    proofs.push_back(world.example.nsec3("pad" + std::to_string(n) + ".example.org.", {Type::a}));
  CHECK(world
            .judge(denied(Finding::nxdomain, "a.b.c.example.org.", Type::a, world.example.name,
                          proofs))
            .kind == VerdictKind::bogus);
  CHECK(world.work.checks <= 5 + 8);
  CHECK(world.work.hashes <= 5);
  CHECK(hits(world, Limit::nsec3_records) > 0);
  CHECK(world.metrics.value(Metric::dnssec_nsec3_hashes_total) ==
        static_cast<std::uint64_t>(world.work.hashes));
}

TEST_CASE("NSEC3 hashes are paid for by the request", "[validator][bounds]") {
  World world;
  world.work.hashes_left = 2;
  const auto verdict =
      world.judge(denied(Finding::nxdomain, "a.b.c.d.example.org.", Type::a, world.example.name,
                         {world.example.nsec3("x.example.org.", {Type::a})}));
  CHECK(verdict.kind == VerdictKind::spent);
  CHECK(verdict.ede.text.find("nsec3_hashes") != std::string::npos);
}

TEST_CASE("The KeyStore is bounded and drops what was used longest ago", "[validator][bounds]") {
  World world;
  world.keys = validator::KeyStore(2);
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  CHECK(world.keys.size() == 2);
  CHECK(world.keys.memory_octets() > 0);
  (void)world.judge(world.www());
  CHECK(world.asked.empty());  // example.org. is still there
  world.keys.clear();
  CHECK(world.keys.size() == 0);
}
