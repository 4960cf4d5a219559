// Worker: what local zones need of it: plugins entered, swapped and left, answers that come later,
// zone transfers that go out piece by piece.
#include "base/log.hpp"
#include "server/plugin_verdict.hpp"
#include "server/worker.hpp"
#include "windlass/plugin.h"

namespace windlass::server {
namespace {
using Verdict = resolver::LocalZones::Verdict;

/// What complete() may say; all else is an error.
Verdict completed_with(std::int32_t verdict) {
  switch (verdict) {
    case WINDLASS_DONE:
      return Verdict::done;
    case WINDLASS_REFERRAL:
      return Verdict::referral;
    case WINDLASS_CHASE:
      return Verdict::chase;
    case WINDLASS_DROP:
      return Verdict::drop;
    default:
      return Verdict::error;
  }
}
}  // namespace

void Worker::set_plugins(std::shared_ptr<PluginSet> plugins) {
  plugins_ = std::move(plugins);
}

void Worker::enter_plugins() {
  if (plugins_ && !plugins_->empty()) local_ = plugins_->enter(plan_.index, metrics_, clock_);
  front_.set_local(local_.get());
}

void Worker::leave_plugins() {
  front_.set_local(nullptr);
  local_.reset();
}

void Worker::swap_plugins(std::shared_ptr<PluginSet> plugins) {
  front_.set_local(nullptr);
  end_plugin_batch();
  plugins_ = std::move(plugins);
  if (!plugins_ || plugins_->empty()) return leave_plugins();
  local_ = plugins_->enter(plan_.index, metrics_, clock_, std::move(local_));
  front_.set_local(local_.get());
}

void Worker::end_plugin_batch() {
  if (local_) local_->end_batch();
}

// Answers that come later

void Worker::complete(PluginCompletion completion) {
  auto client = pending_.take(completion.ticket);
  if (!client) return;  // answered before, too late, or its client has gone
  Verdict verdict = completed_with(completion.verdict);
  const bool speaks = verdict != Verdict::drop && verdict != Verdict::error;
  const char* const wrong = speaks ? wrong_with(client->query.id, completion.message) : nullptr;
  if (wrong != nullptr) {
    log_warning("WL-PLUGIN-004", "plugin " + completion.plugin + ": complete(): " + wrong +
                                     "; the client got SERVFAIL");
    verdict = Verdict::error;
  }
  settle(*std::move(client), verdict, completion.message);
  watch_pending();
}

void Worker::settle(Waiting client, Verdict verdict, std::span<const std::uint8_t> octets) {
  plan_.waiting->remove(client.peer.remote.address);
  auto options = options_for(client.peer.remote);
  options.ticket = 0;
  auto taken = front_.settle(client.query, verdict, octets, nullptr, options, now(), out_);
  hand_out(std::move(taken), 0, std::move(client));
  carry_out();
}

/// The loop wakes for the first that is due.
void Worker::watch_pending() {
  const std::int64_t next = pending_.next_deadline_us();
  if (next == pending_.never) return pending_end_.stop();
  if (pending_end_.active()) return;
  const std::int64_t ms = std::max<std::int64_t>(0, (next - now().mono_us + 999) / 1000);
  pending_end_.start(ms, [this] {
    while (auto client = pending_.expired(now().mono_us)) {
      metrics_.count(Metric::limit_exceeded_total,
                     static_cast<unsigned>(Limit::plugin_pending_time),
                     static_cast<unsigned>(LimitMode::enforce));
      settle(*std::move(client), Verdict::error, {});
    }
    watch_pending();
  });
}

// Zone transfers

void Worker::send_stream(Waiting client, std::unique_ptr<resolver::LocalZones::Stream> stream) {
  const std::int64_t time_us = engine_.limits()[Limit::plugin_stream_time] * 1'000'000;
  outgoing_.push_back({client.tcp, client.connection, std::move(stream), now().mono_us + time_us});
  client.tcp->ask_room(client.connection);
}

/// One message of the first stream of this connection; another follows when this one has gone.
void Worker::on_room(net::TcpListener& from, net::ConnectionId id) {
  std::size_t at = 0;
  const auto of_it = [&](const Outgoing& one) { return one.tcp == &from && one.connection == id; };
  while (at < outgoing_.size() && !of_it(outgoing_[at])) ++at;
  if (at == outgoing_.size()) return;
  const auto part = outgoing_[at].stream->next(out_);
  if (!part) return end_stream(at, true);
  using Answer = net::TcpListener::Answer;
  const auto message = std::span<const std::uint8_t>(out_).first(part->written);
  const bool sent = from.send(id, message, part->last ? Answer::last : Answer::more);
  if (!sent) return;  // the connection is gone: on_closed() ends its streams
  if (part->last) end_stream(at, false);
  from.ask_room(id);
}

/// A broken one takes its connection with it, for its client knows of no other sign (RFC 5936 2.2).
void Worker::end_stream(std::size_t index, bool broken) {
  const Outgoing ended = std::move(outgoing_[index]);
  outgoing_.erase(outgoing_.begin() + static_cast<std::ptrdiff_t>(index));
  if (broken) {
    ended.tcp->close(ended.connection);
    on_closed(*ended.tcp, ended.connection);
  }
  if (draining_) end_if_drained();
}

void Worker::end_slow_streams() {
  for (std::size_t at = 0; at < outgoing_.size();) {
    if (now().mono_us < outgoing_[at].ends_us) {
      ++at;
      continue;
    }
    metrics_.count(Metric::limit_exceeded_total, static_cast<unsigned>(Limit::plugin_stream_time),
                   static_cast<unsigned>(LimitMode::enforce));
    end_stream(at, true);
    at = 0;  // others of the same connection went with it
  }
}

// Questions of plugins

void Worker::resolve(const dns::Name& name, dns::Type type, PluginDesk::Resolved then) {
  if (engine_.requests() >= static_cast<std::size_t>(engine_.limits()[Limit::inflight]))
    return then(std::nullopt);
  Waiting waiting;
  waiting.resolved = std::move(then);
  waiting.query.question = {name, type, dns::Class::in};
  waiting.query.rd = waiting.query.ad = waiting.query.edns = waiting.query.dnssec_ok = true;
  waiting.query.stream = true;
  waiting.query.started_us = now().mono_us;
  wait(engine_.begin({name, type, false, false}, now()), std::move(waiting));
  carry_out();
}
}  // namespace windlass::server
