// The limit holds at every moment, and a flood of one-time names does not push out what is in use.
#include <catch2/catch.hpp>

#include "test/unit/cache/samples.hpp"

using namespace windlass::cache;
using samples::entry;
using samples::name;
using windlass::CacheKind;
using windlass::dns::Ede;
using windlass::dns::EdeCode;
using windlass::dns::Finding;
using windlass::dns::Type;

namespace {
constexpr std::size_t small_octets = 2u << 20;  // about 1,700 entries

std::string numbered(const char* prefix, int n) {
  return prefix + std::to_string(n) + ".example.";
}
}  // namespace

TEST_CASE("Ten times the limit of every kind never passes it", "[cache][eviction]") {
  Cache cache({.size_octets = small_octets}, samples::key);
  const Ede ede{EdeCode::network_error, std::string(100, 'x')};
  CHECK(cache.limit_octets() == small_octets);
  for (int n = 0; n < 17'000; ++n) {
    const auto owner = numbered("n", n);
    const auto finding = n % 3 == 0 ? Finding::nxdomain : Finding::positive;
    REQUIRE(cache.store(0, entry(owner, {.finding = finding, .rdata_octets = 4}), 0));
    cache.store_delegation(0, samples::delegation(owner, "ns." + owner, 1000), 0);
    cache.store_failure(name(owner), Type::a, 0, ede, 5, 300, 0);
    cache.servers().on_reply(samples::endpoint(static_cast<std::uint32_t>(n)), 1000, 0);
    if (n % 8 == 0) REQUIRE(samples::octets_in(cache) <= small_octets);
  }
  for (const CacheCounts& row : cache.counts()) {
    CAPTURE(static_cast<int>(row.kind));
    CHECK(row.evictions > 1000);
    CHECK(row.entries > 10);
  }
  CHECK(samples::octets_in(cache) > small_octets / 10 * 8);
}

TEST_CASE("A hot set survives a flood of names asked once", "[cache][eviction]") {
  Cache cache({.size_octets = small_octets}, samples::key);
  constexpr int hot = 200;
  for (int n = 0; n < hot; ++n) REQUIRE(cache.store(0, entry(numbered("hot", n)), 0));
  std::int64_t age_ms = 2000;
  for (int n = 0; n < 20'000; ++n, ++age_ms) {
    cache.find(name(numbered("hot", n % hot)), Type::a, 0, age_ms);
    const auto cold = entry(numbered("cold", n), {.stored = age_ms, .expires = age_ms + 60'000});
    REQUIRE(cache.store(0, cold, age_ms));
    // What a resolution does with its own answer: looks at it, stores it again with a verdict.
    cache.find(cold->evidence.name, Type::a, 0, age_ms);
    cache.store(0, cold, age_ms);
  }
  int left = 0;
  for (int n = 0; n < hot; ++n)
    left += cache.find(name(numbered("hot", n)), Type::a, 0, 3000) != nullptr;
  CHECK(left >= hot * 95 / 100);
}

TEST_CASE("What nobody asks for is evicted first", "[cache][eviction][negative]") {
  Cache cache({.size_octets = small_octets}, samples::key);
  constexpr int idle = 200;
  for (int n = 0; n < idle; ++n) REQUIRE(cache.store(0, entry(numbered("idle", n)), 0));
  for (int n = 0; n < 20'000; ++n) REQUIRE(cache.store(0, entry(numbered("cold", n)), 2000));
  int left = 0;
  for (int n = 0; n < idle; ++n)
    left += cache.find(name(numbered("idle", n)), Type::a, 0, 3000) != nullptr;
  CHECK(left == 0);
}

TEST_CASE("An entry too large for its share is refused", "[cache][eviction][negative]") {
  Cache cache({.size_octets = 1}, samples::key);  // counts as the least size
  CHECK(cache.limit_octets() == size_octets_min);
  REQUIRE(cache.store(0, entry("small.example."), 0));
  auto large = std::make_shared<Entry>(*entry("large.example."));
  for (int n = 0; n < 10; ++n)
    large->evidence.proofs.push_back(samples::rrset(name("large.example."), Type::txt, 60'000));
  CHECK_FALSE(cache.store(0, large, 0));
  CHECK(cache.find(name("small.example."), Type::a, 0, 0));
  CHECK(samples::counts_of(cache, CacheKind::rrset).evictions == 0);
}

TEST_CASE("What an entry holds is counted", "[cache][eviction]") {
  Cache cache({}, samples::key);
  const auto empty = samples::octets_in(cache);
  auto held =
      std::make_shared<Entry>(*entry("a.example.", {.type = Type::txt, .rdata_octets = 5000}));
  held->evidence.proofs.push_back(samples::rrset(name("a.example."), Type::nsec, 3000));
  held->ede = Ede{EdeCode::dnssec_bogus, std::string(1000, 'x')};
  REQUIRE(cache.store(0, held, 0));
  const auto grown = samples::octets_in(cache) - empty;
  CHECK(grown > sizeof(Entry) + 9000);
  CHECK(grown < sizeof(Entry) + 10'000);
  CHECK(cache.flush_all() == 1);
  CHECK(samples::octets_in(cache) == empty);
}
