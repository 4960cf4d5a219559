// Engine: rebinding protection: private addresses leave an answer on its way to a client; what is
// cached stays as it was found.
#include <algorithm>

#include "dns/because.hpp"
#include "resolver/engine.hpp"
#include "resolver/private_addresses.hpp"

namespace windlass::resolver {
namespace {
bool is_listed(const std::vector<dns::Name>& names, const dns::Name& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const dns::Name& top) { return name.is_at_or_below(top); });
}
}  // namespace

/// Adds a link of `partition` to the answer, without private addresses where the names so far may
/// hold none. False: there is no room.
///
/// May hold them: names that the operator lists, and those of local zones and their delegations.
/// All names on the way count, from the one that was asked for: a browser takes the address for
/// that name's, so an alias of a stranger into the operator's own names is rebinding too.
bool Engine::append(Answer& answer, const View& view, cache::EntryPtr link,
                    cache::Partition partition) {
  const auto& listed = view.rebinding_protection;
  if (!listed) return answer.chain.push(std::move(link));
  const dns::Name& name = link->evidence.name;
  const bool own = link->expires_age_ms == ageless ||
                   partition != views_.partition_of(view, name, link->evidence.type);
  answer.stranger = answer.stranger || !(own || is_listed(*listed, name));
  if (!answer.stranger || !link->evidence.rrset) return answer.chain.push(std::move(link));
  WithoutPrivate safe = without_private(*link->evidence.rrset, view.dns64.prefix());
  if (!safe.found) return answer.chain.push(std::move(link));
  auto made = std::make_shared<cache::Entry>(*link);
  auto& evidence = made->evidence;
  if (!safe.rest) evidence.finding = dns::Finding::nodata;
  evidence.rrset = std::move(safe.rest);
  evidence.proofs.clear();
  if (made->security == cache::Security::bogus) return answer.chain.push(std::move(made));
  made->security = std::min(made->security, cache::Security::insecure);
  made->ede = dns::because<Fault::rebinding>(name.to_text() + " " + dns::to_text(evidence.type),
                                             safe.found->to_text());
  metrics_.count(Metric::rebinding_blocked_total);
  actions_.push_back(RebindingAction{*made->ede});
  return answer.chain.push(std::move(made));
}
}  // namespace windlass::resolver
