#include "resolver/realms.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "dns/rdata.hpp"

namespace windlass::resolver {
namespace {
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr HashKey partition_key{0x77696e646c617373u,
                                0x7265616c6d73u};  // stable, not secret: chosen by the operator

/// Nothing for the top level.
void add(std::vector<std::uint8_t>& image, cache::Partition scope) {
  for (; scope != 0; scope >>= 8) image.push_back(static_cast<std::uint8_t>(scope));
}

cache::Partition partition_of(const ConfiguredZone& zone, cache::DelegationSource source,
                              cache::Partition scope) {
  std::vector<std::uint8_t> image(1, static_cast<std::uint8_t>(source));
  image.push_back(zone.first ? 1 : 0);  // what the tree said is not what the servers say
  const dns::Name name = zone.zone.lowercase();
  image.insert(image.end(), name.wire().begin(), name.wire().end());
  for (const Endpoint& server : zone.servers) {
    const std::string text = server.to_text();
    image.insert(image.end(), text.begin(), text.end());
  }
  add(image, scope);
  return static_cast<cache::Partition>(siphash(partition_key, image)) | 1u;
}

Realm realm_of(const ConfiguredZone& zone, cache::DelegationSource source, cache::Partition scope) {
  auto delegation = std::make_shared<cache::Delegation>();
  delegation->cut = zone.zone;
  delegation->source = source;
  delegation->expires_age_ms = never;
  delegation->first = zone.first;
  delegation->tcp = zone.tcp;
  for (const Endpoint& server : zone.servers) delegation->servers.push_back({zone.zone, {server}});
  return {partition_of(zone, source, scope), std::move(delegation)};
}
}  // namespace

std::size_t Realms::NameHash::operator()(const dns::Name& name) const noexcept {
  return name.hash(partition_key);
}

Realms::Realms(const ResolverOptions& options, cache::Partition scope) {
  const auto add = [&](const ConfiguredZone& zone, cache::DelegationSource source) {
    configured_.emplace(zone.zone, realm_of(zone, source, scope));
    depths_.push_back(zone.zone.label_count());
  };
  for (const auto& zone : options.forwards) add(zone, cache::DelegationSource::forward);
  for (const auto& zone : options.stubs) add(zone, cache::DelegationSource::stub);
  std::sort(depths_.begin(), depths_.end(), std::greater<>());
  depths_.erase(std::unique(depths_.begin(), depths_.end()), depths_.end());
}

const Realm& Realms::of(const dns::Name& name, dns::Type type) const noexcept {
  const bool at_parent = type == dns::Type::ds && !name.is_root();
  const std::size_t deepest = name.label_count() - (at_parent ? 1 : 0);
  for (const std::size_t depth : depths_) {
    if (depth > deepest) continue;
    const auto at = configured_.find(name.suffix(depth));
    if (at != configured_.end()) return at->second;
  }
  return public_;
}

bool Realms::configured_within(const dns::Name& top, const dns::Name& name) const noexcept {
  const Realm& realm = of(name, dns::Type::none);
  return realm.delegation && realm.delegation->cut.is_at_or_below(top);
}

// Local delegations

namespace {
using Image = std::vector<std::uint8_t>;

void add(Image& image, std::span<const std::uint8_t> octets) {
  image.push_back(static_cast<std::uint8_t>(octets.size() >> 8));
  image.push_back(static_cast<std::uint8_t>(octets.size()));
  image.insert(image.end(), octets.begin(), octets.end());
}

Image image_of(const cache::NameServer& server) {
  Image image;
  add(image, server.name.lowercase().wire());
  std::vector<std::string> endpoints;
  for (const Endpoint& endpoint : server.endpoints) endpoints.push_back(endpoint.to_text());
  std::sort(endpoints.begin(), endpoints.end());
  for (const auto& text : endpoints)
    add(image, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return image;
}

/// The order of records says nothing: servers rotate it.
cache::Partition partition_of(const cache::Delegation& delegation,
                              const std::vector<validator::AnchorKey>& ds, cache::Partition scope) {
  std::vector<Image> parts;
  for (const auto& server : delegation.servers) parts.push_back(image_of(server));
  for (const auto& key : ds) add(parts.emplace_back(1, 0xFF), key.rdata);
  std::sort(parts.begin(), parts.end());
  Image image(1, static_cast<std::uint8_t>(delegation.source));
  add(image, delegation.cut.lowercase().wire());
  for (const Image& part : parts) add(image, part);
  add(image, scope);
  return static_cast<cache::Partition>(siphash(partition_key, image)) | 1u;
}
}  // namespace

bool LocalRealm::holds(const dns::Name& name, dns::Type type) const noexcept {
  const dns::Name& cut = realm.delegation->cut;
  return type == dns::Type::ds ? name.is_below(cut) : name.is_at_or_below(cut);
}

validator::TrustAnchors::Ptr LocalRealm::anchors(const validator::TrustAnchors& configured) const {
  const dns::Name& cut = realm.delegation->cut;
  std::vector<validator::Anchor> kept;
  for (const auto& anchor : configured.anchors())
    if (anchor.zone.is_at_or_below(cut)) kept.push_back(anchor);
  const bool own = std::any_of(kept.begin(), kept.end(),
                               [&](const auto& a) { return a.zone == cut && !a.keys.empty(); });
  if (!own && !ds.empty()) kept.push_back({cut, ds});
  return configured.with_anchors(std::move(kept));
}

LocalRealmPtr local_realm(Reply referral, cache::Partition scope) {
  auto delegation = std::make_shared<cache::Delegation>();
  delegation->cut = referral.cut;
  delegation->servers = std::move(referral.servers);
  delegation->source = cache::DelegationSource::plugin;
  delegation->expires_age_ms = never;
  auto local = std::make_shared<LocalRealm>();
  for (const auto& evidence : referral.evidence) {
    if (!evidence.rrset || evidence.type != dns::Type::ds) continue;
    for (const auto rdata : evidence.rrset->rdata())
      if (const auto ds = dns::DsView::parse(rdata))
        local->ds.push_back({true, {rdata.begin(), rdata.end()}, ds->key_tag, ds->algorithm});
  }
  const cache::Partition partition = partition_of(*delegation, local->ds, scope);
  local->realm = {partition, std::move(delegation)};
  return local;
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
