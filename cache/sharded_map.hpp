#pragma once
/// ShardedMap: BoundedShards side by side, each behind its own mutex, which share one limit evenly.
///
/// A key's `place` (keyed hash, upper bits) names the shard, its `hash` the bucket in it; keys of
/// one place stand in one shard, so they are looked up under one lock. Thread-safe.
#include <bit>
#include <deque>
#include <mutex>

#include "cache/bounded_shard.hpp"
namespace windlass::cache {

template <class Policy>
class ShardedMap {
 public:
  using Key = typename Policy::Key;
  using Value = typename Policy::Value;
  using Table = BoundedShard<Policy>;
  static constexpr std::size_t shards_max = 64, shard_octets_min = 256u << 10,
                               shard_entries_min = 64;

  /// `limits` of the whole map. Small maps have fewer shards, so that a large entry still fits.
  explicit ShardedMap(const ShardLimits& limits) {
    const std::size_t fitting =
        std::min(limits.octets / shard_octets_min, limits.entries / shard_entries_min);
    const std::size_t count = std::bit_floor(std::clamp<std::size_t>(fitting, 1, shards_max));
    const ShardLimits each{limits.octets / count, limits.entries / count, limits.typical_octets};
    for (std::size_t i = 0; i < count; ++i) shards_.emplace_back(each);
  }

  /// Calls `use(table)` under the lock of the shard where `place` is. What it returns must not
  /// point in.
  template <class Use>
  auto with(std::uint64_t place, Use use) {
    Shard& shard = shards_[(place >> 32) & (shards_.size() - 1)];
    const std::lock_guard lock(shard.mutex);
    return use(shard.table);
  }
  /// Calls `use(table)` for each shard in turn, one lock at a time.
  template <class Use>
  void each(Use use) {
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      use(shard.table);
    }
  }

  template <class Predicate>
  std::size_t erase_if(Predicate wanted) {
    std::size_t erased = 0;
    each([&](Table& table) { erased += table.erase_if(wanted); });
    return erased;
  }
  KindCounts counts(unsigned kind) {
    KindCounts sum;
    each([&](Table& table) { sum += table.counts(kind); });
    return sum;
  }
  std::size_t octets() {
    std::size_t sum = 0;
    each([&](Table& table) { sum += table.octets(); });
    return sum;
  }
  std::size_t size() {
    std::size_t sum = 0;
    each([&](Table& table) { sum += table.size(); });
    return sum;
  }
  std::size_t shard_count() const noexcept { return shards_.size(); }

 private:
  struct alignas(64) Shard {  // a cache line of its own: neighbours' locks do not slow it
    explicit Shard(const ShardLimits& limits) : table(limits) {}
    std::mutex mutex;
    Table table;
  };
  std::deque<Shard> shards_;
};
}  // namespace windlass::cache
