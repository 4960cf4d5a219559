#pragma once
/// Realms: which part of the name space belongs to which forward or stub zone, and to which cache
/// partition.
///
/// Each configured zone has a partition of its own, named by what it is (zone, kind, servers), so
/// that a reload that changes its servers does not see the old answers (MaginotDNS). Everything
/// else is partition 0. So has each delegation that a local zone makes: docs/adr/0010. In a view
/// (resolver/views.hpp) that its names mean something else in is part of all of these.
#include <memory>
#include <unordered_map>
#include <vector>

#include "cache/cache.hpp"
#include "resolver/options.hpp"
#include "resolver/reply.hpp"
#include "validator/trust_anchors.hpp"
namespace windlass::resolver {

struct Realm {
  cache::Partition partition = 0;
  cache::DelegationPtr delegation;  ///< nullptr: public data, resolved from the root
};

class Realms {
 public:
  /// `scope`: of the view these are for.
  explicit Realms(const ResolverOptions& options, cache::Partition scope = 0);
  /// The deepest configured zone at or above `name`. A DS is asked where its parent is answered.
  /// Costs one look-up for each depth at which there are zones, however many.
  const Realm& of(const dns::Name& name, dns::Type type) const noexcept;
  /// Is `name` in a configured zone that is itself at or below `top`? What is decided for `top`
  /// without the operator's word (a special name) does not hold there.
  bool configured_within(const dns::Name& top, const dns::Name& name) const noexcept;

 private:
  struct NameHash {
    std::size_t operator()(const dns::Name& name) const noexcept;
  };
  std::unordered_map<dns::Name, Realm, NameHash> configured_;
  std::vector<std::size_t> depths_;  ///< label counts of their names, the deepest first
  Realm public_;
};

/// A delegation in a local zone, as the zone stood when it was asked. Lives as long as the requests
/// that came that way; the next one asks the zone again.
struct LocalRealm {
  Realm realm;  ///< named by cut, servers, glue and DS: an edit of any of them is another partition
  std::vector<validator::AnchorKey> ds;  ///< begins the child's chain of trust
  /// Is the question answered by the child? Its DS is not.
  bool holds(const dns::Name& name, dns::Type type) const noexcept;
  /// Where chains of trust of the child begin: anchors configured at or below its cut, else its DS.
  /// Anchors above do not vouch for a local child; with none of these it is insecure.
  validator::TrustAnchors::Ptr anchors(const validator::TrustAnchors& configured) const;
};
using LocalRealmPtr = std::shared_ptr<const LocalRealm>;
LocalRealmPtr local_realm(Reply referral, cache::Partition scope = 0);

/// The Delegation that starts at the root, from hints.
cache::DelegationPtr hint_delegation(const ResolverOptions& options);
}  // namespace windlass::resolver
