// The printed documents hold every row of their table, and every line of a table has all its cells.
#include "control/reference.hpp"

#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "control/commands.hpp"
#include "control/responses.hpp"

using namespace windlass;
using namespace windlass::control;

namespace {
/// Bars of a table line that are not escaped.
std::size_t bars(const std::string& line) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < line.size(); ++i)
    count += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
  return count;
}
}  // namespace

TEST_CASE("Documents hold all rows", "[control][reference]") {
  for (const Command& row : command_table())
    CHECK(commands_reference().find("`" + std::string(row.name)) != std::string::npos);
  for (const MetricRow& row : metric_table())
    CHECK(metrics_reference().find("`windlass_" + std::string(row.name) + "`") !=
          std::string::npos);
  for (const LimitRow& row : limit_table())
    CHECK(limits_reference().find("| `" + std::string(row.key) + "` |") != std::string::npos);
  for (const ResponseRow& row : response_table())
    CHECK(responses_reference().find(row.answer) != std::string::npos);
}

TEST_CASE("Every line of a table has as many cells as its head, none empty",
          "[control][reference]") {
  const auto document =
      GENERATE(commands_reference, metrics_reference, limits_reference, responses_reference);
  std::istringstream lines(document());
  std::size_t head = 0;
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    if (!line.starts_with("|")) continue;
    if (head == 0) head = bars(line);
    CHECK(bars(line) == head);
    CHECK(line.find("|  |") == std::string::npos);
  }
  CHECK(head > 2);
}
