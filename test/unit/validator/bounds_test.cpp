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
dns::RRsetPtr keytrap_set(const SignedZone& zone, std::uint16_t tag, unsigned signatures = 60) {
  dns::RRsetPtr rrset = zone.unsigned_set("www." + zone.name.to_text(), Type::a, {a_rdata(1)});
  for (unsigned n = 1; n <= signatures; ++n) {
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
  CHECK_FALSE(verdict.anew);  // at another server it would cost as much again
  CHECK(world.work.failures == 2);
  CHECK(world.work.checks == 5 + 2);
  CHECK(hits(world, Limit::signature_failures_per_fetch) == 1);
  // Any other name of that zone, well-signed or not, costs nothing while this is kept.
  world.work = {};
  const auto mail = positive(
      world.example.sign("mail.example.org.", Type::a, {a_rdata(2)}, {}, &world.example.keys[0]),
      world.example.name);
  const auto later = world.judge(mail);
  CHECK(later.kind == VerdictKind::bogus);
  CHECK_FALSE(later.anew);
  CHECK(later.ede.text.find("several keys of one tag") != std::string::npos);
  CHECK(world.work.checks == 0);
  CHECK(world.asked.empty());
  world.clock.advance_us(61'000'000);  // bogus_ttl
  CHECK(world.judge(mail).kind == VerdictKind::secure);
}

TEST_CASE("KeyTrap, as many failures as the limit allows and no more: no other server is asked",
          "[validator][bounds][negative]") {
  World world;
  const std::vector<Key> keys{world.example.keys[0], Key::forged(4711, 1), Key::forged(4711, 2)};
  world.example = SignedZone("example.org.", keys);
  world.add(world.example);
  const auto verdict =
      world.judge(positive(keytrap_set(world.example, 4711, 1), world.example.name));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(world.work.failures == 2);
  CHECK(hits(world, Limit::signature_failures_per_fetch) == 0);
  CHECK_FALSE(verdict.anew);
}

TEST_CASE("A spoiled answer of a zone whose keys have tags of their own spoils no other name",
          "[validator][bounds]") {
  World world;
  Signing wrong;
  wrong.spoil = true;
  auto rrset = world.example.sign("www.example.org.", Type::a, {a_rdata(1)}, wrong);
  wrong.expiration += 1;
  rrset = world.example.add_rrsig(*rrset, wrong, world.example.keys[0]);
  CHECK(world.judge(positive(rrset, world.example.name)).kind == VerdictKind::bogus);
  CHECK(world.work.failures == 2);
  CHECK(world
            .judge(positive(world.example.sign("mail.example.org.", Type::a, {a_rdata(2)}),
                            world.example.name))
            .kind == VerdictKind::secure);
}

TEST_CASE("Two keys of one tag do no harm to what one of them signed", "[validator][bounds]") {
  World world;
  const Key& real = world.example.keys[0];
  world.example = SignedZone("example.org.", {real, Key::forged(real.tag(), 1), real});
  world.add(world.example);
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
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
  CHECK_FALSE(verdict.anew);
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
  if (!all) CHECK(world.doubted.empty());
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

TEST_CASE("Validations side by side share one slice", "[validator][bounds]") {
  World world;
  world.example = SignedZone("example.org.", 14);
  world.add(world.example);
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);  // the keys are kept from here on
  validator::Slice slice;
  std::vector<validator::Validation> running;
  for (int n = 0; n < 3; ++n)
    running.emplace_back(
        validator::Validation::Context{world.options, world.limits, world.keys, world.metrics,
                                       world.anchors, 0, false, false, &slice},
        world.www());
  const auto step = [&](std::size_t at) {
    return running[at].step(world.clock.now(), world.work).kind;
  };
  world.work = {};
  CHECK(step(0) == VerdictKind::secure);
  CHECK(step(1) == VerdictKind::more);  // 0.7 ms twice are more than 1 ms
  CHECK(step(2) == VerdictKind::more);
  CHECK(world.work.checks == 1);
  slice.begin();
  CHECK(step(2) == VerdictKind::secure);
  CHECK(step(1) == VerdictKind::more);
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

TEST_CASE("DS x DNSKEY: sixty of each, of one tag, cost the checks of one zone",
          "[validator][bounds][negative]") {
  World world;
  std::vector<Bytes> rdatas, ds;
  std::vector<Key> keys;
  for (std::uint8_t n = 1; n <= 60; ++n) {
    keys.push_back(Key::forged(4711, n));
    rdatas.push_back(keys.back().rdata());
    Bytes wrong = keys.back().ds(world.example.name);
    wrong.back() ^= 1u;
    ds.push_back(wrong);
  }
  auto dnskeys = world.example.unsigned_set("example.org.", Type::dnskey, rdatas);
  for (std::uint8_t n = 1; n <= 60; ++n) {
    Signing how;
    how.expiration += n;
    dnskeys = world.example.add_rrsig(*dnskeys, how, keys[n - 1u]);
  }
  world.set(positive(dnskeys, world.example.name));
  world.set(positive(world.org.sign("example.org.", Type::ds, ds), world.org.name));
  const auto verdict = world.judge(world.www());
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == dns::EdeCode::dnskey_missing);
  CHECK_THAT(verdict.ede.text, Catch::EndsWith("; limit ds_records (8) reached"));
  CHECK(world.work.checks == 4);  // root and org. DNSKEY, two DS: no digest fits, so nothing more
  CHECK(hits(world, Limit::ds_records) == 1);
}

namespace {
/// 34 labels, as names below ip6.arpa. have.
std::string deep_name() {
  std::string name;
  for (int n = 0; n < 32; ++n) name += "a.";
  return name + "example.org.";
}
}  // namespace

TEST_CASE("The walk to the closest encloser hashes each of 34 labels once", "[validator][bounds]") {
  World world;
  Nsec3Options options;
  options.iterations = 50;
  const auto& zone = world.example;
  const std::string name = deep_name();
  const auto verdict = world.judge(denied(
      Finding::nxdomain, name, Type::a, zone.name,
      {zone.soa(), zone.nsec3("example.org.", {Type::soa}, options),
       zone.nsec3_over("a.example.org.", options), zone.nsec3_over("*.example.org.", options)}));
  CHECK(verdict.kind == VerdictKind::secure);
  CHECK(world.work.hashes == 32 + 1 + 1);  // below the apex, the apex, its wildcard
}

TEST_CASE("NSEC3 iterations above the limit cost no hash at all", "[validator][bounds][negative]") {
  World world;
  Nsec3Options options;
  options.iterations = GENERATE(as<std::uint16_t>{}, 51, 150, 2500, 65'535);
  const auto verdict = world.judge(
      denied(Finding::nxdomain, deep_name(), Type::a, world.example.name,
             {world.example.soa(), world.example.nsec3("example.org.", {Type::soa}, options),
              world.example.nsec3_over("a.example.org.", options)}));
  CHECK(verdict.kind == VerdictKind::insecure);
  CHECK(verdict.ede.code == dns::EdeCode::unsupported_nsec3_iterations);
  CHECK(world.work.hashes == 0);
  CHECK(world.work.checks == 5 + 3);  // the SOA, both NSEC3
}

TEST_CASE("150 NSEC3 records around a true denial: eight are looked at, in vain or not",
          "[validator][bounds][negative]") {
  World world;
  const auto& zone = world.example;
  std::vector<dns::RRsetPtr> proofs{zone.soa()};
  for (int n = 0; n < 150; ++n)
    proofs.push_back(zone.nsec3("pad" + std::to_string(n) + ".example.org.", {Type::a}));
  const bool first = GENERATE(true, false);  // where the records that prove it stand
  const std::vector<dns::RRsetPtr> proof{zone.nsec3("example.org.", {Type::soa}),
                                         zone.nsec3_over("no.example.org."),
                                         zone.nsec3_over("*.example.org.")};
  proofs.insert(first ? proofs.begin() : proofs.end(), proof.begin(), proof.end());
  const auto verdict =
      world.judge(denied(Finding::nxdomain, "no.example.org.", Type::a, zone.name, proofs));
  CHECK(verdict.kind == (first ? VerdictKind::secure : VerdictKind::bogus));
  if (first) CHECK(verdict.ede.text.empty());
  if (!first) CHECK_THAT(verdict.ede.text, Catch::EndsWith("; limit nsec3_records (8) reached"));
  CHECK(world.work.checks <= 5 + 1 + 3);
  CHECK(world.work.hashes <= 3);
  CHECK(hits(world, Limit::nsec3_records) > 0);
}

TEST_CASE("Many NSEC records that all cover a name: two wrong signatures are enough",
          "[validator][bounds][negative]") {
  World world;
  const auto& zone = world.example;
  Signing wrong;
  wrong.spoil = true;
  std::vector<dns::RRsetPtr> proofs{zone.soa()};
  for (int n = 100; n < 200; ++n)
    proofs.push_back(
        zone.nsec("a" + std::to_string(n) + ".example.org.", "z.example.org.", {Type::a}, wrong));
  CHECK(world.judge(denied(Finding::nxdomain, "m.example.org.", Type::a, zone.name, proofs)).kind ==
        VerdictKind::bogus);
  CHECK(world.work.failures == 2);
  CHECK(world.work.checks == 5 + 1 + 2);
}

TEST_CASE("A giant RRset is one image a check, and takes its share of the slice",
          "[validator][bounds]") {
  World world;
  world.example = SignedZone("example.org.", {world.example.keys[0], Key::seeded(9, Key::zsk)});
  world.add(world.example);
  std::vector<Bytes> rdatas;
  for (std::uint8_t n = 0; n < 100; ++n) {
    rdatas.emplace_back(250, n);
    rdatas.back()[0] = 249;
  }
  const auto rrset = world.example.sign("big.example.org.", Type::txt, rdatas);
  REQUIRE(rrset->memory_octets() > 25'000);
  CHECK(world.judge(positive(rrset, world.example.name)).kind == VerdictKind::secure);
  CHECK(world.work.checks == 5 + 1);
}

TEST_CASE("An RSA key beyond rsa_bits is never computed with", "[validator][bounds][negative]") {
  World world;
  world.example = SignedZone("example.org.", 8);
  world.add(world.example);
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  world.keys.clear();
  world.work = {};
  REQUIRE(world.limits.set(Limit::rsa_bits, 2047));  // the zone's key has 2048
  const auto verdict = world.judge(world.www());
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.text.find("rsa_bits") != std::string::npos);
  CHECK(world.work.checks == 4);  // up to the DS of example.org.
  CHECK(hits(world, Limit::rsa_bits) == 1);
}

TEST_CASE("Of many DS only ds_records are looked at", "[validator][bounds][negative]") {
  World world;
  const Key& key = world.example.keys[0];
  REQUIRE(key.tag() > 8);  // so that the good DS sorts behind the others
  std::vector<Bytes> ds;
  for (std::uint8_t n = 1; n <= 8; ++n) {
    ds.push_back(key.ds(world.example.name));
    ds.back()[0] = 0, ds.back()[1] = n;
  }
  ds.push_back(key.ds(world.example.name));
  world.set(positive(world.org.sign("example.org.", Type::ds, ds), world.org.name));
  CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
  CHECK(hits(world, Limit::ds_records) == 1);
  world.keys.clear();
  REQUIRE(world.limits.set(Limit::ds_records, 9));
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
}
