// What is made on the way: answers of wildcards (RFC 4035 5.3.4) and CNAMEs of DNAMEs (RFC 6672).
#include <catch2/catch.hpp>

#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::EdeCode;
using dns::RRsetPtr;
using dns::Type;
using validator::VerdictKind;

TEST_CASE("A wildcard above the zone is none of its own, whatever the proof",
          "[validator][synthesis][negative]") {
  World world;
  Signing how;
  how.labels = 1;  // *.org.
  const auto lie = world.example.sign("www.example.org.", Type::a, {a_rdata(66)}, how);
  const auto apex = world.example.nsec("example.org.", "z.example.org.", {Type::soa});
  const auto verdict = world.judge(positive(lie, world.example.name, {apex}));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.text.find("label count 1") != std::string::npos);
}

TEST_CASE("Types that wildcards never make are refused, with the best of proofs",
          "[validator][synthesis][negative]") {
  World world;
  const auto closer = world.example.nsec("a.example.org.", "c.example.org.", {Type::a});
  const Bytes name = ns_rdata("t.org.");
  const std::vector<std::pair<Type, Bytes>> never{
      {Type::ds, world.example.keys[0].ds(world.example.name)},
      {Type::dnskey, world.example.keys[0].rdata()},
      {Type::soa, soa_rdata("b.example.org.")},
      {Type::dname, name}};
  CHECK(world
            .judge(positive(world.example.expand("b.example.org.", Type::cname, {name}),
                            world.example.name, {closer}))
            .kind == VerdictKind::secure);
  for (const auto& [type, rdata] : never) {
    CAPTURE(dns::to_text(type));
    const auto made = world.example.expand("b.example.org.", type, {rdata});
    CHECK(world.judge(positive(made, world.example.name, {closer})).kind == VerdictKind::bogus);
  }
}

TEST_CASE("A wildcard's alias needs the proof like any other type",
          "[validator][synthesis][negative]") {
  World world;
  const auto alias = world.example.expand("b.example.org.", Type::cname, {ns_rdata("t.org.")});
  const auto verdict = world.judge(positive(alias, world.example.name));
  CHECK(verdict.kind == VerdictKind::bogus);
  CHECK(verdict.ede.code == EdeCode::nsec_missing);
}

TEST_CASE("A name that holds an asterisk further down is no wildcard", "[validator][synthesis]") {
  World world;
  const auto set = world.example.sign("a.*.example.org.", Type::a, {a_rdata(1)});
  CHECK(world.judge(positive(set, world.example.name)).kind == VerdictKind::secure);
  // *.b.example.org. asked for and answered by *.example.org. is expanded all the same.
  const auto expanded = world.example.expand("*.b.example.org.", Type::a, {a_rdata(1)});
  CHECK(world.judge(positive(expanded, world.example.name)).kind == VerdictKind::bogus);
}

// DNAME

namespace {
struct Renamed : World {
  RRsetPtr dname(const Signing& how = {}) const {
    return example.sign("d.example.org.", Type::dname, {ns_rdata("t.org.")}, how);
  }
  VerdictKind made(std::vector<Bytes> targets, RRsetPtr from) {
    const auto cname = example.unsigned_set("x.d.example.org.", Type::cname, targets);
    return judge(positive(cname, example.name, {std::move(from)})).kind;
  }
  const Bytes good = ns_rdata("x.t.org.");
};
}  // namespace

TEST_CASE("A CNAME is as good as the signature of its DNAME", "[validator][synthesis][negative]") {
  Renamed world;
  Signing spoiled, expired, wild;
  spoiled.spoil = true;
  expired.expiration = expired.inception + 1;
  wild.labels = 2;  // made from *.example.org.
  CHECK(world.made({world.good}, world.dname()) == VerdictKind::secure);
  CHECK(world.made({world.good}, world.dname(spoiled)) == VerdictKind::bogus);
  CHECK(world.made({world.good}, world.dname(expired)) == VerdictKind::bogus);
  CHECK(world.made({world.good}, world.dname(wild)) == VerdictKind::bogus);
}

TEST_CASE("One DNAME makes one CNAME", "[validator][synthesis][negative]") {
  Renamed world;
  CHECK(world.made({world.good, ns_rdata("evil.org.")}, world.dname()) == VerdictKind::bogus);
  CHECK(world.made({ns_rdata("X.T.Org.")}, world.dname()) == VerdictKind::secure);
  const auto two =
      world.example.sign("d.example.org.", Type::dname, {ns_rdata("t.org."), ns_rdata("u.org.")});
  CHECK(world.made({world.good}, two) == VerdictKind::bogus);
}

TEST_CASE("A DNAME renames what is below it, not itself nor its neighbours",
          "[validator][synthesis][negative]") {
  Renamed world;
  const auto at = [&](const char* owner, const char* target) {
    const auto cname = world.example.unsigned_set(owner, Type::cname, {ns_rdata(target)});
    return world.judge(positive(cname, world.example.name, {world.dname()})).kind;
  };
  CHECK(at("x.y.d.example.org.", "x.y.t.org.") == VerdictKind::secure);
  CHECK(at("d.example.org.", "t.org.") == VerdictKind::bogus);
  CHECK(at("xd.example.org.", "xt.org.") == VerdictKind::bogus);
}

TEST_CASE("The TTL of a CNAME ends with the signature of its DNAME", "[validator][synthesis]") {
  Renamed world;
  Signing brief;
  brief.original_ttl = 42;
  const auto cname = world.example.unsigned_set("x.d.example.org.", Type::cname, {world.good});
  CHECK(world.judge(positive(cname, world.example.name, {world.dname(brief)})).ttl_most == 42);
}

TEST_CASE("No alias where it would be too long, as the signed DNAME shows",
          "[validator][synthesis][negative]") {
  Renamed world;
  const std::string label(60, 'a');
  const dns::Name fits = dns::Name::literal("x.d.example.org.");
  const dns::Name below = dns::Name::literal(label + "." + label + "." + label + ".d.example.org.");
  const auto verdict = [&](const dns::Name& name, std::vector<RRsetPtr> proofs,
                           Type type = Type::cname) {
    return world
        .judge({name, type, dns::Finding::yxdomain, nullptr, std::move(proofs), world.example.name})
        .kind;
  };
  const auto dname = [&](const Signing& how = {}) {
    return world.example.sign("d.example.org.", Type::dname, {ns_rdata(label + ".example.org.")},
                              how);
  };
  Signing spoiled;
  spoiled.spoil = true;
  CHECK(verdict(below, {dname()}) == VerdictKind::secure);
  CHECK(verdict(below, {dname(spoiled)}) == VerdictKind::bogus);
  CHECK(verdict(fits, {dname()}) == VerdictKind::bogus);
  CHECK(verdict(dns::Name::literal(label + ".e.example.org."), {dname()}) == VerdictKind::bogus);
  CHECK(verdict(below, {}) == VerdictKind::bogus);
  CHECK(verdict(below, {dname()}, Type::a) == VerdictKind::bogus);
}

TEST_CASE("Below a name whose alias is too long there is no cut", "[validator][synthesis]") {
  Renamed world;
  const std::string label(60, 'a');
  const std::string below = label + "." + label + "." + label + ".d.example.org.";
  const auto dname =
      world.example.sign("d.example.org.", Type::dname, {ns_rdata(label + ".example.org.")});
  const dns::Name name = dns::Name::literal(below);
  dns::Evidence evidence{name,    Type::cname, dns::Finding::yxdomain,
                         nullptr, {dname},     world.example.name};
  world.instead[text_of(name, Type::ds)] = evidence;
  const auto unsigned_set = world.example.unsigned_set(below, Type::a, {a_rdata(1)});
  CHECK(world.judge(positive(unsigned_set, world.example.name)).kind == VerdictKind::bogus);
}
