#include "resolver/wait_graph.hpp"

#include <catch2/catch.hpp>

using windlass::resolver::WaitGraph;

TEST_CASE("nobody waits for itself, near or far") {
  WaitGraph graph;
  CHECK_FALSE(graph.add(1, 1));
  CHECK(graph.add(1, 2));
  CHECK(graph.add(2, 3));
  CHECK(graph.add(3, 4));
  CHECK_FALSE(graph.add(2, 1));
  CHECK_FALSE(graph.add(4, 1));
  CHECK_FALSE(graph.add(4, 4));
  CHECK(graph.size() == 3);
}

TEST_CASE("two ways to one question are no cycle") {
  WaitGraph graph;
  CHECK(graph.add(1, 2));
  CHECK(graph.add(1, 3));
  CHECK(graph.add(2, 4));
  CHECK(graph.add(3, 4));
  CHECK_FALSE(graph.add(4, 1));
}

TEST_CASE("what ended is no obstacle any more") {
  WaitGraph graph;
  CHECK(graph.add(1, 2));
  CHECK_FALSE(graph.add(2, 1));
  graph.remove(1, 2);
  CHECK(graph.size() == 0);
  CHECK(graph.add(2, 1));
  graph.remove(2, 7);  // never was
  graph.remove(8, 1);
  CHECK(graph.size() == 1);
}

TEST_CASE("an edge added twice is removed twice") {
  WaitGraph graph;
  CHECK(graph.add(1, 2));
  CHECK(graph.add(1, 2));
  graph.remove(1, 2);
  CHECK_FALSE(graph.add(2, 1));
  graph.remove(1, 2);
  CHECK(graph.add(2, 1));
}

TEST_CASE("a long chain is searched without recursion") {
  WaitGraph graph;
  constexpr std::uint64_t length = 5000;
  for (std::uint64_t i = 0; i < length; ++i) graph.add(length - i, length - i + 1);
  CHECK_FALSE(graph.add(length + 1, 1));
}
