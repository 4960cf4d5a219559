// What records found secure before say of names nobody asked for: NSEC3 (RFC 8198 5.2, 5.4, RFC
// 5155 8), and which records are worth keeping.
#include "validator/deduction.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "test/unit/validator/rfc_zone.hpp"
#include "test/unit/validator/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Finding;
using dns::Name;
using dns::RRsetPtr;
using dns::Type;

namespace {
/// NSEC3 records as a cache holds them, or NSEC records, and RRsets at wildcards.
struct Held final : validator::Records {
  std::vector<RRsetPtr> records, nsecs, wildcards;
  RRsetPtr nsec(const Name& name) override {
    RRsetPtr best;
    for (const RRsetPtr& record : nsecs)
      if (record->owner().canonical_order(name) <= 0 &&
          (!best || record->owner().canonical_order(best->owner()) > 0))
        best = record;
    return best;
  }
  RRsetPtr at_wildcard(const Name& wildcard, Type type) override {
    for (const Type sought : {type, Type::cname})
      for (const RRsetPtr& rrset : wildcards)
        if (rrset->owner() == wildcard && rrset->type() == sought) return rrset;
    return nullptr;
  }
  RRsetPtr nsec3(const dns::Nsec3Hash& hash) override {
    RRsetPtr best, last;
    const auto from = [](const RRsetPtr& r) { return dns::Nsec3Record::read(*r)->from; };
    for (const RRsetPtr& record : records) {
      if (from(record) <= hash && (!best || from(record) > from(best))) best = record;
      if (!last || from(record) > from(last)) last = record;
    }
    return best ? best : last;
  }
  std::optional<dns::Nsec3Parameters> parameters() override {
    if (records.empty()) return std::nullopt;
    return dns::Nsec3Record::read(*records[0])->parameters();
  }
};

/// Deduces from the records given, and counts hashes.
struct Desk {
  Held held;
  Name zone = Name::literal("example.org.");
  Limits limits;
  Metrics metrics;
  CountingWork work;
  bool stopped = false;
  std::size_t proofs = 0;

  Desk() { work.hashes_left = 1000; }
  std::optional<Finding> said(std::string_view name, Type type = Type::a) {
    validator::Effort effort(limits, metrics);
    effort.begin_step({}, work);
    work.hashes = 0;
    validator::Deducer deducer(held, zone, effort);
    const auto made = deducer.deduce(Name::literal(std::string(name)), type);
    stopped = deducer.stopped();
    proofs = made ? made->proofs.size() : 0;
    return made ? std::optional(made->finding) : std::nullopt;
  }
};

const SignedZone zone("example.org.", 13);
const std::vector<Type> apex_types{Type::soa, Type::ns};
constexpr bool out = true;

Nsec3Options with(bool opt_out, std::uint16_t iterations = 0, Bytes salt = {}) {
  Nsec3Options options;
  options.opt_out = opt_out;
  options.iterations = iterations;
  options.salt = std::move(salt);
  return options;
}
RRsetPtr at(std::string_view name, std::vector<Type> types = {Type::a}, bool opt_out = false) {
  return zone.nsec3(name, types, with(opt_out));
}
RRsetPtr over(std::string_view name, bool opt_out = false) {
  return zone.nsec3_over(name, with(opt_out));
}
const RRsetPtr apex = at("example.org.", apex_types);
const RRsetPtr no_star = over("*.example.org.");
}  // namespace

TEST_CASE("Encloser, next closer name and wildcard deny a name and those below",
          "[validator][spans][nsec3]") {
  Desk desk;
  desk.held.records = {apex, no_star, over("c.example.org.")};
  CHECK(desk.said("c.example.org.") == Finding::nxdomain);
  CHECK(desk.proofs == 3);
  CHECK(desk.work.hashes == 3);
  CHECK(desk.said("w.x.y.z.c.example.org.", Type::mx) == Finding::nxdomain);
  CHECK(desk.work.hashes == 3);  // from the apex down: what does not exist is not hashed
}

TEST_CASE("Each of the three is needed", "[validator][spans][nsec3][negative]") {
  const std::vector<RRsetPtr> all{apex, no_star, over("c.example.org.")};
  for (std::size_t missing = 0; missing < all.size(); ++missing) {
    Desk desk;
    desk.held.records = all;
    desk.held.records.erase(desk.held.records.begin() + static_cast<std::ptrdiff_t>(missing));
    CHECK_FALSE(desk.said("c.example.org."));
  }
  Desk desk;
  CHECK_FALSE(desk.said("c.example.org."));
  CHECK(desk.work.hashes == 0);
}

TEST_CASE("A name with an NSEC3 of its own has no other types", "[validator][spans][nsec3]") {
  Desk desk;
  desk.held.records = {at("b.example.org."), at("x.y.example.org.", {Type::cname}),
                       at("ent.example.org.", {})};
  CHECK(desk.said("b.example.org.", Type::txt) == Finding::nodata);
  CHECK(desk.said("b.example.org.", Type::ds) == Finding::nodata);
  CHECK_FALSE(desk.said("b.example.org."));
  CHECK_FALSE(desk.said("x.y.example.org.", Type::txt));               // its CNAME answers
  CHECK(desk.said("ent.example.org.", Type::txt) == Finding::nodata);  // an empty non-terminal
}

TEST_CASE("A wildcard without the type is no data", "[validator][spans][nsec3]") {
  Desk desk;
  desk.held.records = {apex, at("*.example.org.", {Type::txt}), over("c.example.org.")};
  CHECK(desk.said("c.example.org.") == Finding::nodata);
  CHECK(desk.said("d.c.example.org.") == Finding::nodata);
  CHECK_FALSE(desk.said("c.example.org.", Type::txt));
}

TEST_CASE("A span that opted out denies nothing", "[validator][spans][nsec3][negative]") {
  Desk desk;
  desk.held.records = {apex, no_star, over("c.example.org.", out)};
  CHECK_FALSE(desk.said("c.example.org."));
  CHECK_FALSE(desk.said("c.example.org.", Type::ds));
  desk.held.records = {apex, over("*.example.org.", out), over("c.example.org.")};
  CHECK_FALSE(desk.said("c.example.org."));
  desk.held.records = {apex, at("*.example.org.", {Type::txt}), over("c.example.org.", out)};
  CHECK_FALSE(desk.said("c.example.org."));
}

TEST_CASE("What opted out still speaks of its own name", "[validator][spans][nsec3]") {
  Desk desk;
  desk.held.records = {at("example.org.", apex_types, out), no_star, over("c.example.org."),
                       at("b.example.org.", {Type::a}, out)};
  CHECK(desk.said("b.example.org.", Type::txt) == Finding::nodata);
  CHECK(desk.said("c.example.org.") == Finding::nxdomain);  // the encloser's flag is of no matter
}

TEST_CASE("A cut and a DNAME say nothing of names below, nor the parent's side of the child",
          "[validator][spans][nsec3][negative]") {
  Desk desk;
  for (const Type type : {Type::ns, Type::dname}) {
    desk.held.records = {apex, at("b.example.org.", {type}), over("x.b.example.org."),
                         over("*.b.example.org.")};
    CHECK_FALSE(desk.said("x.b.example.org."));
    // Nor where somebody signed records below.
    desk.held.records.push_back(at("x.b.example.org."));
    CHECK_FALSE(desk.said("x.b.example.org.", Type::txt));
  }
  desk.held.records = {at("b.example.org.", {Type::ns})};
  CHECK_FALSE(desk.said("b.example.org.", Type::txt));
  CHECK(desk.said("b.example.org.", Type::ds) == Finding::nodata);
  desk.held.records = {apex};
  CHECK_FALSE(desk.said("example.org.", Type::ds));  // that is the parent's
  CHECK(desk.said("example.org.", Type::txt) == Finding::nodata);
}

TEST_CASE("Records of other parameters or another zone are none of these",
          "[validator][spans][nsec3][negative]") {
  Desk desk;
  desk.held.records = {apex, no_star, zone.nsec3_over("c.example.org.", with(false, 1))};
  CHECK_FALSE(desk.said("c.example.org."));
  desk.held.records[2] = zone.nsec3_over("c.example.org.", with(false, 0, {0xAB}));
  CHECK_FALSE(desk.said("c.example.org."));
  const SignedZone deeper("deep.example.org.", 13);
  desk.held.records = {deeper.nsec3("example.org.", apex_types),
                       deeper.nsec3_over("*.example.org."),
                       deeper.nsec3_over("c.example.org.")};  // owners at the wrong depth
  CHECK_FALSE(desk.said("c.example.org."));
}

TEST_CASE("The last NSEC3 of the ring denies beyond the end and before the first",
          "[validator][spans][nsec3]") {
  Desk desk;
  const auto hash = dns::nsec3_hash(Name::literal("example.org."), {}, 0);
  const Bytes only(hash.begin(), hash.end());
  desk.held.records = {zone.hashed(only, only, apex_types, {}, {})};  // the apex alone: all but it
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"})
    CHECK(desk.said(std::string(name) + ".example.org.") == Finding::nxdomain);
  CHECK(desk.proofs == 1);
  CHECK_FALSE(desk.said("example.org.", Type::ns));
  // Once the ring ends at its smallest hash, and that is in the gap of nobody.
  Bytes next = only;
  ++next.back();
  desk.held.records = {zone.hashed(next, only, {Type::a}, {}, {})};
  CHECK_FALSE(desk.said("example.org.", Type::txt));
}

TEST_CASE("Hashes stop with the work, and too many iterations are not begun",
          "[validator][spans][nsec3][negative]") {
  Desk desk;
  desk.held.records = {apex, no_star, over("c.example.org.")};
  desk.work.hashes_left = 2;
  CHECK_FALSE(desk.said("c.example.org."));
  CHECK(desk.stopped);
  Desk many;
  many.held.records = {zone.nsec3("b.example.org.", {Type::a}, with(false, 51))};
  CHECK_FALSE(many.said("b.example.org.", Type::txt));
  CHECK(many.work.hashes == 0);
  CHECK_FALSE(many.stopped);
  many.held.records = {zone.nsec3("b.example.org.", {Type::a}, with(false, 50))};
  CHECK(many.said("b.example.org.", Type::txt) == Finding::nodata);
}

TEST_CASE("A name whose NSEC3 has NXNAME does not exist, and those below are not known",
          "[validator][spans][nsec3]") {
  Desk desk;
  desk.held.records = {apex, at("b.example.org.", {Type::rrsig, Type::nxname})};
  CHECK(desk.said("b.example.org.") == Finding::nxdomain);
  CHECK_FALSE(desk.said("x.b.example.org."));
}

TEST_CASE("RFC 5155 A: what its records say, opted out as they are, and as if they were not",
          "[validator][spans][nsec3][rfc5155]") {
  const RfcZone rfc("rfc5155.zone", 1'300'000'000);
  Desk desk;
  desk.zone = rfc.apex;
  for (const auto& [key, rrset] : rfc.sets())
    if (rrset->type() == Type::nsec3) desk.held.records.push_back(rrset);
  CHECK(desk.said("ns1.example.", Type::mx) == Finding::nodata);  // B.2
  CHECK(desk.said("y.w.example.", Type::a) == Finding::nodata);   // B.2.1
  CHECK(desk.said("example.", Type::txt) == Finding::nodata);     // B.6
  CHECK_FALSE(desk.said("a.c.x.w.example."));                     // B.1
  CHECK_FALSE(desk.said("c.example.", Type::ds));                 // B.3
  CHECK_FALSE(desk.said("a.z.w.example.", Type::aaaa));           // B.5
  for (RRsetPtr& record : desk.held.records) {
    const auto octets = record->rdata().front();
    Bytes plain(octets.begin(), octets.end());
    plain[1] = 0;
    dns::RRsetBuilder builder(record->owner(), Type::nsec3);
    REQUIRE(builder.add(plain, 3600));
    record = builder.build();
  }
  CHECK(desk.said("a.c.x.w.example.") == Finding::nxdomain);
  CHECK(desk.said("a.z.w.example.", Type::aaaa) == Finding::nodata);
  CHECK_FALSE(desk.said("a.z.w.example.", Type::mx));  // B.4: the wildcard answers
}

TEST_CASE("What covers next to nothing, or opted out at a delegation, is not kept",
          "[validator][spans]") {
  const auto kept = [](const RRsetPtr& record) { return validator::speaks_of_others(*record, 50); };
  CHECK(kept(zone.nsec("b.example.org.", "d.example.org.", {Type::a})));
  CHECK_FALSE(kept(zone.nsec("b.example.org.", "\\000.b.example.org.", {Type::a})));
  CHECK_FALSE(kept(zone.nsec("a.example.org.", "b\\000.example.org.", {Type::a})));
  CHECK_FALSE(kept(over("b.example.org.")));  // one hash to either side
  const auto wide = [](bool opt_out, const std::vector<Type>& types, std::uint16_t iterations = 0) {
    return zone.hashed(Bytes(20, 0x10), Bytes(20, 0x20), types, with(opt_out, iterations), {});
  };
  CHECK(kept(wide(false, {Type::ns})));
  CHECK(kept(wide(out, {Type::a})));
  CHECK(kept(wide(out, {Type::ns, Type::soa})));
  CHECK_FALSE(kept(wide(out, {Type::ns})));
  CHECK_FALSE(kept(wide(out, {Type::ns, Type::ds})));
  CHECK(kept(wide(false, {Type::a}, 50)));
  CHECK_FALSE(kept(wide(false, {Type::a}, 51)));
  CHECK(kept(zone.hashed(Bytes(20, 0x10), Bytes(20, 0x10), apex_types, {}, {})));  // a zone of one
  CHECK_FALSE(kept(zone.soa()));
}

namespace {
const RRsetPtr star = zone.sign("*.example.org.", Type::a, {a_rdata(84)});
RRsetPtr gap(const char* owner, const char* next, std::vector<Type> types = {Type::a}) {
  return zone.nsec(owner, next, std::move(types));
}
}  // namespace

TEST_CASE("A wildcard answers for the names of a gap, which is all the proof",
          "[validator][spans][wildcard]") {
  Desk desk;
  desk.held.wildcards = {star};
  desk.held.nsecs = {gap("b.example.org.", "e.example.org.")};
  CHECK(desk.said("c.example.org.") == Finding::positive);
  CHECK(desk.proofs == 1);
  CHECK(desk.said("x.y.c.example.org.") == Finding::positive);
  CHECK_FALSE(desk.said("c.example.org.", Type::txt));  // not known whether it is there
  desk.held.wildcards = {zone.sign("*.example.org.", Type::cname, {ns_rdata("b.example.org.")})};
  CHECK(desk.said("c.example.org.", Type::txt) == Finding::positive);
}

TEST_CASE("Likewise by NSEC3, which need not show the encloser", "[validator][spans][wildcard]") {
  Desk desk;
  desk.held.wildcards = {star};
  desk.held.records = {over("c.example.org.")};
  CHECK(desk.said("c.example.org.") == Finding::positive);
  CHECK(desk.proofs == 1);
  CHECK(desk.said("x.c.example.org.") == Finding::positive);
  CHECK_FALSE(desk.said("d.example.org."));
}

TEST_CASE("A wildcard answers for nothing that exists, nor past a closer encloser",
          "[validator][spans][wildcard][negative]") {
  Desk desk;
  desk.held.wildcards = {star};
  desk.held.nsecs = {gap("b.example.org.", "x.e.example.org.")};
  CHECK(desk.said("c.example.org.") == Finding::positive);
  CHECK(desk.said("b.example.org.", Type::txt) == Finding::nodata);
  CHECK_FALSE(desk.said("b.example.org."));
  CHECK(desk.said("e.example.org.") == Finding::nodata);      // an empty non-terminal
  CHECK(desk.said("c.e.example.org.") == Finding::nxdomain);  // e is closer
  CHECK(desk.said("x.b.example.org.") == Finding::nxdomain);  // so is b
  Desk hashed;
  hashed.held.wildcards = {star};
  hashed.held.records = {at("b.example.org."), over("x.b.example.org."), over("y.e.example.org.")};
  CHECK_FALSE(hashed.said("b.example.org."));
  CHECK_FALSE(hashed.said("x.b.example.org."));
  CHECK_FALSE(hashed.said("y.e.example.org."));
}

TEST_CASE("No wildcard below a cut or a DNAME, nor in a span that opted out",
          "[validator][spans][wildcard][negative]") {
  const auto below = zone.sign("*.b.example.org.", Type::a, {a_rdata(85)});
  for (const Type type : {Type::ns, Type::dname}) {
    Desk desk;
    desk.held.wildcards = {below};
    desk.held.nsecs = {gap("b.example.org.", "e.example.org.", {type})};
    CHECK_FALSE(desk.said("x.b.example.org."));
    Desk hashed;
    hashed.held.wildcards = {below};
    hashed.held.records = {at("b.example.org.", {type}), over("x.b.example.org.")};
    CHECK_FALSE(hashed.said("x.b.example.org."));
  }
  Desk desk;
  desk.held.wildcards = {star};
  desk.held.records = {over("c.example.org.", out)};
  CHECK_FALSE(desk.said("c.example.org."));
}

TEST_CASE("What wildcards do not make is made of none", "[validator][spans][wildcard][negative]") {
  for (const Type type : {Type::ds, Type::ns, Type::dname, Type::nsec, Type::soa, Type::dnskey}) {
    Desk desk;
    desk.held.wildcards = {zone.sign("*.example.org.", type, {ns_rdata("b.example.org.")})};
    desk.held.nsecs = {gap("b.example.org.", "e.example.org.")};
    CHECK_FALSE(desk.said("c.example.org.", type));
    CHECK(validator::wildcard_of(
              *zone.expand("c.example.org.", type, {ns_rdata("b.example.org.")})) == nullptr);
  }
}

TEST_CASE("An answer made from a wildcard gives its RRset back", "[validator][spans][wildcard]") {
  World world;
  const auto made = zone.expand("x.c.example.org.", Type::a, {a_rdata(84), a_rdata(85)});
  const RRsetPtr wildcard = validator::wildcard_of(*made);
  REQUIRE(wildcard);
  CHECK(wildcard->owner() == Name::literal("*.example.org."));
  CHECK(wildcard->rdata().size() == 2);
  CHECK(wildcard->signatures().size() == 1);
  const auto own = world.example.expand("c.example.org.", Type::a, {a_rdata(84)});
  CHECK(world.judge(positive(validator::wildcard_of(*own), world.example.name)).kind ==
        validator::VerdictKind::secure);
  CHECK(validator::wildcard_of(*star) == nullptr);
  CHECK(validator::wildcard_of(*zone.sign("c.example.org.", Type::a, {a_rdata(1)})) == nullptr);
  CHECK(validator::wildcard_of(*zone.unsigned_set("c.example.org.", Type::a, {a_rdata(1)})) ==
        nullptr);
}
