// The edges of NSEC3 proofs (RFC 5155 8, RFC 9276): places, parameters, the ring of hashes,
// opt-out.
#include <catch2/catch.hpp>

#include "dns/canonical.hpp"
#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Finding;
using dns::Name;
using dns::RRsetPtr;
using dns::Type;
using validator::Verdict;
using validator::VerdictKind;

namespace {
const std::vector<Type> a_only{Type::a, Type::rrsig};
const std::vector<Type> apex_types{Type::soa, Type::ns};

Bytes hash_of(std::string_view name) {
  const auto hash = dns::nsec3_hash(Name::literal(name), {}, 0);
  return Bytes(hash.begin(), hash.end());
}

Bytes beside(Bytes hash, int by) {
  hash.back() = static_cast<std::uint8_t>(hash.back() + by);  // those used here do not carry
  return hash;
}

/// The fields of an NSEC3 in front of its type bitmap, as they are to be written.
struct Fields {
  std::uint8_t algorithm = 1, flags = 0;
  std::uint8_t iterations = 0;
  Bytes salt = {};
};

struct Hashed : World {
  /// An NSEC3 from hash to hash that denies every type of its owner.
  RRsetPtr from_to(const Bytes& owner, const Bytes& next, const Fields& fields = {}) const {
    Bytes rdata{fields.algorithm, fields.flags, 0, fields.iterations,
                static_cast<std::uint8_t>(fields.salt.size())};
    rdata.insert(rdata.end(), fields.salt.begin(), fields.salt.end());
    rdata.push_back(static_cast<std::uint8_t>(next.size()));
    rdata.insert(rdata.end(), next.begin(), next.end());
    return example.sign(dns::base32hex(owner) + ".example.org.", Type::nsec3, {rdata});
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
  RRsetPtr apex() const { return example.nsec3("example.org.", apex_types); }
  RRsetPtr over(std::string_view name) const { return example.nsec3_over(name); }
};
}  // namespace

TEST_CASE("An NSEC3 stands right below the apex of its zone or says nothing",
          "[validator][nsec3][negative]") {
  Hashed zone;
  Signing by_parent;
  by_parent.signer = zone.example.name;
  const SignedZone deeper("sub.example.org.", zone.example.keys);
  const auto of = [&](const RRsetPtr& nsec3) {
    return zone.nodata("x.sub.example.org.", Type::aaaa, {nsec3});
  };
  CHECK(of(zone.example.nsec3("x.sub.example.org.", a_only)) == VerdictKind::secure);
  CHECK(of(deeper.nsec3("x.sub.example.org.", a_only, {}, by_parent)) == VerdictKind::bogus);
}

TEST_CASE("NSEC3 with unknown flags or another hash algorithm is not looked at",
          "[validator][nsec3][negative]") {
  Hashed zone;
  const Bytes hash = hash_of("www.example.org.");
  const auto with = [&](const Fields& fields) {
    return zone.nodata("www.example.org.", Type::a, {zone.from_to(hash, beside(hash, 1), fields)});
  };
  CHECK(with({}) == VerdictKind::secure);
  CHECK(with({.flags = 1}) == VerdictKind::secure);
  CHECK(with({.flags = 2}) == VerdictKind::bogus);
  CHECK(with({.algorithm = 2}) == VerdictKind::bogus);
}

TEST_CASE("All NSEC3 of a proof have the parameters of the first", "[validator][nsec3][negative]") {
  Hashed zone;
  // Their hashes are those of iterations 0 without salt, whatever they say.
  const auto span = [&](std::string_view name, const Fields& fields) {
    return zone.from_to(beside(hash_of(name), -1), beside(hash_of(name), 1), fields);
  };
  const auto proof = [&](const Fields& fields) {
    return zone.nxdomain("b.example.org.", {zone.apex(), zone.over("b.example.org."),
                                            span("*.example.org.", fields)});
  };
  CHECK(proof({}) == VerdictKind::secure);
  CHECK(proof({.iterations = 1}) == VerdictKind::bogus);
  CHECK(proof({.salt = {7}}) == VerdictKind::bogus);
}

TEST_CASE("The last NSEC3 of a zone points to its first; one alone covers all but itself",
          "[validator][nsec3]") {
  Hashed zone;
  const Bytes b = hash_of("b.example.org."), first(20, 0), last(20, 0xFF);
  const auto with = [&](const RRsetPtr& span) {
    return zone.nxdomain("b.example.org.", {zone.apex(), zone.over("*.example.org."), span});
  };
  CHECK(with(zone.from_to(beside(b, -1), first)) == VerdictKind::secure);  // round the end
  CHECK(with(zone.from_to(last, beside(b, 1))) == VerdictKind::secure);    // round the beginning
  CHECK(with(zone.from_to(beside(b, 1), beside(b, -1))) == VerdictKind::bogus);  // all but b
  CHECK(with(zone.from_to(beside(b, 1), beside(b, 1))) == VerdictKind::secure);  // the only one
  CHECK(with(zone.from_to(b, b)) == VerdictKind::bogus);                         // it is b
  CHECK(with(zone.from_to(beside(b, -1), b)) == VerdictKind::bogus);             // next exists
  CHECK(with(zone.from_to(first, beside(b, -1))) == VerdictKind::bogus);
}

TEST_CASE("Each NSEC3 of a proof is signed", "[validator][nsec3][negative]") {
  Hashed zone;
  const std::vector<RRsetPtr> all{zone.apex(), zone.over("b.example.org."),
                                  zone.over("*.example.org.")};
  CHECK(zone.nxdomain("b.example.org.", all) == VerdictKind::secure);
  for (std::size_t at = 0; at < all.size(); ++at) {
    auto bare = all;
    bare[at] = bare[at]->without_signatures();
    CAPTURE(at);
    CHECK(zone.nxdomain("b.example.org.", bare) == VerdictKind::bogus);
  }
}

TEST_CASE("The next closer name is one label longer than the encloser", "[validator][nsec3]") {
  Hashed zone;
  const auto apex = zone.apex(), star = zone.over("*.example.org.");
  CHECK(zone.nxdomain("a.b.example.org.", {apex, star, zone.over("b.example.org.")}) ==
        VerdictKind::secure);
  CHECK(zone.nxdomain("a.b.example.org.", {apex, star, zone.over("a.b.example.org.")}) ==
        VerdictKind::bogus);
  // b exists as an empty non-terminal: it is the encloser, and its wildcard must be denied.
  const auto b = zone.example.nsec3("b.example.org.", {});
  const auto closer = zone.over("a.b.example.org.");
  CHECK(zone.nxdomain("a.b.example.org.", {apex, star, b, closer}) == VerdictKind::bogus);
  CHECK(zone.nxdomain("a.b.example.org.", {b, closer, zone.over("*.b.example.org.")}) ==
        VerdictKind::secure);
}

TEST_CASE("A wildcard that is a delegation denies no DS under NSEC3",
          "[validator][nsec3][negative]") {
  Hashed zone;
  const auto with = [&](std::vector<Type> types) {
    return zone.nodata("b.example.org.", Type::ds,
                       {zone.apex(), zone.over("b.example.org."),
                        zone.example.nsec3("*.example.org.", std::move(types))});
  };
  CHECK(with(a_only) == VerdictKind::secure);
  CHECK(with({Type::ns}) == VerdictKind::bogus);
}

TEST_CASE("Opt-out: AD is lost by the span of the next closer name alone", "[validator][nsec3]") {
  Hashed zone;
  Nsec3Options out;
  out.opt_out = true;
  const auto closer = zone.over("b.example.org."), star = zone.over("*.example.org.");
  const auto closer_out = zone.example.nsec3_over("b.example.org.", out);
  CHECK(zone.nxdomain("b.example.org.", {zone.apex(), closer, star}) == VerdictKind::secure);
  CHECK(zone.nxdomain("b.example.org.", {zone.apex(), closer_out, star}) == VerdictKind::insecure);
  // What exists, or is no wildcard's, is denied by its own record, opt-out or not.
  CHECK(zone.nodata("b.example.org.", Type::a,
                    {zone.example.nsec3("b.example.org.", {Type::txt}, out)}) ==
        VerdictKind::secure);
  const auto wild = zone.example.nsec3("*.example.org.", a_only, out);
  CHECK(zone.nodata("b.example.org.", Type::txt, {zone.apex(), closer, wild}) ==
        VerdictKind::secure);
  CHECK(zone.nodata("b.example.org.", Type::txt, {zone.apex(), closer_out, wild}) ==
        VerdictKind::insecure);
  CHECK(zone.nodata("b.example.org.", Type::a, {zone.apex(), closer_out, wild}) ==
        VerdictKind::bogus);  // the wildcard has A
}

TEST_CASE("Opt-out does not excuse an NSEC3 of the name that shows a DS, or a cut's other types",
          "[validator][nsec3][negative]") {
  Hashed zone;
  Nsec3Options out;
  out.opt_out = true;
  const auto cut = zone.example.nsec3("b.example.org.", {Type::ns, Type::ds}, out);
  const auto closer = zone.example.nsec3_over("b.example.org.", out);
  CHECK(zone.nodata("b.example.org.", Type::ds, {zone.apex(), cut, closer}) == VerdictKind::bogus);
}

TEST_CASE("NSEC3 iterations above the limit make a wildcard's answer insecure too",
          "[validator][nsec3]") {
  Hashed zone;
  Nsec3Options many;
  many.iterations = 51;
  const auto expanded = zone.example.expand("a.b.example.org.", Type::a, {a_rdata(1)});
  const auto closer = zone.example.nsec3_over("b.example.org.", many);
  CHECK(zone.judge(positive(expanded, zone.example.name, {closer})).kind == VerdictKind::insecure);
  CHECK(zone.deny(Finding::nxdomain, "b.example.org.", Type::a, {closer}).kind ==
        VerdictKind::insecure);
  CHECK(zone.judge(positive(expanded, zone.example.name, {closer->without_signatures()})).kind ==
        VerdictKind::bogus);
  REQUIRE(zone.limits.set(Limit::nsec3_iterations, 51));
  CHECK(zone.judge(positive(expanded, zone.example.name, {closer})).kind == VerdictKind::secure);
}

TEST_CASE("Iterations above the limit at a delegation: insecure below, not bogus",
          "[validator][nsec3]") {
  Hashed zone;
  Nsec3Options many;
  many.iterations = 51;
  zone.set_denied("sub.example.org.", Type::ds, zone.example,
                  {zone.example.nsec3("sub.example.org.", {Type::ns}, many)});
  const SignedZone child("sub.example.org.", 13);
  const auto below = child.unsigned_set("www.sub.example.org.", Type::a, {a_rdata(1)});
  CHECK(zone.judge(positive(below, child.name)).kind == VerdictKind::insecure);
}

TEST_CASE("Compact denial by NSEC3", "[validator][nsec3]") {
  Hashed zone;
  const auto none = zone.example.nsec3("b.example.org.", {Type::nxname});
  CHECK(zone.nxdomain("b.example.org.", {none}) == VerdictKind::secure);
  CHECK(zone.nodata("b.example.org.", Type::a, {none}) == VerdictKind::secure);
  CHECK(zone.nxdomain("b.example.org.", {none->without_signatures()}) == VerdictKind::bogus);
  CHECK(zone.nxdomain("b.example.org.", {zone.example.nsec3("b.example.org.", a_only)}) ==
        VerdictKind::bogus);
}
