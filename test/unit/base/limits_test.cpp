// The limits table is well formed, and values outside a row's range cannot be set.
#include "base/limits.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace windlass;

TEST_CASE("Rows stand in the order of their ids, with unique keys", "[base][limits]") {
  std::set<std::string_view> keys;
  std::size_t index = 0;
  for (const LimitRow& row : limit_table()) {
    CAPTURE(row.key);
    CHECK(static_cast<std::size_t>(row.id) == index++);
    CHECK(&row_of(row.id) == &row);
    CHECK(find_limit(row.key) == row.id);
    keys.insert(row.key);
  }
  CHECK(index == static_cast<std::size_t>(Limit::count_of_rows));
  CHECK(keys.size() == index);
}

TEST_CASE("Standards lie within their range, and every row says what it bounds", "[base][limits]") {
  for (const LimitRow& row : limit_table()) {
    CAPTURE(row.key);
    CHECK(row.least >= 0);
    CHECK(row.least <= row.standard);
    CHECK(row.standard <= row.most);
    CHECK(row.help.size() > 10);
  }
}

TEST_CASE("Limits start with the standards", "[base][limits]") {
  const Limits limits;
  for (const LimitRow& row : limit_table()) CHECK(limits[row.id] == row.standard);
  CHECK(limits[Limit::upstream_queries] == 100);
  CHECK(limits[Limit::edns_size] == 1232);
}

TEST_CASE("A value within the range is set, and in this value only", "[base][limits]") {
  Limits limits;
  const Limits others;
  CHECK(limits.set(Limit::edns_size, 4096));
  CHECK(limits[Limit::edns_size] == 4096);
  CHECK(others[Limit::edns_size] == 1232);
  CHECK(limits.set(Limit::edns_size, 512));
  CHECK(limits[Limit::edns_size] == 512);
}

TEST_CASE("A value outside the range changes nothing", "[base][limits][negative]") {
  for (const LimitRow& row : limit_table()) {
    CAPTURE(row.key);
    Limits limits;
    CHECK_FALSE(limits.set(row.id, row.least - 1));
    CHECK_FALSE(limits.set(row.id, row.most + 1));
    CHECK(limits[row.id] == row.standard);
  }
}

TEST_CASE("Unknown keys are not found", "[base][limits][negative]") {
  for (const char* key : {"", "edns", "EDNS_SIZE", "edns_size ", "count_of_rows"})
    CHECK_FALSE(find_limit(key));
}
