#pragma once
/// UpstreamUdp: questions to servers over UDP, each from a socket of its own.
///
/// One ask = one fresh nonblocking socket, bound to a random port of 1024-65535, connected (so that
/// only the server's address and port reach it), DF set (no fragment is accepted as ours: RFC
/// 9715). What arrives is delivered unread; the caller judges it and the socket stays open until
/// cancel(), which closes it at once.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "base/rng.hpp"
#include "net/ask_id.hpp"
#include "net/error.hpp"
#include "net/loop.hpp"
namespace windlass::net {

/// What the owner does with what comes back. Calls may ask, cancel, and destroy the UpstreamUdp.
class UpstreamUdpSink {
 public:
  virtual ~UpstreamUdpSink() = default;
  /// `octets` are valid during the call only; `mono_us`: Clock's mono time when it was read.
  virtual void on_datagram(AskId id, std::span<const std::uint8_t> octets,
                           std::int64_t mono_us) = 0;
  /// The network says no (ECONNREFUSED, EHOSTUNREACH ...: an errno value). ICMP can be forged: the
  /// socket stays open.
  virtual void on_error(AskId id, int system_error) = 0;
};

struct UpstreamUdpOptions {
  std::vector<IpAddress>
      sources;  ///< one is chosen at random among those of the server's family; none: any
  std::uint16_t port_low = 1024, port_high = 65535;
  std::size_t sockets_max = 8192;  ///< asks open at once
};

struct UpstreamUdpCounters {
  std::uint64_t sent = 0, received = 0, errors = 0;
  std::uint64_t port_retries = 0;  ///< random ports that were taken
};

class UpstreamUdp {
 public:
  static constexpr int port_tries_max = 16;
  static constexpr int datagrams_per_turn_max = 8;  ///< of one socket

  /// `rng` and `sink` outlive this object. The Rng is a CSPRNG.
  UpstreamUdp(Loop& loop, Rng& rng, UpstreamUdpSink& sink, UpstreamUdpOptions options = {});
  ~UpstreamUdp();
  UpstreamUdp(const UpstreamUdp&) = delete;
  UpstreamUdp& operator=(const UpstreamUdp&) = delete;

  /// Sends `octets` now. On an error nothing is open under `id`. An id in use is refused (EEXIST).
  /// No callback is called from here.
  NetStatus ask(AskId id, const Endpoint& server, std::span<const std::uint8_t> octets);
  void cancel(AskId id);  ///< closes the socket; unknown ids are ignored
  std::size_t open() const noexcept;
  const UpstreamUdpCounters& counters() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};
}  // namespace windlass::net
