// The responses that RFC 4035 (appendix B) and RFC 5155 (appendix B) print, judged with the keys,
// signatures and times printed there; and that none of their records can be left out.
#include <catch2/catch.hpp>

#include "test/unit/validator/rfc_zone.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::EdeCode;
using dns::Finding;
using dns::RRsetPtr;
using dns::Type;
using validator::Verdict;
using validator::VerdictKind;

namespace {
constexpr auto hinfo = static_cast<Type>(13);
constexpr std::int64_t in_2004 = 1'082'462'400;       // 2004-04-20 12:00 UTC
constexpr std::int64_t in_2010 = 1'262'304'000;       // 2010-01-01 00:00 UTC
constexpr std::int64_t expired_4035 = 1'084'127'779;  // 2004-05-09 18:36:19 UTC

struct Rfc4035 : RfcZone {
  explicit Rfc4035(std::int64_t wall_s = in_2004) : RfcZone("rfc4035.zone", wall_s) {}
  RRsetPtr soa() const { return get("example.", Type::soa); }
  RRsetPtr nsec(const char* owner) const { return get(owner, Type::nsec); }
};

struct Rfc5155 : RfcZone {
  Rfc5155() : RfcZone("rfc5155.zone", in_2010) {}
  RRsetPtr soa() const { return get("example.", Type::soa); }
  RRsetPtr nsec3(const std::string& hash) const { return get(hash + ".example.", Type::nsec3); }
  const std::string apex_hash = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
  const std::string ns1 = "2t7b4g4vsa5smi47k61mv5bv1a22bojr";
  const std::string a = "35mthgpgcu1qg68fab165klnsnk3dpvl";
  const std::string x_w = "b4um86eghhds6nea196smvmlo4ors995";
  const std::string ai = "gjeqe526plbf1g8mklp59enfd789njgi";
  const std::string y_w = "ji6neoaepv8b5o6k4ev33abha8ht9fgc";
  const std::string w = "k8udemvp1j2f7eg6jebps17vp3n8i58h";
  const std::string ns2 = "q04jkcevqvmu85r014c7dkba38o0ji5r";
  const std::string star_w = "r53bq7cc2uvmubfu5ocmm6pers9tk9en";
};

/// With all proofs as `with_all` says, and bogus as soon as one of those but the SOA is missing.
template <class Judge>
void needs_every(const std::vector<RRsetPtr>& proofs, VerdictKind with_all, Judge judge) {
  CHECK(judge(proofs).kind == with_all);
  for (std::size_t left_out = 0; left_out < proofs.size(); ++left_out) {
    if (proofs[left_out]->type() == Type::soa) continue;
    std::vector<RRsetPtr> fewer = proofs;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(left_out));
    INFO("without the proof of " << proofs[left_out]->owner().to_text());
    CHECK(judge(fewer).kind == VerdictKind::bogus);
  }
}
}  // namespace

TEST_CASE("RFC 4035 A: every signature of the zone is good", "[validator][rfc4035]") {
  Rfc4035 zone;
  std::size_t good = 0;
  for (const auto& [key, rrset] : zone.sets()) {
    if (rrset->signatures().empty() || rrset->owner().is_wildcard()) continue;
    INFO(key.first << " " << dns::to_text(key.second));
    CHECK(zone.answer(rrset).kind == VerdictKind::secure);
    ++good;
  }
  CHECK(good == 24);
  for (const Type type : {Type::mx, Type::nsec})
    CHECK(zone.answer(zone.get("*.w.example.", type)).kind == VerdictKind::secure);
}

TEST_CASE("RFC 4035 A: before and after its month nothing is", "[validator][rfc4035][negative]") {
  Rfc4035 last(expired_4035), late(expired_4035 + 1), early(in_2004 - 60 * 86'400);
  CHECK(last.answer(last.get("x.w.example.", Type::mx)).kind == VerdictKind::secure);
  CHECK(late.answer(late.get("x.w.example.", Type::mx)).ede.code == EdeCode::signature_expired);
  CHECK(early.answer(early.get("x.w.example.", Type::mx)).ede.code ==
        EdeCode::signature_not_yet_valid);
}

TEST_CASE("RFC 4035 B.1: an answer", "[validator][rfc4035]") {
  Rfc4035 zone;
  const auto verdict = zone.answer(zone.get("x.w.example.", Type::mx));
  CHECK(verdict.kind == VerdictKind::secure);
  CHECK(verdict.ttl_most == 3600);
  const auto moved = zone.expanded("x.w.example.", "y.w.example.", Type::mx);
  CHECK(zone.answer(moved).kind == VerdictKind::bogus);  // the same record of another name
}

TEST_CASE("RFC 4035 B.2: a name error", "[validator][rfc4035]") {
  Rfc4035 zone;
  needs_every({zone.soa(), zone.nsec("b.example."), zone.nsec("example.")}, VerdictKind::secure,
              [&](const auto& proofs) {
                return zone.denial(Finding::nxdomain, "ml.example.", Type::a, proofs);
              });
}

TEST_CASE("RFC 4035 B.3: no data", "[validator][rfc4035]") {
  Rfc4035 zone;
  needs_every({zone.soa(), zone.nsec("ns1.example.")}, VerdictKind::secure,
              [&](const auto& proofs) {
                return zone.denial(Finding::nodata, "ns1.example.", Type::mx, proofs);
              });
  CHECK(
      zone.denial(Finding::nodata, "ns1.example.", Type::a, {zone.soa(), zone.nsec("ns1.example.")})
          .kind == VerdictKind::bogus);
}

TEST_CASE("RFC 4035 B.4: a referral to a signed zone", "[validator][rfc4035]") {
  Rfc4035 zone;
  const auto ds = zone.get("a.example.", Type::ds);
  CHECK(zone.answer(ds).kind == VerdictKind::secure);
  // What stands below it must be signed by a.example, whose keys the RFC does not print.
  zone.set(positive(ds, zone.apex));
  auto below = positive(zone.get("ns1.a.example.", Type::a), dns::Name::literal("a.example."));
  const auto verdict = zone.judge(below);
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.unreachable);
  CHECK(verdict.ede.code == EdeCode::dnskey_missing);
}

TEST_CASE("RFC 4035 B.5: a referral to an unsigned zone", "[validator][rfc4035]") {
  Rfc4035 zone;
  const auto below =
      positive(zone.get("ns1.b.example.", Type::a), dns::Name::literal("b.example."));
  needs_every({zone.nsec("b.example.")}, VerdictKind::insecure, [&](const auto& proofs) {
    zone.set(denied(Finding::nodata, "b.example.", Type::ds, zone.apex, proofs));
    return zone.judge(below);
  });
  // The NSEC of a.example has DS in its bitmap: no proof that there is none.
  zone.set(denied(Finding::nodata, "a.example.", Type::ds, zone.apex, {zone.nsec("a.example.")}));
  CHECK(zone.judge(positive(zone.get("ns1.a.example.", Type::a), dns::Name::literal("a.example.")))
            .kind == VerdictKind::bogus);
}

TEST_CASE("RFC 4035 B.6: a wildcard's answer", "[validator][rfc4035]") {
  Rfc4035 zone;
  const auto mx = zone.expanded("*.w.example.", "a.z.w.example.", Type::mx);
  needs_every({zone.nsec("x.y.w.example.")}, VerdictKind::secure,
              [&](const auto& proofs) { return zone.answer(mx, proofs); });
  CHECK(zone.answer(mx, {zone.nsec("ns2.example.")}).kind == VerdictKind::bogus);
}

TEST_CASE("RFC 4035 B.7: a wildcard without the type", "[validator][rfc4035]") {
  Rfc4035 zone;
  needs_every({zone.soa(), zone.nsec("x.y.w.example."), zone.nsec("*.w.example.")},
              VerdictKind::secure, [&](const auto& proofs) {
                return zone.denial(Finding::nodata, "a.z.w.example.", Type::aaaa, proofs);
              });
  CHECK(zone.denial(Finding::nodata, "a.z.w.example.", Type::mx,
                    {zone.soa(), zone.nsec("x.y.w.example."), zone.nsec("*.w.example.")})
            .kind == VerdictKind::bogus);
}

TEST_CASE("RFC 4035 B.8: DS asked of the child proves nothing to the parent",
          "[validator][rfc4035][negative]") {
  Rfc4035 zone;
  const std::vector<RRsetPtr> proofs{zone.soa(), zone.nsec("example.")};
  // No anchor above: nobody vouches for what the parent would have said.
  CHECK(zone.denial(Finding::nodata, "example.", Type::ds, proofs).kind == VerdictKind::insecure);
  // Its NSEC is good for other types of the apex, but says nothing about DS, whoever asks.
  CHECK(zone.denial(Finding::nodata, "example.", Type::txt, proofs).kind == VerdictKind::secure);
  World world;  // a root that signs
  zone.anchors =
      validator::TrustAnchors::make({{world.root.name, {anchor_key(world.root, true)}}}, {});
  Signing how;
  how.inception = in_2004 - 1, how.expiration = in_2004 + 1;
  zone.set(positive(world.root.dnskey(how), world.root.name));
  CHECK(zone.denial(Finding::nodata, "example.", Type::ds, proofs).kind == VerdictKind::bogus);
  zone.set(denied(Finding::nodata, "example.", Type::ds, world.root.name, proofs));
  CHECK(zone.answer(zone.get("x.w.example.", Type::mx)).kind == VerdictKind::bogus);
}

// The canonical form (RFC 4034 6, RFC 4035 5.3.2): our own signer would share a mistake in it,
// these signatures do not.

TEST_CASE("RFC 4035 A: case, TTL and order of arrival change no signature",
          "[validator][rfc4035][canonical]") {
  Rfc4035 zone;
  const auto stored = zone.get("example.", Type::ns);
  const auto rebuilt = [&](const char* owner, bool upper_rdata, bool upper_signer) {
    std::vector<Bytes> rdatas;
    for (const auto rdata : stored->rdata())
      rdatas.emplace(rdatas.begin(), rdata.begin(), rdata.end());
    dns::RRsetBuilder builder(dns::Name::literal(owner), Type::ns);
    for (Bytes& rdata : rdatas) {
      if (upper_rdata) rdata[1] = 'N';  // \003ns1
      REQUIRE(builder.add(rdata, 77));
    }
    for (const auto view : stored->signatures()) {
      Bytes rrsig(view.begin(), view.end());
      if (upper_signer) rrsig[19] = 'E';  // 18 octets, \007example
      REQUIRE(builder.add_signature(rrsig, 77));
    }
    return builder.build();
  };
  for (const auto& rrset : {rebuilt("example.", false, false), rebuilt("EXAMPLE.", false, false),
                            rebuilt("example.", true, false), rebuilt("example.", false, true)}) {
    const auto verdict = zone.answer(rrset);
    INFO(verdict.ede.text);
    CHECK(verdict.kind == VerdictKind::secure);
    CHECK(verdict.ttl_most == 3600);
  }
}

TEST_CASE("RFC 4035 A: the letters of a text are no name: their case is signed",
          "[validator][rfc4035][canonical][negative]") {
  Rfc4035 zone;
  const auto stored = zone.get("ai.example.", hinfo);
  const auto with = [&](char first) {
    dns::RRsetBuilder builder(stored->owner(), hinfo);
    const auto text = stored->rdata().front();
    Bytes rdata(text.begin(), text.end());
    rdata[1] = static_cast<std::uint8_t>(first);  // \006KLH-10
    REQUIRE(builder.add(rdata, 3600));
    for (const auto rrsig : stored->signatures()) REQUIRE(builder.add_signature(rrsig, 3600));
    return zone.answer(builder.build()).kind;
  };
  CHECK(with('K') == VerdictKind::secure);
  CHECK(with('k') == VerdictKind::bogus);
}

// RFC 5155: all its NSEC3 records have the opt-out flag, so that spans make nothing secure (9.2).

TEST_CASE("RFC 5155 A: every signature printed in its responses is good", "[validator][rfc5155]") {
  Rfc5155 zone;
  std::size_t good = 0;
  for (const auto& [key, rrset] : zone.sets()) {
    if (rrset->signatures().empty() || rrset->owner().is_wildcard()) continue;
    INFO(key.first << " " << dns::to_text(key.second));
    CHECK(zone.answer(rrset).kind == VerdictKind::secure);
    ++good;
  }
  CHECK(good == 16);
}

TEST_CASE("RFC 5155 B.1: a name error", "[validator][rfc5155]") {
  Rfc5155 zone;
  needs_every({zone.soa(), zone.nsec3(zone.apex_hash), zone.nsec3(zone.x_w), zone.nsec3(zone.a)},
              VerdictKind::insecure, [&](const auto& proofs) {
                return zone.denial(Finding::nxdomain, "a.c.x.w.example.", Type::a, proofs);
              });
}

TEST_CASE("RFC 5155 B.2: no data", "[validator][rfc5155]") {
  Rfc5155 zone;
  needs_every({zone.soa(), zone.nsec3(zone.ns1)}, VerdictKind::secure, [&](const auto& proofs) {
    return zone.denial(Finding::nodata, "ns1.example.", Type::mx, proofs);
  });
  CHECK(zone.denial(Finding::nodata, "ns1.example.", Type::a, {zone.soa(), zone.nsec3(zone.ns1)})
            .kind == VerdictKind::bogus);
}

TEST_CASE("RFC 5155 B.2.1: no data at an empty non-terminal", "[validator][rfc5155]") {
  Rfc5155 zone;
  needs_every({zone.soa(), zone.nsec3(zone.y_w)}, VerdictKind::secure, [&](const auto& proofs) {
    return zone.denial(Finding::nodata, "y.w.example.", Type::a, proofs);
  });
}

TEST_CASE("RFC 5155 B.3: a referral to an unsigned zone that opted out", "[validator][rfc5155]") {
  Rfc5155 zone;
  const auto below = positive(
      RRsetPtr(SignedZone("c.example.", 13).unsigned_set("mc.c.example.", Type::a, {a_rdata(1)})),
      dns::Name::literal("c.example."));
  needs_every({zone.nsec3(zone.a), zone.nsec3(zone.apex_hash)}, VerdictKind::insecure,
              [&](const auto& proofs) {
                zone.set(denied(Finding::nodata, "c.example.", Type::ds, zone.apex, proofs));
                return zone.judge(below);
              });
}

TEST_CASE("RFC 5155 B.4: a wildcard's answer", "[validator][rfc5155]") {
  Rfc5155 zone;
  const auto mx = zone.expanded("*.w.example.", "a.z.w.example.", Type::mx);
  needs_every({zone.nsec3(zone.ns2)}, VerdictKind::insecure,
              [&](const auto& proofs) { return zone.answer(mx, proofs); });
  CHECK(zone.answer(mx, {zone.nsec3(zone.a)}).kind == VerdictKind::bogus);
}

TEST_CASE("RFC 5155 B.5: a wildcard without the type", "[validator][rfc5155]") {
  Rfc5155 zone;
  const auto judge = [&](const auto& proofs) {
    return zone.denial(Finding::nodata, "a.z.w.example.", Type::aaaa, proofs);
  };
  const std::vector<RRsetPtr> all{zone.soa(), zone.nsec3(zone.w), zone.nsec3(zone.ns2),
                                  zone.nsec3(zone.star_w)};
  CHECK(judge(all).kind == VerdictKind::insecure);
  CHECK(judge(std::vector<RRsetPtr>{all[0], all[2], all[3]}).kind == VerdictKind::bogus);
  CHECK(judge(std::vector<RRsetPtr>{all[0], all[1], all[3]}).kind == VerdictKind::bogus);
  CHECK(zone.denial(Finding::nodata, "a.z.w.example.", Type::mx, all).kind == VerdictKind::bogus);
}

TEST_CASE("RFC 5155 B.6: DS asked of the child proves nothing to the parent",
          "[validator][rfc5155][negative]") {
  Rfc5155 zone;
  const std::vector<RRsetPtr> proofs{zone.soa(), zone.nsec3(zone.apex_hash)};
  CHECK(zone.denial(Finding::nodata, "example.", Type::ds, proofs).kind == VerdictKind::insecure);
  CHECK(zone.denial(Finding::nodata, "example.", Type::txt, proofs).kind == VerdictKind::secure);
}

TEST_CASE("RFC 5155 A: ns1.example and its hash as an owner name are two names",
          "[validator][rfc5155]") {
  Rfc5155 zone;
  const std::string owner = zone.ns1 + ".example.";
  CHECK(zone.answer(zone.get(owner, Type::a)).kind == VerdictKind::secure);
  // The NSEC3 that stands at that owner name speaks of ns1.example alone (RFC 5155 A, 7.2.8).
  CHECK(zone.denial(Finding::nodata, owner, Type::mx, {zone.soa(), zone.nsec3(zone.ns1)}).kind ==
        VerdictKind::bogus);
}
