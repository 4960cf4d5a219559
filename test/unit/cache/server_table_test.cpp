// ServerTable: round trips by RFC 6298, when a server is dead and when it is asked again, marks
// that fade.
#include "cache/server_table.hpp"

#include <catch2/catch.hpp>

#include "base/clock.hpp"
#include "test/unit/cache/samples.hpp"

using namespace windlass;
using cache::ServerTable;
using cache::ServerView;
using cache::samples::endpoint;
using cache::samples::name;

namespace {
struct World {
  ServerView view() const { return table.view(server, clock.now().mono_us, limits); }
  void reply(std::int64_t rtt_us) { table.on_reply(server, rtt_us, clock.now().mono_us); }
  void timeouts(int count) {
    for (int n = 0; n < count; ++n) timeout_of(clock.now().mono_us);
  }

  void timeout_of(std::int64_t asked_us) {
    table.on_timeout(server, asked_us, clock.now().mono_us, limits);
  }

  ManualClock clock;
  Limits limits;
  Endpoint server = endpoint(1);
  ServerTable table{1000, cache::samples::key};
};
}  // namespace

TEST_CASE("An unknown server has the first timeout", "[cache][servers]") {
  World world;
  CHECK_FALSE(world.view().known);
  CHECK_FALSE(world.view().dead);
  CHECK(world.view().timeout_us == 400'000);
  CHECK(world.table.size() == 0);
}

TEST_CASE("Round trips are smoothed as RFC 6298 says", "[cache][servers]") {
  World world;
  world.reply(80'000);
  CHECK(world.view().known);
  CHECK(world.view().srtt_us == 80'000);
  CHECK(world.view().rttvar_us == 40'000);
  CHECK(world.view().timeout_us == 240'000);
  world.reply(160'000);
  CHECK(world.view().srtt_us == 90'000);
  CHECK(world.view().rttvar_us == 50'000);
  CHECK(world.view().timeout_us == 290'000);
}

TEST_CASE("Timeouts double the time to wait, within the limits", "[cache][servers]") {
  World world;
  world.reply(80'000);
  world.timeouts(1);
  CHECK(world.view().timeout_us == 480'000);
  world.timeouts(2);
  CHECK(world.view().timeout_us == 1'920'000);
  world.timeouts(1);
  CHECK(world.view().timeout_us == 3'000'000);
  world.reply(80'000);
  CHECK(world.view().timeouts_in_row == 0);
  CHECK(world.view().timeout_us < 300'000);
}

TEST_CASE("The least and the greatest timeout hold for any round trip", "[cache][servers]") {
  World world;
  world.reply(GENERATE(-5, 0, 1, 1000));
  CHECK(world.view().timeout_us == 50'000);
  for (int n = 0; n < 100; ++n) world.reply(std::numeric_limits<std::int64_t>::max());
  CHECK(world.view().timeout_us == 3'000'000);
  CHECK(world.view().srtt_us <= 60'000'000);
}

TEST_CASE("A server is dead after four timeouts, and is probed ever more seldom",
          "[cache][servers]") {
  World world;
  world.timeouts(3);
  CHECK(world.view().known);
  CHECK_FALSE(world.view().dead);
  world.timeouts(1);
  for (const std::int64_t interval_s : {1, 2, 4, 8, 16, 32, 60, 60}) {
    CAPTURE(interval_s);
    CHECK(world.view().dead);
    world.clock.advance_us(interval_s * 1'000'000 - 1);
    CHECK(world.view().dead);
    world.clock.advance_us(1);
    CHECK_FALSE(world.view().dead);
    world.timeouts(1);  // of the probe
  }
  world.reply(10'000);
  CHECK_FALSE(world.view().dead);
  world.timeouts(4);
  world.clock.advance_us(1'000'000);
  CHECK_FALSE(world.view().dead);
}

TEST_CASE("After half a minute and twice as many timeouts a server is gone; one asks for all",
          "[cache][servers]") {
  World world;
  const auto claim = [&] {
    world.table.claim_return(world.server, world.clock.now().mono_us, world.limits);
  };
  world.timeouts(4);
  CHECK_FALSE(world.view().gone);
  for (const std::int64_t interval_s : {1, 2, 4, 8}) {
    world.clock.advance_us(interval_s * 1'000'000);
    claim();
    CHECK_FALSE(world.view().gone);  // not yet: others ask it too
    world.timeouts(1);
  }
  CHECK_FALSE(world.view().gone);
  world.clock.advance_us(16'000'000);
  world.timeouts(1);
  CHECK(world.view().gone);
  claim();
  world.clock.advance_us(32'000'000);
  CHECK_FALSE(world.view().gone);
  claim();
  CHECK(world.view().gone);  // for all but who has claimed it
  world.clock.advance_us(3'000'000);
  CHECK_FALSE(world.view().gone);
  world.reply(10'000);
  CHECK_FALSE(world.view().gone);
  CHECK(world.view().timeouts_in_row == 0);
}

TEST_CASE("Many timeouts in a short time make nobody gone", "[cache][servers][negative]") {
  World world;
  for (int i = 0; i < 100; ++i) {
    world.timeouts(1);
    world.clock.advance_us(290'000);
  }
  CHECK(world.view().dead);
  CHECK_FALSE(world.view().gone);
}

TEST_CASE("Timeouts of questions sent before its death do not put off the probe",
          "[cache][servers][negative]") {
  World world;
  world.timeouts(4);
  world.clock.advance_us(500'000);
  world.timeouts(50);
  CHECK(world.view().dead);
  world.clock.advance_us(500'000);
  CHECK_FALSE(world.view().dead);
}

TEST_CASE("What a server cannot do is forgotten after ten minutes", "[cache][servers]") {
  World world;
  world.table.mark_no_edns(world.server, world.clock.now().mono_us);
  world.clock.advance_us(1'000'000);
  world.table.mark_no_case(world.server, world.clock.now().mono_us);
  CHECK_FALSE(world.view().known);
  CHECK(world.view().no_edns);
  CHECK(world.view().no_case);
  world.clock.advance_us(599'000'000);
  CHECK_FALSE(world.view().no_edns);
  CHECK(world.view().no_case);
  world.clock.advance_us(1'000'000);
  CHECK_FALSE(world.view().no_case);
}

TEST_CASE("A server is lame for one zone and one minute", "[cache][servers]") {
  World world;
  const auto lame = [&](const char* zone) {
    return world.table.is_lame(world.server, name(zone), world.clock.now().mono_us);
  };
  CHECK_FALSE(lame("example.org."));
  world.table.mark_lame(world.server, name("example.org."), world.clock.now().mono_us);
  CHECK(lame("EXAMPLE.org."));
  CHECK_FALSE(lame("www.example.org."));
  CHECK_FALSE(world.table.is_lame(endpoint(1, 5353), name("example.org."), 0));
  world.clock.advance_us(59'999'999);
  CHECK(lame("example.org."));
  world.clock.advance_us(1);
  CHECK_FALSE(lame("example.org."));
}

TEST_CASE("Lame marks of one server are bounded: the oldest goes", "[cache][servers][negative]") {
  World world;
  world.reply(80'000);
  const auto zone = [](int n) { return name("z" + std::to_string(n) + ".example."); };
  for (int n = 0; n < 100; ++n)
    world.table.mark_lame(world.server, zone(n), world.clock.now().mono_us);
  const auto rows = world.table.rows(world.clock.now().mono_us, world.limits);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].lame_zones.size() == ServerTable::lame_zones_max);
  CHECK(rows[0].view.srtt_us == 80'000);
  CHECK(world.table.is_lame(world.server, zone(99), world.clock.now().mono_us));
  CHECK(world.table.is_lame(world.server, zone(84), world.clock.now().mono_us));
  CHECK_FALSE(world.table.is_lame(world.server, zone(83), world.clock.now().mono_us));
}

TEST_CASE("The table is bounded by count and octets", "[cache][servers]") {
  World world;
  ServerTable small(100, cache::samples::key, 64u << 10);
  for (std::uint32_t n = 0; n < 5000; ++n) {
    small.on_reply(endpoint(n), 1000, 0);
    for (int zone = 0; zone < 3; ++zone)
      small.mark_lame(endpoint(n), name(std::to_string(zone) + ".example."), 0);
    small.view(endpoint(0), 0, world.limits);
    REQUIRE(small.size() <= 100);
    REQUIRE(small.memory_octets() <= 64u << 10);
  }
  CHECK(small.evictions() > 4000);
  CHECK(small.view(endpoint(0), 0, world.limits).known);  // asked for all along
  CHECK(small.rows(0, world.limits).size() == small.size());
  small.clear();
  CHECK(small.size() == 0);
}

TEST_CASE("Rows are in the order of addresses", "[cache][servers]") {
  World world;
  for (std::uint32_t n : {3u, 1u, 2u}) world.table.on_reply(endpoint(n), 1000, 0);
  const auto rows = world.table.rows(0, world.limits);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].server == endpoint(1));
  CHECK(rows[2].server == endpoint(3));
}

TEST_CASE("What was asked before the last timeout ran out is of the same silence",
          "[cache][servers][negative]") {
  World world;
  world.reply(20'000);
  const std::int64_t asked_us = world.clock.now().mono_us;
  world.clock.advance_us(60'000);
  for (int n = 0; n < 30; ++n) world.timeout_of(asked_us);
  CHECK(world.view().timeouts_in_row == 1);
  CHECK(world.view().answers);
  for (int n = 0; n < 3; ++n) {
    const std::int64_t later_us = world.clock.now().mono_us;
    world.clock.advance_us(400'000);
    world.timeout_of(later_us);
  }
  CHECK(world.view().dead);
  CHECK_FALSE(world.view().answers);
}

TEST_CASE("Who has never answered is dead after as many timeouts, whenever it was asked",
          "[cache][servers]") {
  World world;
  const std::int64_t asked_us = world.clock.now().mono_us;
  world.clock.advance_us(400'000);
  for (int n = 0; n < 4; ++n) world.timeout_of(asked_us);
  CHECK(world.view().dead);
  CHECK_FALSE(world.view().answers);
}

TEST_CASE("A dead server whose time has come is for one who asks it", "[cache][servers]") {
  World world;
  const auto claim = [&] {
    return world.table.claim_probe(world.server, world.clock.now().mono_us, world.limits);
  };
  world.reply(80'000);
  world.timeouts(4);
  CHECK_FALSE(claim());
  world.clock.advance_us(1'000'000);
  CHECK(claim());
  CHECK_FALSE(claim());
  CHECK(world.view().dead);
  const auto timeout_us = world.view().timeout_us;
  world.clock.advance_us(timeout_us);
  world.timeouts(1);  // of that one: the interval doubles
  CHECK(world.view().dead);
  world.clock.advance_us(1'999'000);
  CHECK_FALSE(claim());
  world.clock.advance_us(1000);
  CHECK(claim());
  world.reply(80'000);
  CHECK_FALSE(world.view().dead);
  CHECK_FALSE(claim());
}

TEST_CASE("Servers that live, or nobody knows, are no one's to ask for life",
          "[cache][servers][negative]") {
  World world;
  const auto now = world.clock.now().mono_us;
  CHECK_FALSE(world.table.claim_probe(world.server, now, world.limits));
  world.reply(80'000);
  CHECK_FALSE(world.table.claim_probe(world.server, now, world.limits));
  CHECK_FALSE(world.table.claim_probe(world.server, now + 3'600'000'000, world.limits));
}

TEST_CASE("Who let us wait once is asked for life before it is dead", "[cache][servers]") {
  World world;
  world.reply(80'000);
  world.timeouts(1);
  const auto claim = [&](std::int64_t later_us) {
    return world.table.claim_probe(world.server, world.clock.now().mono_us + later_us,
                                   world.limits);
  };
  CHECK_FALSE(claim(999'999));
  CHECK(claim(1'000'000));
  CHECK_FALSE(claim(1'000'001));
  CHECK_FALSE(world.view().dead);
}

TEST_CASE("When an answer is overdue does not depend on those that did not come",
          "[cache][servers]") {
  World world;
  CHECK(world.view().expected_us == 400'000);
  world.reply(80'000);
  world.timeouts(2);
  CHECK(world.view().expected_us == 240'000);
  CHECK(world.view().timeout_us == 960'000);
}
