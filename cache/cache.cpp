#include "cache/cache.hpp"

#include <algorithm>
#include <limits>

#include "cache/policies.hpp"
#include "cache/rules.hpp"

namespace windlass::cache {
namespace {
/// A look-up so soon after storing is the same resolution's, and proves no second request.
constexpr std::int64_t own_look_ms = 1000;
constexpr auto unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::size_t server_octets_typical = 256;

/// Shares of the limit in 32nds; the one that is missing pays for the shards themselves.
constexpr std::size_t entries_share = 22, delegations_share = 4, servers_share = 2, spans_share = 2,
                      failures_share = 1;

ShardLimits share_of(std::size_t octets, std::size_t share, std::size_t typical_octets) {
  return {octets / 32 * share, unlimited, typical_octets};
}

bool at_or_below(const dns::Name& name, const dns::Name& top, bool subtree) {
  return subtree ? name.is_at_or_below(top) : name == top;
}
}  // namespace

struct Cache::Impl {
  Impl(const CacheOptions& o, const HashKey& k)
      : options(o),
        key(k),
        octets(std::max(o.size_octets, size_octets_min)),
        entries(share_of(octets, entries_share, 1024)),
        delegations(share_of(octets, delegations_share, 1024)),
        failures(share_of(octets, failures_share, 512)),
        servers(octets / 32 * servers_share / server_octets_typical, k,
                octets / 32 * servers_share),
        spans(octets / 32 * spans_share, k) {}

  NameKey key_of(const dns::Name& name, dns::Type type, Partition partition) const noexcept {
    return {name.hash(key), name, type, partition};
  }

  CacheOptions options;
  HashKey key;
  std::size_t octets;
  ShardedMap<EntryPolicy> entries;
  ShardedMap<DelegationPolicy> delegations;
  ShardedMap<FailurePolicy> failures;
  ServerTable servers;
  Spans spans;
};

Cache::Cache(const CacheOptions& options, const HashKey& key)
    : impl_(std::make_unique<Impl>(options, key)) {}
Cache::~Cache() = default;

ServerTable& Cache::servers() noexcept {
  return impl_->servers;
}
Spans& Cache::spans() noexcept {
  return impl_->spans;
}
std::size_t Cache::limit_octets() const noexcept {
  return impl_->octets;
}

// ---- RRsets and denials

EntryPtr Cache::find(const dns::Name& name, dns::Type type, Partition partition,
                     std::int64_t age_ms, std::int64_t stale_ms, bool counted) {
  const NameKey exact = impl_->key_of(name, type, partition);
  const NameKey whole(exact.place, name, dns::Type::none, partition);
  return impl_->entries.with(exact.place, [&](auto& table) -> EntryPtr {
    const auto find_usable = [&](const NameKey& key) {
      auto* node = table.find(key);
      return node && usable(*node->value.entry, age_ms, stale_ms) ? node : nullptr;
    };
    auto *found = find_usable(exact), *absent = find_usable(whole);
    if (!found || (absent && second_counts(*found->value.entry, *absent->value.entry, age_ms)))
      found = absent;
    if (counted) found ? table.count_hit(*found) : table.count_miss();
    if (!found) return nullptr;
    const EntryPtr& entry = found->value.entry;
    found->hit = found->hit || age_ms - entry->stored_age_ms >= own_look_ms;
    return entry;
  });
}

bool Cache::store(Partition partition, EntryPtr entry, std::int64_t age_ms) {
  const dns::Evidence& evidence = entry->evidence;
  const bool nxdomain = evidence.finding == dns::Finding::nxdomain;
  const NameKey key =
      impl_->key_of(evidence.name, nxdomain ? dns::Type::none : evidence.type, partition);
  if (!entry->fresh(age_ms)) return false;
  const bool stored = impl_->entries.with(key.place, [&](auto& table) {
    const auto yields = [&](const auto* node) {
      return !node || may_replace(*node->value.entry, *entry, age_ms);
    };
    if (!yields(table.find(key)) || !table.put(key, {entry, key.type, partition})) return false;
    const NameKey whole(key.place, evidence.name, dns::Type::none, partition);
    if (!nxdomain && yields(table.find(whole))) table.erase(whole);
    return true;
  });
  const bool judged_well =
      entry->security == Security::secure || entry->security == Security::insecure;
  if (stored && judged_well && entry->rank >= Rank::answer)
    impl_->failures.with(key.place, [&](auto& table) {
      return table.erase(NameKey(key.place, evidence.name, evidence.type, partition));
    });
  return stored;
}

bool Cache::exchange(Partition partition, const EntryPtr& standing, EntryPtr copy) {
  const dns::Evidence& evidence = standing->evidence;
  const bool nxdomain = evidence.finding == dns::Finding::nxdomain;
  const NameKey key =
      impl_->key_of(evidence.name, nxdomain ? dns::Type::none : evidence.type, partition);
  return impl_->entries.with(key.place, [&](auto& table) {
    const auto* node = table.find(key);
    return node && node->value.entry == standing &&
           table.put(key, {std::move(copy), key.type, partition});
  });
}

std::int64_t Cache::expiry(std::uint32_t ttl_s, dns::Finding finding,
                           std::int64_t age_ms) const noexcept {
  const CacheOptions& options = impl_->options;
  std::int64_t seconds = (ttl_s & 0x8000'0000u) != 0 ? 0 : ttl_s;  // RFC 2181 8
  seconds = std::min(std::max(seconds, options.min_ttl_s), options.max_ttl_s);
  if (dns::denies(finding)) seconds = std::min(seconds, options.max_negative_ttl_s);
  return age_ms + seconds * 1000;
}

// ---- Delegations

DelegationPtr Cache::deepest(const dns::Name& name, Partition partition, std::int64_t age_ms,
                             bool above_only) {
  if (above_only && name.is_root()) return nullptr;
  for (dns::Name cut = above_only ? name.parent() : name;; cut = cut.parent()) {
    const NameKey key = impl_->key_of(cut, dns::Type::ns, partition);
    auto found = impl_->delegations.with(key.place, [&](auto& table) -> DelegationPtr {
      auto* node = table.find(key);
      if (node && age_ms < node->value.delegation->expires_age_ms)
        return table.count_hit(*node), node->hit = true, node->value.delegation;
      if (cut.is_root()) table.count_miss();
      return nullptr;
    });
    if (found || cut.is_root()) return found;
  }
}

void Cache::store_delegation(Partition partition, DelegationPtr delegation, std::int64_t age_ms) {
  if (!is_configured(*delegation)) {
    const auto above = deepest(delegation->cut, partition, age_ms, true);
    if (above) delegation = ending_by(delegation, above->expires_age_ms);
  }
  if (delegation->expires_age_ms <= age_ms) return;
  const NameKey key = impl_->key_of(delegation->cut, dns::Type::ns, partition);
  impl_->delegations.with(key.place, [&](auto& table) {
    const auto* node = table.find(key);
    const DelegationPtr standing = node ? node->value.delegation : nullptr;
    const DelegationPtr stands = settled(standing, delegation, age_ms);
    return stands == standing || table.put(key, {stands, partition});
  });
}

// ---- failures

std::optional<dns::Ede> Cache::failure(const dns::Name& name, dns::Type type, Partition partition,
                                       std::int64_t age_ms) {
  const NameKey key = impl_->key_of(name, type, partition);
  return impl_->failures.with(key.place, [&](auto& table) -> std::optional<dns::Ede> {
    auto* node = table.find(key);
    if (!node || age_ms >= node->value.expires_age_ms) return table.count_miss(), std::nullopt;
    table.count_hit(*node);
    node->hit = true;
    return node->value.ede;
  });
}

void Cache::store_failure(const dns::Name& name, dns::Type type, Partition partition,
                          const dns::Ede& ede, std::int64_t first_s, std::int64_t most_s,
                          std::int64_t age_ms) {
  const NameKey key = impl_->key_of(name, type, partition);
  const std::int64_t most_ms = most_s * 1000;
  impl_->failures.with(key.place, [&](auto& table) {
    const auto* node = table.find(key);
    const bool repeat = node && age_ms < node->value.expires_age_ms + most_ms;
    const std::int64_t wanted_ms = repeat ? node->value.lasts_ms * 2 : first_s * 1000;
    const std::int64_t lasts_ms = std::min(wanted_ms, most_ms);
    return table.put(key, {name, type, partition, ede, lasts_ms, age_ms + lasts_ms});
  });
}

void Cache::forget_failures() {
  impl_->failures.erase_if([](const auto&) { return true; });
}

// ---- operators

std::size_t Cache::flush(const dns::Name& name, bool subtree) {
  const auto here = [&](const dns::Name& owner) { return at_or_below(owner, name, subtree); };
  return impl_->entries.erase_if([&](const auto& v) { return here(EntryPolicy::name(v)); }) +
         impl_->failures.erase_if([&](const auto& v) { return here(v.owner); }) +
         impl_->spans.flush(name, subtree) + impl_->delegations.erase_if([&](const auto& v) {
           return !is_configured(*v.delegation) && here(v.delegation->cut);
         });
}

std::size_t Cache::flush_all() {
  return flush(dns::Name(), true);
}

std::size_t Cache::flush_untrusted(const dns::Name& name) {
  return impl_->entries.erase_if([&](const auto& v) {
    return v.entry->security == Security::bogus && EntryPolicy::name(v).is_at_or_below(name);
  }) + impl_->failures.erase_if([&](const auto& v) { return v.owner.is_at_or_below(name); });
}

std::vector<std::pair<Partition, EntryPtr>> Cache::lookup(const dns::Name& name) {
  std::vector<std::pair<Partition, EntryPtr>> found;
  impl_->entries.with(name.hash(impl_->key), [&](auto& table) {
    table.for_each([&](const auto& v) {
      if (EntryPolicy::name(v) == name) found.emplace_back(v.partition, v.entry);
    });
  });
  return found;
}

std::vector<CacheCounts> Cache::counts() const {
  const auto row = [](CacheKind kind, const KindCounts& c) {
    return CacheCounts{kind, c.entries, c.octets, c.hits, c.misses, c.evictions};
  };
  KindCounts servers = impl_->delegations.counts(0);
  servers.entries += impl_->servers.size();
  servers.octets += impl_->servers.memory_octets();
  servers.evictions += impl_->servers.evictions();
  KindCounts negative = impl_->entries.counts(EntryPolicy::negative);
  negative.entries += impl_->spans.size();
  negative.octets += impl_->spans.octets();
  return {row(CacheKind::rrset, impl_->entries.counts(EntryPolicy::rrset)),
          row(CacheKind::negative, negative), row(CacheKind::server, servers),
          row(CacheKind::failure, impl_->failures.counts(0))};
}
}  // namespace windlass::cache
