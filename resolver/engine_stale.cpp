// Engine: answers from data whose time is over, when nothing fresher is to be had in time (RFC
// 8767).
//
// Such data is given when its refresh fails, or lets the client wait for stale_after; then a copy
// of it is held for stale_ttl: until that is over all clients get it at once, and nobody tries
// again (5, "failure recheck timer"). What one client's request began goes on behind its answer,
// on what is left of its Budget. A bogus verdict is an answer and no outage: nothing stale hides
// it.
#include <algorithm>
#include <limits>

#include "dns/because.hpp"
#include "dns/rdata.hpp"
#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
using cache::Security;

constexpr std::int64_t unsigned_s = std::numeric_limits<std::int64_t>::max();

/// Seconds until the first of these signatures ends, in serial arithmetic (RFC 4034 3.1.5).
std::int64_t signed_for_s(const dns::RRset& rrset, std::int64_t wall_s) {
  std::int64_t least_s = unsigned_s;
  for (const auto rdata : rrset.signatures())
    if (const auto rrsig = dns::RrsigView::parse(rdata)) {
      const std::uint32_t left = rrsig->expiration - static_cast<std::uint32_t>(wall_s);
      least_s = std::min<std::int64_t>(least_s, static_cast<std::int32_t>(left));
    }
  return least_s;
}

std::int64_t signed_for_s(const dns::Evidence& evidence, std::int64_t wall_s) {
  std::int64_t least_s = evidence.rrset ? signed_for_s(*evidence.rrset, wall_s) : unsigned_s;
  for (const auto& proof : evidence.proofs)
    least_s = std::min(least_s, signed_for_s(*proof, wall_s));
  return least_s;
}

/// Nothing is left of what was signed but the data.
void strip(cache::Entry& entry) {
  auto& evidence = entry.evidence;
  std::erase_if(evidence.proofs, [](const dns::RRsetPtr& proof) {
    return proof->type() == dns::Type::nsec || proof->type() == dns::Type::nsec3;
  });
  for (auto& proof : evidence.proofs) proof = proof->without_signatures();
  if (evidence.rrset) evidence.rrset = evidence.rrset->without_signatures();
  if (entry.security == Security::secure) entry.security = Security::insecure;
}
}  // namespace

EntryPtr Engine::of_any_age(const Key& key) const {
  return cached(key, limit(Limit::stale_age) * 1000);
}

/// What a client gets of a link without waiting.
EntryPtr Engine::at_hand(const View& view, const Key& key) const {
  EntryPtr entry = special(view, key);
  if (!entry) entry = cached(key);
  if (entry || !settings_.resolver->serve_stale) return entry;
  entry = of_any_age(key);
  return entry && now_.age_ms < entry->held_until_age_ms ? entry : nullptr;
}

/// The rest of an answer, from `key` on, of links of any age. False: one is missing, was never
/// judged, or not since the anchors changed, is bogus, or is for a local zone to say.
bool Engine::collect_stale(const ClientQuestion& question, Key key,
                           std::vector<KeptLink>& links) const {
  if (!settings_.resolver->serve_stale || question.trace || question.fresh) return false;
  const View& view = in(question.view);
  while (links.size() < Chain::room) {
    EntryPtr entry = special(view, key);
    if (!entry) entry = of_any_age(key);
    if (!entry || thin(*entry)) return false;
    const bool sound = judged(*entry) && entry->security != Security::bogus;
    if (!sound && !question.checking_disabled) return false;
    const auto next = alias_target(entry, question.type);
    links.push_back({key.partition, entry});
    if (!next) return true;
    if (sees_local(view, *next)) return false;
    key = key_of(view, *next, question.type);
  }
  return false;
}

/// Past the end of its signatures it is neither secure nor signed any more.
EntryPtr Engine::held(const EntryPtr& entry, const std::string& why) const {
  const auto& evidence = entry->evidence;
  auto copy = std::make_shared<cache::Entry>(*entry);
  std::int64_t hold_s = limit(Limit::stale_ttl);
  const std::int64_t signed_s = signed_for_s(evidence, now_.wall_s);
  if (signed_s <= 0)
    strip(*copy);
  else
    hold_s = std::min(hold_s, signed_s);
  copy->held_until_age_ms = now_.age_ms + hold_s * 1000;
  copy->stale_ttl_s =
      static_cast<std::uint32_t>(hold_s);  // RFC 4035 5.3.3: nor beyond its signatures
  const std::string what = evidence.name.to_text() + " " + dns::to_text(evidence.type);
  copy->ede = evidence.finding == dns::Finding::nxdomain
                  ? dns::because<Fault::stale_nxdomain>(what, why)
                  : dns::because<Fault::stale_answer>(what, why);
  return copy;
}

/// Completes `answer`, which has its first links, from `key` on. `hold`: the copies take their
/// originals' places.
bool Engine::complete_stale(const ClientQuestion& question, const Key& key, const std::string& why,
                            bool hold, Answer& answer) {
  std::vector<KeptLink> links;
  if (!collect_stale(question, key, links)) return false;
  for (auto& [partition, entry] : links) {
    if (!entry->fresh(now_.age_ms) && now_.age_ms >= entry->held_until_age_ms) {
      EntryPtr copy = held(entry, why);
      if (hold) house_.cache.exchange(partition, entry, copy);
      entry = std::move(copy);
    }
    if (!append(answer, in(question.view), entry, partition)) return false;
  }
  return judge(answer, question.checking_disabled), true;
}

bool Engine::answer_stale(const ClientQuestion& question, const Now& now, const std::string& why,
                          Answer& answer) {
  now_ = now;
  answer = {};
  const auto find = [&](const ClientQuestion& one, Answer& found) {
    return complete_stale(one, key_of(in(one.view), one.name, one.type), why, false, found);
  };
  if (!find(question, answer)) return false;
  if (question.dns64 && !translate_at_once(question, answer, find)) return false;
  return heed_sentinel(question, answer), true;
}

/// The request gets a stale answer. False: there is none, and nothing changed.
bool Engine::go_stale(Request& request, const std::string& why) {
  // A reload may have given the name another realm: what the old one said counts no more.
  const Key key = key_of(in(request.question.view), request.at, request.question.type);
  const bool moved = !request.local && !(key == request.key);
  if (request.behind || moved) return false;
  Answer answer = request.answer;
  if (!complete_stale(request.question, request.key, why, true, answer)) return false;
  request.answer = std::move(answer);
  return true;
}

/// From stale_after on the client has waited long enough.
void Engine::await_stale(Request& request) {
  std::vector<KeptLink> links;
  if (request.behind || request.stale_at_us != 0 ||
      !collect_stale(request.question, request.key, links))
    return;
  request.stale_at_us = std::max(now_.mono_us, request.begun_us + limit(Limit::stale_after) * 1000);
  timers_.emplace(request.stale_at_us, Due::stale, request.id);
}

/// The first client that has waited too long gets its answer and leaves its request to go on, as
/// far as background_rate allows; the others that wait for the same go.
void Engine::on_stale_timer(RequestId id) {
  const auto at = requests_.find(id);
  if (at == requests_.end()) return;
  Request& request = *at->second;
  request.stale_at_us = 0;
  const EntryPtr kept = of_any_age(request.key);
  const bool first = kept && now_.age_ms >= kept->held_until_age_ms;
  const Answer before = request.answer;
  if (!go_stale(request, reached(Limit::stale_after).text)) return;
  metrics_.count(Metric::limit_exceeded_total, static_cast<unsigned>(Limit::stale_after),
                 static_cast<unsigned>(LimitMode::enforce));
  if (turn_to_a(request)) return;
  if (!first || !background_.take(limit(Limit::background_rate), now_.mono_us))
    return finish(request);
  Answer answer = translated(request, std::exchange(request.answer, before));
  if (!request.local) heed_sentinel(request.question, answer);
  answer.upstream_queries = request.budget->queries();
  request.behind = true;
  ++behind_;
  actions_.push_back(AnswerAction{id, std::move(answer), nullptr});
}

void Engine::drop_behind() {
  for (auto at = requests_.begin(); at != requests_.end();) {
    Request& request = *(at++)->second;
    if (request.behind) forget(request);
  }
  if (probe_ != 0) withdraw(std::exchange(probe_, 0));
}

/// What a server just said of `r` is not kept before it is judged, lest it takes the place of
/// something judged: of what is stale, and then cannot be judged, in the middle of an outage; of
/// what is fetched anew before its end, while clients ask for it.
bool Engine::keeps_stale(const Resolution& r) const {
  if (!settings_.validator->validation || r.apart || !wants_verdict(r)) return false;
  if (r.anew) return true;
  if (!settings_.resolver->serve_stale) return false;
  const EntryPtr kept = of_any_age(r.key);
  return kept && !kept->fresh(now_.age_ms) && judged(*kept);
}
}  // namespace windlass::resolver
