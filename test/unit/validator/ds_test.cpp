// DS: which algorithms and digests count, and that what is not understood is insecure, never bogus.
#include <catch2/catch.hpp>

#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::EdeCode;
using dns::Type;
using validator::VerdictKind;

namespace {
Bytes ds_of(const SignedZone& zone, std::uint8_t digest_type) {
  return zone.keys[0].ds(zone.name, digest_type);
}

Bytes spoiled(Bytes ds) {
  ds.back() ^= 1;
  return ds;
}

Bytes with_algorithm(Bytes ds, std::uint8_t algorithm) {
  ds[2] = algorithm;
  return ds;
}

VerdictKind with_ds(World& world, const std::vector<Bytes>& rdatas) {
  world.keys.clear();
  world.set(positive(world.org.sign("example.org.", Type::ds, rdatas), world.org.name));
  return world.judge(world.www()).kind;
}
}  // namespace

TEST_CASE("SHA-1, SHA-256 and SHA-384 DS are understood", "[validator][ds]") {
  World world;
  for (const int digest : {1, 2, 4})
    CHECK(with_ds(world, {ds_of(world.example, static_cast<std::uint8_t>(digest))}) ==
          VerdictKind::secure);
}

TEST_CASE("SHA-1 does not count beside SHA-2", "[validator][ds][negative]") {
  World world;
  const Bytes sha1 = ds_of(world.example, 1), sha256 = ds_of(world.example, 2);
  CHECK(with_ds(world, {sha1, spoiled(sha256)}) == VerdictKind::bogus);
  CHECK(with_ds(world, {spoiled(sha1), sha256}) == VerdictKind::secure);
}

TEST_CASE("One good DS among wrong ones is enough", "[validator][ds]") {
  World world;
  const SignedZone other("example.org.", 13);
  CHECK(with_ds(world, {ds_of(other, 2), ds_of(world.example, 2)}) == VerdictKind::secure);
  CHECK(with_ds(world, {ds_of(other, 2)}) == VerdictKind::bogus);
  CHECK(world.judge(world.www()).ede.code == EdeCode::dnskey_missing);
}

TEST_CASE("Unknown algorithm or digest: insecure, with the reason", "[validator][ds]") {
  World world;
  CHECK(with_ds(world, {with_algorithm(ds_of(world.example, 2), 77)}) == VerdictKind::insecure);
  CHECK(world.judge(world.www()).ede.code == EdeCode::unsupported_dnskey_algorithm);
  CHECK(with_ds(world, {ds_of(world.example, 99)}) == VerdictKind::insecure);
  CHECK(world.judge(world.www()).ede.code == EdeCode::unsupported_ds_digest);
  CHECK(world.judge(world.www_unsigned()).kind == VerdictKind::insecure);
}

TEST_CASE("Unknown beside known: the known one decides", "[validator][ds]") {
  World world;
  const Bytes unknown = with_algorithm(ds_of(world.example, 2), 77);
  CHECK(with_ds(world, {unknown, ds_of(world.example, 2)}) == VerdictKind::secure);
  CHECK(with_ds(world, {unknown, spoiled(ds_of(world.example, 2))}) == VerdictKind::bogus);
}

TEST_CASE("A disabled algorithm is insecure, never bogus", "[validator][ds]") {
  World world;
  world.example = SignedZone("example.org.", 15);
  world.add(world.example);
  world.options.disabled_algorithms = {15};
  CHECK(world.judge(world.www()).kind == VerdictKind::insecure);
  CHECK(world.judge(world.www_unsigned()).kind == VerdictKind::insecure);
  world.keys.clear();
  world.options.disabled_algorithms = {};
  CHECK(world.judge(world.www()).kind == VerdictKind::secure);
}

TEST_CASE("An anchor of an unknown algorithm makes its zone insecure", "[validator][ds]") {
  World world;
  auto key = anchor_key(world.root, true);
  key.rdata = with_algorithm(key.rdata, 77);
  key.algorithm = 77;
  world.anchors = validator::TrustAnchors::make({{world.root.name, {key}}}, {});
  CHECK(world.judge(world.www()).kind == VerdictKind::insecure);
}

TEST_CASE("A DS whose key does not sign: the next DS is tried", "[validator][ds]") {
  World world;
  SignedZone two("example.org.", {Key::make(13), Key::make(15)});
  world.example = two;
  world.set(positive(two.dnskey(), two.name));  // signed by the first key alone
  CHECK(with_ds(world, {two.keys[1].ds(two.name), two.keys[0].ds(two.name)}) ==
        VerdictKind::secure);
  CHECK(with_ds(world, {two.keys[1].ds(two.name)}) == VerdictKind::bogus);
}

TEST_CASE("A DS RRset that is unsigned or wrongly signed is bogus", "[validator][ds][negative]") {
  World world;
  world.set(positive(world.org.ds_of(world.example)->without_signatures(), world.org.name));
  CHECK(world.judge(world.www()).ede.code == EdeCode::rrsigs_missing);
  world.keys.clear();
  Signing expired;
  expired.expiration = expired.inception + 1;
  world.set(positive(world.org.sign("example.org.", Type::ds, {ds_of(world.example, 2)}, expired),
                     world.org.name));
  CHECK(world.judge(world.www()).ede.code == EdeCode::signature_expired);
}
