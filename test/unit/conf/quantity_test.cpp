// Durations, sizes and dates read as documented, refuse all else, and print back as what they were.
#include "conf/quantity.hpp"

#include <catch2/catch.hpp>

using namespace windlass::conf;

TEST_CASE("Durations have five units, and a bare number counts in the unit given",
          "[conf][quantity]") {
  CHECK(parse_duration_ms("1800ms", 1000) == 1800);
  CHECK(parse_duration_ms("30s", 1) == 30'000);
  CHECK(parse_duration_ms("10m", 1) == 600'000);
  CHECK(parse_duration_ms("1h", 1) == 3'600'000);
  CHECK(parse_duration_ms("1d", 1) == 86'400'000);
  CHECK(parse_duration_ms("5", 1000) == 5000);
  CHECK(parse_duration_ms("5", 1) == 5);
  CHECK(parse_duration_ms("0", 1000) == 0);
}

TEST_CASE("Durations refuse signs, fractions, unknown units and overflow",
          "[conf][quantity][negative]") {
  const auto text =
      GENERATE("", "s", "-1s", "+1s", "1.5s", "1 s", "1w", "1S", "1ss", " 1s", "0x10s",
               "9223372036854775807d", "9223372036854775808", "99999999999999999999ms");
  CAPTURE(text);
  CHECK_FALSE(parse_duration_ms(text, 1));
}

TEST_CASE("Sizes are powers of 1024", "[conf][quantity]") {
  CHECK(parse_octets("64k") == 65'536);
  CHECK(parse_octets("256M") == 268'435'456);
  CHECK(parse_octets("2G") == 2'147'483'648);
  CHECK(parse_octets("100") == 100);
}

TEST_CASE("Sizes refuse other units and overflow", "[conf][quantity][negative]") {
  const auto text = GENERATE("", "k", "64K", "64kB", "1T", "-1k", "1.5M", "9223372036854775807G");
  CAPTURE(text);
  CHECK_FALSE(parse_octets(text));
}

TEST_CASE("What is printed reads back", "[conf][quantity]") {
  for (const std::int64_t ms :
       {0, 1, 400, 1000, 1800, 8000, 60'000, 90'000, 3'600'000, 86'400'000, 172'800'000})
    CHECK(parse_duration_ms(duration_text(ms), 1) == ms);
  for (const std::int64_t octets : {0, 1, 1232, 65'536, 100'000, 268'435'456})
    CHECK(parse_octets(octets_text(octets)) == octets);
  CHECK(duration_text(86'400'000) == "1d");
  CHECK(duration_text(1800) == "1800ms");
  CHECK(octets_text(268'435'456) == "256M");
}

TEST_CASE("Dates are UTC", "[conf][quantity]") {
  CHECK(parse_date("1970-01-01") == 0);
  CHECK(parse_date("2030-12-01") == 1'922'313'600);
  CHECK(parse_date("2024-02-29T23:59:59Z") == 1'709'251'199);
  CHECK(date_text(1'709'251'199) == "2024-02-29T23:59:59Z");
}

TEST_CASE("Dates that are none are refused", "[conf][quantity][negative]") {
  const auto text =
      GENERATE("", "2030", "2030-12", "2030-13-01", "2023-02-29", "2030-12-01T",
               "2030-12-01T24:00:00Z", "2030-12-01T10:00:00", "2030-12-01 10:00:00Z", "30-12-01",
               "2030-1-1", "2030-12-01Tx", "2030-12-01T10:60:00Z", "-030-12-01");
  CAPTURE(text);
  CHECK_FALSE(parse_date(text));
}
