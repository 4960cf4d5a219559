#include "net/upstream_udp.hpp"

#include <array>
#include <cerrno>
#include <unordered_map>

#include <sys/epoll.h>

#include "net/socket.hpp"
#include "net/uv_handle.hpp"

namespace windlass::net {

/// All sockets hang on one epoll descriptor, and only that one on the loop: an ask then costs one
/// epoll_ctl and no libuv handle, and close() takes the socket off by itself.
struct UpstreamUdp::Impl : std::enable_shared_from_this<UpstreamUdp::Impl> {
  static constexpr int events_per_turn_max = 64;

  Impl(Loop& l, Rng& r, UpstreamUdpSink& s, UpstreamUdpOptions o);
  Result<Fd, int> open_socket(const Endpoint& server);
  Result<Fd, int> bind_random(const IpAddress& source);
  IpAddress pick_source(std::uint8_t family);
  int watch(int fd, AskId id);
  void readable();
  void read_socket(AskId id);
  void close();

  Loop& loop;
  Rng& rng;
  UpstreamUdpSink& sink;
  UpstreamUdpOptions options;
  Fd epoll;
  UvHandle<uv_poll_t> poll;
  std::unordered_map<std::uint64_t, Fd> sockets;  ///< by AskId
  UpstreamUdpCounters counters;
};

UpstreamUdp::Impl::Impl(Loop& l, Rng& r, UpstreamUdpSink& s, UpstreamUdpOptions o)
    : loop(l), rng(r), sink(s), options(std::move(o)), epoll(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll) return;  // each ask then fails with EBADF
  const int error =
      poll.open(this, [this](auto* h) { return uv_poll_init(loop.raw(), h, epoll.get()); });
  if (error != 0) return;
  uv_poll_start(poll.get(), UV_READABLE,
                [](uv_poll_t* h, int, int) { static_cast<Impl*>(h->data)->readable(); });
}

IpAddress UpstreamUdp::Impl::pick_source(std::uint8_t family) {
  std::uint32_t fitting = 0;
  for (const auto& source : options.sources) fitting += source.family == family ? 1u : 0u;
  IpAddress any;
  any.family = family;
  if (fitting == 0) return any;
  std::uint32_t chosen = rng.below(fitting);
  for (const auto& source : options.sources)
    if (source.family == family && chosen-- == 0) return source;
  return any;
}

Result<Fd, int> UpstreamUdp::Impl::bind_random(const IpAddress& source) {
  Fd fd = make_socket(source, SOCK_DGRAM);
  if (!fd) return errno;
  if (!forbid_fragments(fd.get(), source.family)) return errno;
  const std::uint32_t ports = 1u + options.port_high - options.port_low;
  int error = EADDRINUSE;
  for (int tried = 0; tried < port_tries_max && error == EADDRINUSE; ++tried) {
    const auto port = static_cast<std::uint16_t>(options.port_low + rng.below(ports));
    const SystemAddress local({source, port});
    error = ::bind(fd.get(), &local.any, local.length) == 0 ? 0 : errno;
    if (error == EADDRINUSE) ++counters.port_retries;
  }
  if (error != 0) return error;
  return fd;
}

Result<Fd, int> UpstreamUdp::Impl::open_socket(const Endpoint& server) {
  auto fd = bind_random(pick_source(server.address.family));
  if (!fd) return fd;
  const SystemAddress remote(server);
  if (::connect((*fd).get(), &remote.any, remote.length) != 0) return errno;
  return fd;
}

int UpstreamUdp::Impl::watch(int fd, AskId id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(id);
  return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void UpstreamUdp::Impl::readable() {
  const auto self = shared_from_this();
  std::array<epoll_event, events_per_turn_max> events{};
  const int got = ::epoll_wait(epoll.get(), events.data(), events_per_turn_max, 0);
  for (int i = 0; i < got && poll; ++i)
    read_socket(AskId{events[static_cast<std::size_t>(i)].data.u64});
}

void UpstreamUdp::Impl::read_socket(AskId id) {
  const auto octets = loop.scratch();
  for (int n = 0; n < datagrams_per_turn_max; ++n) {
    const auto socket = sockets.find(static_cast<std::uint64_t>(id));
    if (socket == sockets.end()) return;  // cancelled by what it was told
    const auto got = ::recv(socket->second.get(), octets.data(), octets.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) {
      ++counters.errors;
      return sink.on_error(id, errno);
    }
    ++counters.received;
    sink.on_datagram(id, octets.first(static_cast<std::size_t>(got)), loop.clock().now().mono_us);
  }
}

void UpstreamUdp::Impl::close() {
  poll.close();
  sockets.clear();
  epoll.reset();
}

UpstreamUdp::UpstreamUdp(Loop& loop, Rng& rng, UpstreamUdpSink& sink, UpstreamUdpOptions options)
    : impl_(std::make_shared<Impl>(loop, rng, sink, std::move(options))) {}
UpstreamUdp::~UpstreamUdp() {
  impl_->close();
}

NetStatus UpstreamUdp::ask(AskId id, const Endpoint& server, std::span<const std::uint8_t> octets) {
  Impl& i = *impl_;
  const auto key = static_cast<std::uint64_t>(id);
  const auto fail = [&](int error) {
    return net_error(error, "cannot ask " + server.to_text() + " (udp)");
  };
  if (i.sockets.contains(key)) return fail(EEXIST);
  if (i.sockets.size() >= i.options.sockets_max) return fail(EMFILE);
  auto fd = i.open_socket(server);
  if (!fd) return fail(fd.error());
  if (const int error = i.watch((*fd).get(), id); error != 0) return fail(error);
  if (::send((*fd).get(), octets.data(), octets.size(), MSG_DONTWAIT) < 0) return fail(errno);
  ++i.counters.sent;
  i.sockets.emplace(key, *std::move(fd));
  return Done{};
}

void UpstreamUdp::cancel(AskId id) {
  impl_->sockets.erase(static_cast<std::uint64_t>(id));
}
std::size_t UpstreamUdp::open() const noexcept {
  return impl_->sockets.size();
}
const UpstreamUdpCounters& UpstreamUdp::counters() const noexcept {
  return impl_->counters;
}
}  // namespace windlass::net
