#include "net/tcp_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace windlass::net {

TcpConnection::TcpConnection(Loop& loop, TcpConnectionOwner& owner)
    : loop_(loop), owner_(owner), stream_(loop, *this) {}

int TcpConnection::open(Fd connected) {
  if (const int error = stream_.open(std::move(connected), Stream::Kind::tcp); error != 0)
    return error;
  peer_.remote = remote_endpoint(stream_.descriptor(), &peer_.scope);
  peer_.local = local_endpoint(stream_.descriptor()).address;
  return 0;
}

void TcpConnection::start() {
  active_ms_ = now_ms();
  const int error = timer_.open(this, [this](auto* h) { return uv_timer_init(loop_.raw(), h); });
  if (error != 0) return;
  arm();
  stream_.read(true);
}

void TcpConnection::shut() {
  stream_.close();
  timer_.close();
}

// ---- in

bool TcpConnection::has_room() const {
  const TcpLimits& limits = owner_.current_limits();
  return owed_ < limits.pipeline && stream_.queued() <= limits.write_queue_octets;
}

void TcpConnection::on_octets(std::span<const std::uint8_t> octets) {
  const auto keep = shared_from_this();
  frames_.push(octets);
  pump();
}

void TcpConnection::pump() {
  for (std::size_t n = 0; n < frames_per_turn_max && has_room() && !draining_; ++n) {
    const auto frame = frames_.next();
    if (!frame) break;
    reading_since_ms_ = never;
    ++owed_;
    heard_ = true;
    touch();
    owner_.on_frame(*this, *frame);
    if (!open()) return;
  }
  after_pump();
}

void TcpConnection::after_pump() {
  frames_.release();
  const bool waiting = frames_.has_frame();
  if (waiting && has_room() && !draining_) mark_dirty();  // the rest is for the next turn
  const bool reading = !waiting && has_room() && !ended_ && !draining_;
  stream_.read(reading);
  // The clock of a message runs only while we are willing to read it.
  if (!reading || frames_.empty())
    reading_since_ms_ = never;
  else if (reading_since_ms_ == never)
    reading_since_ms_ = now_ms();
  arm();
}

void TcpConnection::on_ended(int error) {
  const auto keep = shared_from_this();
  if (error != 0) return finish(TcpEnd::gone);
  ended_ = true;
  reading_since_ms_ = never;
  if (idle()) finish(TcpEnd::gone);
}

// ---- out

bool TcpConnection::send(std::span<const std::uint8_t> octets, bool last) {
  if (octets.size() > FrameReader::frame_octets_max || overflowed_) return false;
  if (last) settle();
  mark_dirty();
  if (stream_.queued() > owner_.current_limits().write_queue_octets * overflow_factor)
    return overflowed_ = true, false;
  const std::array<std::uint8_t, 2> length{static_cast<std::uint8_t>(octets.size() >> 8),
                                           static_cast<std::uint8_t>(octets.size() & 0xFF)};
  stream_.queue(length);
  stream_.queue(octets);
  return true;
}

void TcpConnection::settle() {
  if (owed_ > 0) --owed_;
  touch();
  mark_dirty();
}

void TcpConnection::ask_room() {
  wants_room_ = true;
  touch();
  mark_dirty();
}

void TcpConnection::drain() {
  draining_ = true;
  mark_dirty();
}

void TcpConnection::on_written() {
  const auto keep = shared_from_this();
  writing_since_ms_ = never;
  mark_dirty();
}

void TcpConnection::turn_end() {
  dirty_ = false;
  if (overflowed_) return finish(TcpEnd::overflowed);
  if (stream_.flush() != 0) return finish(TcpEnd::gone);
  if (stream_.queued() == 0)
    writing_since_ms_ = never;
  else if (writing_since_ms_ == never)
    writing_since_ms_ = now_ms();
  const bool all_answered = owed_ == 0 && stream_.queued() == 0;
  const bool nothing_more = all_answered && (draining_ || (ended_ && !frames_.has_frame()));
  if (nothing_more) return finish(TcpEnd::gone);
  const std::size_t room =
      std::min(TcpListener::room_octets, owner_.current_limits().write_queue_octets);
  if (wants_room_ && stream_.queued() <= room) {
    wants_room_ = false;
    owner_.on_room(*this);
    if (!open()) return;
  }
  pump();
}

// ---- time

std::int64_t TcpConnection::now_ms() const {
  return static_cast<std::int64_t>(uv_now(loop_.raw()));
}

void TcpConnection::touch() {
  active_ms_ = now_ms();
  owner_.on_active(*this);
}

void TcpConnection::mark_dirty() {
  if (!std::exchange(dirty_, true)) owner_.on_dirty(*this);
}

void TcpConnection::set_idle_ms(std::int64_t ms) {
  idle_ms_ = ms;
  arm();
}

std::int64_t TcpConnection::deadline_ms() const {
  const TcpLimits& limits = owner_.current_limits();
  const std::int64_t idle_ms = idle_ms_ == never ? limits.idle_ms : idle_ms_;
  std::int64_t at = active_ms_ + (owed_ > 0 ? forgotten_ms : idle_ms);
  if (reading_since_ms_ != never) at = std::min(at, reading_since_ms_ + limits.message_ms);
  if (writing_since_ms_ != never) at = writing_since_ms_ + limits.message_ms;
  return at;
}

/// Starts the timer only when it would fire too late. When it fires too early it is started again:
/// so a busy connection does not touch it with every message.
void TcpConnection::arm() {
  if (!timer_) return;
  const std::int64_t at = deadline_ms();
  if (timer_at_ms_ != never && timer_at_ms_ <= at) return;
  timer_at_ms_ = at;
  uv_timer_start(
      timer_.get(), [](uv_timer_t* h) { static_cast<TcpConnection*>(h->data)->timer_fired(); },
      static_cast<std::uint64_t>(std::max<std::int64_t>(at - now_ms(), 0)), 0);
}

void TcpConnection::timer_fired() {
  const auto keep = shared_from_this();
  timer_at_ms_ = never;
  if (now_ms() < deadline_ms()) return arm();
  const bool slow = reading_since_ms_ != never || writing_since_ms_ != never;
  finish(slow ? TcpEnd::too_slow : TcpEnd::idle);
}
}  // namespace windlass::net
