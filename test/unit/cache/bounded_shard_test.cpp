// BoundedShard: the bound holds after every single step, and the hand spares what was hit.
// Method: a table of numbers with a weight each, small enough to follow by hand.
#include "cache/bounded_shard.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "base/rng.hpp"
#include "cache/sharded_map.hpp"

namespace {
using windlass::SeededRng;
using windlass::cache::ShardLimits;

struct Weights {
  struct Key {
    std::uint64_t hash;
    int number;
  };
  struct Value {
    int number = 0;
    std::size_t weight = 0;
  };
  static constexpr unsigned kinds = 2;
  static bool matches(const Value& v, const Key& key) { return v.number == key.number; }
  static std::size_t octets(const Value& v) { return v.weight; }
  static unsigned kind(const Value& v) { return v.number < 0 ? 1 : 0; }
};
using Shard = windlass::cache::BoundedShard<Weights>;
using Map = windlass::cache::ShardedMap<Weights>;

Weights::Key key(int number) {
  return {static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15u, number};
}
bool put(Shard& shard, int number, std::size_t weight = 1) {
  return shard.put(key(number), {number, weight});
}
std::set<int> numbers(const Shard& shard) {
  std::set<int> all;
  shard.for_each([&](const auto& v) { all.insert(v.number); });
  return all;
}
}  // namespace

TEST_CASE("BoundedShard evicts the oldest entry that was not hit", "[cache][shard]") {
  Shard shard({1u << 20, 4});
  for (int n : {1, 2, 3, 4}) REQUIRE(put(shard, n));
  shard.find(key(1))->hit = true;
  REQUIRE(put(shard, 5));
  CHECK(numbers(shard) == std::set{1, 3, 4, 5});
  SECTION("the hand goes on where it stopped, not back to the spared one") {
    REQUIRE(put(shard, 6));
    CHECK(numbers(shard) == std::set{1, 4, 5, 6});
  }
  SECTION("a flood of new ones leaves the spared one in place") {
    for (int n = 100; n < 200; ++n) REQUIRE(put(shard, n));
    CHECK(shard.find(key(1)));
  }
  CHECK(shard.counts(0).evictions >= 1);
}

TEST_CASE("BoundedShard evicts even when everything was hit", "[cache][shard]") {
  Shard shard({1u << 20, 3});
  for (int n : {1, 2, 3}) {
    REQUIRE(put(shard, n));
    shard.find(key(n))->hit = true;
  }
  REQUIRE(put(shard, 4));
  CHECK(numbers(shard) == std::set{2, 3, 4});
}

TEST_CASE("BoundedShard replaces in place and never evicts what it replaces", "[cache][shard]") {
  Shard shard({16384, 1000});
  const std::size_t half = shard.entry_octets_max() / 2;
  for (int n = 0; n < 50; ++n) REQUIRE(put(shard, n, half));
  const int oldest = *numbers(shard).begin();
  REQUIRE(put(shard, oldest, half * 3 / 2));
  REQUIRE(shard.find(key(oldest)));
  CHECK(shard.find(key(oldest))->value.weight == half * 3 / 2);
  CHECK(shard.octets() <= 16384);
}

TEST_CASE("BoundedShard refuses what is too large, and keeps what stands",
          "[cache][shard][negative]") {
  Shard shard({16384, 1000});
  REQUIRE(put(shard, 1));
  CHECK_FALSE(put(shard, 1, shard.entry_octets_max()));
  CHECK(shard.find(key(1))->value.weight == 1);
  Shard none({0, 1000}), no_entries({16384, 0});
  CHECK_FALSE(put(none, 1));
  CHECK_FALSE(put(no_entries, 1));
}

TEST_CASE("BoundedShard keeps its counts through any sequence of steps", "[cache][shard]") {
  SeededRng rng(7);
  Shard shard({32768, 40});
  for (int step = 0; step < 20'000; ++step) {
    const int number = static_cast<int>(rng.below(120)) - 60;
    switch (rng.below(4)) {
      case 0:
        shard.erase(key(number));
        break;
      case 1:
        if (auto* node = shard.find(key(number))) node->hit = true;
        break;
      default:
        put(shard, number, rng.below(2000));
    }
    REQUIRE(shard.octets() <= 32768);
    REQUIRE(shard.size() <= 40);
    REQUIRE(shard.counts(0).octets + shard.counts(1).octets == shard.octets());
    REQUIRE(shard.counts(0).entries + shard.counts(1).entries == shard.size());
  }
  CHECK(numbers(shard).size() == shard.size());
  CHECK(shard.erase_if([](const auto& v) { return v.number < 0; }) > 0);
  CHECK(shard.counts(1).entries == 0);
  CHECK(shard.counts(1).octets == 0);
}

TEST_CASE("ShardedMap shares its limit evenly and spreads places over the shards",
          "[cache][shard]") {
  CHECK(Map({1u << 18, 1'000'000}).shard_count() == 1);
  CHECK(Map({1u << 20, 1'000'000}).shard_count() == 4);
  CHECK(Map({1u << 28, 1'000'000}).shard_count() == 64);
  CHECK(Map({1u << 28, 100}).shard_count() == 1);
  Map map({1u << 28, 1'000'000});
  for (int n = 0; n < 6400; ++n)
    map.with(key(n).hash, [&](auto& table) { return table.put(key(n), {n, 1}); });
  CHECK(map.size() == 6400);
  map.each([](auto& table) { CHECK(table.size() > 50); });
  CHECK(map.erase_if([](const auto& v) { return v.number % 2 == 0; }) == 3200);
  CHECK(map.counts(0).entries == 3200);
}
