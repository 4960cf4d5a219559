#include "cache/server_table.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include "cache/reach.hpp"
#include "cache/sharded_map.hpp"

namespace windlass::cache {
namespace {
constexpr std::int64_t second_us = 1'000'000, rtt_us_max = 60 * second_us;
constexpr std::int64_t unable_us = 600 * second_us, lame_us = 60 * second_us;

struct Lame {
  dns::Name zone;
  std::int64_t until_us;
};

struct Server {
  Endpoint endpoint;
  bool measured = false;  ///< srtt and rttvar hold something
  std::uint32_t timeouts_in_row = 0;
  std::int64_t srtt_us = 0, rttvar_us = 0;
  std::int64_t probe_us = 0, probe_interval_us = 0;  ///< interval 0: not dead
  std::int64_t counted_us = 0;                       ///< when timeouts_in_row grew last
  std::uint32_t silent_flights = 0;  ///< in a row: timeouts of questions asked together are one
  std::int64_t silent_since_us = 0;  ///< the first of them
  std::int64_t no_edns_until_us = 0, no_case_until_us = 0;
  std::int64_t no_cookies_until_us = 0;
  ServerCookie cookie;
  std::uint32_t outages = 0;  ///< that had ended when it last let us wait (Reach::ended)
  std::vector<Lame> lame;
};

struct ServerKey {
  std::uint64_t hash;
  const Endpoint& endpoint;
};

struct ServerPolicy {
  using Key = ServerKey;
  using Value = Server;
  static constexpr unsigned kinds = 1;
  static bool matches(const Server& s, const Key& key) noexcept {
    return s.endpoint == key.endpoint;
  }
  static std::size_t octets(const Server& s) noexcept {
    return s.lame.empty() ? 0 : s.lame.capacity() * sizeof(Lame) + allocation_octets;
  }
  static unsigned kind(const Server&) noexcept { return 0; }
};

/// RFC 6298 2: the first sample sets both, later ones are smoothed by 1/8 and 1/4.
void add_sample(Server& s, std::int64_t rtt_us) {
  rtt_us = std::clamp<std::int64_t>(rtt_us, 1, rtt_us_max);
  if (!s.measured) {
    s.measured = true, s.srtt_us = rtt_us, s.rttvar_us = rtt_us / 2;
    return;
  }
  s.rttvar_us += (std::abs(s.srtt_us - rtt_us) - s.rttvar_us) / 4;
  s.srtt_us += (rtt_us - s.srtt_us) / 8;
}

/// Doubled `backoffs` times.
std::int64_t timeout_of(const Server& s, const Limits& limits, std::uint32_t backoffs) {
  const std::int64_t least_us = limits[Limit::timeout_min] * 1000;
  const std::int64_t most_us = std::max(limits[Limit::timeout_max] * 1000, least_us);
  std::int64_t timeout_us =
      s.measured ? s.srtt_us + 4 * s.rttvar_us : limits[Limit::first_timeout] * 1000;
  timeout_us = std::clamp(timeout_us, least_us, most_us);
  for (std::uint32_t i = 0; i < backoffs && timeout_us < most_us; ++i) timeout_us *= 2;
  return std::min(timeout_us, most_us);
}

void answered(Server& s) {
  s.timeouts_in_row = s.silent_flights = 0;
  s.probe_us = s.probe_interval_us = 0;
}

/// What let us wait before the end of the last outage may have been as alive as any.
void forgive(Server& s, std::uint32_t outages) {
  if (s.outages == outages) return;
  s.outages = outages;
  answered(s);
}

/// Not for a while of bad luck only: on a line that loses half of all, eight in a row are no rare
/// thing among thousands.
bool is_long_dead(const Server& s, std::int64_t mono_us, const Limits& limits) {
  const std::int64_t long_us = limits[Limit::server_probe_max] * second_us / 2;
  return s.probe_interval_us > 0 && s.silent_flights >= 2 * limits[Limit::server_dead_after] &&
         mono_us - s.silent_since_us >= long_us;
}

ServerView view_of(const Server& s, std::int64_t mono_us, const Limits& limits) {
  ServerView view;
  view.known = s.measured || s.timeouts_in_row > 0;
  view.srtt_us = s.srtt_us, view.rttvar_us = s.rttvar_us;
  view.timeouts_in_row = s.timeouts_in_row;
  view.dead = s.probe_interval_us > 0 && mono_us < s.probe_us;
  view.gone = view.dead && is_long_dead(s, mono_us, limits);
  view.answers = s.measured && !view.dead;
  view.no_edns = mono_us < s.no_edns_until_us, view.no_case = mono_us < s.no_case_until_us;
  view.timeout_us = timeout_of(s, limits, s.timeouts_in_row);
  view.expected_us = timeout_of(s, limits, 0);
  return view;
}

/// A timeout while dead belongs to a question sent before, and moves no probe.
void add_timeout(Server& s, std::int64_t asked_us, std::int64_t mono_us, const Limits& limits) {
  const bool same_flight = asked_us < s.counted_us;
  if (s.measured && same_flight) return;
  if (s.silent_flights == 0) s.silent_since_us = mono_us;
  if (!same_flight && s.silent_flights < std::numeric_limits<std::uint32_t>::max())
    ++s.silent_flights;
  s.counted_us = mono_us;
  if (s.timeouts_in_row < std::numeric_limits<std::uint32_t>::max()) ++s.timeouts_in_row;
  const std::int64_t least_us = limits[Limit::server_probe_min] * second_us;
  if (s.timeouts_in_row < limits[Limit::server_dead_after])
    return void(s.probe_us = mono_us + least_us);
  if (s.probe_interval_us > 0 && mono_us < s.probe_us) return;
  const std::int64_t most_us = std::max(limits[Limit::server_probe_max] * second_us, least_us);
  s.probe_interval_us = std::clamp(s.probe_interval_us * 2, least_us, most_us);
  s.probe_us = mono_us + s.probe_interval_us;
}

/// The marks in force, `zone` the last of them; when there are too many the one that ends first
/// goes.
std::vector<Lame> with_mark(const std::vector<Lame>& marks, const dns::Name& zone,
                            std::int64_t mono_us) {
  std::vector<Lame> kept;
  kept.reserve(std::min(marks.size() + 1, ServerTable::lame_zones_max));
  const auto in_force = [&](const Lame& m) { return mono_us < m.until_us && m.zone != zone; };
  auto count = static_cast<std::size_t>(std::count_if(marks.begin(), marks.end(), in_force));
  for (const Lame& mark : marks)
    if (in_force(mark) && count-- < ServerTable::lame_zones_max) kept.push_back(mark);
  kept.push_back({zone, mono_us + lame_us});
  return kept;
}

std::uint64_t hash_of(const HashKey& key, const Endpoint& server) noexcept {
  std::array<std::uint8_t, 19> octets{};
  std::copy(server.address.octets.begin(), server.address.octets.end(), octets.begin());
  octets[16] = server.address.family;
  octets[17] = static_cast<std::uint8_t>(server.port >> 8);
  octets[18] = static_cast<std::uint8_t>(server.port & 0xFF);
  return siphash(key, octets);
}
}  // namespace

struct ServerTable::Impl {
  Impl(const ShardLimits& limits, const HashKey& k) : key(k), servers(limits) {}

  /// As it counts now.
  ServerView view(Server& s, std::int64_t mono_us, const Limits& limits) const {
    forgive(s, reach.ended(s.endpoint.address));
    ServerView seen = view_of(s, mono_us, limits);
    seen.unreached = reach.offline(s.endpoint.address.family);
    if (reach.offline()) seen.dead = seen.gone = false;
    if (reach.offline() || seen.unreached) seen.answers = false;
    return seen;
  }

  /// Changes the row of `server`, made when there is none. `change` must not touch `lame`.
  template <class Change>
  void change(const Endpoint& server, Change apply) {
    const ServerKey at{hash_of(key, server), server};
    servers.with(at.hash, [&](auto& table) {
      auto* node = table.find(at);
      if (!node) {
        Server fresh;
        fresh.endpoint = server;
        if (!table.put(at, std::move(fresh))) return;
        node = table.find(at);
      } else {
        node->hit = true;
      }
      apply(node->value);
    });
  }

  HashKey key;
  Reach reach;
  ShardedMap<ServerPolicy> servers;
};

ServerTable::ServerTable(std::size_t entries_max, const HashKey& key, std::size_t octets_max)
    : impl_(std::make_unique<Impl>(ShardLimits{octets_max, std::max<std::size_t>(entries_max, 1)},
                                   key)) {}
ServerTable::~ServerTable() = default;

ServerView ServerTable::view(const Endpoint& server, std::int64_t mono_us,
                             const Limits& limits) const {
  const ServerKey at{hash_of(impl_->key, server), server};
  return impl_->servers.with(at.hash, [&](auto& table) {
    auto* node = table.find(at);
    if (!node) {
      Server unknown;
      unknown.endpoint = server;
      return impl_->view(unknown, mono_us, limits);
    }
    node->hit = true;
    return impl_->view(node->value, mono_us, limits);
  });
}

Unreached ServerTable::on_reply(const Endpoint& server, std::int64_t rtt_us, std::int64_t mono_us,
                                bool near) {
  impl_->change(server, [&](Server& s) {
    add_sample(s, rtt_us);
    answered(s);
  });
  return impl_->reach.on_reply(server, mono_us, near);
}

Unreached ServerTable::on_timeout(const Endpoint& server, std::int64_t asked_us,
                                  std::int64_t mono_us, const Limits& limits) {
  Reach& reach = impl_->reach;
  if (!reach.offline() && !reach.offline(server.address.family))
    impl_->change(server, [&](Server& s) {
      forgive(s, reach.ended(s.endpoint.address));
      add_timeout(s, asked_us, mono_us, limits);
    });
  return reach.on_timeout(server, mono_us, limits[Limit::outage_networks]);
}

bool ServerTable::claim_probe(const Endpoint& server, std::int64_t mono_us, const Limits& limits) {
  const ServerKey at{hash_of(impl_->key, server), server};
  return impl_->servers.with(at.hash, [&](auto& table) {
    auto* node = table.find(at);
    if (!node) return false;
    Server& s = node->value;
    forgive(s, impl_->reach.ended(s.endpoint.address));
    if (s.timeouts_in_row == 0 || mono_us < s.probe_us) return false;
    s.probe_us = mono_us + timeout_of(s, limits, s.timeouts_in_row);
    return true;
  });
}

void ServerTable::claim_return(const Endpoint& server, std::int64_t mono_us, const Limits& limits) {
  impl_->change(server, [&](Server& s) {
    if (is_long_dead(s, mono_us, limits) && mono_us >= s.probe_us)
      s.probe_us = mono_us + timeout_of(s, limits, s.timeouts_in_row);
  });
}

bool ServerTable::offline() const noexcept {
  return impl_->reach.offline();
}

bool ServerTable::offline(std::uint8_t family) const noexcept {
  return impl_->reach.offline(family);
}

bool ServerTable::claim_family_probe(std::uint8_t family, std::int64_t mono_us,
                                     const Limits& limits) {
  return impl_->reach.claim_probe(family, mono_us, limits[Limit::server_probe_min] * second_us,
                                  limits[Limit::server_probe_max] * second_us);
}

void ServerTable::mark_no_edns(const Endpoint& server, std::int64_t mono_us) {
  impl_->change(server, [&](Server& s) { s.no_edns_until_us = mono_us + unable_us; });
}

void ServerTable::mark_no_case(const Endpoint& server, std::int64_t mono_us) {
  impl_->change(server, [&](Server& s) { s.no_case_until_us = mono_us + unable_us; });
}

ServerCookie ServerTable::cookie_of(const Endpoint& server, std::int64_t mono_us) const {
  const ServerKey at{hash_of(impl_->key, server), server};
  return impl_->servers.with(at.hash, [&](auto& table) {
    const auto* node = table.find(at);
    ServerCookie cookie = node ? node->value.cookie : ServerCookie{};
    cookie.unwanted = node && mono_us < node->value.no_cookies_until_us;
    return cookie;
  });
}

void ServerTable::keep_cookie(const Endpoint& server, std::span<const std::uint8_t> octets) {
  impl_->change(server, [&](Server& s) {
    s.cookie.size = static_cast<std::uint8_t>(std::min(octets.size(), s.cookie.octets.size()));
    std::copy_n(octets.begin(), s.cookie.size, s.cookie.octets.begin());
  });
}

void ServerTable::mark_no_cookies(const Endpoint& server, std::int64_t mono_us) {
  impl_->change(server, [&](Server& s) {
    s.cookie = {};
    s.no_cookies_until_us = mono_us + unable_us;
  });
}

void ServerTable::mark_lame(const Endpoint& server, const dns::Name& zone, std::int64_t mono_us) {
  const ServerKey at{hash_of(impl_->key, server), server};
  impl_->servers.with(at.hash, [&](auto& table) {
    const auto* node = table.find(at);
    Server changed = node ? node->value : Server{};
    changed.endpoint = server;
    changed.lame = with_mark(changed.lame, zone, mono_us);
    return table.put(at, std::move(changed));
  });
}

bool ServerTable::is_lame(const Endpoint& server, const dns::Name& zone,
                          std::int64_t mono_us) const {
  const ServerKey at{hash_of(impl_->key, server), server};
  return impl_->servers.with(at.hash, [&](auto& table) {
    const auto* node = table.find(at);
    return node && std::any_of(node->value.lame.begin(), node->value.lame.end(),
                               [&](auto& m) { return mono_us < m.until_us && m.zone == zone; });
  });
}

std::vector<ServerTable::Row> ServerTable::rows(std::int64_t mono_us, const Limits& limits) const {
  std::vector<Row> rows;
  impl_->servers.each([&](auto& table) {
    table.for_each([&](Server s) {
      Row row{s.endpoint, impl_->view(s, mono_us, limits), {}};
      for (const Lame& mark : s.lame)
        if (mono_us < mark.until_us) row.lame_zones.push_back(mark.zone);
      rows.push_back(std::move(row));
    });
  });
  std::sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.server < b.server; });
  return rows;
}

ServerState ServerTable::Row::state() const noexcept {
  if (view.unreached) return ServerState::unreached;
  if (view.dead) return ServerState::dead;
  return lame_zones.empty() ? ServerState::good : ServerState::lame;
}

std::size_t ServerTable::size() const {
  return impl_->servers.size();
}
std::size_t ServerTable::memory_octets() const {
  return impl_->servers.octets();
}
std::uint64_t ServerTable::evictions() const {
  return impl_->servers.counts(0).evictions;
}

void ServerTable::clear() {
  impl_->servers.erase_if([](const Server&) { return true; });
}
}  // namespace windlass::cache
