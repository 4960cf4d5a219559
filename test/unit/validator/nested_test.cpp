// Several trust anchors on one path (RFC 6840 5.10 and C.2).
#include <catch2/catch.hpp>

#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Finding;
using dns::Type;
using validator::VerdictKind;

namespace {
/// Anchors at the root and at example.org.; the latter is of a key that is gone.
struct Nested : World {
  Nested() {
    const SignedZone gone("example.org.", 13);
    anchors = validator::TrustAnchors::make(
        {{root.name, {anchor_key(root, true)}}, {gone.name, {anchor_key(gone, true)}}}, {});
  }
  dns::Evidence other_name() const {
    return positive(example.sign("b.example.org.", Type::a, {a_rdata(1)}), example.name);
  }
};
}  // namespace

TEST_CASE("Of nested anchors the success of any counts", "[validator][nested]") {
  Nested world;
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
  CHECK(world.doubted == std::vector<std::string>{"example.org. DNSKEY"});
  for (const auto& link : world.chain) CHECK_FALSE(link.failed);
  world.work = {};
  CHECK(world.judge(world.other_name()).kind == VerdictKind::secure);
  CHECK(world.asked.empty());  // the keys found by the longer way are kept
  CHECK(world.work.checks == 1);
}

TEST_CASE("Of nested anchors that all fail the closest one says why",
          "[validator][nested][negative]") {
  Nested world;
  const auto verdict = world.judge(world.www_unsigned());
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.fault == Fault::anchor_without_key);
  CHECK(verdict.zone == world.example.name);
}

TEST_CASE("An anchor above that only finds an unsigned delegation excuses nothing",
          "[validator][nested][negative]") {
  Nested world;
  world.set_denied("example.org.", Type::ds, world.org,
                   {world.org.nsec("example.org.", "z.org.", {Type::ns, Type::nsec})});
  for (int time = 0; time < 2; ++time) {  // nor does it when the finding could have been kept
    CHECK(world.judge(world.www()).kind == VerdictKind::bogus);
    CHECK(world.judge(world.www_unsigned()).kind == VerdictKind::bogus);
  }
}

TEST_CASE("A zone above may prove that the anchored one is no more", "[validator][nested]") {
  World world;
  const SignedZone gone("sub.example.org.", 13);
  world.anchors = validator::TrustAnchors::make(
      {{world.root.name, {anchor_key(world.root, true)}}, {gone.name, {anchor_key(gone, true)}}},
      {});
  const std::vector<dns::RRsetPtr> proofs{
      world.example.soa(), world.example.nsec("example.org.", "z.example.org.", {Type::soa})};
  world.set(
      denied(Finding::nxdomain, "sub.example.org.", Type::dnskey, world.example.name, proofs));
  auto denial =
      denied(Finding::nxdomain, "www.sub.example.org.", Type::a, world.example.name, proofs);
  CHECK(world.judge(denial).kind == VerdictKind::secure);
  SECTION("but not without a proof") {
    denial.proofs.pop_back();
    CHECK(world.judge(denial).kind == VerdictKind::bogus);
  }
  SECTION("nor when nobody trusts the zone above") {
    world.keys.clear();
    world.anchor_at(gone);
    CHECK(world.judge(denial).kind == VerdictKind::bogus);
  }
}

TEST_CASE("However many anchors an operator has configured, any may vouch",
          "[validator][anchors]") {
  World world;
  std::vector<validator::AnchorKey> keys;
  for (int i = 0; i < 20; ++i) keys.push_back(anchor_key(SignedZone(".", 13), true));
  keys.push_back(anchor_key(world.root, true));
  world.anchors = validator::TrustAnchors::make({{world.root.name, keys}}, {});
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
}
