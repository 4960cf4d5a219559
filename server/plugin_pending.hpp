#pragma once
/// PluginPending: the questions of one worker that a plugin said it answers later. On that worker's
/// thread alone.
///
///    ticket    bits 63-48  worker    47-0  running number of the question
///
/// A ticket is taken out once: by complete(), by its deadline (row plugin_pending_time), or because
/// its client has gone.
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/limits.hpp"
namespace windlass::server {

/// The worker that a ticket belongs to.
inline unsigned worker_of_ticket(std::uint64_t ticket) noexcept {
  return static_cast<unsigned>(ticket >> 48);
}

template <class Client>
class PluginPending {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  PluginPending(unsigned worker, const Limits& limits)
      : first_(std::uint64_t{worker} << 48),
        most_(static_cast<std::size_t>(limits[Limit::plugin_pending])),
        time_us_(limits[Limit::plugin_pending_time] * 1000) {}

  bool full() const noexcept { return open_.size() >= most_; }
  bool empty() const noexcept { return open_.empty(); }
  /// The ticket of the next question; never 0.
  std::uint64_t offer() noexcept {
    number_ = (number_ + 1) & 0xFFFF'FFFF'FFFFu;
    return first_ | (number_ += number_ == 0 ? 1 : 0);
  }
  /// The plugin said PENDING.
  void open(std::uint64_t ticket, Client client, std::int64_t mono_us) {
    open_.emplace(ticket, std::move(client));
    ends_.push_back({mono_us + time_us_, ticket});
  }
  /// nullopt: unknown, taken before, or too late.
  std::optional<Client> take(std::uint64_t ticket) {
    const auto found = open_.find(ticket);
    if (found == open_.end()) return std::nullopt;
    std::optional<Client> client(std::move(found->second));
    open_.erase(found);
    return client;
  }
  std::int64_t next_deadline_us() {
    while (!ends_.empty() && !open_.contains(ends_.front().ticket)) ends_.pop_front();
    return ends_.empty() ? never : ends_.front().at_us;
  }
  /// One whose time is over; nullopt: no more of them.
  std::optional<Client> expired(std::int64_t mono_us) {
    if (next_deadline_us() > mono_us || ends_.empty()) return std::nullopt;
    return take(ends_.front().ticket);
  }
  /// Forgets the questions of clients that have gone: those of which gone(client) is true.
  template <class Gone>
  void forget_if(Gone gone) {
    std::erase_if(open_, [&](auto& entry) { return gone(entry.second); });
  }

 private:
  struct End {
    std::int64_t at_us;
    std::uint64_t ticket;
  };
  std::uint64_t first_, number_ = 0;
  std::size_t most_;
  std::int64_t time_us_;
  std::unordered_map<std::uint64_t, Client> open_;
  std::deque<End> ends_;  ///< all lives are as long, so the first opened ends first
};
}  // namespace windlass::server
