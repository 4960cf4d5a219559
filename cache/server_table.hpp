#pragma once
/// ServerTable: what is known about each server address: round trips (RFC 6298), timeouts, what it
/// cannot do. Shared by all workers, sharded; only matching replies and timeouts change it. Bounded
/// by count and octets.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "base/siphash.hpp"
#include "cache/reach.hpp"
#include "dns/name.hpp"
namespace windlass::cache {

struct ServerView {
  bool known = false;    ///< at least one reply or timeout was seen
  bool answers = false;  ///< has replied before, and is neither dead nor cut off with others
  std::int64_t srtt_us = 0, rttvar_us = 0;
  std::uint32_t timeouts_in_row = 0;
  bool dead = false;  ///< server_dead_after timeouts in a row, and its probe time has not come
  bool gone = false;  ///< long dead: asked by nobody until its probe time has come
  bool unreached = false;  ///< its address family is offline (cache/reach.hpp)
  bool no_edns = false;    ///< answered FORMERR or NOTIMP to EDNS; not believed for signed zones
  bool no_case = false;    ///< does not keep the case of names
  /// How long to wait for it now: RFC 6298 with backoff, clamped to the limits.
  std::int64_t timeout_us = 0;
  std::int64_t expected_us = 0;  ///< the same without backoff: when its answer is overdue
};

/// The server cookie it gave us last, to be sent with the next question (RFC 7873 5.1).
struct ServerCookie {
  std::array<std::uint8_t, 32> octets{};
  std::uint8_t size = 0;  ///< 0: none yet
  bool unwanted = false;  ///< it answered FORMERR or the like to a cookie

  std::span<const std::uint8_t> view() const noexcept { return std::span(octets).first(size); }
};

class ServerTable {
 public:
  static constexpr std::size_t lame_zones_max = 16;  ///< of one server

  ServerTable(std::size_t entries_max, const HashKey& key, std::size_t octets_max = 64u << 20);
  ~ServerTable();

  ServerView view(const Endpoint& server, std::int64_t mono_us, const Limits& limits) const;
  /// Whose outage ends with this reply: what was held against servers meanwhile is void. That a
  /// server `near` us, which the operator has named, answers does not say that the Internet does:
  /// it ends an outage only when its own network was silent.
  Unreached on_reply(const Endpoint& server, std::int64_t rtt_us, std::int64_t mono_us,
                     bool near = false);
  /// One timeout; at server_dead_after in a row it is dead until its probe time (server_probe_min,
  /// doubled at each timeout of a probe, to server_probe_max).
  /// Whose outage begins with it (cache/reach.hpp, outage_networks): while that lasts timeouts
  /// count against no server of theirs; while it is everybody's, none is dead.
  /// Of one that has answered before, questions asked (`asked_us`) before the last timeout ran out
  /// are of the same silence, and count no more (RFC 6298 5: one back-off a flight): under load a
  /// lossy way would else look like a dead server.
  Unreached on_timeout(const Endpoint& server, std::int64_t asked_us, std::int64_t mono_us,
                       const Limits& limits);
  bool offline() const noexcept;                     ///< with everybody
  bool offline(std::uint8_t family) const noexcept;  ///< with one family, 4 or 6, alone
  /// While a family is offline, who asks one of its servers whether they are back: true for one
  /// caller, at first at once, then from server_probe_min to server_probe_max apart.
  bool claim_family_probe(std::uint8_t family, std::int64_t mono_us, const Limits& limits);
  /// A server that let us wait and has not answered since, when its probe time has come (for one
  /// that is not dead yet server_probe_min after it let us wait): true for one caller, who asks it
  /// and tells what came of that. Others may claim again when its timeout is over.
  bool claim_probe(const Endpoint& server, std::int64_t mono_us, const Limits& limits);
  /// This server, if it is gone and its probe time has come, is asked now: until that question's
  /// timeout is over it stays gone for all others.
  void claim_return(const Endpoint& server, std::int64_t mono_us, const Limits& limits);
  void mark_no_edns(const Endpoint& server, std::int64_t mono_us);  ///< forgotten after 10 minutes
  void mark_no_case(const Endpoint& server, std::int64_t mono_us);  ///< forgotten after 10 minutes
  ServerCookie cookie_of(const Endpoint& server, std::int64_t mono_us) const;
  /// At most 32 octets; none: it no longer gives any.
  void keep_cookie(const Endpoint& server, std::span<const std::uint8_t> octets);
  void mark_no_cookies(const Endpoint& server,
                       std::int64_t mono_us);  ///< forgotten after 10 minutes
  /// This server does not serve that zone (it answered REFUSED, or without authority). Forgotten
  /// after 60 s, or when lame_zones_max others were marked since.
  void mark_lame(const Endpoint& server, const dns::Name& zone, std::int64_t mono_us);
  bool is_lame(const Endpoint& server, const dns::Name& zone, std::int64_t mono_us) const;

  struct Row {
    Endpoint server;
    ServerView view;
    std::vector<dns::Name> lame_zones;
    ServerState state() const noexcept;  ///< what counts first
  };
  std::vector<Row> rows(std::int64_t mono_us, const Limits& limits) const;
  std::size_t size() const;
  std::size_t memory_octets() const;
  std::uint64_t evictions() const;
  void clear();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::cache
