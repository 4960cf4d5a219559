#pragma once
/// TcpListener: DNS-framed TCP from clients (RFC 1035 4.2.2, RFC 7766).
///
///    octet  0-1   length of the message, network order
///           2-    the message
///
/// Answers go out in any order. A connection is read no further while `pipeline` questions wait for
/// their answer or more than `write_queue_octets` of answers wait to be read. It is closed when it
///   - asked nothing for `idle_ms` (nothing waiting, nothing queued)
///   - took longer than `message_ms` for one whole message, in either direction
///   - ended its side, once all its answers are written
///   - is the longest idle one when a new connection meets a full table (RFC 7766 6.2.3); when none
///   of the
///     connections in question is idle the new one is closed instead.
#include <cstdint>
#include <memory>
#include <span>

#include "base/limits.hpp"
#include "net/connection_id.hpp"
#include "net/error.hpp"
#include "net/loop.hpp"
#include "net/peer.hpp"
namespace windlass::net {

class TcpListener;

/// What the owner does with frames. Calls may close connections and destroy the listener.
class TcpSink {
 public:
  virtual ~TcpSink() = default;
  /// `octets` (without the length prefix, perhaps empty) are valid during the call only. Each frame
  /// is owed one send(..., last) or one settle().
  virtual void on_frame(TcpListener& from, ConnectionId id, const Peer& peer,
                        std::span<const std::uint8_t> octets) = 0;
  /// Once for each connection that delivered a frame and ends by itself: not for close() and not
  /// when the listener is destroyed. Never called from inside a call to the listener.
  virtual void on_closed(TcpListener& from, ConnectionId id) { (void)from, (void)id; }
  /// What ask_room() asked for: at most `room_octets` of answers (and no more than the write
  /// queue's limit) wait to be read now. Once for each asking, never from inside a call to the
  /// listener.
  virtual void on_room(TcpListener& from, ConnectionId id) { (void)from, (void)id; }
};

struct TcpLimits {
  std::size_t clients = 0, clients_per_address = 0;
  std::int64_t idle_ms = 0, message_ms = 0;
  std::size_t pipeline = 0, write_queue_octets = 0;
  static TcpLimits from(const Limits& limits);
};

/// Counts connections of all listeners that share it, in all and by address. Thread-safe.
class TcpClients;
std::shared_ptr<TcpClients> make_tcp_clients();

struct TcpOptions {
  TcpLimits limits = TcpLimits::from(Limits{});
  std::shared_ptr<TcpClients>
      clients;  ///< shared by all workers so that limits hold for the process; null: own
  bool reuse_port = true;
  bool check_free = false;  ///< first refuse an address that another socket already serves
};

struct TcpCounters {
  std::uint64_t accepted = 0, received = 0, sent = 0;  ///< connections, frames, frames
  std::uint64_t refused = 0;  ///< connections closed at once: a limit on clients
  std::uint64_t evicted = 0;  ///< idle connections closed to make room
  std::uint64_t idle_closed = 0, message_timeouts = 0;
  std::uint64_t overflowed = 0;     ///< connections closed: far more answers than the client reads
  std::uint64_t accept_errors = 0;  ///< not those that libuv closes for want of a descriptor
};

class TcpListener {
 public:
  using Owned = std::unique_ptr<TcpListener>;
  static constexpr std::size_t room_octets = 65'536;
  enum class Answer : std::uint8_t {
    last,
    more
  };  ///< `more`: further frames answer the same question

  static NetResult<Owned> listen(Loop& loop, const Endpoint& at, TcpSink& sink,
                                 const TcpOptions& options = {});
  /// Takes over a bound TCP socket; it is closed on failure too.
  static NetResult<Owned> adopt(Loop& loop, int bound_fd, TcpSink& sink,
                                const TcpOptions& options = {});
  ~TcpListener();  ///< closes all connections
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  /// Frames and queues a message of at most 65,535 octets; written at once or before the loop
  /// waits. False: the connection is gone (or closed now for its overflowing queue), nothing sent.
  bool send(ConnectionId id, std::span<const std::uint8_t> octets, Answer answer = Answer::last);
  /// on_room() once few enough answers wait to be read; how a long answer is sent piece by piece.
  void ask_room(ConnectionId id);
  void settle(ConnectionId id);                             ///< one question gets no answer
  void set_idle_ms(ConnectionId id, std::int64_t idle_ms);  ///< edns-tcp-keepalive (RFC 7828)
  std::size_t queued_octets(ConnectionId id) const;         ///< unread answers
  void close(ConnectionId id);                              ///< at once, unread answers are lost
  void set_limits(const TcpLimits& limits);                 ///< reload; open connections stay
  void stop_accepting();
  void
  close_idle();  ///< draining: closes idle connections now, each other one after its last answer
  std::size_t connections() const noexcept;
  const Endpoint& endpoint() const noexcept;
  const TcpCounters& counters() const noexcept;

 private:
  struct Impl;
  explicit TcpListener(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};
}  // namespace windlass::net
