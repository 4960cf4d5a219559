// What may replace what: every pair of ranks and every pair of statuses, against a table written
// out.
#include "cache/rules.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "test/unit/cache/samples.hpp"

using namespace windlass::cache;
using samples::delegation;
using samples::entry;
using samples::never;

TEST_CASE("A fresh entry yields to equal or higher rank alone", "[cache][rules]") {
  const int standing = GENERATE(range(0, 5)), coming = GENERATE(range(0, 5));
  CAPTURE(standing, coming);
  const auto old = entry("a.example.", {.rank = static_cast<Rank>(standing)});
  const auto fresh = entry("a.example.", {.rank = static_cast<Rank>(coming)});
  CHECK(may_replace(*old, *fresh, 59'999) == (coming >= standing));
  CHECK(may_replace(*old, *fresh, 60'000));
}

TEST_CASE("At equal rank only a judged answer takes the place of a secure or a bogus one",
          "[cache][rules]") {
  // Rows: what stands; columns: what comes. unchecked, indeterminate, insecure, secure, bogus.
  constexpr std::array<std::array<bool, 5>, 5> yields{{{true, true, true, true, true},
                                                       {true, true, true, true, true},
                                                       {true, true, true, true, true},
                                                       {false, false, true, true, false},
                                                       {false, true, true, true, true}}};
  const std::size_t standing = GENERATE(range<std::size_t>(0, 5));
  const std::size_t coming = GENERATE(range<std::size_t>(0, 5));
  CAPTURE(standing, coming);
  const auto old = entry("a.example.", {.security = static_cast<Security>(standing)});
  const auto fresh = entry("a.example.", {.security = static_cast<Security>(coming)});
  CHECK(may_replace(*old, *fresh, 0) == yields[standing][coming]);
  CHECK(may_replace(*old, *fresh, 60'000));
}

TEST_CASE("The epoch of a verdict decides whether it is still protected", "[cache][rules]") {
  const auto old = entry("a.example.", {.security = Security::secure, .epoch = 5});
  const auto coming = [](std::uint64_t epoch) {
    return *entry("a.example.", {.security = Security::bogus, .epoch = epoch});
  };
  CHECK_FALSE(may_replace(*old, coming(0), 0));
  CHECK_FALSE(may_replace(*old, coming(5), 0));
  CHECK(may_replace(*old, coming(6), 0));
}

TEST_CASE("Stale entries are usable for their time, bogus ones never", "[cache][rules]") {
  const auto good = entry("a.example."), bogus = entry("a.example.", {.security = Security::bogus});
  CHECK(usable(*good, 59'999, 0));
  CHECK_FALSE(usable(*good, 60'000, 0));
  CHECK(usable(*good, 60'999, 1000));
  CHECK_FALSE(usable(*good, 61'000, 1000));
  CHECK(usable(*bogus, 59'999, 0));
  CHECK_FALSE(usable(*bogus, 60'000, 1000));
}

TEST_CASE("Of two entries that disagree the later counts, unless the earlier outranks it",
          "[cache][rules]") {
  const auto early = entry("a.example."), late = entry("a.example.", {.stored = 10});
  const auto weak = entry("a.example.", {.rank = Rank::additional, .stored = 10});
  const auto brief = entry("a.example.", {.stored = 10, .expires = 20});
  CHECK(second_counts(*early, *late, 15));
  CHECK_FALSE(second_counts(*late, *early, 15));
  CHECK_FALSE(second_counts(*early, *early, 15));
  CHECK_FALSE(second_counts(*early, *weak, 15));
  CHECK(second_counts(*weak, *early, 15));
  CHECK(second_counts(*brief, *early, 30));
  CHECK_FALSE(second_counts(*early, *brief, 30));
}

TEST_CASE("What stands after a referral came in", "[cache][rules]") {
  const auto old = delegation("example.", "ns1.example.", 1000);
  const auto same = delegation("example.", "NS1.example.", 5000);
  const auto moved = delegation("example.", "ns1.example.", 5000, 2);
  const auto other = delegation("example.", "ns2.example.", 5000);
  const auto hint = delegation("example.", "ns3.example.", never);
  const auto hint2 = delegation("example.", "ns4.example.", never);
  CHECK(settled(nullptr, same, 0) == same);
  CHECK(settled(old, same, 0) == old);
  CHECK(settled(old, same, 1000) == same);
  CHECK(settled(old, other, 0) == other);
  CHECK(settled(old, hint, 0) == hint);
  CHECK(settled(hint, other, 0) == hint);
  CHECK(settled(hint, hint2, 0) == hint2);
  const auto result = settled(old, moved, 0);
  CHECK(result->servers[0].endpoints == moved->servers[0].endpoints);
  CHECK(result->expires_age_ms == 1000);
}

TEST_CASE("Servers are the same in any order", "[cache][rules]") {
  auto one = *delegation("example.", "ns1.example.", 1000), two = one;
  one.servers.push_back(
      {samples::name("ns2.example."), {samples::endpoint(2), samples::endpoint(3)}});
  two.servers.insert(two.servers.begin(),
                     {samples::name("ns2.example."), {samples::endpoint(3), samples::endpoint(2)}});
  const auto standing = std::make_shared<Delegation>(one);
  CHECK(settled(standing, std::make_shared<Delegation>(two), 0) == standing);
  two.servers.pop_back();
  CHECK_FALSE(settled(standing, std::make_shared<Delegation>(two), 0) == standing);
}
