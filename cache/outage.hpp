#pragma once
/// Outage: notices that it is we who cannot reach anybody, or nobody of one address family.
///
/// Servers of many unrelated networks (IPv4 /16, IPv6 /32) that let us wait, one after the other
/// and within a window, while none answers for least_us, are not all dead. Any reply ends it.
/// Shared by all workers: a reply costs one relaxed load while nothing is amiss.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/address.hpp"
namespace windlass::cache {

class Outage {
 public:
  static constexpr std::int64_t least_us = 1'000'000;
  static constexpr std::size_t networks_max = 64;

  explicit Outage(std::int64_t window_us) : window_us_(window_us) {}

  /// True when this timeout begins an outage: so many networks are silent now, and it may.
  bool on_timeout(const Endpoint& server, std::int64_t mono_us, std::int64_t networks_least,
                  bool may_begin = true) {
    const std::lock_guard lock(mutex_);
    note(network_of(server.address), mono_us);
    if (offline_.load(std::memory_order_relaxed)) return false;
    suspected_.store(true, std::memory_order_relaxed);
    std::int64_t silent = 0, first_us = mono_us;
    for (std::size_t i = 0; i < count_; ++i) {
      if (mono_us - silent_[i].at_us >= window_us_) continue;
      ++silent;
      first_us = std::min(first_us, silent_[i].first_us);
    }
    if (!may_begin || silent < networks_least || mono_us - first_us < least_us) return false;
    offline_.store(true, std::memory_order_relaxed);
    return true;
  }

  /// True when this reply ends an outage. Of a server that is `near` it counts only when its own
  /// network was silent.
  bool on_reply(const Endpoint& server, bool near) {
    if (!suspected_.load(std::memory_order_relaxed)) return false;
    const std::lock_guard lock(mutex_);
    const auto end = silent_.begin() + static_cast<std::ptrdiff_t>(count_);
    const std::uint64_t network = network_of(server.address);
    if (near && std::none_of(silent_.begin(), end,
                             [&](const Silent& one) { return one.network == network; }))
      return false;
    count_ = 0;
    suspected_.store(false, std::memory_order_relaxed);
    if (!offline_.load(std::memory_order_relaxed)) return false;
    ended_.fetch_add(1, std::memory_order_relaxed);
    offline_.store(false, std::memory_order_relaxed);
    return true;
  }

  bool offline() const noexcept { return offline_.load(std::memory_order_relaxed); }
  /// How many have ended: what was held against servers before the last one is void.
  std::uint32_t ended() const noexcept { return ended_.load(std::memory_order_relaxed); }

 private:
  struct Silent {
    std::uint64_t network = 0;
    std::int64_t first_us = 0, at_us = 0;  ///< since the last reply of anybody
  };

  static std::uint64_t network_of(const IpAddress& address) noexcept {
    const std::size_t octets = address.family == 4 ? 2 : 4;
    std::uint64_t network = address.family;
    for (std::size_t i = 0; i < octets; ++i) network = network << 8 | address.octets[i];
    return network;
  }

  /// The oldest goes when there is no room.
  void note(std::uint64_t network, std::int64_t mono_us) {
    std::size_t oldest = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      if (silent_[i].network == network) return void(silent_[i].at_us = mono_us);
      if (silent_[i].at_us < silent_[oldest].at_us) oldest = i;
    }
    silent_[count_ < networks_max ? count_++ : oldest] = {network, mono_us, mono_us};
  }

  const std::int64_t window_us_;
  std::mutex mutex_;
  std::array<Silent, networks_max> silent_{};
  std::size_t count_ = 0;
  std::atomic<bool> suspected_{false}, offline_{false};
  std::atomic<std::uint32_t> ended_{0};
};
}  // namespace windlass::cache
