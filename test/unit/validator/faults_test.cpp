// Every reason of the validator, forced by a chain that is broken in just this way, with the words
// a client gets: zone, key tag, times, the limit hit. A row that nothing here forces fails the
// test.
#include <functional>
#include <set>

#include <catch2/catch.hpp>

#include "dns/rdata.hpp"
#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::EdeCode;
using dns::Evidence;
using dns::Finding;
using dns::Name;
using dns::Type;
using validator::Verdict;
using validator::VerdictKind;

namespace {
constexpr std::uint32_t start_s = 1'700'000'000;  // ManualClock's wall clock, 2023-11-14T22:13:20Z

struct Case {
  Fault fault;
  std::uint16_t code;
  std::vector<std::string> parts;  ///< of the text
  std::function<Evidence(World&)> broken;
};

Signing lasting(std::uint32_t from, std::uint32_t to) {
  Signing how;
  how.inception = from;
  how.expiration = to;
  return how;
}

Evidence root_keys(World& world, const Signing& how) {
  world.set(positive(world.root.dnskey(how), world.root.name));
  return world.www();
}

/// The zone's only key with other flags or protocol; the DS is made of it.
Evidence with_key(World& world, std::uint16_t flags, std::uint8_t protocol = 3) {
  SignedZone bad = world.example;
  bad.keys[0] = bad.keys[0].with(flags, protocol);
  world.add(bad);
  return world.www();
}

Evidence with_ds(World& world, const Bytes& rdata) {
  world.set(positive(world.org.sign("example.org.", Type::ds, {rdata}), world.org.name));
  return world.www();
}

/// A zone whose RSA key is larger than a limit, or none at all.
Evidence rsa_zone(World& world, bool large) {
  world.example = SignedZone("example.org.", 8);
  world.add(world.example);
  if (large) REQUIRE(world.limits.set(Limit::rsa_bits, 1024));
  return world.www();
}

Evidence torn_key(World& world) {
  SignedZone torn("example.org.", {world.example.keys[0], Key::make(13, Key::zsk)});
  const Key& ksk = torn.keys[0];
  const Bytes stump{1, 0, 3, 13, 1, 2, 3, 4};
  auto keys = torn.unsigned_set("example.org.", Type::dnskey, {ksk.rdata(), stump});
  world.set(positive(torn.add_rrsig(*keys, {}, ksk), torn.name));
  world.example = torn;
  Signing how;
  how.key_tag = dns::key_tag(stump);
  return world.www(how);
}

Evidence keytrap(World& world) {
  std::vector<Key> keys{world.example.keys[0]};
  for (std::uint8_t n = 1; n <= 8; ++n) keys.push_back(Key::forged(4711, n));
  world.example = SignedZone("example.org.", keys);
  world.add(world.example);
  auto rrset = world.example.unsigned_set("www.example.org.", Type::a, {a_rdata(1)});
  Signing how;
  how.key_tag = 4711;
  for (std::uint32_t n = 1; n <= 4; ++n) {
    ++how.expiration;
    rrset = world.example.add_rrsig(*rrset, how, keys[1]);
  }
  return positive(rrset, world.example.name);
}

/// Another name of that zone, and well-signed.
Evidence beside_keytrap(World& world) {
  (void)world.judge(keytrap(world));
  const SignedZone& zone = world.example;
  return positive(zone.sign("mail.example.org.", Type::a, {a_rdata(2)}, {}, &zone.keys[0]),
                  zone.name);
}

Evidence denial(World& world, Finding finding, std::string_view name,
                std::vector<dns::RRsetPtr> proofs) {
  proofs.push_back(world.example.soa());
  return denied(finding, name, Type::a, world.example.name, std::move(proofs));
}

Evidence alias(World& world, const Bytes& target, const dns::RRsetPtr& dname) {
  return positive(world.example.unsigned_set("x.d.example.org.", Type::cname, {target}),
                  world.example.name, {dname});
}

dns::RRsetPtr good_dname(const World& world) {
  return world.example.sign("d.example.org.", Type::dname, {ns_rdata("t.org.")});
}

const std::vector<Type> plain{Type::a, Type::rrsig, Type::nsec};

// clang-format off
const std::vector<Case>& cases() {
  static const std::vector<Case> rows{
    {Fault::signature_expired, 7, {"www.example.org. A", "2023-11-14T22:13:18Z to 2023-11-14T22:13:19Z", "now 2023-11-14T22:13:20Z"},
     [](World& w) { return w.www(lasting(start_s - 2, start_s - 1)); }},
    {Fault::signature_not_yet_valid, 8, {"www.example.org. A", "2023-11-14T22:13:21Z to"},
     [](World& w) { return w.www(lasting(start_s + 1, start_s + 9)); }},
    {Fault::signature_never_valid, 25, {"expires before it is valid", "2023-11-14T22:13:21Z to 2023-11-14T22:13:19Z"},
     [](World& w) { return w.www(lasting(start_s + 1, start_s - 1)); }},
    {Fault::clock_ahead, 7, {". DNSKEY", "clock wrong", "says 2023-11-14T22:13:20Z", "on 2021-"},
     [](World& w) { return root_keys(w, lasting(start_s - 73'000'000, start_s - 71'000'000)); }},
    {Fault::clock_behind, 8, {". DNSKEY", "clock wrong", "says 2023-11-14T22:13:20Z", "from 2026-"},
     [](World& w) { return root_keys(w, lasting(start_s + 73'000'000, start_s + 75'000'000)); }},
    {Fault::signature_wrong, 6, {"www.example.org. A", "(ECDSAP256SHA256) is wrong"},
     [](World& w) { Signing how; how.spoil = true; return w.www(how); }},
    {Fault::signature_limit, 6, {"www.example.org. A", "limit signature_failures_per_fetch (2)"}, keytrap},
    {Fault::keys_of_one_tag, 6, {"example.org. has several keys of one tag", "www.example.org. A"}, beside_keytrap},
    {Fault::rrsig_missing, 10, {"www.example.org. A: no RRSIG, but example.org. is signed"},
     [](World& w) { return w.www_unsigned(); }},
    {Fault::rrsig_unusable, 10, {"no usable RRSIG, but example.org. is signed"},
     [](World& w) { Signing how; how.signer = Name::literal("other.test."); return w.www(how); }},
    {Fault::rrsig_unsupported, 10, {"algorithm 77", "example.org. is signed with others"},
     [](World& w) { Signing how; how.algorithm = 77; return w.www(how); }},
    {Fault::signer_other, 6, {"example.org. SOA: signed by org., not by its zone example.org."},
     [](World& w) {
       return denied(Finding::nodata, "www.example.org.", Type::aaaa, w.example.name,
                     {w.example.nsec("www.example.org.", "z.example.org.", plain),
                      w.org.sign("example.org.", Type::soa, {soa_rdata("example.org.")})}); }},
    {Fault::signer_no_zone, 6, {"signed by www.example.org., which is no zone below example.org."},
     [](World& w) { Signing how; how.signer = Name::literal("www.example.org."); how.labels = 3; return w.www(how); }},
    {Fault::label_count, 6, {"impossible label count 4"},
     [](World& w) { Signing how; how.labels = 4; return w.www(how); }},
    {Fault::key_missing, 9, {"no usable DNSKEY of example.org. is key 4711 (ECDSAP256SHA256)"},
     [](World& w) { Signing how; how.key_tag = 4711; return w.www(how); }},
    {Fault::key_malformed, 9, {"of example.org. is malformed"}, torn_key},
    {Fault::key_too_large, 9, {"of example.org.", "limit rsa_bits (1024) or rsa_exponent_bits ("},
     [](World& w) { return rsa_zone(w, true); }},
    {Fault::ds_without_key, 9, {"example.org. DNSKEY: key ", "(ECDSAP256SHA256) of the DS is not there"},
     [](World& w) { return with_ds(w, SignedZone("example.org.", 13).keys[0].ds(w.example.name)); }},
    {Fault::ds_other_digest, 9, {"example.org. DNSKEY: key ", "has not the digest of its DS"},
     [](World& w) { auto ds = w.example.keys[0].ds(w.example.name); ds.back() ^= 1; return with_ds(w, ds); }},
    {Fault::anchor_without_key, 9, {". DNSKEY: key ", "of the trust anchor is not there"},
     [](World& w) { w.anchor_at(SignedZone(".", 13), false); return w.www(); }},
    {Fault::anchor_without_key, 9, {". DNSKEY: key ", "of the trust anchor is not there"},
     [](World& w) { w.anchor_at(SignedZone(".", 13), true); return w.www(); }},
    {Fault::anchor_other_digest, 9, {". DNSKEY: key ", "has not the digest of the trust anchor"},
     [](World& w) {
       auto key = anchor_key(w.root, true);
       key.rdata.back() ^= 1;
       w.anchors = validator::TrustAnchors::make({{w.root.name, {key}}}, {});
       return w.www(); }},
    {Fault::key_no_zone_bit, 11, {"example.org. DNSKEY: key ", "no zone key bit"}, [](World& w) { return with_key(w, 1); }},
    {Fault::key_other_protocol, 9, {"protocol 3"}, [](World& w) { return with_key(w, 257, 2); }},
    {Fault::key_revoked, 9, {"is revoked"}, [](World& w) { return with_key(w, 257 | 0x80); }},
    {Fault::dnskey_absent, 9, {"example.org. has no DNSKEY"},
     [](World& w) { w.set_denied("example.org.", Type::dnskey, w.example, {w.example.soa()}); return w.www(); }},
    {Fault::denial_missing, 12, {"www.example.org. A: no NSEC or NSEC3 of example.org."},
     [](World& w) { return denial(w, Finding::nodata, "www.example.org.", {}); }},
    {Fault::denial_contradicts, 12, {"www.example.org. A: the NSEC of www.example.org. says that the type exists"},
     [](World& w) { return denial(w, Finding::nodata, "www.example.org.", {w.example.nsec("www.example.org.", "z.example.org.", plain)}); }},
    {Fault::nodata_unproven, 12, {"www.example.org. A: no NSEC of example.org."},
     [](World& w) { return denial(w, Finding::nodata, "www.example.org.", {w.example.nsec("a.example.org.", "b.example.org.", plain)}); }},
    {Fault::nxdomain_unproven, 12, {"x.example.org.: no NSEC3 of example.org."},
     [](World& w) { return denial(w, Finding::nxdomain, "x.example.org.", {w.example.nsec3("a.example.org.", plain)}); }},
    {Fault::wildcard_not_denied, 12, {"x.example.org.: no NSEC of example.org.", "*.example.org."},
     [](World& w) { return denial(w, Finding::nxdomain, "x.example.org.", {w.example.nsec("w.example.org.", "z.example.org.", plain)}); }},
    {Fault::expansion_unproven, 12, {"a.b.example.org.: no NSEC of example.org.", "wildcard"},
     [](World& w) {
       return positive(w.example.expand("a.b.example.org.", Type::a, {a_rdata(1)}), w.example.name,
                       {w.example.nsec("x.example.org.", "z.example.org.", plain)}); }},
    {Fault::denial_expanded, 12, {"www.example.org. NSEC", "expanded from a wildcard"},
     [](World& w) {
       Signing how;
       how.labels = 2;  // a signature made for *.example.org., and good for that name
       const auto wild = w.example.sign("*.example.org.", Type::nsec, {nsec_rdata(Name::literal("z.example.org."), {Type::ns})});
       dns::RRsetBuilder made(Name::literal("www.example.org."), Type::nsec);
       for (const auto rdata : wild->rdata()) REQUIRE(made.add(rdata, 3600));
       for (const auto rrsig : wild->signatures()) REQUIRE(made.add_signature(rrsig, 3600));
       return denial(w, Finding::nodata, "www.example.org.", {made.build()}); }},
    {Fault::wildcard_forbidden, 6, {"sub.example.org. SOA", "never expanded"},
     [](World& w) { return positive(w.example.expand("sub.example.org.", Type::soa, {soa_rdata("example.org.")}), w.example.name); }},
    {Fault::dname_unfit, 6, {"x.d.example.org. CNAME", "from a wildcard or not alone"},
     [](World& w) {
       return alias(w, ns_rdata("x.t.org."), w.example.sign("d.example.org.", Type::dname, {ns_rdata("t.org."), ns_rdata("u.org.")})); }},
    {Fault::alias_malformed, 6, {"x.d.example.org. CNAME: malformed"},
     [](World& w) { return alias(w, Bytes{7, 'x'}, good_dname(w)); }},
    {Fault::alias_other, 6, {"not what the DNAME of d.example.org. yields"},
     [](World& w) { return alias(w, ns_rdata("evil.org."), good_dname(w)); }},
    {Fault::soa_other, 6, {"www.example.org. SOA: not the SOA of example.org."},
     [](World& w) {
       return denied(Finding::nodata, "www.example.org.", Type::aaaa, w.example.name,
                     {w.example.nsec("www.example.org.", "z.example.org.", plain),
                      w.example.sign("www.example.org.", Type::soa, {soa_rdata("www.example.org.")})}); }},
    {Fault::no_evidence, 6, {"www.example.org. A: the answer holds no RRset"},
     [](World& w) { auto evidence = w.www(); evidence.rrset = nullptr; return evidence; }},
    {Fault::dnskey_unfetched, 9, {"example.org. DNSKEY: nobody answered"},
     [](World& w) { w.silent = {"example.org. DNSKEY"}; return w.www(); }},
    {Fault::ds_unfetched, 5, {"example.org. DS: nobody answered"},
     [](World& w) { w.silent = {"example.org. DS"}; return w.www(); }},
    {Fault::algorithm_unsupported, 1, {"example.org. has only DS records of unsupported algorithms: algorithm 77"},
     [](World& w) { auto ds = w.example.keys[0].ds(w.example.name); ds[2] = 77; return with_ds(w, ds); }},
    {Fault::anchor_unsupported, 1, {". has only trust anchors of unsupported algorithms: algorithm 77"},
     [](World& w) {
       auto key = anchor_key(w.root, true);
       key.algorithm = key.rdata[2] = 77;
       w.anchors = validator::TrustAnchors::make({{w.root.name, {key}}}, {});
       return w.www(); }},
    {Fault::anchor_digest_unsupported, 2, {". has only trust anchors of unsupported digests: digest type 77"},
     [](World& w) {
       auto key = anchor_key(w.root, true);
       key.rdata[3] = 77;
       w.anchors = validator::TrustAnchors::make({{w.root.name, {key}}}, {});
       return w.www(); }},
    {Fault::anchor_unsupported, 1, {". has only trust anchors of unsupported algorithms: algorithm 77"},
     [](World& w) {
       auto key = anchor_key(w.root, false);
       key.algorithm = key.rdata[3] = 77;
       w.anchors = validator::TrustAnchors::make({{w.root.name, {key}}}, {});
       return w.www(); }},
    {Fault::digest_unsupported, 2, {"example.org. has only DS records of unsupported digests: digest type 99"},
     [](World& w) { return with_ds(w, w.example.keys[0].ds(w.example.name, 99)); }},
    {Fault::nsec3_iterations, 27, {"example.org.: 51 NSEC3 iterations, limit nsec3_iterations is 50"},
     [](World& w) {
       Nsec3Options many;
       many.iterations = 51;
       return denial(w, Finding::nodata, "www.example.org.", {w.example.nsec3("www.example.org.", {Type::mx}, many)}); }},
    {Fault::negative_anchor, 0, {"negative trust anchor example.org."},
     [](World& w) { w.anchors = w.anchors->with_negative({{Name::literal("example.org."), "broken", 0, true}}); return w.www_unsigned(); }},
  };
  return rows;
}
// clang-format on

VerdictKind kind_of(Gets gets) {
  return gets == Gets::insecure ? VerdictKind::insecure : VerdictKind::bogus;
}
}  // namespace

TEST_CASE("Each reason of the validator comes from its own break, with its words",
          "[validator][faults]") {
  for (const Case& one : cases()) {
    World world;
    const Verdict verdict = world.judge(one.broken(world));
    const FaultRow& row = row_of(one.fault);
    INFO(row.key << ": " << verdict.ede.text);
    CHECK(verdict.kind == kind_of(row.gets));
    CHECK(verdict.ede.fault == one.fault);
    CHECK(static_cast<std::uint16_t>(verdict.ede.code) == one.code);
    CHECK(verdict.unreachable == (row.gets == Gets::unproven));
    for (const std::string& part : one.parts)
      CHECK(verdict.ede.text.find(part) != std::string::npos);
  }
}

TEST_CASE("No reason of the validator is left out", "[validator][faults]") {
  std::set<Fault> forced;
  for (const Case& one : cases()) forced.insert(one.fault);
  for (const FaultRow& row : fault_table) {
    if (row.gets != Gets::bogus && row.gets != Gets::unproven && row.gets != Gets::insecure)
      continue;
    CAPTURE(row.key);
    CHECK(forced.contains(row.id));
  }
}

TEST_CASE("The clock is doubted only when no signature of the root's keys is good now",
          "[validator][faults][negative]") {
  World world;
  const Signing old = lasting(start_s - 73'000'000, start_s - 71'000'000);
  auto keys = world.root.dnskey(old);
  Signing spoiled;
  spoiled.spoil = true;
  keys = world.root.add_rrsig(*keys, spoiled, world.root.keys[0]);
  world.set(positive(keys, world.root.name));
  CHECK(world.judge(world.www()).ede.fault == Fault::signature_wrong);

  World below;  // any other zone may forget to sign anew
  below.set(positive(below.org.dnskey(old), below.org.name));
  CHECK(below.judge(below.www()).ede.fault == Fault::signature_expired);

  World data;  // and so may the root with its data
  const auto soa = data.root.sign(".", Type::soa, {soa_rdata(".")}, old);
  CHECK(data.judge(positive(soa, data.root.name)).ede.fault == Fault::signature_expired);
}

TEST_CASE("A spent request is told the limit and its number", "[validator][faults]") {
  World world;
  world.work.checks_left = 0;
  REQUIRE(world.limits.set(Limit::signature_checks, 7));
  const Verdict verdict = world.judge(world.www());
  CHECK(verdict.kind == VerdictKind::spent);
  CHECK(verdict.ede.text == "limit signature_checks (7) reached");
}
