// Engine: work that no client asked for, each piece with a Budget of its own and at a pace; what a
// validator tells about its anchors: to servers (RFC 8145) and to clients that ask (RFC 8509).
#include <algorithm>

#include "dns/because.hpp"
#include "resolver/engine.hpp"
#include "validator/key_tag_names.hpp"

namespace windlass::resolver {

/// nullptr: as much as may begin has begun.
BudgetPtr Engine::background_budget() {
  if (background_.take(limit(Limit::background_rate), now_.mono_us))
    return std::make_shared<Budget>(settings_.resolver->limits,
                                    now_.mono_us + limit(Limit::request_time) * 1000);
  metrics_.count(Metric::limit_exceeded_total, static_cast<unsigned>(Limit::background_rate),
                 static_cast<unsigned>(LimitMode::enforce));
  return nullptr;
}

std::optional<RequestId> Engine::begin_background(const ClientQuestion& question, const Now& now) {
  now_ = now;
  BudgetPtr budget = background_budget();
  if (!budget) return std::nullopt;
  ClientQuestion own = question;
  own.fresh = true;
  return begin(own, std::nullopt, std::move(budget));
}

/// Asked for in the last part of its life, which is long enough, it is worth being fetched anew.
bool Engine::near_end(const cache::Entry& entry) const {
  if (entry.expires_age_ms == ageless) return false;
  const std::int64_t life_ms = entry.expires_age_ms - entry.stored_age_ms;
  const bool worth = settings_.resolver->prefetch && !entry.renewing && !entry.deduced &&
                     entry.security != cache::Security::bogus &&
                     life_ms >= limit(Limit::prefetch_life) * 1000;
  return worth && entry.fresh(now_.age_ms) &&
         (entry.expires_age_ms - now_.age_ms) * 100 <= life_ms * limit(Limit::prefetch);
}

/// Who puts the mark on an entry renews it: one worker, and once in its life, whatever comes of it.
void Engine::prefetch(const ClientQuestion& question, const Answer& answer, const Now& now) {
  now_ = now;
  if (house_.cache.servers().offline()) return;
  for (const cache::EntryPtr& link : answer.chain) {
    if (!near_end(*link)) continue;
    const BudgetPtr budget = background_budget();
    if (!budget) return;
    const Key key = key_of(in(question.view), link->evidence.name, question.type);
    auto marked = std::make_shared<cache::Entry>(*link);
    marked->renewing = true;
    if (!house_.cache.exchange(key.partition, link, std::move(marked))) continue;
    Pending pending{Pending::For::renewal, 0, key, 0};
    pending.anew = true;
    pending.view = question.view;
    (void)want(std::move(pending), Want::judged, budget, 0, 0, nullptr);
  }
  run();
}

/// Servers of an anchor's zone hear which of its keys are trusted here, when they were asked for
/// its DNSKEY (RFC 8145 5.1); no oftener than that RRset lasts.
void Engine::signal_key_tags(const Resolution& r) {
  const auto& options = *settings_.validator;
  if (!options.validation || !options.key_tag_signal || r.apart || r.realm) return;
  const validator::Anchor* anchor = anchors_->closest(r.key.name);
  if (!anchor || !(anchor->zone == r.key.name)) return;
  const auto name = validator::key_tag_query(*anchor);
  if (!name) return;
  std::erase_if(signalled_, [&](const Signalled& one) { return one.ends_age_ms <= now_.age_ms; });
  if (std::ranges::find(signalled_, *name, &Signalled::name) != signalled_.end()) return;
  const BudgetPtr budget = background_budget();
  if (!budget) return;
  signalled_.push_back({*name, r.entry->expires_age_ms});
  Pending pending{Pending::For::signal, 0, key_in(r, *name, dns::Type::null), 0};
  pending.view = r.view;
  (void)want(std::move(pending), Want::heard, budget, 1, 0, nullptr);
}

/// RFC 8509 3.1: of what is proven secure from the root's anchor down, SERVFAIL says which of the
/// root's keys is trusted here. Allocates for such names alone.
void Engine::heed_sentinel(const ClientQuestion& question, Answer& answer) const {
  const bool address = question.type == dns::Type::a || question.type == dns::Type::aaaa;
  if (!address || question.checking_disabled || !settings_.validator->sentinel ||
      answer.security != cache::Security::secure || answer.chain.empty())
    return;
  const auto sentinel = validator::sentinel_of(question.name);
  if (!sentinel) return;
  const validator::Anchor* root = nullptr;
  for (const cache::EntryPtr& link : answer.chain) {
    root = anchors_->closest(link->evidence.name);
    if (!root || !root->zone.is_root()) return;
  }
  if (!validator::withholds(*sentinel, *root)) return;
  answer.chain = {};
  answer.rcode = dns::Rcode::servfail;
  answer.ede = dns::because<Fault::sentinel>(std::to_string(sentinel->key_tag),
                                             sentinel->is ? "not trusted" : "trusted");
}
}  // namespace windlass::resolver
