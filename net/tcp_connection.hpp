#pragma once
/// TcpConnection: one client of a TcpListener. For net/ alone.
///
///   reading   pipeline and write queue have room, no whole frame lies in the buffer
///   paused    else; what was read already waits in the buffer (at most one read and one frame)
///   draining  no new frame is delivered; closed once nothing is owed and nothing queued
///
/// Work asked for by calls of the sink (writing, reading on, closing) is done at the end of the
/// turn, so that a call never calls back, and many answers leave in one write.
#include <list>
#include <memory>

#include "net/frame_reader.hpp"
#include "net/stream.hpp"
#include "net/tcp_clients.hpp"
#include "net/tcp_listener.hpp"
namespace windlass::net {

class TcpConnection;
enum class TcpEnd : std::uint8_t { gone, idle, too_slow, overflowed, evicted };

class TcpConnectionOwner {
 public:
  virtual ~TcpConnectionOwner() = default;
  virtual void on_frame(TcpConnection& c, std::span<const std::uint8_t> octets) = 0;
  virtual void on_active(TcpConnection& c) = 0;  ///< asked or answered: no longer the oldest
  virtual void on_dirty(TcpConnection& c) = 0;   ///< wants one turn_end()
  virtual void on_room(TcpConnection& c) = 0;    ///< what ask_room() asked for
  virtual void on_finished(TcpConnection& c, TcpEnd why) = 0;  ///< close it, tell the sink
  virtual const TcpLimits& current_limits() const = 0;
};

class TcpConnection final : public StreamOwner, public std::enable_shared_from_this<TcpConnection> {
 public:
  /// Time after which a question whose answer never came no longer holds a connection. Longer than
  /// any request_time.
  static constexpr std::int64_t forgotten_ms = 120'000;
  static constexpr std::size_t frames_per_turn_max = 100;
  /// Answers that were under way when reading stopped may fill the queue up to so many times its
  /// limit.
  static constexpr std::size_t overflow_factor = 8;

  TcpConnection(Loop& loop, TcpConnectionOwner& owner);
  int open(Fd connected);  ///< an errno value or 0; then peer() is known
  void start();
  void shut();  ///< closes; nothing is called any more

  bool send(std::span<const std::uint8_t> octets, bool last);
  void settle();
  void ask_room();
  void drain();
  void turn_end();
  void set_idle_ms(std::int64_t ms);

  ConnectionId id() const noexcept { return id_; }
  const Peer& peer() const noexcept { return peer_; }
  bool idle() const noexcept { return owed_ == 0 && stream_.queued() == 0 && !frames_.has_frame(); }
  bool heard() const noexcept { return heard_; }
  std::int64_t active_ms() const noexcept { return active_ms_; }
  std::size_t queued_octets() const noexcept { return stream_.queued(); }

  /// Kept by the owner: where it stands among the connections of its address, and among all.
  std::list<ConnectionId>::iterator place_in_address, place_in_all;

 private:
  static constexpr std::int64_t never = -1;

  void on_octets(std::span<const std::uint8_t> octets) override;
  void on_ended(int error) override;
  void on_written() override;

  void pump();
  bool has_room() const;
  bool open() const noexcept { return stream_.is_open(); }
  void after_pump();
  void touch();
  void mark_dirty();
  void arm();
  void timer_fired();
  std::int64_t deadline_ms() const;
  std::int64_t now_ms() const;
  void finish(TcpEnd why) { owner_.on_finished(*this, why); }

  Loop& loop_;
  TcpConnectionOwner& owner_;
  const ConnectionId id_ = next_connection_id();
  Peer peer_;
  Stream stream_;
  FrameReader frames_;
  UvHandle<uv_timer_t> timer_;
  std::size_t owed_ = 0;  ///< frames delivered, neither answered nor settled
  std::int64_t active_ms_ = 0, idle_ms_ = never, timer_at_ms_ = never;
  std::int64_t reading_since_ms_ = never;  ///< first octet of the frame that is coming in
  std::int64_t writing_since_ms_ = never;  ///< start of the write that is going out
  bool heard_ = false, ended_ = false, draining_ = false, dirty_ = false, overflowed_ = false;
  bool wants_room_ = false;
};
}  // namespace windlass::net
