// Engine: what the validator needs, and what is asked for anew, of other servers, before a bogus
// verdict stands.
#include <algorithm>

#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
using cache::Security;

/// Of the proofs for `key` that the validator was given and does not believe.
Doubt doubt_of(const Resolution& r, const Key& key) {
  Doubt doubt;
  for (const auto& [given, entry] : r.proved) {
    if (!(given == key) || !entry || !entry->from) continue;
    const bool kept = entry->stored_age_ms < r.started_age_ms;
    (kept ? doubt.kept : doubt.said).push_back(*entry->from);
  }
  return doubt;
}
}  // namespace

/// What is at hand for a question of the validator; nullptr: nothing.
EntryPtr Engine::known_proof(const Resolution& r, const Key& key) const {
  if (key == r.key) return r.entry;
  if (!r.trace) return cached(key);
  const auto& kept = r.trace->entries;
  const auto at = std::find_if(kept.rbegin(), kept.rend(), [&](auto& e) { return e.first == key; });
  return at == kept.rend() ? nullptr : at->second;
}

/// Hands the validator what it needs when that is at hand; else asks for it. False: it must wait.
bool Engine::provide_known(Resolution& r) {
  const Key key = key_in(r, r.needed.name, r.needed.type);
  const EntryPtr entry = known_proof(r, key);
  const auto doubt = r.needed_anew ? std::optional(doubt_of(r, key)) : std::nullopt;
  if (doubt && entry && entry->security == Security::bogus && judged(*entry))
    return provide(r, key, nullptr, std::nullopt), true;  // others have been asked before
  if (entry && !(doubt && doubt->of(*entry))) return provide(r, key, entry, std::nullopt), true;
  r.state = State::proving;
  Pending sub = sub_of(r, key);
  sub.doubt = doubt;
  const Ticket ticket =
      want(std::move(sub), Want::raw, r.waiters.front().budget, r.depth + 1, r.id, r.trace);
  r.subs.push_back({ticket, true, {}});
  return false;
}

void Engine::on_proof(Resolution& r, const Outcome& outcome) {
  const bool payer_left = outcome.failure == Failure::spent || outcome.failure == Failure::deadline;
  if (r.state != State::proving) return;
  if (!payer_left) provide(r, key_in(r, r.needed.name, r.needed.type), outcome.entry, outcome.ede);
  go(r, State::judging);
}

void Engine::provide(Resolution& r, const Key& key, const EntryPtr& entry,
                     const std::optional<dns::Ede>& failure) {
  r.proved.push_back({key, entry});
  r.validation->provide(entry ? &entry->evidence : nullptr, failure);
  r.needed = {};
  r.needed_anew = false;
}

/// Keys and DS that led to a bogus verdict, and were not verified on the way, are not kept longer
/// than the verdict: they may be what was forged. What fails its zone is bogus for all workers:
/// they need not ask others for it again.
void Engine::distrust_proofs(Resolution& r, const validator::Verdict& verdict) {
  const std::int64_t most = now_.age_ms + limit(Limit::bogus_ttl) * 1000;
  const Key failed = key_in(r, verdict.question.name, verdict.question.type);
  auto proved = std::exchange(r.proved, {});
  std::ranges::reverse(proved);  // the last is what failed at last
  for (const auto& proof : proved) {
    const EntryPtr held = cached(proof.key);
    if (!held || (held->security != Security::unchecked && judged(*held))) continue;
    const bool fails = proof.key == failed && proof.entry == held;
    const auto& rrset = held->evidence.rrset;
    if (!fails && rrset && r.validation->verified(*rrset)) continue;
    if (!fails && held->expires_age_ms <= most) continue;
    auto brief = std::make_shared<cache::Entry>(*held);
    brief->expires_age_ms = std::min(held->expires_age_ms, most);
    if (fails) {
      brief->security = Security::bogus;
      brief->epoch = r.validation_epoch;
      brief->ede = verdict.ede;
    }
    house_.cache.store(proof.key.partition, std::move(brief), now_.age_ms);
  }
}

/// Servers of the Delegation whose addresses nobody has looked up yet, or are being looked up.
bool Engine::has_unknown_servers(const Resolution& r) const {
  if (r.delegation->by_operator()) return false;
  if (std::ranges::any_of(r.subs, [](const auto& sub) { return !sub.proof; })) return true;
  const auto unknown = [&](const cache::NameServer& server) {
    return server.endpoints.empty() &&
           std::find(r.looked_up.begin(), r.looked_up.end(), server.name) == r.looked_up.end();
  };
  return std::any_of(r.delegation->servers.begin(), r.delegation->servers.end(), unknown);
}

/// Another server may hold what this one forged or lost. What was cached without a verdict that
/// counts (asked for by CD, seen behind an alias, taken while a negative trust anchor stood) is
/// fetched anew: nobody knows who said it.
bool Engine::ask_again(Resolution& r, const Ruling& ruling) {
  if (ask_past_copy(r, ruling)) return true;
  if (!ruling.verdict.anew) return false;
  const bool kept = !r.fetched && !r.trace;
  const auto is_other = [&](const Endpoint& server) { return !(server == *r.last_server); };
  const bool other = r.fetched && r.last_server &&
                     (std::ranges::any_of(candidates(r), is_other) || has_unknown_servers(r));
  if (!kept && !other) return false;
  // What was kept is fetched anew once, and that is not yet the try at another server: the fetch
  // may meet the one that lost it.
  if (other && r.bogus_retries++ >= static_cast<unsigned>(limit(Limit::bogus_retries)))
    return false;
  if (other) tried(r, *r.last_server).unusable = true;
  r.standing = ruling;
  r.validation.reset();
  r.entry = nullptr;
  r.last_trouble = ruling.verdict.ede;
  go(r, other ? State::select : State::cut);
  return true;
}
}  // namespace windlass::resolver
