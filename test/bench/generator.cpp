#include "test/bench/generator.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace windlass::bench {
namespace {
constexpr std::uint64_t ids = 65536;
constexpr unsigned window_max = 4096;

std::uint64_t ns(Clock::duration span) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(span).count());
}

Clock::duration span_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}
}  // namespace

Generator::Generator(const LoadOptions& options, std::vector<Octets> queries)
    : options_(options), queries_(std::move(queries)), slots_(ids) {
  if (options_.window == 0 || options_.window > window_max)
    throw std::runtime_error("window: 1 to 4096");
  socket_.connect_to(options_.address, options_.port);
}

LoadResult Generator::run() {
  start_ = Clock::now();
  end_ = start_ + span_of(options_.seconds);
  Clock::time_point now = start_;
  while (!done() && now < end_) {
    send(now);
    socket_.wait_readable(patience_ms(now));
    receive();
    now = Clock::now();
    give_up(now);
  }
  result_.lost += std::exchange(under_way_, 0);
  result_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  return result_;
}

bool Generator::done() const {
  return result_.sent >= options_.count && under_way_ == 0;
}

Clock::time_point Generator::due_time(std::uint64_t number, Clock::time_point now) const {
  return options_.rate > 0 ? start_ + span_of(static_cast<double>(number) / options_.rate) : now;
}

std::uint64_t Generator::allowed(Clock::time_point now) const {
  const std::uint64_t by_window =
      options_.window - std::min<std::uint64_t>(under_way_, options_.window);
  std::uint64_t free = std::min(by_window, options_.count - result_.sent);
  if (options_.rate > 0) {
    const double due = std::chrono::duration<double>(now - start_).count() * options_.rate;
    const auto due_count = static_cast<std::uint64_t>(due) + 1;
    free = std::min(free, due_count - std::min(due_count, result_.sent));
  }
  return free;
}

void Generator::send(Clock::time_point now) {
  for (std::uint64_t left = allowed(now); left > 0;) {
    const auto count = static_cast<unsigned>(std::min<std::uint64_t>(left, Batch::capacity));
    for (unsigned i = 0; i < count; ++i) {
      const std::uint64_t number = result_.sent + i;
      const Octets& query = queries_[number % queries_.size()];
      std::memcpy(out_.data(i), query.data(), query.size());
      out_.data(i)[0] = static_cast<std::uint8_t>(number >> 8 & 0xFF);
      out_.data(i)[1] = static_cast<std::uint8_t>(number & 0xFF);
      out_.resize(i, query.size());
    }
    const unsigned sent = out_.send(socket_, count);
    for (unsigned i = 0; i < sent; ++i)
      slots_[(result_.sent + i) % ids] = {due_time(result_.sent + i, now), true};
    result_.sent += sent;
    under_way_ += sent;
    left -= sent;
    if (sent < count) return;
  }
}

void Generator::receive() {
  for (unsigned count = Batch::capacity; count == Batch::capacity;) {
    count = in_.receive(socket_);
    const Clock::time_point now = Clock::now();
    for (unsigned i = 0; i < count; ++i) take(in_.data(i), in_.size(i), now);
  }
}

void Generator::take(const std::uint8_t* octets, std::size_t size, Clock::time_point now) {
  Slot* slot = size >= 12 && (octets[2] & 0x80)
                   ? &slots_[static_cast<std::size_t>(octets[0]) << 8 | octets[1]]
                   : nullptr;
  if (!slot || !slot->open) {
    ++result_.stray;
    return;
  }
  slot->open = false;
  --under_way_;
  ++result_.answered;
  ++result_.rcodes[octets[3] & 0x0F];
  result_.authentic += (octets[3] & 0x20) != 0;
  result_.truncated += (octets[2] & 0x02) != 0;
  result_.octets += size;
  result_.latency.add(ns(now - slot->due));
}

void Generator::give_up(Clock::time_point now) {
  const auto patience = std::chrono::milliseconds(options_.timeout_ms);
  for (; oldest_ < result_.sent; ++oldest_) {
    Slot& slot = slots_[oldest_ % ids];
    if (!slot.open) continue;
    // An ID is not used again while its query is open.
    if (now - slot.due < patience && result_.sent - oldest_ < ids - window_max) return;
    slot.open = false;
    --under_way_;
    ++result_.lost;
  }
}

int Generator::patience_ms(Clock::time_point now) const {
  if (options_.rate <= 0 || result_.sent >= options_.count || under_way_ >= options_.window)
    return 50;
  const auto until = due_time(result_.sent, now) - now;
  return static_cast<int>(std::clamp<std::int64_t>(
      std::chrono::floor<std::chrono::milliseconds>(until).count(), 0, 50));
}
}  // namespace windlass::bench
