// Engine: an outage of our own: servers everywhere, or all of one address family, are silent
// (cache/reach.hpp).
//
// While nobody answers nothing is held against servers or questions, what is kept is given at once,
// and probes look for its end, 1 s to 60 s apart. The first reply ends it, whoever asked for it.
// While one family is silent its servers are asked where there is no other; at the same pace one of
// those not asked hears a question beside.
#include <algorithm>

#include "dns/because.hpp"
#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
using cache::Unreached;
constexpr std::int64_t second_us = 1'000'000;
}  // namespace

/// The engine that notices an outage probes for its end.
void Engine::heard_nothing(const Ask& ask) {
  const Unreached who = house_.cache.servers().on_timeout(ask.server, ask.sent_us, now_.mono_us,
                                                          settings_.resolver->limits);
  if (who != Unreached::nobody) actions_.push_back(OutageAction{who, true});
  if (who != Unreached::all || probe_interval_us_ != 0) return;
  probe_interval_us_ = limit(Limit::server_probe_min) * second_us;
  timers_.emplace(now_.mono_us + probe_interval_us_, Due::probe, 0);
}

void Engine::heard(const Resolution& r, const Endpoint& server, std::int64_t rtt_us) {
  const Unreached who =
      house_.cache.servers().on_reply(server, rtt_us, now_.mono_us, r.delegation->by_operator());
  if (who == Unreached::nobody) return;
  house_.cache.forget_failures();
  actions_.push_back(OutageAction{who, false});
}

void Engine::look_for_family(const Resolution& r) {
  auto& servers = house_.cache.servers();
  for (const auto& named : r.delegation->servers)
    for (const Endpoint& server : named.endpoints)
      if (servers.offline(server.address.family) &&
          servers.claim_family_probe(server.address.family, now_.mono_us,
                                     settings_.resolver->limits))
        ask_whether_back(r, server);
}

/// Beside all else: what it says is heard and not believed.
void Engine::ask_whether_back(const Resolution& r, const Endpoint& server) {
  const BudgetPtr budget = background_budget();
  if (!budget) return;
  Pending pending{
      Pending::For::revival, 0, {r.delegation->cut, dns::Type::soa, r.key.partition}, 0};
  pending.only = server;
  pending.view = r.view;
  (void)want(std::move(pending), Want::heard, budget, 1, 0, nullptr);
}

/// Asks for the root's servers; any reply to anything will do.
void Engine::on_probe_timer() {
  if (!house_.cache.servers().offline()) return void(probe_interval_us_ = 0);
  probe_interval_us_ = std::min(2 * probe_interval_us_, limit(Limit::server_probe_max) * second_us);
  timers_.emplace(now_.mono_us + probe_interval_us_, Due::probe, 0);
  const BudgetPtr budget = probe_ == 0 ? background_budget() : nullptr;
  if (budget)
    probe_ = want({Pending::For::probe, 0, key_of(views_.top(), dns::Name{}, dns::Type::ns), 0},
                  Want::heard, budget, 1, 0, nullptr);
}

/// In an outage a client that can have a stale answer has it at once; but for one now and then,
/// whose question finds out whether its own servers, of a forward zone perhaps, are back.
bool Engine::waits_for_none(Request& request) {
  if (!house_.cache.servers().offline()) return trial_interval_us_ = 0, false;
  std::vector<KeptLink> links;
  if (!collect_stale(request.question, request.key, links)) return false;
  if (trial_interval_us_ == 0) {
    trial_interval_us_ = limit(Limit::server_probe_min) * second_us;
    next_trial_us_ = now_.mono_us + trial_interval_us_;
  } else if (now_.mono_us >= next_trial_us_) {
    trial_interval_us_ =
        std::min(2 * trial_interval_us_, limit(Limit::server_probe_max) * second_us);
    next_trial_us_ = now_.mono_us + trial_interval_us_;
    return false;
  }
  return go_stale(request, "servers of many networks are silent, it is we who are cut off");
}
}  // namespace windlass::resolver
