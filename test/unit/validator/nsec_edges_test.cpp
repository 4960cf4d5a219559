// The edges of NSEC proofs (RFC 4035 5.4, RFC 6840 4, RFC 9824): what almost proves, and who says
// so.
#include <catch2/catch.hpp>

#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::EdeCode;
using dns::Finding;
using dns::Name;
using dns::RRsetPtr;
using dns::Type;
using validator::Verdict;
using validator::VerdictKind;

namespace {
const std::vector<Type> a_only{Type::a, Type::rrsig, Type::nsec};

struct Denying : World {
  RRsetPtr nsec(std::string_view owner, std::string_view next, std::vector<Type> types = a_only,
                const Signing& how = {}) const {
    return example.nsec(owner, next, types, how);
  }
  Verdict deny(Finding finding, std::string_view name, Type type, std::vector<RRsetPtr> proofs) {
    proofs.push_back(example.soa());
    return judge(denied(finding, name, type, example.name, std::move(proofs)));
  }
  VerdictKind nodata(std::string_view name, Type type, std::vector<RRsetPtr> proofs) {
    return deny(Finding::nodata, name, type, std::move(proofs)).kind;
  }
  VerdictKind nxdomain(std::string_view name, std::vector<RRsetPtr> proofs) {
    return deny(Finding::nxdomain, name, Type::a, std::move(proofs)).kind;
  }
  /// Denies *.example.org. and nothing else that is asked here.
  RRsetPtr no_wildcard() const {
    return nsec("example.org.", "a.example.org.", {Type::soa, Type::ns});
  }
};
}  // namespace

TEST_CASE("An NSEC counts only when signed by the zone for that very type and name",
          "[validator][nsec][negative]") {
  Denying zone;
  const auto of = [&](const Signing& how) {
    return zone.nodata("www.example.org.", Type::aaaa,
                       {zone.nsec("www.example.org.", "z.example.org.", a_only, how)});
  };
  CHECK(of({}) == VerdictKind::secure);
  Signing how;
  how.covered = Type::a;
  CHECK(of(how) == VerdictKind::bogus);
  how = {};
  how.signer = zone.org.name;
  CHECK(of(how) == VerdictKind::bogus);
  how = {};
  how.spoil = true;
  CHECK(of(how) == VerdictKind::bogus);
}

TEST_CASE("NSEC records at two places of one owner prove nothing", "[validator][nsec][negative]") {
  Denying zone;
  const auto two =
      zone.example.sign("www.example.org.", Type::nsec,
                        {nsec_rdata(Name::literal("x.example.org."), {Type::txt, Type::nsec}),
                         nsec_rdata(Name::literal("z.example.org."), {Type::txt, Type::nsec})});
  CHECK(zone.nodata("www.example.org.", Type::a, {two}) == VerdictKind::bogus);
}

TEST_CASE("An NSEC of an owner outside the zone says nothing, though the zone signs it",
          "[validator][nsec][negative]") {
  Denying zone;
  CHECK(zone.nxdomain("b.example.org.", {zone.nsec("aaa.org.", "c.example.org."),
                                         zone.no_wildcard()}) == VerdictKind::bogus);
}

TEST_CASE("A span denies neither its owner nor its next name", "[validator][nsec][negative]") {
  Denying zone;
  const auto span = zone.nsec("b.example.org.", "d.example.org.");
  CHECK(zone.nxdomain("c.example.org.", {span, zone.no_wildcard()}) == VerdictKind::secure);
  CHECK(zone.nxdomain("b.example.org.", {span, zone.no_wildcard()}) == VerdictKind::bogus);
  CHECK(zone.nxdomain("d.example.org.", {span, zone.no_wildcard()}) == VerdictKind::bogus);
  CHECK(zone.nxdomain("e.example.org.", {span, zone.no_wildcard()}) == VerdictKind::bogus);
}

TEST_CASE("A zone of one name: its NSEC points at itself and denies all below",
          "[validator][nsec]") {
  Denying zone;
  const auto only = zone.nsec("example.org.", "example.org.", {Type::soa, Type::ns});
  CHECK(zone.nxdomain("c.example.org.", {only}) == VerdictKind::secure);
  CHECK(zone.nodata("example.org.", Type::a, {only}) == VerdictKind::secure);
}

TEST_CASE("The closest encloser may stand at the end of the span: its wildcard is the one to deny",
          "[validator][nsec]") {
  Denying zone;
  // c.b exists, so b does: for a.b it is *.b.example.org. that must be denied.
  const auto span = zone.nsec("aa.example.org.", "c.b.example.org.");
  CHECK(zone.nxdomain("a.b.example.org.", {span}) == VerdictKind::secure);  // denies *.b too
  const auto after_star = zone.nsec("*.b.example.org.", "c.b.example.org.");
  CHECK(zone.nxdomain("a.b.example.org.", {after_star, zone.no_wildcard()}) == VerdictKind::bogus);
}

TEST_CASE("The NSEC of a delegation or DNAME gives no empty non-terminal below it",
          "[validator][nsec][negative]") {
  Denying zone;
  const auto at = [&](std::vector<Type> types) {
    return zone.nodata("b.s.example.org.", Type::a,
                       {zone.nsec("s.example.org.", "x.b.s.example.org.", std::move(types))});
  };
  CHECK(at(a_only) == VerdictKind::secure);
  CHECK(at({Type::ns}) == VerdictKind::bogus);
  CHECK(at({Type::dname}) == VerdictKind::bogus);
}

TEST_CASE("A wildcard that is a delegation denies no DS", "[validator][nsec][negative]") {
  Denying zone;
  const auto closer = zone.nsec("a.example.org.", "c.example.org.");
  const auto with = [&](std::vector<Type> types) {
    return zone.nodata("b.example.org.", Type::ds,
                       {closer, zone.nsec("*.example.org.", "a.example.org.", std::move(types))});
  };
  CHECK(with(a_only) == VerdictKind::secure);
  CHECK(with({Type::ns}) == VerdictKind::bogus);
}

TEST_CASE("A wildcard's NODATA: its CNAME, its type, and a name closer than it all contradict",
          "[validator][nsec][negative]") {
  Denying zone;
  const auto closer = zone.nsec("a.example.org.", "c.example.org.");
  const auto star = [&](std::vector<Type> types) {
    return zone.nsec("*.example.org.", "a.example.org.", std::move(types));
  };
  CHECK(zone.nodata("b.example.org.", Type::aaaa, {closer, star(a_only)}) == VerdictKind::secure);
  CHECK(zone.nodata("b.example.org.", Type::aaaa, {closer, star({Type::cname})}) ==
        VerdictKind::bogus);
  // x.b exists: the encloser of a.b is b, and *.example.org. is not asked.
  const auto inside = zone.nsec("aa.example.org.", "x.b.example.org.");
  CHECK(zone.nodata("a.b.example.org.", Type::aaaa, {inside, star(a_only)}) == VerdictKind::bogus);
}

TEST_CASE("Absence of DS at the root itself is shown by its own NSEC", "[validator][nsec]") {
  World world;
  const auto apex = world.root.nsec(".", "org.", {Type::ns, Type::soa, Type::dnskey});
  CHECK(
      world.judge(denied(Finding::nodata, ".", Type::ds, world.root.name, {apex, world.root.soa()}))
          .kind == VerdictKind::secure);
}

TEST_CASE("The SOA of a denial is the zone's own, not one below it",
          "[validator][nsec][negative]") {
  World world;
  const auto nsec = world.example.nsec("www.example.org.", "z.example.org.", a_only);
  const auto with = [&](const RRsetPtr& soa) {
    return world
        .judge(denied(Finding::nodata, "www.example.org.", Type::aaaa, world.example.name,
                      {nsec, soa}))
        .kind;
  };
  CHECK(with(world.example.soa()) == VerdictKind::secure);
  CHECK(with(world.example.sign("www.example.org.", Type::soa, {soa_rdata("www.example.org.")})) ==
        VerdictKind::bogus);
  CHECK(with(world.example.expand("www.example.org.", Type::soa,
                                  {soa_rdata("www.example.org.")})) == VerdictKind::bogus);
}

TEST_CASE("Compact denial: NXNAME turns only its own name into none", "[validator][nsec]") {
  Denying zone;
  const std::vector<Type> none{Type::rrsig, Type::nsec, Type::nxname};
  const auto of_b = zone.nsec("b.example.org.", "\\000.b.example.org.", none);
  CHECK(zone.nxdomain("b.example.org.", {of_b}) == VerdictKind::secure);
  CHECK(zone.nodata("b.example.org.", Type::txt, {of_b}) == VerdictKind::secure);
  CHECK(zone.nxdomain("a.b.example.org.", {of_b}) == VerdictKind::bogus);
  CHECK(zone.nxdomain("c.example.org.", {of_b}) == VerdictKind::bogus);
  CHECK(zone.nxdomain("b.example.org.", {of_b->without_signatures()}) == VerdictKind::bogus);
  // Without NXNAME the same record says that the name exists.
  const auto exists = zone.nsec("b.example.org.", "\\000.b.example.org.");
  CHECK(zone.nxdomain("b.example.org.", {exists}) == VerdictKind::bogus);
  CHECK(zone.nodata("b.example.org.", Type::txt, {exists}) == VerdictKind::secure);
}

TEST_CASE("Compact denial of a DS: a name that is none is no delegation", "[validator][nsec]") {
  Denying zone;
  const std::vector<Type> none{Type::rrsig, Type::nsec, Type::nxname};
  const auto of_b = zone.nsec("b.example.org.", "\\000.b.example.org.", none);
  zone.set_denied("b.example.org.", Type::ds, zone.example, {of_b});
  const auto unsigned_below = zone.example.unsigned_set("b.example.org.", Type::a, {a_rdata(1)});
  CHECK(zone.judge(positive(unsigned_below, zone.example.name)).kind == VerdictKind::bogus);
}
