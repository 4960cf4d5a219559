// The faults table and how its texts are filled.
#include "base/faults.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "base/metrics.hpp"

using namespace windlass;

namespace {
std::string fill(std::string_view text, std::vector<std::string_view> gaps,
                 std::size_t most = 200) {
  return filled(text, gaps, most);
}
}  // namespace

TEST_CASE("Gaps are filled in their order", "[base][faults]") {
  CHECK(fill("{a}: {b}, {a}", {"one", "two", "three"}) == "one: two, three");
  CHECK(fill("{a}{b}", {"{x}", "}"}) == "{x}}");
  CHECK(fill("no gap", {}) == "no gap");
  CHECK(gaps_of("{a}: {b}, {a}") == 3);
}

TEST_CASE("Too few gaps, braces without end: nothing breaks", "[base][faults][negative]") {
  CHECK(fill("{a}: {b}!", {"one"}) == "one: !");
  CHECK(fill("{a}: {b", {"one", "two"}) == "one: two");
  CHECK(fill("}{", {}) == "}");
}

TEST_CASE("A long filling loses its middle, short ones stay", "[base][faults]") {
  const std::string name(255, 'n');
  const std::string text = fill("{rrset}: key {tag} of {zone} is wrong",
                                {"www." + name + ".org. A", "12345", "zone." + name + ".example."});
  CHECK(text.size() <= 200);
  CHECK(text.size() > 190);
  CHECK(text.starts_with("www.n"));
  CHECK(text.find(".org. A: key 12345 of zone.n") != std::string::npos);
  CHECK(text.ends_with(".example. is wrong"));
  CHECK(fill("{a} {b}", {name, "b"}, 30).ends_with(" b"));
}

TEST_CASE("What cannot be cut further stays as it is", "[base][faults][negative]") {
  CHECK(fill("a text of its own that is longer than it may be: {a}", {"12345678"}, 20) ==
        "a text of its own that is longer than it may be: 12345678");
}

TEST_CASE("Every row has a key of its own, a code of the registry, and whole gaps",
          "[base][faults]") {
  std::set<std::string_view> keys;
  for (const FaultRow& row : fault_table) {
    CAPTURE(row.key);
    CHECK(keys.insert(row.key).second);
    CHECK(row_of(row.id).key == row.key);
    CHECK(row.ede <= 30);
    CHECK(gaps_of(row.text) == static_cast<std::size_t>(std::ranges::count(row.text, '}')));
  }
}

TEST_CASE("Reasons of bogus verdicts are the rows that stand first", "[base][faults][metrics]") {
  const auto& reasons = row_of(Metric::dnssec_bogus_total).values1;
  REQUIRE(reasons.size() == verdict_faults + 1);
  CHECK(reasons[static_cast<std::size_t>(Fault::signature_expired)] == "signature_expired");
  CHECK(reasons[static_cast<std::size_t>(Fault::ds_unfetched)] == "ds_unfetched");
  CHECK(reasons.back() == "other");
  Metrics metrics;
  metrics.count(Metric::dnssec_bogus_total, static_cast<unsigned>(Fault::none));
  CHECK(metrics.value(Metric::dnssec_bogus_total, verdict_faults) == 1);
}
