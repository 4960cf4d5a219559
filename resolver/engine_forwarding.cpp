// Engine: servers that the operator named, of forward and stub zones.
//
// Where an answer is overdue the next server is asked beside the first, and the first good answer
// counts: what was sent stays open, a late answer is one. Each question is paid from the request's
// Budget; server_tries and resolution_tries bound them. Dead servers are asked whether they are
// back at our own expense, one question an interval (server_probe_min to server_probe_max). With
// `first` a zone whose servers all fail is sought in the public tree; what is found there stays in
// the zone's partition.
#include <algorithm>

#include "dns/because.hpp"
#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
using cache::ServerView;
}  // namespace

bool Engine::hedges(const Resolution& r) {
  return r.delegation->by_operator() && !r.only;
}

/// How long nobody else is asked. A round trip says what a server needs for what it knows already;
/// one that recurses for us may need more, so it has the time of a server that nobody knows. Only
/// where there is nobody else to ask a server that has let us wait before has longer each time.
std::int64_t Engine::patience_us(Resolution& r, const Ask& ask) {
  const auto& limits = settings_.resolver->limits;
  auto& servers = house_.cache.servers();
  const ServerView view = servers.view(ask.server, now_.mono_us, limits);
  const std::int64_t over_tcp_us = limit(Limit::upstream_tcp_time) * 1000;
  if (!hedges(r)) return ask.tcp ? over_tcp_us : view.timeout_us;
  const std::int64_t least_us =
      r.delegation->recursive_upstream() ? limit(Limit::first_timeout) * 1000 : 0;
  const unsigned tries = tried(r, ask.server).tries;
  const auto could_be_next = [&](const Endpoint& other) {
    return tried(r, other).tries < tries && !servers.view(other, now_.mono_us, limits).dead;
  };
  const auto others = candidates(r);
  const bool alone = !r.delegation->first &&  // there is the public tree
                     std::none_of(others.begin(), others.end(), could_be_next);
  if (ask.tcp && alone) return over_tcp_us;
  const std::int64_t wait_us = std::max(alone ? view.timeout_us : view.expected_us, least_us);
  return ask.tcp ? std::min(2 * wait_us, over_tcp_us) : wait_us;  // a handshake stands in front
}

/// The Ask stays open, and the next server is asked beside it.
void Engine::on_overdue(Resolution& r, AskId id) {
  const bool current = r.ask && r.ask->id == id;
  if (r.last_wait && current) {
    drop_asks(r);
    return go(r, State::select);
  }
  const Ask ask = current ? *std::exchange(r.ask, std::nullopt)
                          : *std::find_if(r.beside.begin(), r.beside.end(),
                                          [&](const Ask& a) { return a.id == id; });
  heard_nothing(ask);
  metrics_.count(Metric::upstream_responses_total, static_cast<unsigned>(UpstreamOutcome::timeout));
  traced(r, ask, "overdue");
  if (!current) return;
  r.beside.push_back(ask);
  r.last_server = ask.server;
  next_server(r,
              dns::because<Fault::timeout>(ask.server.to_text(), summary(r.key),
                                           r.delegation->cut.to_text()),
              false);
}

/// One that was asked meanwhile, and is not overdue, is waited for before the next is asked.
bool Engine::resume(Resolution& r) {
  const auto at = std::find_if(r.beside.begin(), r.beside.end(),
                               [&](const Ask& a) { return a.deadline_us > now_.mono_us; });
  if (at == r.beside.end()) return false;
  r.ask = std::move(*at);
  r.beside.erase(at);
  r.state = State::asking;
  return true;
}

/// Nobody is left to be asked: those who were may be slow, not dead.
bool Engine::wait_for_late(Resolution& r) {
  if (r.beside.empty() || r.last_wait) return false;
  r.last_wait = true;
  r.ask = std::move(r.beside.back());
  r.beside.pop_back();
  timers_.erase({r.ask->deadline_us, Due::ask, r.ask->id});
  r.ask->deadline_us = now_.mono_us + limit(Limit::timeout_max) * 1000;
  timers_.emplace(r.ask->deadline_us, Due::ask, r.ask->id);
  r.state = State::asking;
  return true;
}

void Engine::drop_asks(Resolution& r) {
  if (r.ask) (void)close_ask(r, r.ask->id);
  while (!r.beside.empty()) (void)close_ask(r, r.beside.back().id);
}

bool Engine::all_dead(const Resolution& r) const {
  const auto& limits = settings_.resolver->limits;
  const auto servers = candidates(r);
  const auto dead = [&](const Endpoint& server) {
    return house_.cache.servers().view(server, now_.mono_us, limits).dead;
  };
  return !servers.empty() && std::all_of(servers.begin(), servers.end(), dead);
}

/// Servers that let us wait are not chosen while others are faster: when their time has come they
/// are asked whether they are back.
void Engine::look_for_life(const Resolution& r) {
  if (r.apart) return;
  if (!r.delegation->by_operator()) return look_for_family(r);
  const auto lives = [&](const Endpoint& server) {
    return house_.cache.servers()
               .view(server, now_.mono_us, settings_.resolver->limits)
               .timeouts_in_row == 0;
  };
  const auto all = candidates(r);
  const bool waits = !r.delegation->first && std::none_of(all.begin(), all.end(), lives);
  if (waits) return;  // this question itself asks them
  for (const auto& named : r.delegation->servers) {
    const Endpoint& server = named.endpoints.front();
    if (house_.cache.servers().claim_probe(server, now_.mono_us, settings_.resolver->limits))
      ask_whether_back(r, server);
  }
}

/// Special names mean nothing in the public tree, and are not shown there.
bool Engine::fall_back(Resolution& r) {
  if (!r.delegation->first || r.fell_back || r.only) return false;
  if (view_of(r).special_names.zone_of(r.key.name, r.key.type) != nullptr) return false;
  drop_asks(r);
  r.fell_back = true;
  r.failed_tries = 0;
  go(r, State::cut);
  return true;
}
}  // namespace windlass::resolver
