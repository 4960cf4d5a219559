#include "cache/rules.hpp"

#include <algorithm>
#include <limits>

namespace windlass::cache {
namespace {
using Servers = std::vector<const NameServer*>;

Servers sorted(const Delegation& delegation) {
  Servers servers;
  servers.reserve(delegation.servers.size());
  for (const NameServer& server : delegation.servers) servers.push_back(&server);
  std::sort(servers.begin(), servers.end(), [](const NameServer* a, const NameServer* b) {
    return a->name.canonical_order(b->name) < 0;
  });
  return servers;
}

bool same_names(const Servers& a, const Servers& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](auto* x, auto* y) { return x->name == y->name; });
}

bool same_endpoints(const Servers& a, const Servers& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto* x, auto* y) {
    auto left = x->endpoints, right = y->endpoints;
    std::sort(left.begin(), left.end()), std::sort(right.begin(), right.end());
    return left == right;
  });
}
}  // namespace

bool may_replace(const Entry& standing, const Entry& candidate, std::int64_t age_ms) noexcept {
  if (!standing.fresh(age_ms)) return true;
  if (candidate.rank != standing.rank) return candidate.rank > standing.rank;
  if (standing.security == Security::bogus && candidate.security == Security::unchecked)
    return false;
  if (standing.security != Security::secure || candidate.epoch > standing.epoch) return true;
  return candidate.security == Security::secure || candidate.security == Security::insecure;
}

bool usable(const Entry& entry, std::int64_t age_ms, std::int64_t stale_ms) noexcept {
  if (entry.fresh(age_ms)) return true;
  return entry.security != Security::bogus && age_ms - entry.expires_age_ms < stale_ms;
}

bool second_counts(const Entry& first, const Entry& second, std::int64_t age_ms) noexcept {
  if (first.fresh(age_ms) != second.fresh(age_ms)) return second.fresh(age_ms);
  if (second.stored_age_ms > first.stored_age_ms) return may_replace(first, second, age_ms);
  return !may_replace(second, first, age_ms);
}

bool is_configured(const Delegation& delegation) noexcept {
  return delegation.expires_age_ms == std::numeric_limits<std::int64_t>::max();
}

DelegationPtr settled(const DelegationPtr& standing, const DelegationPtr& candidate,
                      std::int64_t age_ms) {
  if (!standing || standing->expires_age_ms <= age_ms || is_configured(*candidate))
    return candidate;
  if (is_configured(*standing)) return standing;
  const Servers before = sorted(*standing), after = sorted(*candidate);
  if (!same_names(before, after)) return candidate;
  const bool as_signed = standing->has_ds == candidate->has_ds;
  if (as_signed && same_endpoints(before, after)) return standing;
  return ending_by(candidate, standing->expires_age_ms);
}

DelegationPtr ending_by(const DelegationPtr& delegation, std::int64_t expires_age_ms) {
  if (delegation->expires_age_ms <= expires_age_ms) return delegation;
  auto copy = std::make_shared<Delegation>(*delegation);
  copy->expires_age_ms = expires_age_ms;
  return copy;
}
}  // namespace windlass::cache
