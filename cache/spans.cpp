#include "cache/spans.hpp"

#include <algorithm>

#include "cache/bounded_shard.hpp"

namespace windlass::cache {
namespace {
/// Nodes of two containers, with what malloc adds.
constexpr std::size_t node_octets = 2 * (48 + allocation_octets);
}  // namespace

Spans::Spans(std::size_t octets, const HashKey& key) : octets_most_(octets), key_(key) {}

Spans::Shard& Spans::shard_of(const dns::Name& zone) noexcept {
  return shards_[(zone.hash(key_) >> 32) % shards];
}

std::size_t Spans::octets_of(const Held& held, std::size_t place_octets) noexcept {
  return node_octets + place_octets + sizeof(Held) + sizeof(Used) +
         held.span.record->memory_octets() + shared_octets;
}

std::size_t Spans::octets_of(const Owners::value_type& at) noexcept {
  return octets_of(at.second, sizeof at.first);
}

std::size_t Spans::octets_of(const Hashes::value_type& at) noexcept {
  return octets_of(at.second, sizeof at.first);
}

std::size_t Spans::octets_of(const Zone& zone) noexcept {
  const dns::RRsetPtr& soa = zone.authority.soa;
  return node_octets + sizeof(dns::Name) + sizeof(Zone) + zone.parameters.salt.size() +
         (soa ? soa->memory_octets() + shared_octets : 0);
}

void Spans::erase(Shard& shard, std::list<Used>::iterator used) {
  Zone& zone = used->zone->second;
  std::visit([&](auto place) { shard.octets -= octets_of(*place); }, used->place);
  if (const auto* owner = std::get_if<Owners::iterator>(&used->place))
    zone.owners.erase(*owner);
  else
    zone.hashes.erase(std::get<Hashes::iterator>(used->place));
  if (zone.owners.empty() && zone.hashes.empty()) {
    shard.octets -= octets_of(zone);
    shard.zones.erase(used->zone);
  }
  shard.order.erase(used);
}

/// What is stored stays when the least used of its shard goes: it was used last.
void Spans::make_room() {
  while (octets() > octets_most_) {
    Shard& largest = *std::max_element(
        shards_.begin(), shards_.end(),
        [](const Shard& a, const Shard& b) { return a.octets.load() < b.octets.load(); });
    const std::lock_guard lock(largest.mutex);
    if (largest.order.empty()) return;  // another worker was here first
    erase(largest, std::prev(largest.order.end()));
  }
}

Spans::Zones::iterator Spans::zone_for(Shard& shard, const dns::Name& name, Partition partition,
                                       const Span& span) {
  const auto [at, added] = shard.zones.try_emplace({partition, name});
  if (!added && !span.soa) return at;
  if (!added) shard.octets -= octets_of(at->second);
  if (span.soa) at->second.authority = span;
  at->second.authority.record = nullptr;
  shard.octets += octets_of(at->second);
  return at;
}

/// Records of other parameters are of a chain that has ended, or has not begun everywhere. The
/// zone stays, whatever goes.
void Spans::agree(Shard& shard, Zones::iterator at, const dns::Nsec3Record& record) {
  Zone& zone = at->second;
  const dns::Nsec3Parameters parameters = record.parameters();
  if (zone.parameters == parameters) return;
  shard.octets -= octets_of(zone);
  for (auto hash = zone.hashes.begin(); hash != zone.hashes.end(); hash = zone.hashes.erase(hash)) {
    shard.octets -= octets_of(*hash);
    shard.order.erase(hash->second.used);
  }
  zone.parameters = parameters;
  shard.octets += octets_of(zone);
}

template <class Places>
void Spans::put(Shard& shard, Zones::iterator zone, Places& places,
                const typename Places::key_type& place, Span span) {
  const auto [at, added] = places.try_emplace(place);
  Held& held = at->second;
  if (added) {
    held.used = shard.order.insert(shard.order.begin(), Used{zone, at});
  } else {
    shard.octets -= octets_of(*at);
    shard.order.splice(shard.order.begin(), shard.order, held.used);
  }
  span.soa = nullptr;
  held.span = std::move(span);
  shard.octets += octets_of(*at);
}

void Spans::store(const dns::Name& name, Partition partition, Span span) {
  if (span.record->memory_octets() > octets_most_ / shards / 4) return;
  const auto record = dns::Nsec3Record::read(*span.record);
  const dns::Name owner = span.record->owner();
  const bool hashed = span.record->type() == dns::Type::nsec3;
  if (hashed && (!record || !(owner.parent() == name))) return;
  {
    Shard& shard = shard_of(name);
    const std::lock_guard lock(shard.mutex);
    const auto zone = zone_for(shard, name, partition, span);
    if (hashed) agree(shard, zone, *record);
    if (hashed)
      put(shard, zone, zone->second.hashes, record->from, std::move(span));
    else
      put(shard, zone, zone->second.owners, owner, std::move(span));
  }
  make_room();
}

/// Precondition: `place` is in `zone`.
template <class Places>
std::optional<Span> Spans::found(Shard& shard, const Zone& zone, typename Places::iterator place,
                                 std::int64_t age_ms) {
  const Held& held = place->second;
  if (held.span.expires_age_ms <= age_ms) return erase(shard, held.used), std::nullopt;
  shard.order.splice(shard.order.begin(), shard.order, held.used);
  Span span = held.span;
  const Span& authority = zone.authority;
  if (!authority.soa || authority.expires_age_ms <= age_ms) return span;
  span.soa = authority.soa;
  span.expires_age_ms = std::min(span.expires_age_ms, authority.expires_age_ms);
  span.epoch = std::min(span.epoch, authority.epoch);
  return span;
}

std::optional<Span> Spans::at_or_before(const dns::Name& name, Partition partition,
                                        const dns::Name& sought, std::int64_t age_ms) {
  Shard& shard = shard_of(name);
  const std::lock_guard lock(shard.mutex);
  const auto zone = shard.zones.find({partition, name});
  if (zone == shard.zones.end()) return std::nullopt;
  auto owner = zone->second.owners.upper_bound(sought);
  if (owner == zone->second.owners.begin()) return std::nullopt;
  return found<Owners>(shard, zone->second, std::prev(owner), age_ms);
}

std::optional<Span> Spans::at_or_before(const dns::Name& name, Partition partition,
                                        const dns::Nsec3Hash& sought, std::int64_t age_ms) {
  Shard& shard = shard_of(name);
  const std::lock_guard lock(shard.mutex);
  const auto zone = shard.zones.find({partition, name});
  if (zone == shard.zones.end() || zone->second.hashes.empty()) return std::nullopt;
  Hashes& hashes = zone->second.hashes;
  auto after = hashes.upper_bound(sought);
  if (after == hashes.begin())
    after = hashes.end();  // the last one covers what is before the first
  return found<Hashes>(shard, zone->second, std::prev(after), age_ms);
}

std::optional<dns::Nsec3Parameters> Spans::parameters(const dns::Name& name, Partition partition) {
  Shard& shard = shard_of(name);
  const std::lock_guard lock(shard.mutex);
  const auto zone = shard.zones.find({partition, name});
  if (zone == shard.zones.end() || zone->second.hashes.empty()) return std::nullopt;
  return zone->second.parameters;
}

std::size_t Spans::flush(const dns::Name& name, bool subtree) {
  std::size_t erased = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (auto used = shard.order.begin(); used != shard.order.end();) {
      const auto next = std::next(used);
      const dns::Name& zone = used->zone->first.second;
      if (name.is_at_or_below(zone) || (subtree && zone.is_at_or_below(name)))
        erase(shard, used), ++erased;
      used = next;
    }
  }
  return erased;
}

std::size_t Spans::size() {
  std::size_t sum = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.order.size();
  }
  return sum;
}

std::size_t Spans::octets() const noexcept {
  std::size_t sum = 0;
  for (const Shard& shard : shards_) sum += shard.octets.load(std::memory_order_relaxed);
  return sum;
}
}  // namespace windlass::cache
