#include "test/bench/udp.hpp"

#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

namespace windlass::bench {
namespace {
constexpr int buffer_octets = 4 << 20;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool passing(int error) {
  return error == EAGAIN || error == EINTR || error == ENOBUFS || error == ECONNREFUSED;
}

sockaddr_in address_of(const std::string& address, std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) {
    errno = EINVAL;
    fail(address);
  }
  return at;
}
}  // namespace

UdpSocket::UdpSocket() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  if (fd_ < 0) fail("socket");
  for (const auto& [forced, plain] :
       {std::pair{SO_RCVBUFFORCE, SO_RCVBUF}, std::pair{SO_SNDBUFFORCE, SO_SNDBUF}})
    if (setsockopt(fd_, SOL_SOCKET, forced, &buffer_octets, sizeof buffer_octets) != 0)
      setsockopt(fd_, SOL_SOCKET, plain, &buffer_octets, sizeof buffer_octets);
}

UdpSocket::~UdpSocket() {
  close(fd_);
}

void UdpSocket::bind_to(const std::string& address, std::uint16_t port) const {
  const sockaddr_in at = address_of(address, port);
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) fail("bind " + address);
}

void UdpSocket::connect_to(const std::string& address, std::uint16_t port) const {
  const sockaddr_in at = address_of(address, port);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    fail("connect " + address);
}

void UdpSocket::wait_readable(int ms) const {
  pollfd waited{fd_, POLLIN, 0};
  if (poll(&waited, 1, ms) < 0 && errno != EINTR) fail("poll");
}

Batch::Batch() {
  for (unsigned i = 0; i < capacity; ++i) {
    vectors_[i] = {octets_[i].data(), datagram_octets};
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
}

unsigned Batch::receive(const UdpSocket& socket) {
  for (unsigned i = 0; i < capacity; ++i) {
    vectors_[i].iov_len = datagram_octets;
    headers_[i].msg_hdr.msg_name = to_peers_ ? &peers_[i] : nullptr;
    headers_[i].msg_hdr.msg_namelen = to_peers_ ? sizeof(sockaddr_in) : 0;
  }
  const int count = recvmmsg(socket.fd(), headers_.data(), capacity, MSG_DONTWAIT, nullptr);
  if (count < 0 && !passing(errno)) fail("recvmmsg");
  return count < 0 ? 0 : static_cast<unsigned>(count);
}

unsigned Batch::send(const UdpSocket& socket, unsigned count) {
  const int sent = sendmmsg(socket.fd(), headers_.data(), count, MSG_DONTWAIT);
  if (sent < 0 && !passing(errno)) fail("sendmmsg");
  return sent < 0 ? 0 : static_cast<unsigned>(sent);
}
}  // namespace windlass::bench
