// The document of failures: every row of the faults table, and each code of the registry either
// given by a row or said not to be.
#include "control/failures.hpp"

#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

#include "base/faults.hpp"
#include "dns/edns.hpp"

using namespace windlass;
using namespace windlass::control;

TEST_CASE("Each code of the registry is given, or said not to be, never both",
          "[control][reference]") {
  for (std::uint16_t code = 0; dns::purpose_of(static_cast<dns::EdeCode>(code)) != "Unassigned";
       ++code) {
    CAPTURE(code);
    const bool given =
        std::ranges::any_of(fault_table, [&](const FaultRow& row) { return row.ede == code; });
    const bool ungiven =
        std::ranges::any_of(ungiven_codes(), [&](const auto& row) { return row.code == code; });
    CHECK(given != ungiven);
  }
}

TEST_CASE("The document of failures holds every row, its cells whole", "[control][reference]") {
  const std::string document = failures_reference();
  for (const FaultRow& row : fault_table) {
    CAPTURE(row.key);
    CHECK(document.find("| `" + std::string(row.key) + "` | " + std::to_string(row.ede) + " (") !=
          std::string::npos);
  }
  CHECK(document.find_first_of("{}") == document.find("{reason}"));
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.find("|  |") == std::string::npos);
  }
}
