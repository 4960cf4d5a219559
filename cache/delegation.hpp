#pragma once
/// Delegation: whom to ask below one zone cut. The resolver asks only Delegations; child NS records
/// are data for clients, and no data from the child lengthens one.
#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.hpp"
#include "dns/name.hpp"
namespace windlass::cache {

enum class DelegationSource : std::uint8_t { hint, referral, stub, forward, plugin };

struct NameServer {
  dns::Name name;
  std::vector<Endpoint> endpoints;  ///< glue or configured; empty: the name must be looked up
};

struct Delegation {
  dns::Name cut;
  std::vector<NameServer> servers;
  DelegationSource source = DelegationSource::referral;
  std::int64_t expires_age_ms = 0;  ///< configured ones never expire (INT64_MAX)
  bool first = false;   ///< forward, stub: when none of its servers answers, the tree is asked
  bool tcp = false;     ///< forward, stub: its servers are asked over TCP alone
  bool has_ds = false;  ///< a DS came with the referral; what it was may end before this does

  bool recursive_upstream() const noexcept { return source == DelegationSource::forward; }
  /// A forward or stub zone: its servers are those that the operator named, in that order.
  bool by_operator() const noexcept {
    return source == DelegationSource::forward || source == DelegationSource::stub;
  }
};
using DelegationPtr = std::shared_ptr<const Delegation>;
}  // namespace windlass::cache
