// Denial of existence, NSEC (RFC 4035 5.4) and NSEC3 (RFC 5155 8): what proves, what does not, what
// is only insecure.
#include "validator/denial.hpp"

#include <catch2/catch.hpp>

#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::EdeCode;
using dns::Finding;
using dns::RRsetPtr;
using dns::Type;
using validator::Verdict;
using validator::VerdictKind;

namespace {
struct Zone : World {
  Verdict deny(Finding finding, std::string_view name, Type type, std::vector<RRsetPtr> proofs,
               bool with_soa = true) {
    if (with_soa) proofs.push_back(example.soa());
    return judge(denied(finding, name, type, example.name, std::move(proofs)));
  }
  VerdictKind nodata(std::string_view name, Type type, std::vector<RRsetPtr> proofs) {
    return deny(Finding::nodata, name, type, std::move(proofs)).kind;
  }
  VerdictKind nxdomain(std::string_view name, std::vector<RRsetPtr> proofs) {
    return deny(Finding::nxdomain, name, Type::a, std::move(proofs)).kind;
  }
};
constexpr auto secure = VerdictKind::secure;
constexpr auto insecure = VerdictKind::insecure;
constexpr auto bogus = VerdictKind::bogus;
const std::vector<Type> plain{Type::a, Type::rrsig, Type::nsec};
}  // namespace

TEST_CASE("NODATA by the NSEC of the name", "[validator][nsec]") {
  Zone zone;
  CHECK(zone.nodata("www.example.org.", Type::aaaa,
                    {zone.example.nsec("www.example.org.", "z.example.org.", plain)}) == secure);
}

TEST_CASE("NODATA that the bitmap contradicts", "[validator][nsec][negative]") {
  Zone zone;
  const auto nsec = [&](std::vector<Type> types) {
    return zone.example.nsec("www.example.org.", "z.example.org.", types);
  };
  CHECK(zone.nodata("www.example.org.", Type::a, {nsec(plain)}) == bogus);
  CHECK(zone.nodata("www.example.org.", Type::a, {nsec({Type::cname})}) == bogus);
  CHECK(zone.nodata("www.example.org.", Type::a, {nsec({Type::ns})}) ==
        bogus);  // the parent's side of a cut
  CHECK(zone.nodata("www.example.org.", Type::a, {nsec({Type::ns, Type::soa})}) == secure);
  CHECK(zone.nodata("www.example.org.", Type::ds, {nsec({Type::ns, Type::soa})}) ==
        bogus);  // the child's side
  CHECK(zone.nodata("www.example.org.", Type::ds, {nsec({Type::ns, Type::ds})}) == bogus);
  CHECK(zone.nodata("www.example.org.", Type::ds, {nsec({Type::ns})}) == secure);
  CHECK(zone.deny(Finding::nodata, "www.example.org.", Type::a, {}).ede.code ==
        EdeCode::nsec_missing);
}

TEST_CASE("NODATA of an empty non-terminal", "[validator][nsec]") {
  Zone zone;
  CHECK(zone.nodata("b.example.org.", Type::a,
                    {zone.example.nsec("a.example.org.", "x.b.example.org.", plain)}) == secure);
  CHECK(zone.nodata("b.example.org.", Type::a,
                    {zone.example.nsec("a.example.org.", "c.example.org.", plain)}) == bogus);
}

TEST_CASE("NODATA of a wildcard", "[validator][nsec]") {
  Zone zone;
  const auto closer = zone.example.nsec("a.example.org.", "c.example.org.", plain);
  const auto wildcard = zone.example.nsec("*.example.org.", "a.example.org.", plain);
  CHECK(zone.nodata("b.example.org.", Type::aaaa, {closer, wildcard}) == secure);
  CHECK(zone.nodata("b.example.org.", Type::a, {closer, wildcard}) == bogus);
  CHECK(zone.nodata("b.example.org.", Type::aaaa, {wildcard}) == bogus);
  CHECK(zone.nodata("b.example.org.", Type::aaaa, {closer}) == bogus);
}

TEST_CASE("NXDOMAIN: the name and its wildcard are denied", "[validator][nsec]") {
  Zone zone;
  const auto name = zone.example.nsec("a.example.org.", "c.example.org.", plain);
  const auto wildcard = zone.example.nsec("example.org.", "a.example.org.", {Type::soa, Type::ns});
  CHECK(zone.nxdomain("b.example.org.", {name, wildcard}) == secure);
  CHECK(zone.nxdomain("x.b.example.org.", {name, wildcard}) == secure);
  CHECK(zone.nxdomain("b.example.org.", {zone.example.nsec("example.org.", "c.example.org.",
                                                           {Type::soa})}) == secure);
  CHECK(zone.nxdomain("z.example.org.", {zone.example.nsec("y.example.org.", "example.org.", plain),
                                         wildcard}) == secure);
}

TEST_CASE("NXDOMAIN with a gap in its proof", "[validator][nsec][negative]") {
  Zone zone;
  const auto name = zone.example.nsec("a.example.org.", "c.example.org.", plain);
  const auto wildcard = zone.example.nsec("example.org.", "a.example.org.", {Type::soa, Type::ns});
  CHECK(zone.nxdomain("b.example.org.", {name}) == bogus);
  CHECK(zone.nxdomain("b.example.org.", {wildcard}) == bogus);
  CHECK(zone.nxdomain("a.example.org.", {name, wildcard}) == bogus);  // it exists
  CHECK(zone.nxdomain("b.example.org.",
                      {zone.example.nsec("a.example.org.", "x.b.example.org.", plain), wildcard}) ==
        bogus);  // an empty non-terminal
  CHECK(zone.nxdomain("b.example.org.", {name, zone.example.nsec("*.example.org.", "a.example.org.",
                                                                 plain)}) == bogus);
}

TEST_CASE("The NSEC of a delegation or a DNAME says nothing about names below",
          "[validator][nsec][negative]") {
  Zone zone;
  const auto wildcard = zone.example.nsec("example.org.", "a.example.org.", {Type::soa, Type::ns});
  const auto at = [&](std::vector<Type> types) {
    return zone.example.nsec("b.example.org.", "c.example.org.", types);
  };
  const auto star = zone.example.nsec("*.b.example.org.", "c.example.org.", plain);
  CHECK(zone.nxdomain("x.b.example.org.", {at(plain), wildcard}) == secure);
  CHECK(zone.nxdomain("x.b.example.org.", {at({Type::ns}), wildcard}) == bogus);
  CHECK(zone.nxdomain("x.b.example.org.", {at({Type::dname}), wildcard}) == bogus);
  CHECK(zone.nxdomain("x.b.example.org.", {at({Type::ns, Type::soa}), wildcard}) == secure);
}

TEST_CASE("NSEC: the next name stays in the zone, the signer is the zone",
          "[validator][nsec][negative]") {
  Zone zone;
  const auto outside = zone.example.nsec("a.example.org.", "z.org.", plain);
  const auto wildcard = zone.example.nsec("example.org.", "a.example.org.", {Type::soa, Type::ns});
  CHECK(zone.nxdomain("b.example.org.", {outside, wildcard}) == bogus);
  const auto back = zone.example.nsec("a.example.org.", "Example.ORG.", plain);
  CHECK(zone.nxdomain("b.example.org.", {back, wildcard}) == secure);
  const auto not_apex = zone.example.nsec("b.example.org.", "a.example.org.", plain);
  CHECK(zone.nxdomain("c.example.org.", {not_apex, wildcard}) == bogus);
  const auto parents = zone.org.nsec("a.example.org.", "c.example.org.", plain);
  CHECK(zone.nxdomain("b.example.org.", {parents, wildcard}) == bogus);
}

TEST_CASE("A wrong answer code is not excused by the other proof", "[validator][nsec][negative]") {
  Zone zone;
  CHECK(zone.nxdomain("www.example.org.",
                      {zone.example.nsec("www.example.org.", "z.example.org.", plain)}) == bogus);
  const auto all = zone.example.nsec("example.org.", "z.example.org.", {Type::soa});
  CHECK(zone.nodata("b.example.org.", Type::a, {all}) == bogus);
}

TEST_CASE("Compact denial: NODATA with NXNAME, and NXDOMAIN restored from it",
          "[validator][nsec]") {
  Zone zone;
  const auto nsec = zone.example.nsec("b.example.org.", "\\000.b.example.org.",
                                      {Type::rrsig, Type::nsec, Type::nxname});
  CHECK(zone.nodata("b.example.org.", Type::a, {nsec}) == secure);
  CHECK(zone.nxdomain("b.example.org.", {nsec}) == secure);
}

TEST_CASE("The SOA of a denial must be the zone's and signed", "[validator][nsec][negative]") {
  Zone zone;
  const auto nsec = zone.example.nsec("www.example.org.", "z.example.org.", plain);
  auto verdict = zone.deny(Finding::nodata, "www.example.org.", Type::aaaa,
                           {nsec, zone.example.soa()->without_signatures()}, false);
  CHECK(verdict.kind == bogus);
  CHECK(verdict.ede.code == EdeCode::rrsigs_missing);
  verdict =
      zone.deny(Finding::nodata, "www.example.org.", Type::aaaa, {nsec, zone.org.soa()}, false);
  CHECK(verdict.kind == bogus);
  Signing soon;
  soon.original_ttl = 77;
  verdict = zone.deny(Finding::nodata, "www.example.org.", Type::aaaa,
                      {nsec, zone.example.soa(soon)}, false);
  CHECK(verdict.kind == secure);
  CHECK(verdict.ttl_most == 77);
}

TEST_CASE("An expired proof is told as expired", "[validator][nsec][negative]") {
  Zone zone;
  Signing how;
  how.expiration = how.inception + 1;
  const auto nsec = zone.example.nsec("www.example.org.", "z.example.org.", plain, how);
  CHECK(zone.deny(Finding::nodata, "www.example.org.", Type::aaaa, {nsec}).ede.code ==
        EdeCode::signature_expired);
}

// NSEC3

TEST_CASE("NSEC3 NODATA by the record of the name", "[validator][nsec3]") {
  Zone zone;
  const auto at = [&](std::vector<Type> types) {
    return zone.example.nsec3("www.example.org.", types);
  };
  CHECK(zone.nodata("www.example.org.", Type::aaaa, {at(plain)}) == secure);
  CHECK(zone.nodata("www.example.org.", Type::a, {at(plain)}) == bogus);
  CHECK(zone.nodata("www.example.org.", Type::a, {at({Type::cname})}) == bogus);
  CHECK(zone.nodata("www.example.org.", Type::a, {at({Type::ns})}) == bogus);
  CHECK(zone.nodata("www.example.org.", Type::ds, {at({Type::ns})}) == secure);
  CHECK(zone.nodata("www.example.org.", Type::ds, {at({Type::ns, Type::soa})}) == bogus);
  CHECK(zone.nodata("www.example.org.", Type::a, {at({})}) == secure);  // an empty non-terminal
}

TEST_CASE("NSEC3 NXDOMAIN: encloser, next closer, wildcard", "[validator][nsec3]") {
  Zone zone;
  const auto encloser = zone.example.nsec3("example.org.", {Type::soa, Type::ns});
  const auto closer = zone.example.nsec3_over("b.example.org.");
  const auto wildcard = zone.example.nsec3_over("*.example.org.");
  CHECK(zone.nxdomain("b.example.org.", {encloser, closer, wildcard}) == secure);
  CHECK(zone.nxdomain("x.y.b.example.org.", {encloser, closer, wildcard}) == secure);
  CHECK(zone.nxdomain("b.example.org.", {closer, wildcard}) == bogus);
  CHECK(zone.nxdomain("b.example.org.", {encloser, wildcard}) == bogus);
  CHECK(zone.nxdomain("b.example.org.", {encloser, closer}) == bogus);
  CHECK(zone.nxdomain("b.example.org.",
                      {encloser, closer, zone.example.nsec3("*.example.org.", plain)}) == bogus);
  CHECK(zone.nxdomain("b.example.org.",
                      {zone.example.nsec3("b.example.org.", plain), encloser, wildcard}) == bogus);
  // Of two signings of the zone: what one says exists is not denied by the other.
  CHECK(zone.nxdomain("b.example.org.", {zone.example.nsec3("b.example.org.", plain), encloser,
                                         closer, wildcard}) == bogus);
}

TEST_CASE("NSEC3: an encloser that is a delegation or DNAME does not count",
          "[validator][nsec3][negative]") {
  Zone zone;
  const auto closer = zone.example.nsec3_over("x.b.example.org.");
  const auto wildcard = zone.example.nsec3_over("*.b.example.org.");
  const auto with = [&](std::vector<Type> types) {
    return zone.nxdomain("x.b.example.org.",
                         {zone.example.nsec3("b.example.org.", types), closer, wildcard});
  };
  CHECK(with(plain) == secure);
  CHECK(with({Type::ns}) == bogus);
  CHECK(with({Type::dname}) == bogus);
}

TEST_CASE("NSEC3 NODATA of a wildcard", "[validator][nsec3]") {
  Zone zone;
  const auto encloser = zone.example.nsec3("example.org.", {Type::soa, Type::ns});
  const auto closer = zone.example.nsec3_over("b.example.org.");
  const auto wildcard = zone.example.nsec3("*.example.org.", plain);
  CHECK(zone.nodata("b.example.org.", Type::aaaa, {encloser, closer, wildcard}) == secure);
  CHECK(zone.nodata("b.example.org.", Type::a, {encloser, closer, wildcard}) == bogus);
  CHECK(zone.nodata("b.example.org.", Type::aaaa, {encloser, closer}) == bogus);
}

TEST_CASE("NSEC3 opt-out proves nothing secure", "[validator][nsec3]") {
  Zone zone;
  Nsec3Options out;
  out.opt_out = true;
  const auto encloser = zone.example.nsec3("example.org.", {Type::soa, Type::ns}, out);
  const auto closer = zone.example.nsec3_over("b.example.org.", out);
  const auto wildcard = zone.example.nsec3_over("*.example.org.", out);
  CHECK(zone.nxdomain("b.example.org.", {encloser, closer, wildcard}) == insecure);
  CHECK(zone.nodata("b.example.org.", Type::ds, {encloser, closer}) == insecure);
  CHECK(zone.nodata("b.example.org.", Type::a, {encloser, closer}) == insecure);
  CHECK(zone.nodata("b.example.org.", Type::ds, {closer}) == bogus);
  CHECK(zone.nodata("example.org.", Type::aaaa, {encloser}) == secure);  // a match is no opt-out
}

TEST_CASE("An opt-out span makes an unsigned delegation insecure in the walk",
          "[validator][nsec3]") {
  Zone zone;
  Nsec3Options out;
  out.opt_out = true;
  const auto encloser = zone.example.nsec3("example.org.", {Type::soa, Type::ns}, out);
  zone.set_denied("sub.example.org.", Type::ds, zone.example,
                  {encloser, zone.example.nsec3_over("sub.example.org.", out)});
  const SignedZone child("sub.example.org.", 13);
  const auto rrset = child.unsigned_set("www.sub.example.org.", Type::a, {a_rdata(1)});
  CHECK(zone.judge(positive(rrset, child.name)).kind == insecure);
  CHECK(zone.judge(positive(rrset, child.name)).kind == insecure);
  CHECK(zone.asked.empty());
}

TEST_CASE("Too many iterations: insecure, but only when signed", "[validator][nsec3]") {
  Zone zone;
  Nsec3Options many;
  many.iterations = 51;
  const auto nsec3 = zone.example.nsec3("www.example.org.", plain, many);
  const auto verdict = zone.deny(Finding::nodata, "www.example.org.", Type::aaaa, {nsec3});
  CHECK(verdict.kind == insecure);
  CHECK(verdict.ede.code == EdeCode::unsupported_nsec3_iterations);
  CHECK(zone.work.hashes == 0);
  CHECK(zone.nodata("www.example.org.", Type::aaaa, {nsec3->without_signatures()}) == bogus);
  const auto other = zone.example.nsec3("b.example.org.", plain, many);
  CHECK(zone.nxdomain("a.example.org.", {nsec3, other}) == insecure);
  CHECK(zone.nxdomain("a.example.org.", {nsec3, other->without_signatures()}) == bogus);
  many.iterations = 50;
  CHECK(zone.nodata("www.example.org.", Type::aaaa,
                    {zone.example.nsec3("www.example.org.", plain, many)}) == secure);
}

TEST_CASE("NSEC3 of another algorithm, other parameters or another place is not looked at",
          "[validator][nsec3][negative]") {
  Zone zone;
  Nsec3Options odd;
  odd.hash_algorithm = 2;
  CHECK(zone.nodata("www.example.org.", Type::aaaa,
                    {zone.example.nsec3("www.example.org.", plain, odd)}) == bogus);
  Nsec3Options salted;
  salted.salt = {1, 2};
  const auto encloser = zone.example.nsec3("example.org.", {Type::soa, Type::ns});
  CHECK(zone.nxdomain("b.example.org.",
                      {encloser, zone.example.nsec3_over("b.example.org.", salted),
                       zone.example.nsec3_over("*.example.org.", salted)}) == bogus);
  CHECK(zone.nodata("www.example.org.", Type::aaaa,
                    {zone.example.nsec3("www.example.org.", plain, salted)}) == secure);
  // The parent's chain: right hash, wrong zone.
  CHECK(zone.nodata("www.example.org.", Type::aaaa, {zone.org.nsec3("www.example.org.", plain)}) ==
        bogus);
}

namespace {
/// A record of a name that does not exist, with no type but RRSIG, the record's own and, perhaps,
/// NXNAME.
dns::RRsetPtr denies_itself(std::string_view owner, Type type, bool nxname) {
  Bytes rdata;
  if (type == Type::nsec3) {
    rdata = {1, 0, 0, 0, 0, 20};
    rdata.resize(26, 7);
  } else {
    const auto next = dns::Name::literal("a.example.org.");
    rdata.assign(next.wire().begin(), next.wire().end());
  }
  Bytes bits(nxname ? 17 : 6, 0);
  bits[5] = 0x02;  // RRSIG
  if (nxname) bits[16] = 0x80;
  rdata.insert(rdata.end(), {0, static_cast<std::uint8_t>(bits.size())});
  rdata.insert(rdata.end(), bits.begin(), bits.end());
  dns::RRsetBuilder builder(dns::Name::literal(owner), type);
  REQUIRE(builder.add(rdata, 60));
  return builder.build();
}
}  // namespace

TEST_CASE("NXNAME says that a name does not exist, in NSEC and in NSEC3", "[validator][denial]") {
  const Type type = GENERATE(Type::nsec, Type::nsec3);
  const bool nxname = GENERATE(true, false);
  dns::Evidence evidence;
  evidence.name = dns::Name::literal("gone.example.org.");
  evidence.type = Type::a;
  evidence.finding = Finding::nodata;
  const char* const owner =
      type == Type::nsec ? "gone.example.org." : "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.org.";
  evidence.proofs = {denies_itself(owner, type, nxname)};
  CHECK(validator::denied_by_nxname(evidence) == nxname);
  evidence.finding = Finding::positive;
  CHECK_FALSE(validator::denied_by_nxname(evidence));
}

TEST_CASE("An NSEC of another name denies nothing with its NXNAME",
          "[validator][denial][negative]") {
  dns::Evidence evidence;
  evidence.name = dns::Name::literal("gone.example.org.");
  evidence.finding = Finding::nodata;
  evidence.proofs = {denies_itself("f.example.org.", Type::nsec, true)};
  CHECK_FALSE(validator::denied_by_nxname(evidence));
}
