// Words for people: the registry's names and times that can be read.
#include "validator/text.hpp"

#include <catch2/catch.hpp>

using namespace windlass::validator;

TEST_CASE("Algorithms and digests by name, unknown ones by number", "[validator][text]") {
  CHECK(algorithm_text(8) == "RSASHA256");
  CHECK(algorithm_text(15) == "ED25519");
  CHECK(algorithm_text(99) == "algorithm 99");
  CHECK(digest_text(2) == "SHA-256");
  CHECK(digest_text(9) == "digest type 9");
}

TEST_CASE("RRSIG times are read near the present", "[validator][text]") {
  CHECK(time_text(0, 0) == "1970-01-01T00:00:00Z");
  CHECK(time_text(951'782'400, 951'000'000) == "2000-02-29T00:00:00Z");
  CHECK(time_text(1'700'000'000, 1'700'000'000) == "2023-11-14T22:13:20Z");
  CHECK(time_text(4'102'444'799u, 4'000'000'000) == "2099-12-31T23:59:59Z");
  CHECK(time_text(0x100, 0x1'0000'0000) == "2106-02-07T06:32:32Z");  // 32 bits have turned over
}
