// AnchorZone: the steps of RFC 5011 4 and the times of 2.3.
#include "validator/anchor_zone.hpp"

#include <algorithm>
#include <array>

#include "dns/rdata.hpp"
#include "validator/anchor_match.hpp"

namespace windlass::validator {
namespace {
constexpr std::array<std::string_view, 5> state_words{"addpend", "valid", "missing", "revoked",
                                                      "removed"};
constexpr std::int64_t one_day_s = 86'400;

bool is_revoked(dns::Octets dnskey) {
  const auto view = dns::DnskeyView::parse(dnskey);
  return view && view->revoked();
}

AnchorKey as_anchor(const SeenKey& seen) {
  AnchorKey key;
  key.rdata = without_revoke(seen.rdata);
  key.key_tag = dns::key_tag(key.rdata);
  key.algorithm = key.rdata[3];
  return key;
}

/// One sighting's work on one zone.
class Observation {
 public:
  Observation(AnchorZone& zone, const Sighting& seen, std::int64_t wall_s, const Limits& limits)
      : zone_(zone), seen_(seen), wall_s_(wall_s), limits_(limits) {}

  Observed run() {
    mend_times();
    take_revocations();
    result_.vouched = std::ranges::any_of(seen_.keys, [&](const SeenKey& key) {
      const FollowedKey* known = find(key);
      return key.signs && !is_revoked(key.rdata) && known && known->trusted();
    });
    if (!result_.vouched) return std::move(result_);
    zone_.checked_wall_s = wall_s_;
    become_keys();
    for (FollowedKey& key : zone_.keys) step(key);
    forget_unknown();
    for (const SeenKey& key : seen_.keys) meet(key);
    return std::move(result_);
  }

 private:
  /// A time to come was written under a clock that was wrong: what it began begins now.
  void mend_times() {
    for (FollowedKey& key : zone_.keys) {
      key.since_wall_s = std::min(key.since_wall_s, wall_s_);
      key.seen_wall_s = std::min(key.seen_wall_s, wall_s_);
    }
  }

  FollowedKey* find(const SeenKey& seen) {
    const auto known = std::ranges::find_if(
        zone_.keys, [&](const FollowedKey& key) { return means(zone_.zone, key.key, seen.rdata); });
    return known == zone_.keys.end() ? nullptr : &*known;
  }

  void move(FollowedKey& key, KeyState to) {
    result_.changes.push_back({zone_.zone, key.key, key.state, to});
    key.state = to;
    key.since_wall_s = wall_s_;
    key.seen_wall_s = to == KeyState::revoked ? wall_s_ : 0;
    key.ttl_s = 0;
  }

  /// RFC 5011 2.1: the REVOKE bit, in an RRset that this very key has signed. Two DS may mean it.
  void take_revocations() {
    for (const SeenKey& seen : seen_.keys) {
      if (!seen.signs || !is_revoked(seen.rdata)) continue;
      for (FollowedKey& key : zone_.keys) {
        const bool may_be = key.trusted() || key.state == KeyState::addpend;
        if (!may_be || !means(zone_.zone, key.key, seen.rdata)) continue;
        key.key = as_anchor(seen);
        move(key, KeyState::revoked);
      }
    }
    drop_doubles();
  }

  void become_keys() {
    for (FollowedKey& key : zone_.keys) {
      if (!key.key.is_ds) continue;
      const auto seen = std::ranges::find_if(
          seen_.keys, [&](const SeenKey& one) { return means(zone_.zone, key.key, one.rdata); });
      if (seen != seen_.keys.end()) key.key = as_anchor(*seen);
    }
    drop_doubles();
  }

  /// Two DS of one key have become the same key; what was revoked stays so.
  void drop_doubles() {
    auto& keys = zone_.keys;
    for (std::size_t at = 0; at < keys.size(); ++at) {
      for (std::size_t other = keys.size() - 1; other > at; --other) {
        if (!(keys[other].key == keys[at].key)) continue;
        if (!keys[other].trusted()) std::swap(keys[at], keys[other]);
        keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(other));
      }
    }
  }

  bool present(const FollowedKey& key, bool in_any_form) const {
    return std::ranges::any_of(seen_.keys, [&](const SeenKey& seen) {
      return means(zone_.zone, key.key, seen.rdata) && (in_any_form || !is_revoked(seen.rdata));
    });
  }

  /// One row of the table of RFC 5011 4.
  void step(FollowedKey& key) {
    const std::int64_t hold_down_s = limits_[Limit::anchor_hold_down];
    switch (key.state) {
      case KeyState::addpend: {
        const std::int64_t held_s = std::max<std::int64_t>(hold_down_s, key.ttl_s);
        if (present(key, false) && wall_s_ - key.since_wall_s >= held_s) move(key, KeyState::valid);
        return;
      }
      case KeyState::valid:
        if (!present(key, false)) move(key, KeyState::missing);
        return;
      case KeyState::missing:
        if (present(key, false)) move(key, KeyState::valid);
        return;
      case KeyState::revoked:
        if (present(key, true))
          key.seen_wall_s = wall_s_;
        else if (wall_s_ - key.seen_wall_s >= hold_down_s)
          move(key, KeyState::removed);
        return;
      case KeyState::removed:
        return;
    }
  }

  /// A pending key that the zone no longer has was never there.
  void forget_unknown() {
    std::erase_if(zone_.keys, [&](const FollowedKey& key) {
      if (key.state != KeyState::addpend || present(key, false)) return false;
      result_.changes.push_back({zone_.zone, key.key, key.state, std::nullopt});
      return true;
    });
  }

  void meet(const SeenKey& seen) {
    if (!seen.usable || is_revoked(seen.rdata) || find(seen)) return;
    if (!make_room()) {
      ++result_.left_out;
      return;
    }
    FollowedKey key{as_anchor(seen), KeyState::addpend, wall_s_, 0, seen_.original_ttl_s};
    result_.changes.push_back({zone_.zone, key.key, std::nullopt, key.state});
    zone_.keys.push_back(std::move(key));
  }

  /// The key removed longest ago makes room; others are never given up for a new one.
  bool make_room() {
    auto& keys = zone_.keys;
    if (keys.size() < static_cast<std::size_t>(limits_[Limit::anchor_keys])) return true;
    auto oldest = keys.end();
    for (auto key = keys.begin(); key != keys.end(); ++key) {
      if (key->state != KeyState::removed) continue;
      if (oldest == keys.end() || key->since_wall_s < oldest->since_wall_s) oldest = key;
    }
    if (oldest == keys.end()) return false;
    keys.erase(oldest);
    return true;
  }

  AnchorZone& zone_;
  const Sighting& seen_;
  std::int64_t wall_s_;
  const Limits& limits_;
  Observed result_;
};
}  // namespace

std::string_view name_of(KeyState state) {
  return state_words[static_cast<std::size_t>(state)];
}

std::optional<KeyState> parse_key_state(std::string_view word) {
  const auto found = std::ranges::find(state_words, word);
  if (found == state_words.end()) return std::nullopt;
  return static_cast<KeyState>(found - state_words.begin());
}

bool AnchorZone::trusted() const noexcept {
  return std::ranges::any_of(keys, &FollowedKey::trusted);
}

Anchor AnchorZone::anchor() const {
  Anchor anchor{zone, {}};
  for (const FollowedKey& key : keys)
    if (key.trusted()) anchor.keys.push_back(key.key);
  return anchor;
}

Observed observe(AnchorZone& zone, const Sighting& seen, std::int64_t wall_s,
                 const Limits& limits) {
  return Observation(zone, seen, wall_s, limits).run();
}

std::int64_t refresh_interval_s(std::uint32_t ttl_most_s, const Limits& limits) {
  const std::int64_t wanted = std::min<std::int64_t>(15 * one_day_s, ttl_most_s / 2);
  return std::max(limits[Limit::anchor_refresh_min], wanted);
}

std::int64_t retry_interval_s(std::uint32_t ttl_most_s, const Limits& limits) {
  const std::int64_t wanted = std::min<std::int64_t>(one_day_s, ttl_most_s / 10);
  return std::max(limits[Limit::anchor_refresh_min], wanted);
}

std::int64_t jittered_s(std::int64_t interval_s, const Limits& limits, Rng& rng) {
  const auto least = limits[Limit::anchor_refresh_min];
  const auto less = rng.below(static_cast<std::uint32_t>(interval_s / 10 + 1));
  return std::max(least, interval_s - static_cast<std::int64_t>(less));
}
}  // namespace windlass::validator
