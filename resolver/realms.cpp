#include "resolver/realms.hpp"

#include <algorithm>
#include <limits>

namespace windlass::resolver {
namespace {
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr HashKey partition_key{0x77696e646c617373u,
                                0x7265616c6d73u};  // stable, not secret: chosen by the operator

cache::Partition partition_of(const ConfiguredZone& zone, cache::DelegationSource source) {
  std::vector<std::uint8_t> image(1, static_cast<std::uint8_t>(source));
  const dns::Name name = zone.zone.lowercase();
  image.insert(image.end(), name.wire().begin(), name.wire().end());
  for (const Endpoint& server : zone.servers) {
    const std::string text = server.to_text();
    image.insert(image.end(), text.begin(), text.end());
  }
  return static_cast<cache::Partition>(siphash(partition_key, image)) | 1u;
}

Realm realm_of(const ConfiguredZone& zone, cache::DelegationSource source) {
  auto delegation = std::make_shared<cache::Delegation>();
  delegation->cut = zone.zone;
  delegation->source = source;
  delegation->expires_age_ms = never;
  for (const Endpoint& server : zone.servers) delegation->servers.push_back({zone.zone, {server}});
  return {partition_of(zone, source), std::move(delegation)};
}
}  // namespace

Realms::Realms(const ResolverOptions& options) {
  for (const auto& zone : options.forwards)
    configured_.push_back(realm_of(zone, cache::DelegationSource::forward));
  for (const auto& zone : options.stubs)
    configured_.push_back(realm_of(zone, cache::DelegationSource::stub));
  std::stable_sort(configured_.begin(), configured_.end(), [](const Realm& a, const Realm& b) {
    return a.delegation->cut.label_count() > b.delegation->cut.label_count();
  });
}

const Realm& Realms::of(const dns::Name& name, dns::Type type) const noexcept {
  const bool at_parent = type == dns::Type::ds && !name.is_root();
  for (const Realm& realm : configured_) {
    const dns::Name& zone = realm.delegation->cut;
    if (at_parent ? name.is_below(zone) : name.is_at_or_below(zone)) return realm;
  }
  return public_;
}

cache::DelegationPtr hint_delegation(const ResolverOptions& options) {
  auto delegation = std::make_shared<cache::Delegation>();
  delegation->source = cache::DelegationSource::hint;
  delegation->expires_age_ms = never;
  for (const RootServer& root : options.root_hints) {
    cache::NameServer server{root.name, {}};
    for (const IpAddress& address : root.addresses)
      server.endpoints.push_back({address, options.upstream_port});
    delegation->servers.push_back(std::move(server));
  }
  return delegation;
}
}  // namespace windlass::resolver
