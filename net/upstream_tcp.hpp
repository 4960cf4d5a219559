#pragma once
/// UpstreamTcp: questions to servers over TCP, 2-octet framing (RFC 7766).
///
///   ask --> idle connection to that server? --yes--> written there
///           else fewer than per_server open? --yes--> new connection, written once it stands
///           else waits for the next free one (at most waiting_max asks a server)
///   done(id)    the connection becomes idle: kept for idle_ms, reused by the next ask
///   cancel(id)  the connection is closed
///
/// One ask at a time has a connection. A reused connection that turns out closed before any octet
/// of a reply came is replaced once, unseen by the caller. There is no deadline here: the caller
/// cancels (limit upstream_tcp_time).
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "base/limits.hpp"
#include "net/ask_id.hpp"
#include "net/error.hpp"
#include "net/loop.hpp"
namespace windlass::net {

/// What the owner does with what comes back. Calls may ask, finish, cancel, and destroy the
/// UpstreamTcp.
class UpstreamTcpSink {
 public:
  virtual ~UpstreamTcpSink() = default;
  /// One frame (without its length). More may follow until done() or cancel(). Valid during the
  /// call only.
  virtual void on_frame(AskId id, std::span<const std::uint8_t> octets, std::int64_t mono_us) = 0;
  /// The ask failed and is forgotten: an errno value (ECONNREFUSED, ECONNRESET, ...); EPIPE: the
  /// server ended the connection.
  virtual void on_error(AskId id, int system_error) = 0;
};

struct UpstreamTcpLimits {
  std::int64_t idle_ms = 0;  ///< 0: connections are not kept
  std::size_t per_server = 0;
  static UpstreamTcpLimits from(const Limits& limits);
};

struct UpstreamTcpOptions {
  UpstreamTcpLimits limits = UpstreamTcpLimits::from(Limits{});
  std::vector<IpAddress> sources;  ///< the first of the server's family is used; none: any
};

struct UpstreamTcpCounters {
  std::uint64_t connects = 0, reuses = 0, retries = 0, errors = 0;
  std::uint64_t sent = 0, received = 0;  ///< frames
};

class UpstreamTcp {
 public:
  static constexpr std::size_t waiting_max = 100;  ///< asks waiting for a connection to one server
  static constexpr std::size_t idle_max =
      256;  ///< idle connections to all servers; beyond, the oldest is closed

  UpstreamTcp(Loop& loop, UpstreamTcpSink& sink, UpstreamTcpOptions options = {});
  ~UpstreamTcp();
  UpstreamTcp(const UpstreamTcp&) = delete;
  UpstreamTcp& operator=(const UpstreamTcp&) = delete;

  /// Copies `octets` (at most 65,535). On an error nothing is open under `id`. No callback is
  /// called from here.
  NetStatus ask(AskId id, const Endpoint& server, std::span<const std::uint8_t> octets);
  void done(AskId id);    ///< answered; unknown ids are ignored
  void cancel(AskId id);  ///< given up; unknown ids are ignored
  void close_idle();
  void set_limits(const UpstreamTcpLimits& limits);  ///< reload; open connections stay
  std::size_t open() const noexcept;                 ///< connections, idle ones included
  std::size_t idle() const noexcept;
  const UpstreamTcpCounters& counters() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};
}  // namespace windlass::net
