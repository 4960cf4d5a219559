#pragma once
/// The rules of what may replace what. Pure functions of what stands, what comes and the time.
#include "cache/delegation.hpp"
#include "cache/entry.hpp"
namespace windlass::cache {

/// True when `candidate` may take the place of `standing`: that one has ended, or it is of lower
/// rank (RFC 2181 5.4.1), or of equal rank. At equal rank a secure one, judged under this epoch or
/// a later one, yields only to secure and insecure ones; a bogus one not to what nobody has judged:
/// the same data, seen again behind an alias, would be judged again and again.
bool may_replace(const Entry& standing, const Entry& candidate, std::int64_t age_ms) noexcept;

/// True when the entry may be handed out: fresh, or ended at most `stale_ms` ago. Bogus ones never
/// stale.
bool usable(const Entry& entry, std::int64_t age_ms, std::int64_t stale_ms) noexcept;

/// Which of two usable entries about one (name, type) counts, when they say different things (data
/// and an NXDOMAIN): the fresh one, else the later one where it may replace the earlier one.
bool second_counts(const Entry& first, const Entry& second, std::int64_t age_ms) noexcept;

/// Configured ones never end, and nothing learned takes their place.
bool is_configured(const Delegation& delegation) noexcept;

/// What shall stand after `candidate` came in where `standing` stands (may be nullptr):
///   standing has ended, or the candidate is configured     candidate
///   standing is configured, or has the same servers        standing
///   same server names at other addresses                   candidate, ending no later than
///   standing other servers                                          candidate
/// So a cut that the parent has withdrawn ends on time, whatever is asked meanwhile (ghost
/// domains).
DelegationPtr settled(const DelegationPtr& standing, const DelegationPtr& candidate,
                      std::int64_t age_ms);

/// A copy that ends at `expires_age_ms`, or the same one when it ends no later.
DelegationPtr ending_by(const DelegationPtr& delegation, std::int64_t expires_age_ms);
}  // namespace windlass::cache
