#include "resolver/cookies.hpp"

#include <algorithm>
#include <cstring>

#include "base/siphash.hpp"

namespace windlass::resolver {
namespace {
constexpr std::size_t hashed_octets = 16;  ///< of the option, in front of the hash
constexpr std::uint8_t version = 1;

/// As SipHash reads and writes words, whatever the machine: least octet first.
std::uint64_t word_of(std::span<const std::uint8_t, 8> octets) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) word |= static_cast<std::uint64_t>(octets[i]) << (8 * i);
  return word;
}

std::array<std::uint8_t, 8> octets_of(std::uint64_t word) {
  std::array<std::uint8_t, 8> octets{};
  for (std::size_t i = 0; i < 8; ++i) octets[i] = static_cast<std::uint8_t>(word >> (8 * i));
  return octets;
}

HashKey key_of(const CookieSecret& secret) {
  const std::span whole(secret);
  return {word_of(whole.first<8>()), word_of(whole.last<8>())};
}

/// The hash that belongs behind the first 16 octets of `option`.
std::array<std::uint8_t, 8> seal(std::span<const std::uint8_t> option, const IpAddress& client,
                                 const CookieSecret& secret) {
  std::array<std::uint8_t, hashed_octets + 16> input{};
  std::copy_n(option.begin(), hashed_octets, input.begin());
  std::copy_n(client.octets.begin(), client.size_octets(), input.begin() + hashed_octets);
  return octets_of(
      siphash(key_of(secret), std::span(input).first(hashed_octets + client.size_octets())));
}

Cookie make(std::span<const std::uint8_t> client_part, const IpAddress& client,
            const CookieSecret& secret, std::uint32_t time_s) {
  Cookie cookie{};
  std::copy_n(client_part.begin(), client_cookie_octets, cookie.begin());
  cookie[8] = version;
  for (std::size_t i = 0; i < 4; ++i)
    cookie[12 + i] = static_cast<std::uint8_t>(time_s >> (24 - 8 * i));
  const auto hash = seal(cookie, client, secret);
  std::copy(hash.begin(), hash.end(), cookie.begin() + hashed_octets);
  return cookie;
}

/// Without a difference in time by where the octets differ.
bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different |= static_cast<unsigned>(a[i] ^ b[i]);
  return different == 0;
}

/// Seconds since a cookie was made, negative: it comes from the future. RFC 1982 arithmetic.
std::int64_t age_of(std::span<const std::uint8_t> option, std::int64_t wall_s) {
  std::uint32_t made = 0;
  for (std::size_t i = 0; i < 4; ++i) made = made << 8 | option[12 + i];
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(wall_s) - made);
}
}  // namespace

CookieSecret random_secret(Rng& rng) {
  CookieSecret secret{};
  rng.fill(secret);
  return secret;
}

CookieKind judge_cookie(std::span<const std::uint8_t> octets, const IpAddress& client,
                        std::span<const CookieSecret> secrets, std::int64_t wall_s, Cookie& reply) {
  if (!split_cookie(octets)) return CookieKind::malformed;
  if (secrets.empty()) return CookieKind::none;
  const std::int64_t age_s = octets.size() == reply.size() ? age_of(octets, wall_s) : 0;
  const bool ours = octets.size() == reply.size() && octets[8] == version &&
                    age_s <= cookie_age_max_s && age_s >= -cookie_ahead_max_s &&
                    std::any_of(secrets.begin(), secrets.end(), [&](const CookieSecret& secret) {
                      return equal(octets.subspan(hashed_octets), seal(octets, client, secret));
                    });
  if (ours && age_s <= cookie_renewal_s)
    std::copy(octets.begin(), octets.end(), reply.begin());
  else
    reply = make(octets, client, secrets.front(), static_cast<std::uint32_t>(wall_s));
  return ours ? CookieKind::proven : CookieKind::new_to_us;
}

ClientCookie client_cookie(const CookieSecret& secret, const IpAddress& server) {
  return octets_of(siphash(key_of(secret), std::span(server.octets).first(server.size_octets())));
}

std::optional<ServerWord> split_cookie(std::span<const std::uint8_t> octets) {
  if (octets.size() < client_cookie_octets) return std::nullopt;
  const auto server = octets.subspan(client_cookie_octets);
  if (!server.empty() &&
      (server.size() < server_cookie_octets_min || server.size() > server_cookie_octets_max))
    return std::nullopt;
  return ServerWord{octets.first(client_cookie_octets), server};
}
}  // namespace windlass::resolver
