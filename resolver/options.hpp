#pragma once
/// What an operator can set about recursion. Filled by conf/, handed in by server/.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/limits.hpp"
#include "dns/name.hpp"
#include "resolver/cookies.hpp"
namespace windlass::resolver {

enum class Minimisation : std::uint8_t { relaxed, strict, off };

/// A forward zone asks recursive servers, a stub zone authoritative ones; each is its own
/// partition.
struct ConfiguredZone {
  dns::Name zone;
  std::vector<Endpoint> servers;  ///< in the operator's order
  bool first = false;             ///< when none of them answers, the public tree is asked
  bool tcp = false;               ///< they are asked over TCP alone
};

struct RootServer {
  dns::Name name;
  std::vector<IpAddress> addresses;
};

/// What clients are told who ask for it. Empty: nothing.
struct Identity {
  std::string version;  ///< version.bind., version.server. (class CH)
  std::string name;     ///< hostname.bind., id.server. (class CH; RFC 4892)
  /// EDNS option NSID (RFC 5001). At most 128 octets: it fits beside any question in 512.
  std::string nsid;
};

/// Addresses for clients without IPv4 (RFC 6147).
struct Dns64Options {
  std::optional<Prefix> prefix;  ///< of the translator (RFC 6052); nullopt: off
  std::vector<Prefix> exclude;   ///< AAAA in these count as none
  std::vector<Prefix> clients;   ///< who gets such addresses
};

/// Settings for clients at some prefixes. What is not said here is as at top level.
struct ViewOptions {
  std::string name;
  std::vector<Prefix> clients;
  std::optional<std::vector<ConfiguredZone>> forwards, stubs;
  std::optional<std::vector<dns::Name>> local_zones;  ///< seen: at or below these; nullopt: all
  std::optional<bool> special_names;
  std::optional<std::vector<dns::Name>> special_names_except;
  std::optional<std::optional<std::vector<dns::Name>>> rebinding_protection;
  std::optional<std::optional<Prefix>> dns64;  ///< the translator's prefix, for all these clients
  bool rate_limits = true;                     ///< response_rate and late_answers count for them
};

struct ResolverOptions {
  std::vector<RootServer> root_hints;
  bool priming = true;
  Minimisation minimisation = Minimisation::relaxed;
  bool case_randomisation = true;
  bool aggressive_nsec = true;  ///< names are denied from proven NSEC records in the cache
  bool prefetch = true;         ///< what clients ask for near its end is fetched anew
  bool serve_stale = true;      ///< for want of fresh data clients get what is kept (RFC 8767)
  bool special_names = true;    ///< answered here, asked of nobody: resolver/special_names.hpp
  std::vector<dns::Name> special_names_except;  ///< at or below these they are ordinary names
  /// Names that may hold private addresses; nullopt: all may.
  std::optional<std::vector<dns::Name>> rebinding_protection;
  bool ipv4 = true, ipv6 = true;
  std::vector<Prefix>
      deny_upstream;  ///< never asked; `own` is resolved to the listening addresses by server/
  std::uint16_t upstream_port = 53;  ///< of authoritative servers, for laboratories
  std::vector<ConfiguredZone> forwards, stubs;
  std::vector<ViewOptions> views;
  Identity identity;
  Dns64Options dns64;
  CookieOptions cookies;
  Limits limits;
};
}  // namespace windlass::resolver
