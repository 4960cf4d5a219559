#pragma once
/// StreamServer: a Unix or TCP socket that moves raw octets, for the control socket and the metrics
/// page.
///
/// Unix: a path where another process listens is refused; one left over by a dead process is
/// replaced; the file gets `mode` before anybody can connect, and is removed with the server.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/address.hpp"
#include "net/connection_id.hpp"
#include "net/error.hpp"
#include "net/loop.hpp"
namespace windlass::net {

class StreamServer;

/// What the owner does with its clients. Calls may close them and destroy the server.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual void on_opened(StreamServer& from, ConnectionId id) = 0;
  /// Octets as they come, in pieces of any size; valid during the call only.
  virtual void on_data(StreamServer& from, ConnectionId id,
                       std::span<const std::uint8_t> octets) = 0;
  /// The client ended its side; it may still read. Default: closed once all is written.
  virtual void on_end(StreamServer& from, ConnectionId id);
  /// Once for each opened client that ends by itself or by close_after_write(): not for close() and
  /// not when the server is destroyed. Never called from inside a call to the server.
  virtual void on_closed(StreamServer& from, ConnectionId id) = 0;
  /// All that was queued for this client is with the system now. Never called from inside a call to
  /// the server.
  virtual void on_drained(StreamServer& from, ConnectionId id) { (void)from, (void)id; }
};

struct StreamOptions {
  std::size_t clients = 32;  ///< a client above is closed at once (counted as refused)
  std::int64_t idle_ms = 0;  ///< closed after that long without an octet either way; 0: never
  std::size_t write_queue_octets = 64u << 20;  ///< a client that leaves more unread is closed
};

class StreamServer {
 public:
  using Owned = std::unique_ptr<StreamServer>;
  static constexpr std::int64_t closing_ms_max = 10'000;  ///< for reading what is left

  static NetResult<Owned> listen_unix(Loop& loop, const std::string& path, unsigned mode,
                                      StreamSink& sink, const StreamOptions& options = {});
  static NetResult<Owned> listen_tcp(Loop& loop, const Endpoint& at, StreamSink& sink,
                                     const StreamOptions& options = {});
  ~StreamServer();
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  bool write(ConnectionId id, std::string_view octets);  ///< queued; false: the client is gone
  void close_after_write(ConnectionId id);  ///< no more is read; closed when all is written
  void close(ConnectionId id);
  std::size_t queued_octets(ConnectionId id) const;
  /// The owner works on this client's behalf: its idle time begins anew.
  void touch(ConnectionId id);
  void stop_accepting();
  std::size_t clients() const noexcept;
  std::uint64_t refused() const noexcept;
  const Endpoint& endpoint() const noexcept;  ///< TCP only

 private:
  struct Impl;
  explicit StreamServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};
}  // namespace windlass::net
