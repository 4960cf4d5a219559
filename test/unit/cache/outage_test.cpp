// Outages of our own: noticed by many unrelated servers that are silent, ended by any reply, and
// nothing of them is held against anybody.
#include <catch2/catch.hpp>

#include "cache/server_table.hpp"
#include "test/unit/cache/samples.hpp"

using namespace windlass;
using namespace windlass::cache;

namespace {
constexpr std::int64_t second_us = 1'000'000;
constexpr unsigned roots = 13;

/// Server `host` of a network of its own.
Endpoint server(unsigned network, unsigned host = 1) {
  return samples::endpoint(network << 16 | host);
}

struct Table {
  ServerTable table{1000, samples::key};
  Limits limits;
  std::int64_t now_us = 100 * second_us;

  /// Each of them lets us wait once, `apart_us` between two; how many of these began an outage.
  unsigned silent(unsigned count, std::int64_t apart_us = 300'000, bool one_network = false) {
    unsigned begun = 0;
    for (unsigned i = 1; i <= count; ++i, now_us += apart_us)
      begun += table.on_timeout(one_network ? server(1, i) : server(i), now_us, now_us, limits) ==
                       Unreached::nobody
                   ? 0
                   : 1;
    return begun;
  }
  unsigned dead() {
    unsigned count = 0;
    for (const auto& row : table.rows(now_us, limits)) count += row.view.dead ? 1 : 0;
    return count;
  }
};
}  // namespace

TEST_CASE("Servers of many networks that are silent are an outage, told once", "[cache][outage]") {
  Table t;
  CHECK(t.silent(7) == 0);
  CHECK_FALSE(t.table.offline());
  CHECK(t.silent(roots) == 1);
  CHECK(t.table.offline());
  CHECK(t.silent(roots) == 0);
  CHECK(t.table.on_reply(server(3), 1000, t.now_us) == Unreached::all);
  CHECK_FALSE(t.table.offline());
  CHECK(t.table.on_reply(server(3), 1000, t.now_us) == Unreached::nobody);
}

TEST_CASE("After a long outage no root server counts as dead", "[cache][outage]") {
  Table t;
  for (int minute = 0; minute < 10; ++minute)
    for (int round = 0; round < 20; ++round) t.silent(roots, 230'000);
  REQUIRE(t.table.offline());
  CHECK(t.dead() == 0);
  REQUIRE(t.table.on_reply(server(3), 20'000, t.now_us) == Unreached::all);
  CHECK(t.dead() == 0);
  for (unsigned i = 1; i <= roots; ++i) {
    const auto view = t.table.view(server(i), t.now_us, t.limits);
    CHECK(view.timeouts_in_row == 0);
    CHECK(view.timeout_us <= 400'000);
  }
  for (int i = 0; i < 4; ++i) (void)t.table.on_timeout(server(5), t.now_us, t.now_us, t.limits);
  CHECK(t.dead() == 1);  // who is silent now is so anew
}

TEST_CASE("What is held against servers when an outage begins is void when it ends",
          "[cache][outage]") {
  Table t;
  for (int i = 0; i < 4; ++i) (void)t.table.on_timeout(server(40), t.now_us, t.now_us, t.limits);
  REQUIRE(t.dead() == 1);
  REQUIRE(t.silent(roots) == 1);
  CHECK(t.dead() == 0);
  (void)t.table.on_reply(server(1), 1000, t.now_us);
  CHECK(t.dead() == 0);
}

TEST_CASE("One network, few networks, a moment, or a long time are no outage",
          "[cache][outage][negative]") {
  Table one, few, moment, slow;
  CHECK(one.silent(200, 300'000, true) == 0);
  for (int i = 0; i < 50; ++i) CHECK(few.silent(7) == 0);
  CHECK(moment.silent(40, 20'000) == 0);
  CHECK(slow.silent(60, 2 * second_us) == 0);
}

TEST_CASE("Where anybody answers meanwhile the silent ones are dead", "[cache][outage][negative]") {
  Table t;
  for (int i = 0; i < 20; ++i) {
    CHECK(t.silent(6) == 0);
    CHECK(t.table.on_reply(server(99), 1000, t.now_us) == Unreached::nobody);
  }
  CHECK(t.dead() == 6);
}

TEST_CASE("A server near us says nothing of the Internet, unless it was silent itself",
          "[cache][outage]") {
  Table t;
  for (unsigned i = 1; i <= roots; ++i, t.now_us += 300'000) {
    CHECK(t.table.on_reply(server(99), 1000, t.now_us, true) == Unreached::nobody);
    (void)t.table.on_timeout(server(i), t.now_us, t.now_us, t.limits);
  }
  REQUIRE(t.table.offline());
  CHECK(t.table.on_reply(server(99), 1000, t.now_us, true) == Unreached::nobody);
  CHECK(t.table.offline());
  CHECK(t.table.on_reply(server(3, 7), 1000, t.now_us, true) == Unreached::all);
}

TEST_CASE("IPv6 servers of one /32 are related", "[cache][outage][negative]") {
  Table t;
  for (unsigned i = 0; i < 100; ++i, t.now_us += 300'000) {
    auto address = *IpAddress::parse("2001:db8::1");
    address.octets[5] = static_cast<std::uint8_t>(i);
    CHECK(t.table.on_timeout({address, 53}, t.now_us, t.now_us, t.limits) == Unreached::nobody);
  }
}

namespace {
Endpoint server6(unsigned network) {
  auto address = *IpAddress::parse("2001:db8::1");
  address.octets[3] = static_cast<std::uint8_t>(network);
  return {address, 53};
}

/// Ten networks of IPv6 let us wait, 2 s between two, IPv4 answers after each.
struct OneFamily : Table {
  Unreached last = Unreached::nobody;

  explicit OneFamily(bool other_answers = true, unsigned networks = 10) {
    for (unsigned i = 0; i < networks && last == Unreached::nobody; ++i, now_us += 2 * second_us) {
      if (other_answers) (void)table.on_reply(server(1), 1000, now_us);
      last = table.on_timeout(server6(i), now_us, now_us, limits);
    }
  }
  unsigned claims(std::int64_t seconds) {
    unsigned count = 0;
    for (std::int64_t i = 0; i < seconds * 10; ++i, now_us += second_us / 10)
      count += table.claim_family_probe(6, now_us, limits) ? 1 : 0;
    return count;
  }
};
}  // namespace

TEST_CASE("One family that is silent while the other answers is offline by itself",
          "[cache][outage]") {
  OneFamily t;
  CHECK(t.last == Unreached::ipv6);
  CHECK_FALSE(t.table.offline());
  CHECK(t.table.offline(6));
  CHECK(t.table.view(server6(200), t.now_us, t.limits).unreached);
  CHECK_FALSE(t.table.view(server(200), t.now_us, t.limits).unreached);
  CHECK(t.dead() == 0);
  for (int i = 0; i < 20; ++i) (void)t.table.on_timeout(server6(1), t.now_us, t.now_us, t.limits);
  CHECK(t.dead() == 0);  // nothing counts against one of them alone
  for (const auto& row : t.table.rows(t.now_us, t.limits))
    CHECK(row.state() ==
          (row.server.address.family == 6 ? ServerState::unreached : ServerState::good));
  CHECK(t.table.on_reply(server(1), 1000, t.now_us) == Unreached::nobody);
  CHECK(t.table.on_reply(server6(9), 1000, t.now_us) == Unreached::ipv6);
  CHECK_FALSE(t.table.offline(6));
  CHECK(t.table.view(server6(2), t.now_us, t.limits).timeouts_in_row == 0);
}

TEST_CASE("Whether a family is back is asked at a growing pace", "[cache][outage]") {
  OneFamily t;
  CHECK_FALSE(t.table.claim_family_probe(4, t.now_us, t.limits));
  CHECK(t.claims(1) == 1);
  CHECK(t.claims(63) >= 5);  // 1, 2, 4, ... s apart
  CHECK(t.claims(600) <= 11);
  (void)t.table.on_reply(server6(1), 1000, t.now_us);
  CHECK(t.claims(60) == 0);
}

TEST_CASE("A family is not offline where the other is silent too, or its networks are few",
          "[cache][outage][negative]") {
  CHECK(OneFamily(false).last == Unreached::nobody);
  CHECK(OneFamily(true, 7).last == Unreached::nobody);
  OneFamily both;
  REQUIRE(both.table.offline(6));
  CHECK(both.silent(roots) == 1);
  CHECK(both.table.offline());
  CHECK_FALSE(both.table.offline(6));  // everybody is
}
