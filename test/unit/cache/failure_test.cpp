// Failures are remembered for a while, longer at each repeat, and forgotten after an answer (RFC
// 9520).
#include <catch2/catch.hpp>

#include "test/unit/cache/samples.hpp"

using namespace windlass::cache;
using samples::entry;
using samples::name;
using windlass::dns::Ede;
using windlass::dns::EdeCode;
using windlass::dns::Type;

namespace {
const Ede unreachable{EdeCode::no_reachable_authority, "all servers of example. timed out"};

void fail(Cache& cache, std::int64_t age_ms) {
  cache.store_failure(name("a.example."), Type::a, 0, unreachable, 5, 300, age_ms);
}
bool remembered(Cache& cache, std::int64_t age_ms, Type type = Type::a, Partition partition = 0) {
  return cache.failure(name("A.example."), type, partition, age_ms).has_value();
}
}  // namespace

TEST_CASE("A failure is remembered under its question alone, with its reason", "[cache][failure]") {
  Cache cache({}, samples::key);
  CHECK_FALSE(remembered(cache, 0));
  fail(cache, 0);
  CHECK(remembered(cache, 4999));
  CHECK_FALSE(remembered(cache, 5000));
  CHECK_FALSE(remembered(cache, 0, Type::aaaa));
  CHECK_FALSE(remembered(cache, 0, Type::a, 1));
  const auto ede = cache.failure(name("a.example."), Type::a, 0, 0);
  REQUIRE(ede);
  CHECK(ede->code == unreachable.code);
  CHECK(ede->text == unreachable.text);
}

TEST_CASE("Each repeat doubles the time, up to the most", "[cache][failure]") {
  Cache cache({}, samples::key);
  std::int64_t age_ms = 0;
  for (const std::int64_t lasts_ms :
       {5000, 10'000, 20'000, 40'000, 80'000, 160'000, 300'000, 300'000}) {
    fail(cache, age_ms);
    CAPTURE(lasts_ms);
    CHECK(remembered(cache, age_ms + lasts_ms - 1));
    CHECK_FALSE(remembered(cache, age_ms + lasts_ms));
    age_ms += lasts_ms + 1000;
  }
}

TEST_CASE("A failure long after the last one is a first one", "[cache][failure]") {
  Cache cache({}, samples::key);
  fail(cache, 0);
  SECTION("within most_s after its end it is a repeat") {
    fail(cache, 304'999);
    CHECK(remembered(cache, 304'999 + 9999));
  }
  SECTION("later it is not") {
    fail(cache, 305'000);
    CHECK_FALSE(remembered(cache, 305'000 + 5000));
  }
}

TEST_CASE("A judged answer ends the failure of its question", "[cache][failure]") {
  Cache cache({}, samples::key);
  fail(cache, 0);
  REQUIRE(cache.store(0, entry("a.example.", {.security = Security::insecure}), 0));
  CHECK_FALSE(remembered(cache, 0));
  fail(cache, 0);
  CHECK_FALSE(remembered(cache, 5000));
}

TEST_CASE("Glue, unchecked and bogus answers do not end a failure", "[cache][failure][negative]") {
  Cache cache({}, samples::key);
  fail(cache, 0);
  REQUIRE(cache.store(
      0, entry("a.example.", {.rank = Rank::additional, .security = Security::insecure}), 0));
  CHECK(remembered(cache, 0));
  REQUIRE(cache.store(0, entry("a.example."), 0));
  CHECK(remembered(cache, 0));
  REQUIRE(cache.store(0, entry("a.example.", {.security = Security::bogus}), 0));
  CHECK(remembered(cache, 0));
}
