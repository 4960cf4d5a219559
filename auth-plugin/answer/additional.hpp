#pragma once
/// Additional: addresses that whoever reads the answer will ask for next, as far as the zone knows
/// them.
///
///    NS, MX, SRV    A and AAAA of the targets (RFC 1034 4.3.2 step 6)
///    SVCB, HTTPS    the same, and the target's own SVCB or HTTPS, in AliasMode with its targets
///    and
///                   so on (RFC 9460 4.1)
///    a referral     addresses at or below the cut first: if one does not fit, TC is set (RFC 9471
///                   3.1); then the siblings'
///
/// Only targets inside the zone; what lies below a cut is given for NS alone.
#include "auth-plugin/answer/draft.hpp"
namespace windlass::auth {

class Additional {
 public:
  Additional(Draft& draft, Lookup& lookup, const ZoneFacts& zone)
      : draft_(draft), lookup_(lookup), zone_(zone) {}
  /// `owner`: of the answer, whom "." in SVCB stands for.
  StoreStatus targets_of(const NodeSet& set, const dns::Name& owner);
  StoreStatus glue(const NodeSet& ns, const dns::Name& cut);

 private:
  bool seen(Octets target);
  bool add_addresses(const Place& place);
  StoreStatus addresses(const dns::Name& target, bool glue_too);
  StoreStatus glue_of(const NodeSet& ns, const dns::Name& cut, bool below);
  StoreStatus service_targets(const NodeSet& set, const dns::Name& owner, unsigned depth);
  StoreStatus service_target(Octets rdata, dns::Type type, const dns::Name& owner, unsigned depth);
  Draft& draft_;
  Lookup& lookup_;
  const ZoneFacts& zone_;
  std::array<Octets, 32> seen_;  ///< targets that were looked up; full: no more are
  std::size_t seen_count_ = 0;
  const dns::Name* answered_ = nullptr;  ///< the owner whose SVCB or HTTPS is the answer
};
}  // namespace windlass::auth
