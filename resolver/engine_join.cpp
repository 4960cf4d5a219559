// Engine: tickets, joining and leaving. One question runs once in the process; whoever wants it
// waits.
#include <algorithm>

#include "dns/because.hpp"
#include "resolver/engine.hpp"

namespace windlass::resolver {

Key Engine::key_of(const View& view, const dns::Name& name, dns::Type type) const {
  return {name, type, views_.partition_of(view, name, type)};
}

unsigned Engine::owner_of(const Key& key) const {
  if (workers_ == 1) return self_;
  return static_cast<unsigned>((key.name.hash(owner_key_) ^ key.partition) % workers_);
}

Ticket Engine::want(Pending pending, Want want, BudgetPtr budget, unsigned depth,
                    ResolutionId parent, const std::shared_ptr<Trace>& trace) {
  const Ticket ticket = next_id_++;
  const Key key = pending.key;
  const bool apart = trace || want == Want::heard;
  pending.owner = apart ? self_ : owner_of(key);
  Waiter waiter{self_,
                ticket,
                want,
                std::move(budget),
                depth,
                parent,
                std::move(pending.realm),
                pending.doubt,
                pending.anew,
                pending.only,
                key.partition == 0 ? nullptr : pending.view};
  Pending& held = tickets_[ticket] = std::move(pending);
  if (held.owner == self_) {
    const ResolutionId id = accept(key, std::move(waiter), trace);
    if (apart) tickets_[ticket].private_to = id;
  } else {
    actions_.push_back(
        MailAction{held.owner, Mail{Mail::Kind::want, key, std::move(waiter), 0, {}, anchors_}});
  }
  return ticket;
}

/// Joins the running Resolution of this question or creates it. Refusals are outcomes too.
ResolutionId Engine::accept(const Key& key, Waiter waiter, const std::shared_ptr<Trace>& trace) {
  const auto refuse = [&](Failure failure, dns::Ede ede) {
    deliver(waiter, 0, {nullptr, failure, std::move(ede)});
    return ResolutionId{0};
  };
  if (waiter.depth > static_cast<unsigned>(limit(Limit::depth)))
    return refuse(Failure::overload, reached(Limit::depth));
  const bool apart = trace || waiter.want == Want::heard;
  const auto running = apart ? running_.end() : running_.find(key);
  const bool joins = running != running_.end();
  if (!joins && resolutions_.size() >= 4 * static_cast<std::size_t>(limit(Limit::inflight)))
    return refuse(Failure::overload,
                  dns::because<Fault::overloaded>(row_of(Limit::inflight).key,
                                                  std::to_string(limit(Limit::inflight))));
  Resolution& r = joins ? *find(running->second) : create(key, waiter, trace);
  if (joins && r.entry && waiter.want == Want::raw)
    return deliver(waiter, 0, {r.entry, Failure::none, std::nullopt}), r.id;
  if (waiter.parent != 0 && !house_.graph.add(waiter.parent, r.id)) {
    if (!joins) erase(r);
    return refuse(Failure::cycle, dns::because<Fault::circle>(summary(key)));
  }
  if (joins) {
    metrics_.count(Metric::coalesced_queries_total);
    r.depth = std::min(r.depth, waiter.depth);
  }
  r.waiters.push_back(std::move(waiter));
  if (r.entry && r.state != State::done) tell_raw(r);
  return r.id;
}

Resolution& Engine::create(const Key& key, const Waiter& waiter,
                           const std::shared_ptr<Trace>& trace) {
  auto owned = std::make_unique<Resolution>();
  owned->id = static_cast<ResolutionId>(self_) << 48 | next_id_++;
  owned->key = key;
  owned->realm = waiter.realm;
  owned->view = waiter.view;
  owned->depth = waiter.depth;
  owned->started_us = now_.mono_us;
  owned->started_age_ms = now_.age_ms;
  owned->doubt = waiter.doubt;
  owned->anew = waiter.anew;
  owned->only = waiter.only;
  owned->trace = trace;
  owned->apart = trace || waiter.want == Want::heard;
  Resolution& r = *owned;
  if (!r.apart) running_[key] = r.id;
  resolutions_[r.id] = std::move(owned);
  ready_.push_back(r.id);
  return r;
}

Resolution* Engine::find(ResolutionId id) {
  const auto at = resolutions_.find(id);
  return at == resolutions_.end() ? nullptr : at->second.get();
}

void Engine::go(Resolution& r, State state) {
  r.state = state;
  ready_.push_back(r.id);
}

void Engine::deliver(const Waiter& waiter, ResolutionId by, Outcome outcome) {
  if (by != 0 && waiter.parent != 0) house_.graph.remove(waiter.parent, by);
  if (waiter.worker == self_) {
    settled_.emplace_back(waiter.ticket, std::move(outcome));
  } else {
    actions_.push_back(MailAction{
        waiter.worker, Mail{Mail::Kind::done, {}, {}, waiter.ticket, std::move(outcome)}});
  }
}

/// The requester no longer waits.
void Engine::withdraw(Ticket ticket) {
  const auto at = tickets_.find(ticket);
  if (at == tickets_.end()) return;
  const Pending pending = at->second;
  tickets_.erase(at);
  if (pending.owner == self_) return leave(pending.key, pending.private_to, self_, ticket);
  Mail mail{Mail::Kind::cancel, pending.key, {}, 0, {}};
  mail.waiter.worker = self_;
  mail.waiter.ticket = ticket;
  actions_.push_back(MailAction{pending.owner, std::move(mail)});
}

void Engine::leave(const Key& key, ResolutionId private_to, unsigned worker, Ticket ticket) {
  const auto running = running_.find(key);
  const ResolutionId id = private_to != 0             ? private_to
                          : running == running_.end() ? 0
                                                      : running->second;
  Resolution* r = find(id);
  if (!r) return;
  const auto waiter = std::find_if(r->waiters.begin(), r->waiters.end(), [&](const Waiter& w) {
    return w.worker == worker && w.ticket == ticket;
  });
  if (waiter == r->waiters.end()) return;
  if (waiter->parent != 0) house_.graph.remove(waiter->parent, r->id);
  r->waiters.erase(waiter);
  if (r->waiters.empty()) erase(*r);
}

/// The first waiter that can still pay; those that cannot hear their own reason and go.
/// nullptr: nobody is left, and the Resolution is gone.
Budget* Engine::payer(Resolution& r) {
  while (!r.waiters.empty()) {
    Budget* budget = r.waiters.front().budget.get();
    if (!budget->spent(now_.mono_us)) return budget;
    const Waiter gone = std::move(r.waiters.front());
    r.waiters.erase(r.waiters.begin());
    deliver(gone, r.id, own_reason(*budget));
  }
  erase(r);
  return nullptr;
}

bool Engine::wants_verdict(const Resolution& r) const {
  return std::any_of(r.waiters.begin(), r.waiters.end(),
                     [](const Waiter& w) { return w.want == Want::judged; });
}

/// Raw waiters have what they want as soon as there is an entry.
void Engine::tell_raw(Resolution& r) {
  for (const Waiter& waiter : r.waiters)
    if (waiter.want == Want::raw) deliver(waiter, r.id, {r.entry, Failure::none, std::nullopt});
  std::erase_if(r.waiters, [](const Waiter& w) { return w.want == Want::raw; });
}

void Engine::finish(Resolution& r, Outcome outcome) {
  for (const Waiter& waiter : r.waiters) deliver(waiter, r.id, outcome);
  r.waiters.clear();
  erase(r);
}

/// An outage is nobody's fault but ours; what failed without a question costs no more the next
/// time; and who was silent is to be heard again soon after it is back.
std::int64_t Engine::most_remembered_s(Fault fault) const {
  if (house_.cache.servers().offline() || fault == Fault::servers_silent)
    return limit(Limit::failure_ttl);
  const bool silence = fault == Fault::timeout || fault == Fault::network;
  const std::int64_t most_s = limit(Limit::failure_ttl_max);
  return silence ? std::min(most_s, limit(Limit::server_probe_max)) : most_s;
}

/// The question failed through its own servers or data (RFC 9520): remembered, and told. Not
/// remembered when what failed was judged by anchors that have changed since.
void Engine::give_up(Resolution& r, dns::Ede ede) {
  if (r.standing) {
    const Ruling ruling = *std::exchange(r.standing, std::nullopt);
    return overtaken(r, ruling.entry) ? void() : pronounce(r, ruling);
  }
  if (!r.apart && !r.not_its_fault && !r.doubt && !outdated(r))
    house_.cache.store_failure(r.key.name, r.key.type, r.key.partition, ede,
                               limit(Limit::failure_ttl), most_remembered_s(ede.fault),
                               now_.age_ms);
  finish(r, {nullptr, Failure::servers, std::move(ede)});
}

void Engine::erase(Resolution& r) {
  for (const auto& sub : std::exchange(r.subs, {})) withdraw(sub.ticket);
  drop_asks(r);
  end_probe(r);
  r.state = State::done;
  if (!r.apart) running_.erase(r.key);
  resolutions_.erase(r.id);
}
}  // namespace windlass::resolver
