#pragma once
/// Stream: one connected TCP or Unix socket, read in pieces, written through a queue. For net/
/// alone.
///
/// Callbacks are the last thing a Stream does in a libuv callback: the owner may destroy it there.
/// Nothing is called from inside flush() and queue().
#include <cstdint>
#include <span>
#include <vector>

#include "net/loop.hpp"
#include "net/socket.hpp"
#include "net/uv_handle.hpp"
namespace windlass::net {

class StreamOwner {
 public:
  virtual ~StreamOwner() = default;
  virtual void on_connected(int error) { (void)error; }  ///< an errno value; 0: it stands
  virtual void on_octets(std::span<const std::uint8_t> octets) = 0;
  virtual void on_ended(
      int error) = 0;  ///< 0: the peer ended its side; else an errno value, reading or writing
  virtual void
  on_written() = 0;  ///< a queued write went out, and what queued behind it was flushed
};

class Stream {
 public:
  Stream(Loop& loop, StreamOwner& owner) : loop_(loop), owner_(owner) {}
  ~Stream() { close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  enum class Kind : bool { tcp, local };
  int open(Fd connected, Kind kind);                         ///< an errno value or 0
  int connect(const Endpoint& to, const IpAddress* source);  ///< an errno value or 0
  int descriptor() const noexcept;
  void read(bool on);
  void queue(std::span<const std::uint8_t> octets) {
    waiting_.insert(waiting_.end(), octets.begin(), octets.end());
  }
  int flush();  ///< writes what the system takes; an errno value or 0
  std::size_t queued() const noexcept { return waiting_.size() + writing_octets_; }
  void close() noexcept { handle_.close(); }
  bool is_open() const noexcept { return static_cast<bool>(handle_); }

 private:
  union AnyStream {
    uv_handle_t handle;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  };
  struct WriteRequest;
  int make(Kind kind);
  void received(ssize_t got, const uv_buf_t* buffer);
  void written(int status);

  Loop& loop_;
  StreamOwner& owner_;
  UvHandle<AnyStream> handle_;
  std::vector<std::uint8_t> waiting_;  ///< not yet given to libuv
  std::size_t writing_octets_ = 0;     ///< given to libuv, not yet to the system
  bool connected_ = false, reading_ = false;
};
}  // namespace windlass::net
