// ProbeBoard: one sender for a minimised question, everybody else is told when it ended.
#include "resolver/probe_board.hpp"

#include <catch2/catch.hpp>

using namespace windlass;
using resolver::Key;
using resolver::ProbeBoard;

namespace {
const Key org{dns::Name::literal("example.org."), dns::Type::a, 0};
const Key same_in_capitals{dns::Name::literal("EXAMPLE.org."), dns::Type::a, 0};
const Key elsewhere{dns::Name::literal("example.org."), dns::Type::a, 7};
}  // namespace

TEST_CASE("A probe has one sender; those that wait are told once", "[resolver][probes]") {
  ProbeBoard board({1, 2});
  REQUIRE(board.claim(org));
  CHECK(board.wait(same_in_capitals, {0, 11}));
  CHECK(board.wait(org, {3, 12}));
  const auto told = board.release(org);
  REQUIRE(told.size() == 2);
  CHECK(told[0].id == 11);
  CHECK(told[1].worker == 3);
  CHECK(board.size() == 0);
}

TEST_CASE("Nobody waits for a probe that is not under way, or in another partition",
          "[resolver][probes][negative]") {
  ProbeBoard board({1, 2});
  CHECK_FALSE(board.wait(org, {0, 11}));
  REQUIRE(board.claim(org));
  CHECK_FALSE(board.claim(same_in_capitals));
  CHECK_FALSE(board.wait(elsewhere, {0, 12}));
  CHECK(board.claim(elsewhere));
  CHECK(board.release(elsewhere).empty());
  CHECK(board.release(elsewhere).empty());
}
