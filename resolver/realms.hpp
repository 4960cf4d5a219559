#pragma once
/// Realms: which part of the name space belongs to which forward or stub zone, and to which cache
/// partition.
///
/// Each configured zone has a partition of its own, named by what it is (zone, kind, servers), so
/// that a reload that changes its servers does not see the old answers (MaginotDNS). Everything
/// else is partition 0.
#include <vector>

#include "cache/cache.hpp"
#include "resolver/options.hpp"
namespace windlass::resolver {

struct Realm {
  cache::Partition partition = 0;
  cache::DelegationPtr delegation;  ///< nullptr: public data, resolved from the root
};

class Realms {
 public:
  explicit Realms(const ResolverOptions& options);
  /// The deepest configured zone at or above `name`. A DS is asked where its parent is answered.
  const Realm& of(const dns::Name& name, dns::Type type) const noexcept;

 private:
  std::vector<Realm> configured_;
  Realm public_;
};

/// The Delegation that starts at the root, from hints.
cache::DelegationPtr hint_delegation(const ResolverOptions& options);
}  // namespace windlass::resolver
