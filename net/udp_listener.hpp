#pragma once
/// UdpListener: one bound UDP socket of one worker. Datagrams in batches in, answers in batches
/// out.
///
/// A turn: recvmmsg fills the receive arena (64 datagrams) -> on_datagram each -> on_batch_end ->
/// one sendmmsg. Answers given later than that are collected and sent by one sendmmsg before the
/// loop waits again. Nothing is allocated per packet. A full socket buffer drops answers (counted),
/// as the network may.
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "net/error.hpp"
#include "net/loop.hpp"
#include "net/peer.hpp"
namespace windlass::net {

class UdpListener;

/// What the owner does with datagrams. Calls may destroy the listener.
class UdpSink {
 public:
  virtual ~UdpSink() = default;
  /// `octets` and `peer` are valid during the call only.
  virtual void on_datagram(UdpListener& from, const Peer& peer,
                           std::span<const std::uint8_t> octets) = 0;
  virtual void on_batch_end(UdpListener& from) = 0;
};

struct UdpOptions {
  bool reuse_port = true;         ///< several workers share the address
  bool check_free = false;        ///< first refuse an address that another socket already serves
  int receive_buffer_octets = 0;  ///< SO_RCVBUF, 0: the system's
  int send_buffer_octets = 0;     ///< SO_SNDBUF, 0: the system's
};

/// Plain sums of one socket, read on the loop's thread.
struct UdpCounters {
  std::uint64_t received = 0, sent = 0;
  std::uint64_t oversized = 0;  ///< datagrams above datagram_octets_max, dropped unread
  std::uint64_t kernel_drops =
      0;  ///< datagrams the kernel dropped: receive buffer full (SO_RXQ_OVFL)
  std::uint64_t send_drops = 0;   ///< answers dropped: send buffer full
  std::uint64_t send_errors = 0;  ///< answers the system refused (unreachable, too long, firewall)
  std::uint64_t receive_errors = 0;
};

class UdpListener {
 public:
  static constexpr std::size_t batch_max = 64;
  static constexpr std::size_t datagram_octets_max = 4096;  ///< in and out
  using Owned = std::unique_ptr<UdpListener>;

  /// Binds a socket. Port 0: the system chooses (see endpoint()).
  static NetResult<Owned> bind(Loop& loop, const Endpoint& at, UdpSink& sink,
                               const UdpOptions& options = {});
  /// Takes over a bound UDP socket (socket activation); it is closed on failure too.
  static NetResult<Owned> adopt(Loop& loop, int bound_fd, UdpSink& sink);
  ~UdpListener();
  UdpListener(const UdpListener&) = delete;
  UdpListener& operator=(const UdpListener&) = delete;

  /// Copies the answer into the transmit arena. False, and nothing sent: longer than
  /// datagram_octets_max.
  bool send(const Peer& to, std::span<const std::uint8_t> octets);
  void flush();           ///< sends what send() has collected, now
  void stop_receiving();  ///< for draining: answers still go out
  const Endpoint& endpoint() const noexcept;
  const UdpCounters& counters() const noexcept;

 private:
  struct Impl;
  explicit UdpListener(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};
}  // namespace windlass::net
