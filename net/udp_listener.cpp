#include "net/udp_listener.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "net/socket.hpp"
#include "net/uv_handle.hpp"

namespace windlass::net {
namespace {
constexpr std::size_t batch = UdpListener::batch_max;
constexpr std::size_t slot_octets = UdpListener::datagram_octets_max;

/// 64 messages with their buffers, addresses and control data in place: filled anew, never
/// reallocated.
struct Arena {
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, 128> octets;
  };
  std::vector<std::uint8_t> octets = std::vector<std::uint8_t>(batch * slot_octets);
  std::array<SystemAddress, batch> addresses{};
  std::array<Control, batch> controls{};
  std::array<iovec, batch> pieces{};
  std::array<mmsghdr, batch> messages{};

  Arena() {
    for (std::size_t i = 0; i < batch; ++i) prepare(i, slot_octets);
  }
  std::uint8_t* slot(std::size_t i) { return octets.data() + i * slot_octets; }
  void prepare(std::size_t i, std::size_t length) {
    pieces[i] = {slot(i), length};
    messages[i] = {};
    msghdr& m = messages[i].msg_hdr;
    m.msg_name = &addresses[i].any;
    m.msg_namelen = sizeof(sockaddr_in6);
    m.msg_iov = &pieces[i];
    m.msg_iovlen = 1;
    m.msg_control = controls[i].octets.data();
    m.msg_controllen = sizeof(Control);
  }
};

template <class T>
T read_control(const cmsghdr* c) {
  T value{};
  std::memcpy(&value, CMSG_DATA(c), sizeof value);
  return value;
}

/// Adds one control message behind those that are there.
template <class T>
void write_control(msghdr& m, int level, int type, const T& value) {
  m.msg_controllen = CMSG_SPACE(sizeof value);
  cmsghdr* c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(c), &value, sizeof value);
}

/// The source address of an answer: the one that was asked.
void write_source(msghdr& m, const Peer& to) {
  if (to.local.family == 4) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, to.local.octets.data(), 4);
    return write_control(m, IPPROTO_IP, IP_PKTINFO, info);
  }
  in6_pktinfo info{};
  std::memcpy(&info.ipi6_addr, to.local.octets.data(), 16);
  info.ipi6_ifindex = to.scope;
  write_control(m, IPPROTO_IPV6, IPV6_PKTINFO, info);
}
}  // namespace

struct UdpListener::Impl : std::enable_shared_from_this<UdpListener::Impl> {
  Impl(Loop& l, UdpSink& s, Fd f) : loop(l), sink(s), fd(std::move(f)) {}
  std::optional<NetError> start();
  void readable();
  void deliver(std::size_t i);
  void read_controls(msghdr& m, Peer& peer);
  bool send(const Peer& to, std::span<const std::uint8_t> octets);
  void flush();
  void close();

  Loop& loop;
  UdpSink& sink;
  UdpListener* owner = nullptr;  ///< null: destroyed, perhaps by the callback that runs now
  Fd fd;
  Endpoint at;
  bool wildcard = false;
  UvHandle<uv_poll_t> poll;
  UvHandle<uv_prepare_t> turn_end;
  Arena in, out;
  std::size_t waiting = 0;       ///< answers in `out`
  std::uint32_t drops_seen = 0;  ///< the kernel's counter, which wraps
  UdpCounters counters;
};

std::optional<NetError> UdpListener::Impl::start() {
  at = local_endpoint(fd.get());
  wildcard = is_any(at.address);
  const bool v4 = at.address.family == 4;
  if (wildcard && !(v4 ? set_option(fd.get(), IPPROTO_IP, IP_PKTINFO, 1)
                       : set_option(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)))
    return cannot_listen(errno, at, SOCK_DGRAM);
  (void)set_option(fd.get(), SOL_SOCKET, SO_RXQ_OVFL, 1);
  (void)forbid_fragments(fd.get(), at.address.family);
  int error = poll.open(this, [this](auto* h) { return uv_poll_init(loop.raw(), h, fd.get()); });
  if (error == 0)
    error = turn_end.open(this, [this](auto* h) { return uv_prepare_init(loop.raw(), h); });
  if (error == 0)
    error = uv_poll_start(poll.get(), UV_READABLE,
                          [](uv_poll_t* h, int, int) { static_cast<Impl*>(h->data)->readable(); });
  if (error != 0) return cannot_listen(-error, at, SOCK_DGRAM);
  return std::nullopt;
}

void UdpListener::Impl::readable() {
  const auto self = shared_from_this();
  for (std::size_t i = 0; i < batch; ++i) in.prepare(i, slot_octets);
  const int got = ::recvmmsg(fd.get(), in.messages.data(), batch, MSG_DONTWAIT, nullptr);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) ++counters.receive_errors;
    return;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
    deliver(i);
    if (owner == nullptr) return;
  }
  sink.on_batch_end(*owner);
  if (owner != nullptr) flush();
}

void UdpListener::Impl::deliver(std::size_t i) {
  mmsghdr& message = in.messages[i];
  Peer peer;
  read_controls(message.msg_hdr, peer);
  if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) return void(++counters.oversized);
  ++counters.received;
  peer.remote = in.addresses[i].endpoint();
  if (!wildcard) peer.local = at.address;
  if (in.addresses[i].any.sa_family == AF_INET6) peer.scope = in.addresses[i].v6.sin6_scope_id;
  sink.on_datagram(*owner, peer, {in.slot(i), message.msg_len});
}

void UdpListener::Impl::read_controls(msghdr& m, Peer& peer) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      const auto drops = read_control<std::uint32_t>(c);
      counters.kernel_drops += static_cast<std::uint32_t>(drops - drops_seen);
      drops_seen = drops;
    } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      const auto info = read_control<in_pktinfo>(c);
      std::memcpy(peer.local.octets.data(), &info.ipi_spec_dst, 4);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      const auto info = read_control<in6_pktinfo>(c);
      peer.local.family = 6;
      std::memcpy(peer.local.octets.data(), &info.ipi6_addr, 16);
    }
  }
}

bool UdpListener::Impl::send(const Peer& to, std::span<const std::uint8_t> octets) {
  if (octets.size() > slot_octets) return false;
  if (waiting == batch) flush();
  const std::size_t i = waiting++;
  out.prepare(i, octets.size());
  if (!octets.empty()) std::memcpy(out.slot(i), octets.data(), octets.size());
  out.addresses[i] = SystemAddress(to.remote, to.scope);
  msghdr& m = out.messages[i].msg_hdr;
  m.msg_namelen = out.addresses[i].length;
  m.msg_controllen = 0;
  if (wildcard && !is_any(to.local)) write_source(m, to);
  if (i == 0)
    uv_prepare_start(turn_end.get(), [](uv_prepare_t* h) { static_cast<Impl*>(h->data)->flush(); });
  return true;
}

void UdpListener::Impl::flush() {
  std::size_t at_message = 0;
  while (at_message < waiting) {
    const int sent = ::sendmmsg(fd.get(), &out.messages[at_message],
                                static_cast<unsigned>(waiting - at_message), MSG_DONTWAIT);
    if (sent > 0) {
      counters.sent += static_cast<unsigned>(sent);
      at_message += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      counters.send_drops += waiting - at_message;
      break;
    } else if (errno != EINTR) {
      ++counters.send_errors;
      ++at_message;
    }
  }
  waiting = 0;
  uv_prepare_stop(turn_end.get());
}

void UdpListener::Impl::close() {
  owner = nullptr;
  poll.close();
  turn_end.close();
  fd.reset();
}

UdpListener::UdpListener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {
  impl_->owner = this;
}
UdpListener::~UdpListener() {
  flush();
  impl_->close();
}

NetResult<UdpListener::Owned> UdpListener::bind(Loop& loop, const Endpoint& at, UdpSink& sink,
                                                const UdpOptions& options) {
  auto fd = bind_socket(at, {SOCK_DGRAM, options.reuse_port, options.check_free});
  if (!fd) return fd.error();
  const auto buffer = [&](int name, int octets) {
    if (octets > 0) (void)set_option((*fd).get(), SOL_SOCKET, name, octets);
  };
  buffer(SO_RCVBUF, options.receive_buffer_octets);
  buffer(SO_SNDBUF, options.send_buffer_octets);
  return adopt(loop, (*fd).release(), sink);
}

NetResult<UdpListener::Owned> UdpListener::adopt(Loop& loop, int bound_fd, UdpSink& sink) {
  auto impl = std::make_shared<Impl>(loop, sink, Fd{bound_fd});
  if (auto error = impl->start()) return impl->close(), *std::move(error);
  return Owned{new UdpListener(std::move(impl))};
}

bool UdpListener::send(const Peer& to, std::span<const std::uint8_t> octets) {
  return impl_->send(to, octets);
}
void UdpListener::flush() {
  impl_->flush();
}
void UdpListener::stop_receiving() {
  impl_->poll.close();
}
const Endpoint& UdpListener::endpoint() const noexcept {
  return impl_->at;
}
const UdpCounters& UdpListener::counters() const noexcept {
  return impl_->counters;
}
}  // namespace windlass::net
