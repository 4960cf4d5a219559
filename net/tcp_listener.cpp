#include "net/tcp_listener.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/acceptor.hpp"
#include "net/tcp_connection.hpp"

namespace windlass::net {

TcpLimits TcpLimits::from(const Limits& limits) {
  const auto count = [&](Limit l) { return static_cast<std::size_t>(limits[l]); };
  return {count(Limit::tcp_clients),  count(Limit::tcp_clients_per_address),
          limits[Limit::tcp_idle],    limits[Limit::tcp_message_time],
          count(Limit::tcp_pipeline), count(Limit::tcp_write_queue)};
}

namespace {
using Queue = std::list<ConnectionId>;  ///< longest inactive first
/// How many connections are looked at to find an idle one when the table is full.
constexpr int eviction_looks_max = 256;
constexpr int backlog = 4096;  ///< connections the system keeps until they are taken
}  // namespace

struct TcpListener::Impl final : AcceptorOwner,
                                 TcpConnectionOwner,
                                 std::enable_shared_from_this<TcpListener::Impl> {
  Impl(Loop& l, TcpSink& s, const TcpOptions& o)
      : loop(l), sink(s), limits(o.limits), clients(o.clients ? o.clients : make_tcp_clients()) {}
  std::optional<NetError> start(Fd fd);
  void on_accepted(Fd fd) override;
  void on_not_accepted() override { ++counters.accept_errors; }
  bool admit(const Peer& peer);
  bool evict(TcpClients::Admission why, const IpAddress& address);
  TcpConnection* find(ConnectionId id) const;
  void turn_end();
  void shut();

  void on_frame(TcpConnection& c, std::span<const std::uint8_t> octets) override;
  void on_active(TcpConnection& c) override;
  void on_dirty(TcpConnection& c) override;
  void on_room(TcpConnection& c) override { sink.on_room(*owner, c.id()); }
  void on_finished(TcpConnection& c, TcpEnd why) override;
  const TcpLimits& current_limits() const override { return limits; }
  void forget(TcpConnection& c);

  Loop& loop;
  TcpSink& sink;
  TcpListener* owner = nullptr;  ///< null: destroyed, perhaps by the callback that runs now
  TcpLimits limits;
  std::shared_ptr<TcpClients> clients;
  Endpoint at;
  Acceptor acceptor;
  UvHandle<uv_prepare_t> prepare;
  UvHandle<uv_idle_t>
      more_work;  ///< keeps the loop from waiting while whole frames lie in a buffer
  std::unordered_map<std::uint64_t, std::shared_ptr<TcpConnection>> connections;
  Queue oldest_first;
  std::map<IpAddress, Queue> by_address;
  std::vector<ConnectionId> dirty;
  TcpCounters counters;
};

std::optional<NetError> TcpListener::Impl::start(Fd fd) {
  at = local_endpoint(fd.get());
  int error = prepare.open(this, [this](auto* h) { return uv_prepare_init(loop.raw(), h); });
  if (error == 0)
    error = more_work.open(this, [this](auto* h) { return uv_idle_init(loop.raw(), h); });
  error = error != 0 ? -error : acceptor.start(loop, *this, std::move(fd), backlog);
  if (error != 0) return cannot_listen(error, at, SOCK_STREAM);
  return std::nullopt;
}

void TcpListener::Impl::on_accepted(Fd fd) {
  const auto self = shared_from_this();
  auto c = std::make_shared<TcpConnection>(loop, *this);
  if (c->open(std::move(fd)) != 0) return void(++counters.accept_errors);
  if (!admit(c->peer())) return void(++counters.refused);
  ++counters.accepted;
  Queue& siblings = by_address[c->peer().remote.address];
  c->place_in_address = siblings.insert(siblings.end(), c->id());
  c->place_in_all = oldest_first.insert(oldest_first.end(), c->id());
  connections.emplace(static_cast<std::uint64_t>(c->id()), c);
  c->start();
}

bool TcpListener::Impl::admit(const Peer& peer) {
  const IpAddress& address = peer.remote.address;
  for (int tries = 0; tries < 2; ++tries) {
    const auto admission = clients->admit(address, limits.clients, limits.clients_per_address);
    if (admission == TcpClients::Admission::admitted) return true;
    if (!evict(admission, address) || owner == nullptr) return false;
  }
  return false;
}

bool TcpListener::Impl::evict(TcpClients::Admission why, const IpAddress& address) {
  const bool of_address = why == TcpClients::Admission::address_full;
  int looks = 0;
  for (const auto id : of_address ? by_address[address] : oldest_first) {
    if (++looks > eviction_looks_max) break;
    TcpConnection* c = find(id);
    if (c == nullptr || !c->idle()) continue;
    on_finished(*c, TcpEnd::evicted);
    return true;
  }
  if (by_address[address].empty()) by_address.erase(address);
  return false;
}

void TcpListener::Impl::on_active(TcpConnection& c) {
  Queue& siblings = by_address[c.peer().remote.address];
  siblings.splice(siblings.end(), siblings, c.place_in_address);
  oldest_first.splice(oldest_first.end(), oldest_first, c.place_in_all);
}

TcpConnection* TcpListener::Impl::find(ConnectionId id) const {
  const auto found = connections.find(static_cast<std::uint64_t>(id));
  return found == connections.end() ? nullptr : found->second.get();
}

void TcpListener::Impl::on_frame(TcpConnection& c, std::span<const std::uint8_t> octets) {
  ++counters.received;
  sink.on_frame(*owner, c.id(), c.peer(), octets);
}

void TcpListener::Impl::on_dirty(TcpConnection& c) {
  dirty.push_back(c.id());
  uv_prepare_start(prepare.get(), [](uv_prepare_t* h) { static_cast<Impl*>(h->data)->turn_end(); });
}

void TcpListener::Impl::turn_end() {
  const auto self = shared_from_this();
  std::vector<ConnectionId> now;
  now.swap(dirty);
  for (const auto id : now) {
    const auto found = connections.find(static_cast<std::uint64_t>(id));
    if (found == connections.end()) continue;
    const auto keep = found->second;
    keep->turn_end();
    if (owner == nullptr) return;
  }
  if (dirty.empty()) {
    uv_prepare_stop(prepare.get());
    uv_idle_stop(more_work.get());
  } else {
    uv_idle_start(more_work.get(), [](uv_idle_t*) {});
  }
}

void TcpListener::Impl::forget(TcpConnection& c) {
  c.shut();
  const IpAddress& address = c.peer().remote.address;
  clients->remove(address);
  const auto siblings = by_address.find(address);
  siblings->second.erase(c.place_in_address);
  if (siblings->second.empty()) by_address.erase(siblings);
  oldest_first.erase(c.place_in_all);
  connections.erase(static_cast<std::uint64_t>(c.id()));
}

void TcpListener::Impl::on_finished(TcpConnection& c, TcpEnd why) {
  const auto keep = c.shared_from_this();
  forget(c);
  if (why == TcpEnd::idle) ++counters.idle_closed;
  if (why == TcpEnd::too_slow) ++counters.message_timeouts;
  if (why == TcpEnd::overflowed) ++counters.overflowed;
  if (why == TcpEnd::evicted) ++counters.evicted;
  if (c.heard()) sink.on_closed(*owner, c.id());
}

void TcpListener::Impl::shut() {
  owner = nullptr;
  acceptor.close();
  prepare.close();
  more_work.close();
  for (auto& [id, c] : connections) {
    clients->remove(c->peer().remote.address);
    c->shut();
  }
  connections.clear();
  by_address.clear();
  oldest_first.clear();
}

// ---- the face

TcpListener::TcpListener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {
  impl_->owner = this;
}
TcpListener::~TcpListener() {
  impl_->shut();
}

NetResult<TcpListener::Owned> TcpListener::listen(Loop& loop, const Endpoint& at, TcpSink& sink,
                                                  const TcpOptions& options) {
  auto fd = bind_socket(at, {SOCK_STREAM, options.reuse_port, options.check_free});
  if (!fd) return fd.error();
  return adopt(loop, (*fd).release(), sink, options);
}

NetResult<TcpListener::Owned> TcpListener::adopt(Loop& loop, int bound_fd, TcpSink& sink,
                                                 const TcpOptions& options) {
  auto impl = std::make_shared<Impl>(loop, sink, options);
  if (auto error = impl->start(Fd{bound_fd})) return impl->shut(), *std::move(error);
  return Owned{new TcpListener(std::move(impl))};
}

bool TcpListener::send(ConnectionId id, std::span<const std::uint8_t> octets, Answer answer) {
  TcpConnection* c = impl_->find(id);
  if (c == nullptr || !c->send(octets, answer == Answer::last)) return false;
  ++impl_->counters.sent;
  return true;
}

void TcpListener::ask_room(ConnectionId id) {
  if (TcpConnection* c = impl_->find(id)) c->ask_room();
}

void TcpListener::settle(ConnectionId id) {
  if (TcpConnection* c = impl_->find(id)) c->settle();
}

void TcpListener::set_idle_ms(ConnectionId id, std::int64_t idle_ms) {
  if (TcpConnection* c = impl_->find(id)) c->set_idle_ms(idle_ms);
}

std::size_t TcpListener::queued_octets(ConnectionId id) const {
  const TcpConnection* c = impl_->find(id);
  return c == nullptr ? 0 : c->queued_octets();
}

void TcpListener::close(ConnectionId id) {
  const auto found = impl_->connections.find(static_cast<std::uint64_t>(id));
  if (found == impl_->connections.end()) return;
  const auto keep = found->second;
  impl_->forget(*keep);
}

void TcpListener::set_limits(const TcpLimits& limits) {
  impl_->limits = limits;
}
void TcpListener::stop_accepting() {
  impl_->acceptor.close();
}

void TcpListener::close_idle() {
  for (const auto& [id, c] : impl_->connections) c->drain();
}

std::size_t TcpListener::connections() const noexcept {
  return impl_->connections.size();
}
const Endpoint& TcpListener::endpoint() const noexcept {
  return impl_->at;
}
const TcpCounters& TcpListener::counters() const noexcept {
  return impl_->counters;
}
}  // namespace windlass::net
