#pragma once
/// Reach: whom we cannot reach: nobody at all (it is we who are cut off), or nobody of one address
/// family while the other answers, as with IPv6 that is configured and leads nowhere.
#include "cache/outage.hpp"
namespace windlass::cache {

enum class Unreached : std::uint8_t { nobody, ipv4, ipv6, all };

class Reach {
 public:
  /// Whose outage begins with this timeout.
  Unreached on_timeout(const Endpoint& server, std::int64_t mono_us, std::int64_t networks_least) {
    const bool offline = all_.offline();
    if (all_.on_timeout(server, mono_us, networks_least)) return forget_families(), Unreached::all;
    if (offline) return Unreached::nobody;
    Family& mine = of(server.address);
    const std::int64_t heard_us = other(server.address).heard_us.load(std::memory_order_relaxed);
    const bool other_answers = mono_us - heard_us < contrast_us;
    return mine.outage.on_timeout(server, mono_us, networks_least, other_answers)
               ? name_of(server.address)
               : Unreached::nobody;
  }

  /// Whose outage ends with this reply.
  Unreached on_reply(const Endpoint& server, std::int64_t mono_us, bool near) {
    Family& mine = of(server.address);
    if (mono_us - mine.heard_us.load(std::memory_order_relaxed) > least_apart_us)
      mine.heard_us.store(mono_us, std::memory_order_relaxed);
    if (all_.on_reply(server, near)) return forget_families(), Unreached::all;
    if (!mine.outage.on_reply(server, near)) return Unreached::nobody;
    mine.probe_interval_us.store(0, std::memory_order_relaxed);
    return name_of(server.address);
  }

  bool offline() const noexcept { return all_.offline(); }
  bool offline(std::uint8_t family) const noexcept {
    return families_[family == 6].outage.offline();
  }

  /// How many outages that concerned it have ended: what was held against servers of this family
  /// before is void.
  std::uint32_t ended(const IpAddress& address) const noexcept {
    return all_.ended() + families_[address.family == 6].outage.ended();
  }

  /// While a family is offline: true for one caller at least_us, then twice that, up to most_us
  /// after the one before: who asks one of its servers whether they are back.
  bool claim_probe(std::uint8_t family, std::int64_t mono_us, std::int64_t least_us,
                   std::int64_t most_us) {
    Family& mine = families_[family == 6];
    if (!mine.outage.offline()) return false;
    std::int64_t next_us = mine.probe_us.load(std::memory_order_relaxed);
    const std::int64_t interval_us = mine.probe_interval_us.load(std::memory_order_relaxed);
    if (interval_us > 0 && mono_us < next_us) return false;
    const std::int64_t wait_us = std::clamp(2 * interval_us, least_us, std::max(least_us, most_us));
    if (!mine.probe_us.compare_exchange_strong(next_us, mono_us + wait_us)) return false;
    mine.probe_interval_us.store(wait_us, std::memory_order_relaxed);
    return true;
  }

 private:
  /// A family is thought of for longer than the whole: servers of both are mostly asked over the
  /// one that answers.
  static constexpr std::int64_t window_us = 10'000'000, family_window_us = 600'000'000;
  static constexpr std::int64_t contrast_us = 10'000'000, least_apart_us = 100'000;

  struct Family {
    Outage outage{family_window_us};
    std::atomic<std::int64_t> heard_us{-contrast_us};  ///< the last reply, about
    std::atomic<std::int64_t> probe_us{0}, probe_interval_us{0};
  };

  static Unreached name_of(const IpAddress& address) noexcept {
    return address.family == 6 ? Unreached::ipv6 : Unreached::ipv4;
  }
  Family& of(const IpAddress& address) noexcept { return families_[address.family == 6]; }
  Family& other(const IpAddress& address) noexcept { return families_[address.family != 6]; }
  void forget_families() {
    for (Family& family : families_) (void)family.outage.on_reply({}, false);
  }

  Outage all_{window_us};
  std::array<Family, 2> families_;
};
}  // namespace windlass::cache
