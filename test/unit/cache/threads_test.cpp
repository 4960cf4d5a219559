// Workers share one cache: every public function from four threads at once, for the thread
// sanitizer.
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "base/rng.hpp"
#include "test/unit/cache/samples.hpp"

using namespace windlass::cache;
using samples::entry;
using samples::name;
using windlass::Limits;
using windlass::SeededRng;
using windlass::dns::Finding;
using windlass::dns::Type;

namespace {
constexpr int steps = 3000;

void operate(Cache& cache, int step, const windlass::dns::Name& owner) {
  switch (step % 500) {
    case 100:
      cache.flush(owner, true);
      break;
    case 200:
      cache.flush_untrusted(owner);
      break;
    case 300:
      cache.lookup(owner);
      break;
    case 400:
      cache.servers().rows(0, Limits());
      break;
    case 450:
      cache.flush_all();
      break;
    default:
      break;
  }
}

void work(Cache& cache, std::uint64_t seed, std::atomic<int>& wrong) {
  SeededRng rng(seed);
  const Limits limits;
  for (int step = 0; step < steps; ++step) {
    const auto text = "n" + std::to_string(rng.below(2000)) + ".example.";
    const auto owner = name(text);
    const auto server = samples::endpoint(rng.below(100));
    if (const auto found = cache.find(owner, Type::a, 0, step))
      wrong += !(found->evidence.name == owner);
    cache.store(0, entry(owner, {.finding = rng.below(4) ? Finding::positive : Finding::nxdomain}),
                0);
    cache.store_delegation(0, samples::delegation(text, "ns." + text, 60'000), 0);
    if (const auto found = cache.deepest(owner, 0, step)) wrong += !(found->cut == owner);
    cache.store_failure(owner, Type::a, 0, {}, 5, 300, step);
    cache.failure(owner, Type::a, 0, step);
    cache.servers().on_reply(server, 1000, step);
    cache.servers().on_timeout(server, step, step, limits);
    cache.servers().mark_lame(server, owner, step);
    cache.servers().view(server, step, limits);
    operate(cache, step, owner);
    if (step % 50 == 0) wrong += samples::octets_in(cache) > cache.limit_octets();
  }
}
}  // namespace

TEST_CASE("Four workers on one small cache", "[cache][threads]") {
  Cache cache({.size_octets = size_octets_min}, samples::key);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> workers;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    workers.emplace_back([&cache, &wrong, seed] { work(cache, seed, wrong); });
  for (auto& worker : workers) worker.join();
  CHECK(wrong == 0);
  CHECK(cache.flush_all() > 0);
  for (const CacheCounts& row : cache.counts())
    if (row.kind != windlass::CacheKind::server) CHECK(row.entries == 0);
}
