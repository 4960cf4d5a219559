// What NSEC records that were verified before say of names nobody asked for (RFC 8198, RFC 6840 4).
#include <catch2/catch.hpp>

#include "test/unit/validator/world.hpp"
#include "validator/denial.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Finding;
using dns::Name;
using dns::RRsetPtr;
using dns::Type;

namespace {
const SignedZone zone("example.org.", 13);

RRsetPtr nsec(const char* owner, const char* next, std::vector<Type> types = {Type::a}) {
  return zone.nsec(owner, next, std::move(types));
}
std::optional<Finding> said(const std::vector<RRsetPtr>& records, const char* name,
                            Type type = Type::a) {
  return validator::denied_by(records, zone.name, Name::literal(name), type);
}
const RRsetPtr apex = nsec("example.org.", "b.example.org.", {Type::soa, Type::ns});
const RRsetPtr gap = nsec("b.example.org.", "e.example.org.");
}  // namespace

TEST_CASE("A gap and the wildcard's gap deny a name", "[validator][spans]") {
  CHECK(said({gap, apex}, "c.example.org.") == Finding::nxdomain);
  CHECK(said({gap, apex}, "x.y.c.example.org.", Type::mx) == Finding::nxdomain);
  CHECK(said({apex}, "a.example.org.") == Finding::nxdomain);  // one record covers both
}

TEST_CASE("A record of the name itself denies what it does not list", "[validator][spans]") {
  CHECK(said({gap}, "b.example.org.", Type::txt) == Finding::nodata);
  CHECK(said({gap}, "b.example.org.", Type::ds) == Finding::nodata);
  CHECK_FALSE(said({gap}, "b.example.org."));
  CHECK_FALSE(
      said({nsec("b.example.org.", "e.example.org.", {Type::cname})}, "b.example.org.", Type::txt));
}

TEST_CASE("An empty non-terminal and a wildcard without the type are no data",
          "[validator][spans]") {
  const auto above = nsec("b.example.org.", "x.e.example.org.");
  CHECK(said({above, apex}, "e.example.org.") == Finding::nodata);
  const auto wildcard = nsec("*.example.org.", "b.example.org.", {Type::txt});
  CHECK(said({gap, wildcard}, "c.example.org.") == Finding::nodata);
  CHECK_FALSE(said({gap, wildcard}, "c.example.org.", Type::txt));
}

TEST_CASE("Without the wildcard's gap nothing is denied", "[validator][spans][negative]") {
  CHECK_FALSE(said({gap}, "c.example.org."));
  CHECK_FALSE(said({}, "c.example.org."));
  CHECK_FALSE(said({gap, apex}, "f.example.org."));
}

TEST_CASE("A cut, a DNAME and another zone's record say nothing of names below",
          "[validator][spans][negative]") {
  const auto cut = nsec("b.example.org.", "e.example.org.", {Type::ns});
  CHECK_FALSE(said({cut, apex}, "x.b.example.org."));
  CHECK_FALSE(said({cut, apex}, "b.example.org.", Type::txt));
  CHECK(said({cut, apex}, "b.example.org.", Type::ds) == Finding::nodata);
  CHECK(said({cut, apex}, "c.example.org.") == Finding::nxdomain);
  const auto dname = nsec("b.example.org.", "e.example.org.", {Type::dname});
  CHECK_FALSE(said({dname, apex}, "x.b.example.org."));
  const auto beyond = nsec("b.example.org.", "example.com.");
  CHECK_FALSE(said({beyond, apex}, "c.example.org."));
  CHECK_FALSE(
      said({nsec("example.org.", "e.example.org.", {Type::soa})}, "example.org.", Type::ds));
}

TEST_CASE("The wildcard that must be denied too stands below the closest encloser",
          "[validator][spans]") {
  const auto beside = [](const RRsetPtr& record, const char* name) {
    const auto found = validator::wildcard_beside(*record, Name::literal(name));
    return found ? found->to_text() : "none";
  };
  CHECK(beside(gap, "c.example.org.") == "*.example.org.");
  CHECK(beside(gap, "x.b.example.org.") == "*.b.example.org.");
  CHECK(beside(gap, "d.e.example.org.") == "*.e.example.org.");
  CHECK(beside(gap, "b.example.org.") == "none");
}
