#include "server/worker.hpp"

#include <cerrno>
#include <limits>
#include <string>

#include "base/log.hpp"
#include "dns/because.hpp"
#include "net/tcp_clients.hpp"

namespace windlass::server {
namespace {
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
net::AskId out(resolver::AskId id) {
  return static_cast<net::AskId>(id);
}
resolver::AskId in(net::AskId id) {
  return static_cast<resolver::AskId>(id);
}
}  // namespace

Worker::Worker(WorkerPlan plan, const Clock& clock)
    : plan_(std::move(plan)),
      clock_(clock),
      loop_(clock),
      engine_(plan_.house, plan_.engine, plan_.anchors, plan_.index, plan_.workers, plan_.owner_key,
              rng_, metrics_),
      front_(engine_, metrics_, plan_.rates.get()),
      upstream_udp_(loop_, rng_, *this, {plan_.sources, 1024, 65535, 8192}),
      upstream_tcp_(loop_, *this, {net::UpstreamTcpLimits::from(engine_.limits()), plan_.sources}),
      deadline_(loop_),
      second_(loop_),
      grace_(loop_),
      pending_end_(loop_),
      pending_(plan_.index, engine_.limits()),
      slices_(loop_, net::TurnHook::When::idle, [this] { engine_.on_turn(now()), carry_out(); }),
      tasks_(std::make_unique<net::Mailbox<Task>>(loop_,
                                                  [this](std::vector<Task>& tasks) {
                                                    for (Task& task : tasks) task(*this);
                                                    carry_out();
                                                  })),
      mail_(std::make_unique<net::Mailbox<resolver::Mail>>(
          loop_,
          [this](std::vector<resolver::Mail>& mails) {
            for (resolver::Mail& mail : mails) engine_.on_mail(std::move(mail), now());
            carry_out();
          })),
      out_(65'535) {}

Worker::~Worker() = default;

net::NetStatus Worker::listen(const Endpoint& at, bool first) {
  net::UdpOptions udp_options;
  udp_options.check_free = first;
  auto udp = net::UdpListener::bind(loop_, at, *this, udp_options);
  if (!udp) return udp.error();
  net::TcpOptions tcp_options;
  tcp_options.limits = net::TcpLimits::from(engine_.limits());
  tcp_options.clients = plan_.tcp_clients;
  tcp_options.check_free = first;
  auto tcp = net::TcpListener::listen(loop_, at, *this, tcp_options);
  if (!tcp) return tcp.error();
  udp_.push_back(*std::move(udp));
  tcp_.push_back(*std::move(tcp));
  return Done{};
}

void Worker::reconfigure(resolver::EngineSettings settings) {
  engine_.reconfigure(std::move(settings));
  for (const auto& listener : tcp_) listener->set_limits(net::TcpLimits::from(engine_.limits()));
  upstream_tcp_.set_limits(net::UpstreamTcpLimits::from(engine_.limits()));
}

void Worker::connect(std::vector<net::Mailbox<resolver::Mail>::Sender> all) {
  others_ = std::move(all);
}

void Worker::start() {
  second_.start_every(1000, [this] { sample(); });
  thread_ = net::NamedThread("windlass-" + std::to_string(plan_.index), [this] {
    enter_plugins();
    if (plan_.index == 0) engine_.prime(now()), carry_out();
    loop_.run();
    outgoing_.clear();
    leave_plugins();
    if (plan_.on_ended) plan_.on_ended();
  });
}

void Worker::join() {
  thread_.join();
}

// Clients

resolver::FrontOptions Worker::options_for(const Endpoint& client) {
  resolver::FrontOptions options;
  options.allowed = any_contains(plan_.access.allow, client.address) &&
                    !any_contains(plan_.access.deny, client.address);
  options.snoop_allowed = any_contains(plan_.access.snoop, client.address);
  options.may_wait = plan_.waiting->waiting(client.address) <
                     static_cast<unsigned>(engine_.limits()[Limit::client_inflight]);
  options.peer = &client;
  if (local_ && options.may_wait && !pending_.full()) options.ticket = pending_.offer();
  return options;
}

void Worker::on_datagram(net::UdpListener& from, const net::Peer& peer,
                         std::span<const std::uint8_t> octets) {
  Waiting client;
  client.udp = &from;
  client.peer = peer;
  const auto options = options_for(peer.remote);
  auto taken = front_.take(octets, false, peer.remote.address.family == 6, options, now(), out_,
                           client.query);
  note(client);
  hand_out(std::move(taken), options.ticket, std::move(client));
}

void Worker::on_batch_end(net::UdpListener&) {
  end_plugin_batch();
  carry_out();
}

void Worker::on_frame(net::TcpListener& from, net::ConnectionId id, const net::Peer& peer,
                      std::span<const std::uint8_t> octets) {
  Waiting client;
  client.tcp = &from;
  client.peer = peer;
  client.connection = id;
  auto options = options_for(peer.remote);
  options.keepalive_ms = keepalive_ms();
  auto taken = front_.take(octets, true, peer.remote.address.family == 6, options, now(), out_,
                           client.query);
  if (client.query.keepalive) from.set_idle_ms(id, options.keepalive_ms);
  end_plugin_batch();
  note(client);
  const bool later = taken.fate == resolver::Front::Fate::later;
  hand_out(std::move(taken), options.ticket, std::move(client));
  if (later) carry_out();
}

void Worker::hand_out(resolver::Front::Taken taken, std::uint64_t ticket, Waiting client) {
  using Fate = resolver::Front::Fate;
  switch (taken.fate) {
    case Fate::nothing:
      return nothing_for(client);
    case Fate::answered:
      return reply(client, taken.octets);
    case Fate::later:
      return wait(taken.request, std::move(client));
    case Fate::stream:
      return send_stream(std::move(client), std::move(taken.stream));
    case Fate::pending:
      plan_.waiting->add(client.peer.remote.address);
      pending_.open(ticket, std::move(client), now().mono_us);
      return watch_pending();
  }
}

void Worker::reply(const Waiting& client, std::span<const std::uint8_t> octets) {
  if (client.udp != nullptr)
    client.udp->send(client.peer, octets);
  else
    (void)client.tcp->send(client.connection, octets);
}

/// What a client that asks for keepalive is offered: less once half of the table is taken (RFC
/// 7828 3.4).
std::int64_t Worker::keepalive_ms() const {
  const Limits& limits = engine_.limits();
  const bool roomy =
      static_cast<std::int64_t>(plan_.tcp_clients->count()) * 2 < limits[Limit::tcp_clients];
  return limits[roomy ? Limit::tcp_keepalive : Limit::tcp_idle];
}

void Worker::nothing_for(const Waiting& client) {
  if (client.tcp != nullptr) client.tcp->settle(client.connection);
}

void Worker::wait(resolver::RequestId id, Waiting waiting) {
  plan_.waiting->add(waiting.peer.remote.address);
  waiting_.emplace(id, std::move(waiting));
}

void Worker::on_closed(net::TcpListener& from, net::ConnectionId id) {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const bool gone = at->second.tcp == &from && at->second.connection == id;
    if (!gone) {
      ++at;
      continue;
    }
    engine_.cancel(at->first);
    plan_.waiting->remove(at->second.peer.remote.address);
    at = waiting_.erase(at);
  }
  pending_.forget_if([&](const Waiting& client) {
    const bool gone = client.tcp == &from && client.connection == id;
    if (gone) plan_.waiting->remove(client.peer.remote.address);
    return gone;
  });
  std::erase_if(outgoing_,
                [&](const Outgoing& one) { return one.tcp == &from && one.connection == id; });
  carry_out();
}

void Worker::why(const resolver::ClientQuestion& question, WhyDone done) {
  Waiting waiting;
  waiting.why = std::move(done);
  waiting.started_us = now().mono_us;
  const resolver::RequestId id = engine_.begin(question, now());
  wait(id, std::move(waiting));
  carry_out();
}

void Worker::in_background(const resolver::ClientQuestion& question, BackgroundDone done) {
  const auto id = draining_ ? std::nullopt : engine_.begin_background(question, now());
  if (!id) return done(std::nullopt);
  Waiting waiting;
  waiting.background = std::move(done);
  wait(*id, std::move(waiting));
  carry_out();
}

/// Nobody waits for it at the end.
void Worker::drop_background() {
  engine_.drop_behind();
  std::erase_if(waiting_, [&](const auto& one) {
    if (!one.second.background) return false;
    engine_.cancel(one.first);
    plan_.waiting->remove(one.second.peer.remote.address);
    return true;
  });
}

// Servers

void Worker::on_datagram(net::AskId id, std::span<const std::uint8_t> octets,
                         std::int64_t mono_us) {
  Now at = now();
  at.mono_us = mono_us;
  engine_.on_message(in(id), octets, at);
  carry_out();
}

void Worker::on_frame(net::AskId id, std::span<const std::uint8_t> octets, std::int64_t mono_us) {
  on_datagram(id, octets, mono_us);
}

void Worker::on_error(net::AskId id, int) {
  engine_.on_network_error(in(id), now());
  carry_out();
}

// Actions

void Worker::carry_out() {
  if (carrying_) return;  // an action led here: the loop below goes on
  carrying_ = true;
  for (auto actions = engine_.take_actions(); !actions.empty(); actions = engine_.take_actions())
    for (auto& action : actions) std::visit([this](auto& one) { perform(one); }, action);
  carrying_ = false;
  end_plugin_batch();
  arm();
  if (draining_) end_if_drained();
}

void Worker::perform(resolver::SendAction& action) {
  const auto sent = action.tcp ? upstream_tcp_.ask(out(action.id), action.to, action.octets)
                               : upstream_udp_.ask(out(action.id), action.to, action.octets);
  if (sent) return;
  const int error = sent.error().system_error;
  const bool no_room =
      error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM || error == EAGAIN;
  if (no_room)
    engine_.on_no_room(action.id, now());
  else
    engine_.on_network_error(action.id, now());
}

void Worker::perform(resolver::DropAction& action) {
  upstream_udp_.cancel(out(action.id));
  if (action.answered)
    upstream_tcp_.done(out(action.id));
  else
    upstream_tcp_.cancel(out(action.id));
}

/// A question that does not fit comes back as refused; its answers and ends are bounded by the
/// questions and always fit.
void Worker::perform(resolver::MailAction& action) {
  const bool question = action.mail.kind == resolver::Mail::Kind::want;
  resolver::Mail refusal;
  refusal.kind = resolver::Mail::Kind::done;
  refusal.ticket = action.mail.waiter.ticket;
  refusal.outcome = {nullptr, resolver::Failure::overload, dns::because<Fault::mailbox_full>()};
  if (!others_[action.worker].post(std::move(action.mail), !question) && question)
    engine_.on_mail(std::move(refusal), now());
}

void Worker::perform(resolver::AnswerAction& action) {
  const auto at = waiting_.find(action.id);
  if (at == waiting_.end()) return;
  const Waiting client = std::move(at->second);
  waiting_.erase(at);
  plan_.waiting->remove(client.peer.remote.address);
  if (client.background) return client.background(std::move(action.answer));
  note(client.query, action.answer);
  if (client.why)
    return client.why(std::move(action.answer), std::move(action.trace),
                      now().mono_us - client.started_us);
  const auto octets = front_.respond(client.query, action.answer, now(), out_);
  if (!client.resolved) return octets.empty() ? nothing_for(client) : reply(client, octets);
  if (action.answer.rcode == dns::Rcode::servfail) return client.resolved(std::nullopt);
  client.resolved(std::vector<std::uint8_t>(octets.begin(), octets.end()));
}

void Worker::note(const Waiting& client) const {
  if (!plan_.log.queries) return;
  const auto& [query, from] = std::tie(client.query, client.peer.remote);
  log_info("WL-QUERY-003", from.to_text() + " asks " + resolver::summary(query.question) +
                               (query.view ? ", view " + query.view->name : ""));
}

/// What the log says about one recursion, as far as the operator wants it.
void Worker::note(const resolver::ClientQuery& query, const resolver::Answer& answer) {
  const auto text = [&] { return resolver::summary(query.question, answer); };
  if (plan_.log.queries)
    log_info("WL-QUERY-001", text() + ", answered");
  else if (Log::get().wants(LogLevel::debug))
    log_debug("WL-QUERY-002", text());
}

/// A clock that may be wrong is told whatever else is: nothing can be resolved until it is right.
void Worker::perform(resolver::BogusAction& action) const {
  const Fault fault = action.ede.fault;
  if (fault == Fault::clock_ahead || fault == Fault::clock_behind)
    log_warning("WL-DNSSEC-002", action.ede.text);
  if (plan_.log.bogus) log_notice("WL-DNSSEC-001", resolver::summary(action));
}

void Worker::perform(resolver::PrimedAction& action) {
  if (plan_.on_primed) plan_.on_primed(action.reached);
}

void Worker::tell_family(const resolver::OutageAction& action) {
  const bool v6 = action.who == cache::Unreached::ipv6;
  const std::string mine = v6 ? "IPv6" : "IPv4", other = v6 ? "IPv4" : "IPv6";
  if (action.begins)
    log_warning("WL-UPSTREAM-003",
                mine + " is offline: its servers of many networks are silent while " + other +
                    " answers; they are asked last");
  else
    log_notice("WL-UPSTREAM-004", mine + " is online again: a server has answered");
}

void Worker::perform(resolver::OutageAction& action) {
  if (action.who != cache::Unreached::all) return tell_family(action);
  if (action.begins)
    log_warning("WL-UPSTREAM-001",
                "offline: servers of many networks are silent and nobody answers; what is kept is "
                "given, asking goes on");
  else
    log_notice("WL-UPSTREAM-002", "online again: a server has answered");
}

void Worker::perform(resolver::RebindingAction& action) {
  log_notice("WL-POLICY-001", action.ede.text);
}

/// The loop wakes for the engine's next deadline, and turns without waiting while slices are left.
void Worker::arm() {
  if (engine_.has_work() != slices_.active()) engine_.has_work() ? slices_.start() : slices_.stop();
  const std::int64_t next = engine_.next_deadline_us();
  if (next == armed_for_us_ && deadline_.active()) return;
  armed_for_us_ = next;
  if (next == never) return deadline_.stop();
  const std::int64_t ms = std::max<std::int64_t>(0, (next - now().mono_us + 999) / 1000);
  deadline_.start(ms, [this] { engine_.on_timer(now()), carry_out(); });
}

/// Once a second: what only the loop and the sockets know.
void Worker::sample() {
  end_slow_streams();
  metrics_.observe(Metric::event_loop_lag_seconds,
                   static_cast<double>(loop_.take_longest_turn_us()) * 1e-6);
  const std::int64_t busy_us = loop_.times().busy_us;
  metrics_.set(Metric::event_loop_busy_seconds_total, static_cast<std::uint64_t>(busy_us));
  std::uint64_t drops = 0, oversized = 0;
  for (const auto& listener : udp_) {
    drops += listener->counters().kernel_drops;
    oversized += listener->counters().oversized;
  }
  metrics_.count(Metric::queries_dropped_total, static_cast<unsigned>(Drop::malformed), 0,
                 oversized - std::exchange(oversized_seen_, oversized));
  metrics_.set(Metric::udp_receive_drops_total, drops);
}

// The end

void Worker::drain(std::int64_t grace_ms) {
  draining_ = true;
  drop_background();
  for (auto& listener : udp_) listener->stop_receiving();
  for (auto& listener : tcp_) listener->stop_accepting(), listener->close_idle();
  grace_.start(grace_ms, [this] {
    grace_over_ = true;
    while (auto client = pending_.expired(never))
      settle(*std::move(client), resolver::LocalZones::Verdict::error, {});
    engine_.abandon(dns::because<Fault::shutting_down>(), now());
    carry_out();
    end_if_drained();
  });
  end_if_drained();
}

void Worker::end_if_drained() {
  const bool local_work = !pending_.empty() || !outgoing_.empty();
  if (local_work && !grace_over_) return;
  if (!waiting_.empty() || (!grace_over_ && engine_.resolutions() != 0))
    return;  // other workers may wait for ours
  for (auto& listener : udp_) listener->flush();
  loop_.stop();
}
}  // namespace windlass::server
