// Engine: construction, events from outside, timers, and the loop that runs what is ready.
#include "resolver/engine.hpp"

#include <limits>

namespace windlass::resolver {

Engine::Engine(House house, EngineSettings settings, validator::TrustAnchors::Ptr anchors,
               unsigned self, unsigned workers, const HashKey& owner_key, Rng& rng,
               Metrics& metrics)
    : house_(house),
      settings_(std::move(settings)),
      anchors_(std::move(anchors)),
      views_(*settings_.resolver),
      hints_(hint_delegation(*settings_.resolver)),
      self_(self),
      workers_(workers),
      owner_key_(owner_key),
      rng_(rng),
      metrics_(metrics),
      running_(16, KeyHash{owner_key}) {}

Engine::~Engine() = default;

void Engine::reconfigure(EngineSettings settings) {
  settings_ = std::move(settings);
  views_ = Views(*settings_.resolver);
  hints_ = hint_delegation(*settings_.resolver);
}

void Engine::set_anchors(validator::TrustAnchors::Ptr anchors) {
  if (anchors->epoch() < anchors_->epoch()) return;
  anchors_ = std::move(anchors);
  keys_.clear();
}

std::vector<Action> Engine::take_actions() {
  return std::exchange(actions_, {});
}

std::int64_t Engine::next_deadline_us() const noexcept {
  return timers_.empty() ? std::numeric_limits<std::int64_t>::max() : std::get<0>(*timers_.begin());
}

void Engine::on_timer(const Now& now) {
  now_ = now;
  while (!timers_.empty() && std::get<0>(*timers_.begin()) <= now.mono_us) {
    const auto [when, due, id] = *timers_.begin();
    timers_.erase(timers_.begin());
    if (due == Due::request)
      on_request_deadline(id);
    else if (due == Due::stale)
      on_stale_timer(id);
    else if (due == Due::probe)
      on_probe_timer();
    else if (const auto at = asks_.find(id); at != asks_.end())
      on_ask_timeout(*find(at->second), id);
    run();
  }
}

void Engine::on_turn(const Now& now) {
  now_ = now;
  slice_.begin();
  run();
  for (std::size_t waiting = later_.size(); waiting > 0; --waiting) {
    const ResolutionId id = later_.front();
    later_.pop_front();
    const std::int64_t used_us = slice_.used_us();
    ready_.push_back(id);
    run();
    // What no longer fits is the first of the next slice: large pieces must not starve.
    const bool full = slice_.used_us() == used_us && !later_.empty() && later_.back() == id;
    if (!full) continue;
    later_.pop_back();
    later_.push_front(id);
    return;
  }
}

void Engine::run() {
  while (!settled_.empty() || !ready_.empty()) {
    if (!settled_.empty()) {
      auto [ticket, outcome] = std::move(settled_.front());
      settled_.pop_front();
      settle(ticket, std::move(outcome));
      continue;
    }
    const ResolutionId id = ready_.front();
    ready_.pop_front();
    if (Resolution* r = find(id)) step(*r);
  }
  metrics_.set(Metric::inflight_resolutions, resolutions_.size());
  metrics_.set(Metric::inflight_clients, requests());
}

/// What one ticket waited for has come.
void Engine::settle(Ticket ticket, Outcome outcome) {
  const auto at = tickets_.find(ticket);
  if (at == tickets_.end()) return;  // withdrawn meanwhile
  const Pending pending = at->second;
  tickets_.erase(at);
  switch (pending.purpose) {
    case Pending::For::request:
      return on_request_outcome(pending.id, std::move(outcome));
    case Pending::For::resolution:
      if (Resolution* r = find(pending.id)) on_sub(*r, ticket, std::move(outcome));
      return;
    case Pending::For::priming:
      priming_ = 0;
      next_priming_us_ = now_.mono_us + (outcome.entry ? 60'000'000 : 5'000'000);
      actions_.push_back(PrimedAction{outcome.entry != nullptr});
      return;
    case Pending::For::renewal:
      return metrics_.count(
          Metric::cache_prefetch_total,
          static_cast<unsigned>(outcome.entry && outcome.entry->security != cache::Security::bogus
                                    ? Prefetched::fresh
                                    : Prefetched::failed));
    case Pending::For::probe:
      probe_ = 0;
      return;
    case Pending::For::warm:
    case Pending::For::signal:
    case Pending::For::revival:
      return;
  }
}

void Engine::prime(const Now& now) {
  now_ = now;
  if (priming_ != 0 || !settings_.resolver->priming || now.mono_us < next_priming_us_) return;
  const Key key = key_of(views_.top(), dns::Name{}, dns::Type::ns);
  if (key.partition != 0) return;  // everything is forwarded
  const auto budget = std::make_shared<Budget>(settings_.resolver->limits,
                                               now.mono_us + limit(Limit::request_time) * 1000);
  priming_ = 1;  // before want(), which may come here again through the hints
  priming_ = want({Pending::For::priming, 0, key, 0}, Want::raw, budget, 1, 0, nullptr);
}

void Engine::on_mail(Mail mail, const Now& now) {
  now_ = now;
  switch (mail.kind) {
    case Mail::Kind::want:
      if (mail.anchors && mail.anchors->epoch() > anchors_->epoch())
        set_anchors(std::move(mail.anchors));
      accept(mail.key, std::move(mail.waiter), nullptr);
      break;
    case Mail::Kind::done:
      settled_.emplace_back(mail.ticket, std::move(mail.outcome));
      break;
    case Mail::Kind::wake:
      wake(mail.ticket);
      break;
    case Mail::Kind::cancel:
      leave(mail.key, 0, mail.waiter.worker, mail.waiter.ticket);
      break;
  }
  run();
}

std::vector<Engine::Row> Engine::rows(const Now& now) const {
  std::vector<Row> rows;
  for (const auto& [id, r] : resolutions_)
    rows.push_back({r->key, r->state, now.mono_us - r->started_us, r->queries, r->waiters.size(),
                    r->delegation ? r->delegation->cut.to_text() : "",
                    r->ask ? r->ask->server.to_text() : ""});
  return rows;
}

std::array<std::size_t, state_count> Engine::states() const {
  std::array<std::size_t, state_count> counts{};
  for (const auto& [id, r] : resolutions_) ++counts[static_cast<std::size_t>(r->state)];
  return counts;
}

std::string_view name_of(State state) {
  constexpr std::array<std::string_view, state_count> names{
      "start", "cut", "select", "sharing", "addresses", "asking", "judging", "proving", "done"};
  return names[static_cast<std::size_t>(state)];
}
}  // namespace windlass::resolver
