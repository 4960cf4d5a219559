#pragma once
/// Registry: the zones of a store in memory, and what of them is published to the workers.
///
/// Generations are never used twice, by no zone: what a worker cached under a slot and generation
/// cannot be taken for another zone's that came into the slot later.
///
/// Changed by the writer thread alone; read by all.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "auth-plugin/write/truth.hpp"
#include "auth-plugin/zone_map.hpp"
namespace windlass::auth {

struct ZoneLive {
  ZoneRecord record;
  ServeState state;  ///< its facts have name, zid and slot
};

/// What one commit changes: nullopt: the zone goes.
using ZoneChanges = std::map<Zid, std::optional<ZoneLive>>;

class Registry {
 public:
  Registry();
  /// Writer thread. The zone, or nullptr; valid until the next apply().
  const ZoneLive* find(Zid zid) const;
  /// Writer thread. Publishes, when zones came, went or their facts changed, a new map, and then
  /// the generations: who sees a new generation sees the facts that belong to it, so that no answer
  /// made from older facts is cached under it. What the workers see is in serve.mdb already.
  void apply(const ZoneChanges& changes, std::uint64_t generation_of_gone);

  std::shared_ptr<const ZoneMap> map() const;
  std::uint64_t map_version() const noexcept { return version_.load(std::memory_order_acquire); }
  const std::uint64_t* generations() const noexcept { return generations_.get(); }
  std::vector<ZoneLive> all() const;
  std::optional<ZoneLive> copy_of(Zid zid) const;
  std::size_t size() const;

 private:
  void publish(std::uint32_t slot, std::uint64_t generation) noexcept;
  std::uint32_t take_slot();
  using Generations = std::vector<std::pair<std::uint32_t, std::uint64_t>>;  ///< slot, generation
  bool apply_one(Zid zid, const std::optional<ZoneLive>& change, std::uint64_t gone,
                 Generations& due);
  bool apply_all(const ZoneChanges& changes, std::uint64_t gone, Generations& due);
  void publish_map();
  std::vector<ZoneLive> copies() const;
  struct Free {
    void operator()(std::uint64_t* octets) const noexcept { std::free(octets); }
  };
  std::unique_ptr<std::uint64_t[], Free> generations_;  ///< zeroed pages that nobody touched cost
                                                        ///< nothing
  std::vector<std::uint32_t> free_slots_;
  std::uint32_t next_slot_ = 0;
  mutable std::mutex mutex_;
  std::unordered_map<Zid, ZoneLive> zones_;
  mutable std::mutex map_mutex_;  ///< workers take it: held for a pointer's copy only
  std::shared_ptr<const ZoneMap> map_;
  std::atomic<std::uint64_t> version_{1};
};
}  // namespace windlass::auth
