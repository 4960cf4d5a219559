#include "control/reply_pipe.hpp"

#include <chrono>
#include <utility>

namespace windlass::control {

/// One call of wake for whatever waits; take() makes the next one due.
void ReplyPipe::woken(std::unique_lock<std::mutex> lock) {
  if (std::exchange(told_, true) || closed_) return;
  const auto wake = wake_;
  lock.unlock();
  if (wake) wake();
}

bool ReplyPipe::put(std::string_view lines) {
  std::unique_lock lock(guard_);
  room_.wait(lock, [this] { return closed_ || lines_.size() - taken_ < octets_most; });
  if (closed_) return false;
  lines_.append(lines);
  woken(std::move(lock));
  return true;
}

bool ReplyPipe::progress(std::string_view text) {
  std::unique_lock lock(guard_);
  if (closed_) return false;
  progress_ = text;
  woken(std::move(lock));
  return true;
}

bool ReplyPipe::open() {
  const std::lock_guard lock(guard_);
  return !closed_;
}

bool ReplyPipe::ended() {
  const std::lock_guard lock(guard_);
  return ended_;
}

bool ReplyPipe::wait_ms(std::int64_t ms) {
  std::unique_lock lock(guard_);
  return !room_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return closed_; });
}

void ReplyPipe::end(bool ok, std::string error) {
  std::unique_lock lock(guard_);
  ended_ = true;
  ok_ = ok;
  error_ = std::move(error);
  woken(std::move(lock));
}

ReplyPipe::Taken ReplyPipe::take(std::size_t octets_most_now) {
  const std::lock_guard lock(guard_);
  Taken out;
  told_ = false;
  const std::size_t left = lines_.size() - taken_;
  std::size_t octets = left;
  if (left > octets_most_now) {
    const auto end = lines_.find('\n', taken_ + octets_most_now);
    octets = (end == std::string::npos ? lines_.size() : end + 1) - taken_;
  }
  out.lines = lines_.substr(taken_, octets);
  taken_ += octets;
  if (taken_ == lines_.size()) lines_.clear(), taken_ = 0;
  if (taken_ > octets_most / 2) lines_.erase(0, std::exchange(taken_, 0));
  out.progress = std::exchange(progress_, {});
  out.ended = ended_ && lines_.empty();
  out.ok = ok_;
  if (out.ended) out.error = error_;
  room_.notify_all();
  return out;
}

void ReplyPipe::close() {
  const std::lock_guard lock(guard_);
  closed_ = true;
  lines_.clear();
  taken_ = 0;
  room_.notify_all();
}
}  // namespace windlass::control
