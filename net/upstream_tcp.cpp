#include "net/upstream_tcp.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>

#include "net/frame_reader.hpp"
#include "net/stream.hpp"

namespace windlass::net {
namespace {
/// One question. It is in the table of asks from ask() to its end.
struct Ask {
  AskId id;
  Endpoint server;
  std::vector<std::uint8_t> framed;
};
using AskPtr = std::shared_ptr<Ask>;

AskPtr frame(AskId id, const Endpoint& server, std::span<const std::uint8_t> octets) {
  auto ask = std::make_shared<Ask>(Ask{id, server, {}});
  ask->framed.reserve(octets.size() + FrameReader::prefix_octets);
  ask->framed.push_back(static_cast<std::uint8_t>(octets.size() >> 8));
  ask->framed.push_back(static_cast<std::uint8_t>(octets.size() & 0xFF));
  ask->framed.insert(ask->framed.end(), octets.begin(), octets.end());
  return ask;
}
std::uint64_t key(AskId id) {
  return static_cast<std::uint64_t>(id);
}
}  // namespace

struct UpstreamTcp::Impl : std::enable_shared_from_this<UpstreamTcp::Impl> {
  /// A connection: connecting -> busy with one ask <-> idle; its end is always close().
  struct Connection final : StreamOwner, std::enable_shared_from_this<Connection> {
    Connection(Impl& p, const Endpoint& s) : pool(p), server(s), stream(p.loop, *this) {}
    void on_connected(int error) override { pool.keep()->connected(hold(), error); }
    void on_octets(std::span<const std::uint8_t> octets) override {
      pool.keep()->received(hold(), octets);
    }
    void on_ended(int error) override { pool.keep()->broken(hold(), error == 0 ? EPIPE : error); }
    void on_written() override {}
    std::shared_ptr<Connection> hold() { return shared_from_this(); }

    Impl& pool;
    const Endpoint server;
    Stream stream;
    FrameReader frames;
    UvHandle<uv_timer_t> idle_timer;
    AskPtr ask;           ///< null: idle
    bool reused = false;  ///< this ask is not the first one, and no octet of its reply came yet
  };
  using ConnectionPtr = std::shared_ptr<Connection>;
  struct Server {
    std::list<ConnectionPtr> open;
    std::deque<AskPtr> waiting;
  };

  Impl(Loop& l, UpstreamTcpSink& s, UpstreamTcpOptions o)
      : loop(l), sink(s), options(std::move(o)) {
    (void)prepare.open(this, [this](auto* h) { return uv_prepare_init(loop.raw(), h); });
  }
  std::shared_ptr<Impl> keep() { return shared_from_this(); }

  int begin(const AskPtr& ask);
  int connect(const AskPtr& ask);
  int put(const ConnectionPtr& c, const AskPtr& ask);
  void serve_waiting(const Endpoint& server);
  void serve_later(const Endpoint& server);
  void turn_end();
  void park(const ConnectionPtr& c);
  void close(const ConnectionPtr& c);
  void fail(const AskPtr& ask, int error);
  void finish(AskId id, bool answered);
  void shut();

  void connected(const ConnectionPtr& c, int error);
  void received(const ConnectionPtr& c, std::span<const std::uint8_t> octets);
  void broken(const ConnectionPtr& c, int error);

  Loop& loop;
  UpstreamTcpSink& sink;
  UpstreamTcpOptions options;
  bool open = true;
  UvHandle<uv_prepare_t> prepare;
  std::vector<Endpoint> freed;  ///< servers to which a connection became free in this turn
  std::unordered_map<std::uint64_t, AskPtr> asks;
  std::map<Endpoint, Server> servers;
  std::list<ConnectionPtr> idle;  ///< longest idle first
  std::size_t connections = 0;
  UpstreamTcpCounters counters;
};

// ---- an ask finds its connection

int UpstreamTcp::Impl::begin(const AskPtr& ask) {
  const auto parked = std::find_if(idle.rbegin(), idle.rend(),
                                   [&](const auto& c) { return c->server == ask->server; });
  if (parked != idle.rend()) {
    const ConnectionPtr c = *parked;
    idle.erase(std::next(parked).base());
    c->idle_timer.close();
    c->reused = true;
    ++counters.reuses;
    if (put(c, ask) == 0) return 0;
    c->ask = nullptr;
    close(c);
    ++counters.retries;
  }
  Server& server = servers[ask->server];
  if (server.open.size() < options.limits.per_server) return connect(ask);
  if (server.waiting.size() >= waiting_max) return EAGAIN;
  server.waiting.push_back(ask);
  return 0;
}

int UpstreamTcp::Impl::connect(const AskPtr& ask) {
  const auto c = std::make_shared<Connection>(*this, ask->server);
  const auto source =
      std::find_if(options.sources.begin(), options.sources.end(),
                   [&](const IpAddress& a) { return a.family == ask->server.address.family; });
  const int error =
      c->stream.connect(ask->server, source == options.sources.end() ? nullptr : &*source);
  if (error != 0) return error;
  ++counters.connects;
  ++connections;
  servers[ask->server].open.push_back(c);
  c->ask = ask;
  return 0;
}

int UpstreamTcp::Impl::put(const ConnectionPtr& c, const AskPtr& ask) {
  c->ask = ask;
  c->stream.queue(ask->framed);
  if (const int error = c->stream.flush(); error != 0) return error;
  ++counters.sent;
  return 0;
}

/// Gives a place that became free to the asks that wait for one.
void UpstreamTcp::Impl::serve_waiting(const Endpoint& endpoint) {
  for (;;) {
    const auto server = servers.find(endpoint);
    if (!open || server == servers.end()) return;
    if (server->second.waiting.empty()) {
      if (server->second.open.empty()) servers.erase(server);
      return;
    }
    const bool reusable =
        std::any_of(idle.begin(), idle.end(), [&](const auto& c) { return c->server == endpoint; });
    if (!reusable && server->second.open.size() >= options.limits.per_server) return;
    const AskPtr ask = server->second.waiting.front();
    server->second.waiting.pop_front();
    if (const int error = begin(ask); error != 0) fail(ask, error);
  }
}

/// The same before the loop waits: done() and cancel() themselves call nobody back.
void UpstreamTcp::Impl::serve_later(const Endpoint& server) {
  freed.push_back(server);
  uv_prepare_start(prepare.get(), [](uv_prepare_t* h) { static_cast<Impl*>(h->data)->turn_end(); });
}

void UpstreamTcp::Impl::turn_end() {
  const auto self = keep();
  std::vector<Endpoint> now;
  now.swap(freed);
  uv_prepare_stop(prepare.get());
  for (const auto& server : now) serve_waiting(server);
}

// ---- what the network says

void UpstreamTcp::Impl::connected(const ConnectionPtr& c, int error) {
  if (error == 0) error = put(c, c->ask);
  if (error != 0) return broken(c, error);
  c->stream.read(true);
}

void UpstreamTcp::Impl::received(const ConnectionPtr& c, std::span<const std::uint8_t> octets) {
  if (!c->ask) return close(c), serve_waiting(c->server);  // nobody asked for anything
  c->reused = false;
  c->frames.push(octets);
  const std::int64_t mono_us = loop.clock().now().mono_us;
  const AskPtr ask = c->ask;
  while (open && c->stream.is_open() && c->ask == ask) {
    const auto one = c->frames.next();
    if (!one) break;
    ++counters.received;
    sink.on_frame(ask->id, *one, mono_us);
  }
  c->frames.release();
}

void UpstreamTcp::Impl::broken(const ConnectionPtr& c, int error) {
  const AskPtr ask = std::exchange(c->ask, nullptr);
  close(c);
  if (ask && c->reused) {
    ++counters.retries;
    error = connect(ask);
    if (error == 0) return;
  }
  if (ask) fail(ask, error);
  serve_waiting(c->server);
}

void UpstreamTcp::Impl::fail(const AskPtr& ask, int error) {
  ++counters.errors;
  asks.erase(key(ask->id));
  sink.on_error(ask->id, error);
}

// ---- an ask ends

void UpstreamTcp::Impl::finish(AskId id, bool answered) {
  const auto found = asks.find(key(id));
  if (found == asks.end()) return;
  const AskPtr ask = found->second;
  asks.erase(found);
  Server& server = servers[ask->server];
  std::erase(server.waiting, ask);
  const auto carrier = std::find_if(server.open.begin(), server.open.end(),
                                    [&](const auto& c) { return c->ask == ask; });
  if (carrier != server.open.end()) {
    const ConnectionPtr c = *carrier;
    c->ask = nullptr;
    // Octets behind the answer would be taken for the next one's.
    if (answered && c->frames.empty())
      park(c);
    else
      close(c);
  }
  serve_later(ask->server);
}

/// Hands the connection to the ask that waits longest, else keeps it.
void UpstreamTcp::Impl::park(const ConnectionPtr& c) {
  auto& waiting = servers[c->server].waiting;
  if (!waiting.empty()) {
    const AskPtr next = waiting.front();
    c->reused = true;
    if (put(c, next) != 0) return c->ask = nullptr, close(c);
    waiting.pop_front();
    return void(++counters.reuses);
  }
  if (options.limits.idle_ms == 0) return close(c);
  if (idle.size() >= idle_max) close(ConnectionPtr(idle.front()));
  idle.push_back(c);
  (void)c->idle_timer.open(c.get(), [this](auto* h) { return uv_timer_init(loop.raw(), h); });
  uv_timer_start(
      c->idle_timer.get(),
      [](uv_timer_t* h) {
        const auto self = static_cast<Connection*>(h->data)->hold();
        self->pool.close(self);
      },
      static_cast<std::uint64_t>(options.limits.idle_ms), 0);
}

void UpstreamTcp::Impl::close(const ConnectionPtr& c) {
  if (!c->stream.is_open()) return;
  c->stream.close();
  c->idle_timer.close();
  idle.remove(c);
  const auto server = servers.find(c->server);
  server->second.open.remove(c);
  if (server->second.open.empty() && server->second.waiting.empty()) servers.erase(server);
  --connections;
}

void UpstreamTcp::Impl::shut() {
  open = false;
  prepare.close();
  for (auto& [endpoint, server] : servers) {
    for (const auto& c : server.open) {
      c->stream.close();
      c->idle_timer.close();
    }
  }
  servers.clear();
  idle.clear();
  asks.clear();
}

// ---- the face

UpstreamTcpLimits UpstreamTcpLimits::from(const Limits& limits) {
  return {limits[Limit::upstream_tcp_idle],
          static_cast<std::size_t>(limits[Limit::upstream_tcp_per_server])};
}

UpstreamTcp::UpstreamTcp(Loop& loop, UpstreamTcpSink& sink, UpstreamTcpOptions options)
    : impl_(std::make_shared<Impl>(loop, sink, std::move(options))) {}
UpstreamTcp::~UpstreamTcp() {
  impl_->shut();
}

NetStatus UpstreamTcp::ask(AskId id, const Endpoint& server, std::span<const std::uint8_t> octets) {
  const auto refuse = [&](int error) {
    return net_error(error, "cannot ask " + server.to_text() + " (tcp)");
  };
  if (octets.size() > FrameReader::frame_octets_max) return refuse(EMSGSIZE);
  const auto [place, fresh] = impl_->asks.emplace(key(id), nullptr);
  if (!fresh) return refuse(EEXIST);
  const AskPtr ask = place->second = frame(id, server, octets);
  if (const int error = impl_->begin(ask); error != 0) {
    impl_->asks.erase(key(id));
    impl_->serve_later(server);  // which also forgets a server that has nothing open
    return refuse(error);
  }
  return Done{};
}

void UpstreamTcp::done(AskId id) {
  impl_->finish(id, true);
}
void UpstreamTcp::cancel(AskId id) {
  impl_->finish(id, false);
}

void UpstreamTcp::close_idle() {
  while (!impl_->idle.empty()) impl_->close(Impl::ConnectionPtr(impl_->idle.front()));
}

void UpstreamTcp::set_limits(const UpstreamTcpLimits& limits) {
  impl_->options.limits = limits;
}

std::size_t UpstreamTcp::open() const noexcept {
  return impl_->connections;
}
std::size_t UpstreamTcp::idle() const noexcept {
  return impl_->idle.size();
}
const UpstreamTcpCounters& UpstreamTcp::counters() const noexcept {
  return impl_->counters;
}
}  // namespace windlass::net
