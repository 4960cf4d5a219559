#include "auth-plugin/write/registry.hpp"

#include <cstdlib>
#include <new>

#include "auth-plugin/write/bytes.hpp"
namespace windlass::auth {
namespace {
bool same_facts(const ZoneFacts& a, const ZoneFacts& b) noexcept {
  return a.zid == b.zid && a.slot == b.slot && a.is_signed == b.is_signed && a.nsec3 == b.nsec3 &&
         a.nsec3_iterations == b.nsec3_iterations &&
         bytes::order({a.nsec3_salt, a.nsec3_salt_octets}, {b.nsec3_salt, b.nsec3_salt_octets}) ==
             0 &&
         a.name.same_case(b.name);
}
}  // namespace

Registry::Registry()
    : generations_(
          static_cast<std::uint64_t*>(std::calloc(ZoneMap::slots_most, sizeof(std::uint64_t)))),
      map_(std::make_shared<const ZoneMap>(std::vector<ZoneFacts>())) {
  if (!generations_) throw std::bad_alloc();
}

const ZoneLive* Registry::find(Zid zid) const {
  const auto found = zones_.find(zid);
  return found == zones_.end() ? nullptr : &found->second;
}

void Registry::publish(std::uint32_t slot, std::uint64_t generation) noexcept {
  std::atomic_ref<std::uint64_t>(generations_[slot]).store(generation, std::memory_order_release);
}

std::uint32_t Registry::take_slot() {
  if (free_slots_.empty()) return next_slot_++;
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

/// True: the map must be made anew. The generation to publish is put behind `due`.
bool Registry::apply_one(Zid zid, const std::optional<ZoneLive>& change, std::uint64_t gone,
                         Generations& due) {
  const auto found = zones_.find(zid);
  if (!change) {
    if (found == zones_.end()) return false;
    const std::uint32_t slot = found->second.state.zone.facts.slot;
    due.emplace_back(slot, gone);
    free_slots_.push_back(slot);
    zones_.erase(found);
    return true;
  }
  ZoneLive zone = *change;
  const bool is_new = found == zones_.end();
  zone.state.zone.facts.slot = is_new ? take_slot() : found->second.state.zone.facts.slot;
  due.emplace_back(zone.state.zone.facts.slot, zone.state.generation);
  const bool map = is_new || !same_facts(found->second.state.zone.facts, zone.state.zone.facts);
  zones_.insert_or_assign(zid, std::move(zone));
  return map;
}

/// Those that go first: one commit may replace as many zones as there are slots.
bool Registry::apply_all(const ZoneChanges& changes, std::uint64_t gone, Generations& due) {
  const std::lock_guard lock(mutex_);
  bool map = false;
  for (const bool comes : {false, true})
    for (const auto& [zid, change] : changes)
      if (change.has_value() == comes) map |= apply_one(zid, change, gone, due);
  return map;
}

void Registry::apply(const ZoneChanges& changes, std::uint64_t generation_of_gone) {
  Generations due;
  if (apply_all(changes, generation_of_gone, due)) publish_map();
  for (const auto& [slot, generation] : due) publish(slot, generation);
}

/// Made without a lock: only this thread changes zones_.
void Registry::publish_map() {
  std::vector<ZoneFacts> facts;
  facts.reserve(zones_.size());
  for (const auto& [zid, zone] : zones_) facts.push_back(zone.state.zone.facts);
  auto map = std::make_shared<const ZoneMap>(std::move(facts));
  const std::lock_guard lock(map_mutex_);
  map_.swap(map);
  version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const ZoneMap> Registry::map() const {
  const std::lock_guard lock(map_mutex_);
  return map_;
}

std::vector<ZoneLive> Registry::copies() const {
  const std::lock_guard lock(mutex_);
  std::vector<ZoneLive> out;
  out.reserve(zones_.size());
  for (const auto& [zid, zone] : zones_) out.push_back(zone);
  return out;
}

std::vector<ZoneLive> Registry::all() const {
  std::vector<ZoneLive> out = copies();
  std::sort(out.begin(), out.end(), [](const ZoneLive& a, const ZoneLive& b) {
    return a.record.name.canonical_order(b.record.name) < 0;
  });
  return out;
}

std::optional<ZoneLive> Registry::copy_of(Zid zid) const {
  const std::lock_guard lock(mutex_);
  const auto found = zones_.find(zid);
  return found == zones_.end() ? std::nullopt : std::optional(found->second);
}

std::size_t Registry::size() const {
  const std::lock_guard lock(mutex_);
  return zones_.size();
}
}  // namespace windlass::auth
