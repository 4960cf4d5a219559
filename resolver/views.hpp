#pragma once
/// Views: which settings count for whom, by the prefix a client's address is in.
///
/// A view changes what its clients' names mean: whom they are asked of, which local zones are seen,
/// which names are special, what is made or taken out of answers. Public data is one for all:
/// partition 0, found as for clients of no view. Whatever another view could have got otherwise is
/// kept in partitions of the view, named by its settings, so that no view is answered, joined or
/// denied with another's. docs/adr/0019.
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.hpp"
#include "resolver/dns64.hpp"
#include "resolver/options.hpp"
#include "resolver/realms.hpp"
#include "resolver/special_names.hpp"
namespace windlass::resolver {

/// One view, ready to be asked. Immutable; requests and Resolutions hold it over a reload.
struct View {
  std::string name;  ///< empty: the settings at top level
  /// Of names whose data is the view's own although no zone of its leads elsewhere, and part of all
  /// other partitions. 0: what its names mean does not differ from the top level.
  cache::Partition scope = 0;
  Realms realms;
  SpecialNames special_names;
  Dns64 dns64;
  std::optional<std::vector<dns::Name>> rebinding_protection;
  std::optional<std::vector<dns::Name>> local_zones;
  bool rate_limits = true;

  /// Is the local zone with this name there for its clients?
  bool sees_local(const dns::Name& zone) const;
};
using ViewPtr = std::shared_ptr<const View>;

class Views {
 public:
  explicit Views(const ResolverOptions& options);
  /// That of the longest prefix that holds the address; nullptr: the top level. Costs one look-up
  /// for each length that prefixes have, however many.
  const ViewPtr& of(const IpAddress& client) const;
  /// nullptr: there is none of this name.
  ViewPtr named(std::string_view name) const;
  const std::vector<ViewPtr>& all() const noexcept { return all_; }
  /// For clients of no view.
  const View& top() const noexcept { return *top_; }
  /// For what belongs to nobody alone, partition 0: the top level, but where that asks others for
  /// the whole public tree, then a view that asks no others for anything.
  const View& nobody() const noexcept { return *nobody_; }
  /// Where data of the name is kept, as `view` (one of these, or of a time before) gets it.
  cache::Partition partition_of(const View& view, const dns::Name& name, dns::Type type) const;

 private:
  struct PrefixHash {
    std::size_t operator()(const Prefix& prefix) const noexcept;
  };
  ViewPtr none_, top_, nobody_;
  std::vector<ViewPtr> all_;  ///< in the operator's order
  std::unordered_map<Prefix, ViewPtr, PrefixHash> by_prefix_;
  std::vector<std::uint8_t> lengths4_, lengths6_;  ///< of prefixes, the longest first
};

/// The closest zone cuts at or above the name, those of the cache and those configured, as each
/// view has them.
std::vector<cache::DelegationPtr> closest_cuts(const Views& views, cache::Cache& cache,
                                               const dns::Name& name, std::int64_t age_ms);
}  // namespace windlass::resolver
