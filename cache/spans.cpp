#include "cache/spans.hpp"

#include <algorithm>

#include "cache/bounded_shard.hpp"

namespace windlass::cache {
namespace {
/// Nodes of two containers, with what malloc adds.
constexpr std::size_t node_octets = 2 * (48 + allocation_octets);
}  // namespace

Spans::Spans(std::size_t octets, const HashKey& key) : shard_octets_(octets / shards), key_(key) {}

Spans::Shard& Spans::shard_of(const dns::Name& zone) noexcept {
  return shards_[(zone.hash(key_) >> 32) % shards];
}

std::size_t Spans::octets_of(const Span& span) noexcept {
  return node_octets + sizeof(dns::Name) + sizeof(Held) + span.nsec->memory_octets() +
         shared_octets;
}

std::size_t Spans::octets_of(const Zone& zone) noexcept {
  const dns::RRsetPtr& soa = zone.authority.soa;
  return node_octets + sizeof(dns::Name) + sizeof(Zone) +
         (soa ? soa->memory_octets() + shared_octets : 0);
}

void Spans::erase(Shard& shard, std::list<Used>::iterator used) {
  shard.octets -= octets_of(used->owner->second.span);
  Zone& zone = used->zone->second;
  zone.owners.erase(used->owner);
  if (zone.owners.empty()) {
    shard.octets -= octets_of(zone);
    shard.zones.erase(used->zone);
  }
  shard.order.erase(used);
}

Spans::Zones::iterator Spans::zone_for(Shard& shard, const dns::Name& name, Partition partition,
                                       const Span& span) {
  const auto [at, added] = shard.zones.try_emplace({partition, name});
  if (!added && !span.soa) return at;
  if (!added) shard.octets -= octets_of(at->second);
  if (span.soa) at->second.authority = span;
  at->second.authority.nsec = nullptr;
  shard.octets += octets_of(at->second);
  return at;
}

void Spans::store(const dns::Name& zone, Partition partition, Span span) {
  const std::size_t octets = octets_of(span);
  if (octets > shard_octets_ / 4) return;
  Shard& shard = shard_of(zone);
  const std::lock_guard lock(shard.mutex);
  const auto at = zone_for(shard, zone, partition, span);
  const auto [owner, added] = at->second.owners.try_emplace(span.nsec->owner());
  if (added) {
    owner->second.used = shard.order.insert(shard.order.begin(), Used{at, owner});
  } else {
    shard.octets -= octets_of(owner->second.span);
    shard.order.splice(shard.order.begin(), shard.order, owner->second.used);
  }
  span.soa = nullptr;
  owner->second.span = std::move(span);
  shard.octets += octets;
  while (shard.octets > shard_octets_ && !shard.order.empty())
    erase(shard, std::prev(shard.order.end()));
}

std::optional<Span> Spans::at_or_before(const dns::Name& zone, Partition partition,
                                        const dns::Name& name, std::int64_t age_ms) {
  Shard& shard = shard_of(zone);
  const std::lock_guard lock(shard.mutex);
  const auto at = shard.zones.find({partition, zone});
  if (at == shard.zones.end()) return std::nullopt;
  const Span& authority = at->second.authority;
  auto owner = at->second.owners.upper_bound(name);
  if (!authority.soa || authority.expires_age_ms <= age_ms || owner == at->second.owners.begin())
    return std::nullopt;
  --owner;
  if (owner->second.span.expires_age_ms <= age_ms) {
    erase(shard, owner->second.used);
    return std::nullopt;
  }
  shard.order.splice(shard.order.begin(), shard.order, owner->second.used);
  Span found = owner->second.span;
  found.soa = authority.soa;
  found.expires_age_ms = std::min(found.expires_age_ms, authority.expires_age_ms);
  found.epoch = std::min(found.epoch, authority.epoch);
  return found;
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

std::size_t Spans::octets() {
  std::size_t sum = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.octets;
  }
  return sum;
}
}  // namespace windlass::cache
