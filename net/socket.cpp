#include "net/socket.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

namespace windlass::net {
namespace {
Fd bind_once(const Endpoint& at, int type, bool reuse_port) {
  Fd fd = make_socket(at.address, type);
  if (!fd) return fd;
  // For TCP: connections of an earlier process in TIME_WAIT do not hold the port. A listener does.
  const bool ready = (type != SOCK_STREAM || set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1)) &&
                     (!reuse_port || set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) &&
                     (at.address.family == 4 || set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1));
  const SystemAddress address(at);
  if (!ready || ::bind(fd.get(), &address.any, address.length) != 0) {
    const int error = errno;
    fd.reset();
    errno = error;
  }
  return fd;
}
}  // namespace

void Fd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

SystemAddress::SystemAddress(const Endpoint& e, std::uint32_t scope) : v6{} {
  if (e.address.family == 4) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(e.port);
    std::copy_n(e.address.octets.data(), 4, reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
    length = sizeof v4;
    return;
  }
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(e.port);
  v6.sin6_scope_id = scope;
  std::copy_n(e.address.octets.data(), 16, v6.sin6_addr.s6_addr);
}

Endpoint SystemAddress::endpoint() const {
  Endpoint e;
  e.port = ntohs(v4.sin_port);  // at the same place in both
  if (any.sa_family == AF_INET6) {
    e.address.family = 6;
    std::copy_n(v6.sin6_addr.s6_addr, 16, e.address.octets.data());
  } else {
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), 4, e.address.octets.data());
  }
  return e;
}

bool is_any(const IpAddress& address) noexcept {
  return std::all_of(address.octets.begin(), address.octets.end(), [](auto o) { return o == 0; });
}

bool set_option(int fd, int level, int name, int value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

Fd make_socket(const IpAddress& address, int type) {
  return Fd{
      ::socket(address.family == 4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
}

NetError cannot_listen(int system_error, const Endpoint& at, int type) {
  return net_error(system_error,
                   "cannot listen on " + at.to_text() + (type == SOCK_DGRAM ? " (udp)" : " (tcp)"));
}

NetResult<Fd> bind_socket(const Endpoint& at, const BindOptions& options) {
  if (options.check_free && at.port != 0 && !bind_once(at, options.type, false))
    return cannot_listen(errno, at, options.type);
  Fd fd = bind_once(at, options.type, options.reuse_port);
  if (!fd) return cannot_listen(errno, at, options.type);
  return fd;
}

Endpoint local_endpoint(int fd) {
  SystemAddress address;
  if (::getsockname(fd, &address.any, &address.length) != 0) return {};
  return address.endpoint();
}

Endpoint remote_endpoint(int fd, std::uint32_t* scope) {
  SystemAddress address;
  if (::getpeername(fd, &address.any, &address.length) != 0) return {};
  if (scope != nullptr && address.any.sa_family == AF_INET6) *scope = address.v6.sin6_scope_id;
  return address.endpoint();
}

bool forbid_fragments(int fd, int family) {
  if (family == 4) return set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  return set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
}
}  // namespace windlass::net
