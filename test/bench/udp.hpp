#pragma once
#include <array>
#include <cstdint>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

namespace windlass::bench {
/// A UDP socket over IPv4 with large kernel buffers; closed by the destructor.
class UdpSocket {
 public:
  UdpSocket();
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  int fd() const { return fd_; }
  /// std::system_error when it does not succeed.
  void bind_to(const std::string& address, std::uint16_t port) const;
  void connect_to(const std::string& address, std::uint16_t port) const;
  /// Waits until something can be read, at most `ms`.
  void wait_readable(int ms) const;

 private:
  int fd_;
};

/// Room for what one recvmmsg or sendmmsg moves: 64 datagrams of up to 1500 octets. The headers
/// point into the object.
class Batch {
 public:
  static constexpr unsigned capacity = 64;
  static constexpr std::size_t datagram_octets = 1500;

  Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// Datagrams read without waiting; 0 when there are none.
  unsigned receive(const UdpSocket& socket);
  /// Sends the first `count`; returns how many the kernel took (0: its buffer is full). Each needs
  /// resize() before.
  unsigned send(const UdpSocket& socket, unsigned count);

  std::uint8_t* data(unsigned i) { return octets_[i].data(); }
  std::size_t size(unsigned i) const { return headers_[i].msg_len; }
  void resize(unsigned i, std::size_t octets) { vectors_[i].iov_len = octets; }
  /// Whether sends go to the peer of the datagram received in the same place, or to the connected
  /// one.
  void answer_peers() { to_peers_ = true; }

 private:
  std::array<std::array<std::uint8_t, datagram_octets>, capacity> octets_{};
  std::array<iovec, capacity> vectors_{};
  std::array<sockaddr_in, capacity> peers_{};
  std::array<mmsghdr, capacity> headers_{};
  bool to_peers_ = false;
};
}  // namespace windlass::bench
