#include "resolver/cookies.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace windlass;
using namespace windlass::resolver;

namespace {
std::vector<std::uint8_t> octets_of(std::string_view hex) {
  std::vector<std::uint8_t> octets;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
    octets.push_back(
        static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(at, 2)), nullptr, 16)));
  return octets;
}
CookieSecret secret_of(std::string_view hex) {
  CookieSecret secret{};
  const auto octets = octets_of(hex);
  std::copy(octets.begin(), octets.end(), secret.begin());
  return secret;
}
const CookieSecret secret = secret_of("e5e973e5a6b2a43f48e7dc849e37bfcf");
const IpAddress client = *IpAddress::parse("198.51.100.100");
constexpr std::int64_t made_s = 1'559'731'985;
constexpr std::string_view whole = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";

struct Seen {
  CookieKind kind;
  Cookie reply{};
};
Seen judge(const std::vector<std::uint8_t>& octets, std::int64_t wall_s,
           const IpAddress& from = client, std::vector<CookieSecret> secrets = {secret}) {
  Seen seen{};
  seen.kind = judge_cookie(octets, from, secrets, wall_s, seen.reply);
  return seen;
}
bool same(const Cookie& cookie, std::string_view hex) {
  const auto octets = octets_of(hex);
  return std::equal(cookie.begin(), cookie.end(), octets.begin(), octets.end());
}
}  // namespace

TEST_CASE("a client cookie gets the server cookie of RFC 9018 A.1") {
  const Seen seen = judge(octets_of("2464c4abcf10c957"), made_s);
  CHECK(seen.kind == CookieKind::new_to_us);
  CHECK(same(seen.reply, whole));
}

TEST_CASE("a cookie of ours proves the address for an hour, and is renewed after half of it") {
  const auto octets = octets_of(whole);
  for (const std::int64_t age_s :
       {std::int64_t{-cookie_ahead_max_s}, std::int64_t{0}, cookie_renewal_s}) {
    const Seen seen = judge(octets, made_s + age_s);
    CHECK(seen.kind == CookieKind::proven);
    CHECK(same(seen.reply, whole));
  }
  for (const std::int64_t age_s : {cookie_renewal_s + 1, cookie_age_max_s}) {
    const Seen seen = judge(octets, made_s + age_s);
    CHECK(seen.kind == CookieKind::proven);
    CHECK_FALSE(same(seen.reply, whole));
    CHECK(judge({seen.reply.begin(), seen.reply.end()}, made_s + age_s).kind == CookieKind::proven);
  }
}

TEST_CASE("IPv6 addresses are hashed whole") {
  const IpAddress one = *IpAddress::parse("2001:db8::1"), other = *IpAddress::parse("2001:db8::2");
  const Cookie made = judge(octets_of("22681ab97d52c298"), made_s, one).reply;
  const std::vector<std::uint8_t> octets(made.begin(), made.end());
  CHECK(judge(octets, made_s, one).kind == CookieKind::proven);
  CHECK(judge(octets, made_s, other).kind == CookieKind::new_to_us);
}

TEST_CASE("an older secret is still believed, and no longer used") {
  const CookieSecret next = secret_of("445536bcd2513298075a5d379663c962");
  const Seen seen = judge(octets_of(whole), made_s + cookie_renewal_s + 1, client, {next, secret});
  CHECK(seen.kind == CookieKind::proven);
  const std::vector<std::uint8_t> octets(seen.reply.begin(), seen.reply.end());
  CHECK(judge(octets, made_s + cookie_renewal_s + 1, client, {next}).kind == CookieKind::proven);
}

TEST_CASE("what is not ours proves nothing", "[negative]") {
  const auto octets = octets_of(whole);
  CHECK(judge(octets, made_s + cookie_age_max_s + 1).kind == CookieKind::new_to_us);
  CHECK(judge(octets, made_s - cookie_ahead_max_s - 1).kind == CookieKind::new_to_us);
  CHECK(judge(octets, made_s, *IpAddress::parse("198.51.100.101")).kind == CookieKind::new_to_us);
  CHECK(judge(octets, made_s, client, {secret_of("445536bcd2513298075a5d379663c962")}).kind ==
        CookieKind::new_to_us);
  for (std::size_t at = 0; at < octets.size(); ++at) {
    auto flipped = octets;
    flipped[at] ^= 1;
    CAPTURE(at);
    CHECK(judge(flipped, made_s).kind == CookieKind::new_to_us);
  }
  CHECK(judge(std::vector<std::uint8_t>(40, 1), made_s).kind == CookieKind::new_to_us);
}

TEST_CASE("lengths no cookie has are malformed", "[negative]") {
  for (std::size_t size = 0; size < 64; ++size) {
    const bool fine = size == 8 || (size >= 16 && size <= 40);
    CAPTURE(size);
    CHECK((judge(std::vector<std::uint8_t>(size, 7), made_s).kind == CookieKind::malformed) ==
          !fine);
    CHECK(split_cookie(std::vector<std::uint8_t>(size, 7)).has_value() == fine);
  }
}

TEST_CASE("without a secret there are no cookies", "[negative]") {
  CHECK(judge(octets_of(whole), made_s, client, {}).kind == CookieKind::none);
}

TEST_CASE("each server gets a cookie of its own, the same each time") {
  const IpAddress one = *IpAddress::parse("192.0.2.1"), other = *IpAddress::parse("192.0.2.2");
  CHECK(client_cookie(secret, one) == client_cookie(secret, one));
  CHECK(client_cookie(secret, one) != client_cookie(secret, other));
  SeededRng rng(5);
  CHECK(client_cookie(random_secret(rng), one) != client_cookie(random_secret(rng), one));
}
