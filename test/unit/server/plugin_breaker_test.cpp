#include "server/plugin_breaker.hpp"

#include <catch2/catch.hpp>

namespace {
using windlass::server::PluginBreaker;
constexpr std::int64_t retry_s = 7, retry_us = 7'000'000;

TEST_CASE("a breaker stays closed below its limit, and success starts the count anew",
          "[server][plugin]") {
  PluginBreaker breaker(3, retry_s);
  breaker.failed(0);
  breaker.failed(0);
  breaker.succeeded();
  breaker.failed(0);
  breaker.failed(0);
  CHECK_FALSE(breaker.open());
  CHECK(breaker.admits(0));
}

TEST_CASE("a breaker opens at its limit, tries again after its time, closes on success",
          "[server][plugin]") {
  PluginBreaker breaker(2, retry_s);
  breaker.failed(100);
  breaker.failed(100);
  CHECK(breaker.open());
  CHECK_FALSE(breaker.admits(100 + retry_us - 1));
  CHECK(breaker.admits(100 + retry_us));
  breaker.succeeded();
  CHECK_FALSE(breaker.open());
  CHECK(breaker.admits(100));
}

TEST_CASE("a failed try keeps a breaker open for as long again", "[server][plugin][negative]") {
  PluginBreaker breaker(2, retry_s);
  breaker.failed(0);
  breaker.failed(0);
  breaker.failed(retry_us);
  CHECK(breaker.open());
  CHECK_FALSE(breaker.admits(retry_us * 2 - 1));
  CHECK(breaker.admits(retry_us * 2));
}
}  // namespace
