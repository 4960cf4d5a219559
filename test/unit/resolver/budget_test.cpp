#include "resolver/budget.hpp"

#include <functional>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace windlass;
using resolver::Budget;

namespace {
constexpr std::int64_t deadline_us = 1'000'000;

struct Purse {
  Limit limit;
  std::function<bool(Budget&)> pay;
};

const std::vector<Purse>& purses() {
  static const std::vector<Purse> all{
      {Limit::upstream_queries, [](Budget& b) { return b.pay_upstream_query(); }},
      {Limit::octets_received, [](Budget& b) { return b.pay_octets(1); }},
      {Limit::cname_hops, [](Budget& b) { return b.pay_hop(); }},
      {Limit::glueless_lookups, [](Budget& b) { return b.pay_glueless(); }},
      {Limit::signature_checks, [](Budget& b) { return b.pay_signature_check(); }},
      {Limit::signature_failures, [](Budget& b) { return b.pay_signature_failure(); }},
      {Limit::nsec3_hashes, [](Budget& b) { return b.pay_nsec3_hash(); }},
  };
  return all;
}
}  // namespace

TEST_CASE("each purse holds exactly its row of the limits table") {
  const Limits limits;
  for (const Purse& purse : purses()) {
    CAPTURE(row_of(purse.limit).key);
    Budget budget(limits, deadline_us);
    std::int64_t paid = 0;
    while (paid <= limits[purse.limit] && purse.pay(budget)) ++paid;
    CHECK(paid == limits[purse.limit]);
    CHECK(budget.stopped_by() == purse.limit);
    CHECK(budget.spent(0));
    CHECK_FALSE(purse.pay(budget));
  }
}

TEST_CASE("the first reason stays") {
  Limits limits;
  REQUIRE(limits.set(Limit::cname_hops, 1));
  REQUIRE(limits.set(Limit::glueless_lookups, 1));
  Budget budget(limits, deadline_us);
  CHECK(budget.pay_hop());
  CHECK(budget.pay_glueless());
  CHECK_FALSE(budget.pay_hop());
  CHECK_FALSE(budget.pay_glueless());
  CHECK(budget.stopped_by() == Limit::cname_hops);
}

TEST_CASE("time and a client that went away end it too") {
  Budget budget(Limits{}, deadline_us);
  CHECK_FALSE(budget.spent(deadline_us - 1));
  CHECK(budget.spent(deadline_us));
  CHECK(budget.stopped_by() == Limit::count_of_rows);
  budget.cancel();
  CHECK(budget.spent(0));
}

TEST_CASE("what was refused was not spent") {
  Limits limits;
  REQUIRE(limits.set(Limit::upstream_queries, 3));
  Budget budget(limits, deadline_us);
  for (int i = 0; i < 10; ++i) (void)budget.pay_upstream_query();
  CHECK(budget.queries() == 3);
}

TEST_CASE("threads together spend no more than one Budget") {
  Limits limits;
  REQUIRE(limits.set(Limit::upstream_queries, 1000));
  Budget budget(limits, deadline_us);
  std::atomic<int> paid{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) paid += budget.pay_upstream_query() ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  CHECK(paid == 1000);
  CHECK(budget.queries() == 1000);
}
