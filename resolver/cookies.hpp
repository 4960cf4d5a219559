#pragma once
/// DNS cookies (RFC 7873): ours as a server, made and checked without keeping anything of a client.
///
/// The COOKIE option of a client, and of our answer (RFC 9018 4):
///
///    octet  0-7    client cookie: whatever the client chose
///           8      version, 1
///           9-11   reserved, zero
///          12-15   when it was made, seconds since 1970, compared in serial arithmetic
///          16-23   SipHash-2-4 by our secret, over octets 0 to 15 and the client's address
///
/// Servers that share secrets take each other's cookies.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "base/rng.hpp"
namespace windlass::resolver {

inline constexpr std::size_t client_cookie_octets = 8;
inline constexpr std::size_t server_cookie_octets_min = 8, server_cookie_octets_max = 32;
inline constexpr std::int64_t cookie_age_max_s = 3600, cookie_ahead_max_s = 300;
inline constexpr std::int64_t cookie_renewal_s = 1800;  ///< an older one is answered with a new one

using ClientCookie = std::array<std::uint8_t, client_cookie_octets>;
using CookieSecret = std::array<std::uint8_t, 16>;
using Cookie = std::array<std::uint8_t, 24>;

struct CookieOptions {
  bool answer = true;  ///< clients that send a cookie get one
  bool ask = true;     ///< servers are sent cookies, and theirs kept
  std::vector<CookieSecret>
      secrets;  ///< the first makes cookies, each is believed; none: no answer
  std::optional<CookieSecret> asking;  ///< makes the ones that servers get; nullopt: none do
};

enum class CookieKind : std::uint8_t {
  none,       ///< no option
  malformed,  ///< neither 8 nor 16 to 40 octets: FORMERR (RFC 7873 5.2.2)
  new_to_us,  ///< a client cookie alone, or a server cookie that is not ours, or too old
  proven      ///< this address has had an answer of ours within the hour
};

CookieSecret random_secret(Rng& rng);
/// Judges the octets of the option. `reply` is what goes back, unless the kind is none or
/// malformed.
CookieKind judge_cookie(std::span<const std::uint8_t> octets, const IpAddress& client,
                        std::span<const CookieSecret> secrets, std::int64_t wall_s, Cookie& reply);
/// What we send to `server` (RFC 9018 3): the same each time, another one to each server, nothing
/// that others could foretell.
ClientCookie client_cookie(const CookieSecret& secret, const IpAddress& server);
/// The option of a server's reply, split: nullopt when its shape is none of RFC 7873 4.
struct ServerWord {
  std::span<const std::uint8_t> client, server;
};
std::optional<ServerWord> split_cookie(std::span<const std::uint8_t> octets);
}  // namespace windlass::resolver
