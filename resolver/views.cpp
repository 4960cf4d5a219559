#include "resolver/views.hpp"

#include <algorithm>
#include <functional>

namespace windlass::resolver {
namespace {
constexpr HashKey view_key{0x77696e646c617373u, 0x7669657773u};  // chosen by the operator alone

using Octets = std::vector<std::uint8_t>;

void put(Octets& image, std::span<const std::uint8_t> octets) {
  image.push_back(static_cast<std::uint8_t>(octets.size()));
  image.insert(image.end(), octets.begin(), octets.end());
}

void close_list(Octets& image) {
  image.push_back(0xFF);  // no name, no text is so long
}

void put(Octets& image, const std::vector<ConfiguredZone>& zones) {
  for (const ConfiguredZone& zone : zones) {
    put(image, zone.zone.lowercase().wire());
    image.push_back(zone.first ? 1 : 0);
    for (const Endpoint& server : zone.servers) {
      const std::string text = server.to_text();
      put(image, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }
    close_list(image);
  }
  close_list(image);
}

void put(Octets& image, const std::vector<dns::Name>& names) {
  for (const dns::Name& name : names) put(image, name.lowercase().wire());
  close_list(image);
}

/// All that decides what a name leads to.
Octets meaning_of(const ResolverOptions& options,
                  const std::optional<std::vector<dns::Name>>& local_zones) {
  Octets image;
  put(image, options.forwards);
  put(image, options.stubs);
  image.push_back(options.special_names ? 1 : 0);
  put(image, options.special_names_except);
  image.push_back(local_zones ? 1 : 0);
  if (local_zones) put(image, *local_zones);
  return image;
}

/// The settings at top level with those of the view over them.
ResolverOptions over(const ResolverOptions& options, const ViewOptions& own) {
  ResolverOptions out = options;
  out.views.clear();
  if (own.forwards) out.forwards = *own.forwards;
  if (own.stubs) out.stubs = *own.stubs;
  if (own.special_names) out.special_names = *own.special_names;
  if (own.special_names_except) out.special_names_except = *own.special_names_except;
  if (own.rebinding_protection) out.rebinding_protection = *own.rebinding_protection;
  if (own.dns64) {
    out.dns64.prefix = *own.dns64;
    out.dns64.clients = {{IpAddress{{}, 4}, 0}, {IpAddress{{}, 6}, 0}};
  }
  return out;
}

ViewPtr made_of(const ResolverOptions& options, const ViewOptions& own, cache::Partition scope) {
  return std::make_shared<const View>(
      View{own.name, scope, Realms(options, scope), SpecialNames(options), Dns64(options.dns64),
           options.rebinding_protection, own.local_zones, own.rate_limits});
}

ViewPtr made_of(const ResolverOptions& top, const ViewOptions& own) {
  const ResolverOptions options = over(top, own);
  const Octets meaning = meaning_of(options, own.local_zones);
  const bool same = meaning == meaning_of(top, std::nullopt);
  return made_of(options, own,
                 same ? 0 : static_cast<cache::Partition>(siphash(view_key, meaning)) | 1u);
}
}  // namespace

std::size_t Views::PrefixHash::operator()(const Prefix& prefix) const noexcept {
  return siphash(view_key, prefix.address.octets) + prefix.length_bits;
}

bool View::sees_local(const dns::Name& zone) const {
  return !local_zones ||
         std::any_of(local_zones->begin(), local_zones->end(),
                     [&](const dns::Name& top) { return zone.is_at_or_below(top); });
}

Views::Views(const ResolverOptions& options) : top_(made_of(options, {}, 0)), nobody_(top_) {
  if (top_->realms.of(dns::Name{}, dns::Type::ns).delegation) {
    ViewOptions own;
    own.forwards.emplace();
    own.stubs.emplace();
    nobody_ = made_of(over(options, own), own, 0);
  }
  for (const ViewOptions& own : options.views) {
    const ViewPtr& view = all_.emplace_back(made_of(options, own));
    for (const Prefix& prefix : own.clients) {
      by_prefix_.emplace(Prefix::of(prefix.address, prefix.length_bits), view);
      (prefix.address.family == 4 ? lengths4_ : lengths6_).push_back(prefix.length_bits);
    }
  }
  for (auto* lengths : {&lengths4_, &lengths6_}) {
    std::sort(lengths->begin(), lengths->end(), std::greater<>());
    lengths->erase(std::unique(lengths->begin(), lengths->end()), lengths->end());
  }
}

const ViewPtr& Views::of(const IpAddress& client) const {
  for (const std::uint8_t length : client.family == 4 ? lengths4_ : lengths6_)
    if (const auto at = by_prefix_.find(Prefix::of(client, length)); at != by_prefix_.end())
      return at->second;
  return none_;
}

ViewPtr Views::named(std::string_view name) const {
  const auto at =
      std::find_if(all_.begin(), all_.end(), [&](const ViewPtr& one) { return one->name == name; });
  return at == all_.end() ? nullptr : *at;
}

cache::Partition Views::partition_of(const View& view, const dns::Name& name,
                                     dns::Type type) const {
  const cache::Partition own = view.realms.of(name, type).partition;
  if (own != 0 || view.scope == 0) return own;
  const bool differs = nobody_->realms.of(name, type).partition != 0 ||
                       nobody_->special_names.zone_of(name, type) != nullptr;
  return differs ? view.scope : 0;
}
std::vector<cache::DelegationPtr> closest_cuts(const Views& views, cache::Cache& cache,
                                               const dns::Name& name, std::int64_t age_ms) {
  std::vector<cache::DelegationPtr> cuts;
  const auto add = [&](const View& view) {
    const Realm& realm = view.realms.of(name, dns::Type::none);
    cache::DelegationPtr known =
        cache.deepest(name, views.partition_of(view, name, dns::Type::none), age_ms);
    if (!known || (realm.delegation && realm.delegation->cut.is_below(known->cut)))
      known = realm.delegation;
    if (known && std::find(cuts.begin(), cuts.end(), known) == cuts.end())
      cuts.push_back(std::move(known));
  };
  add(views.top());
  add(views.nobody());
  for (const ViewPtr& view : views.all()) add(*view);
  return cuts;
}
}  // namespace windlass::resolver
