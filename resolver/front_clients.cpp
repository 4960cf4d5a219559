// Front: what is known of a client beyond its question: its cookie, its stream, how much it asks.
#include <algorithm>

#include "resolver/front.hpp"

namespace windlass::resolver {
namespace {
using dns::Option;
using dns::Rcode;
}  // namespace

/// What is odd about it as RCODE; nullopt: nothing.
std::optional<Rcode> Front::read_opt(const dns::OptView& opt, const FrontOptions& options,
                                     const Now& now, ClientQuery& query) {
  query.edns = true;
  query.dnssec_ok = opt.dnssec_ok;
  query.compact_ok = opt.compact_ok;
  query.payload_octets = opt.payload_octets;
  query.nsid = dns::find_option(opt, Option::nsid).has_value();
  if (opt.version != 0) return Rcode::badvers;
  const CookieOptions& cookies = engine_.options().cookies;
  if (const auto cookie = dns::find_option(opt, Option::cookie); cookie && query.client) {
    const auto secrets = cookies.answer ? std::span<const CookieSecret>(cookies.secrets)
                                        : std::span<const CookieSecret>();
    query.cookie_kind =
        judge_cookie(cookie->octets, *query.client, secrets, now.wall_s, query.cookie);
    if (query.cookie_kind != CookieKind::none)
      metrics_.count(Metric::client_cookies_total, static_cast<unsigned>(query.cookie_kind) - 1);
  }
  if (query.cookie_kind == CookieKind::malformed) {
    query.cookie_kind = CookieKind::none;  // has none that could go back
    return Rcode::formerr;
  }
  const auto keepalive = query.stream ? dns::find_option(opt, Option::keepalive) : std::nullopt;
  if (!keepalive) return std::nullopt;
  if (!keepalive->octets.empty()) return Rcode::formerr;
  query.keepalive = true;
  query.keepalive_100ms = static_cast<std::uint16_t>(options.keepalive_ms / 100);
  return std::nullopt;
}

/// Who came over a stream or with our cookie is who it says it is. Anybody else may be made up by
/// somebody who wants our answers sent there, and is held to the rate.
ResponseRates::Word Front::at_rate(ResponseRates::What what, const ClientQuery& query,
                                   const Now& now) {
  const bool proven = query.stream || query.cookie_kind == CookieKind::proven;
  const bool counted = rates_ && query.client && engine_.in(query.view).rate_limits;
  if (!counted || proven) return ResponseRates::Word::send;
  return rates_->take(what, *query.client, now.mono_us, engine_.limits());
}

std::optional<Front::Taken> Front::over_rate(const ClientQuery& query, const Now& now,
                                             std::span<std::uint8_t> out) {
  const auto word = at_rate(ResponseRates::What::any, query, now);
  if (word == ResponseRates::Word::send) return std::nullopt;
  const bool has_cookie = query.cookie_kind != CookieKind::none;
  const bool slips = word == ResponseRates::Word::slip;
  count_drop(slips && has_cookie ? Drop::cookie : Drop::ratelimit, Limit::response_rate);
  if (!slips) return Taken{};
  return Taken{Fate::answered, refuse(query, has_cookie ? Rcode::badcookie : Rcode::noerror, out,
                                      nullptr, !has_cookie)};
}

/// An answer that comes so late may be one of many that somebody has let gather, to have them all
/// sent to one victim at once (DNSBomb, CVE-2024-33655). True: it is not sent.
bool Front::is_late(const ClientQuery& query, const Now& now) {
  const std::int64_t waited_us = now.mono_us - query.started_us;
  if (waited_us <= engine_.limits()[Limit::late_after] * 1000 ||
      at_rate(ResponseRates::What::late, query, now) == ResponseRates::Word::send)
    return false;
  count_drop(Drop::ratelimit, Limit::late_answers);
  return true;
}

void Front::count_drop(Drop reason, Limit limit) {
  metrics_.count(Metric::queries_dropped_total, static_cast<unsigned>(reason));
  metrics_.count(Metric::limit_exceeded_total, static_cast<unsigned>(limit),
                 static_cast<unsigned>(LimitMode::enforce));
}

dns::OptSpec Front::opt_spec(const ClientQuery& query, Rcode rcode, const dns::Ede* ede) const {
  dns::OptSpec spec;
  spec.payload_octets = static_cast<std::uint16_t>(engine_.limits()[Limit::edns_size]);
  spec.extended_rcode = static_cast<std::uint8_t>(static_cast<unsigned>(rcode) >> 4);
  spec.dnssec_ok = query.dnssec_ok;
  spec.compact_ok = query.compact_ok;
  spec.ede = ede;
  if (query.cookie_kind != CookieKind::none) spec.cookie = query.cookie;
  if (query.keepalive) spec.keepalive_100ms = query.keepalive_100ms;
  spec.nsid = identity(query);
  return spec;
}

/// Into a finished message in `out`: what belongs to this client, as far as there is room. Octets
/// of it then.
std::size_t Front::with_options(const ClientQuery& query, std::size_t octets,
                                std::span<std::uint8_t> out) const {
  const auto room = out.first(std::min(out.size(), limit_octets(query)));
  if (query.cookie_kind != CookieKind::none)
    octets = dns::append_option(room, octets, Option::cookie, query.cookie);
  if (const auto nsid = identity(query); !nsid.empty())
    octets = dns::append_option(room, octets, Option::nsid, nsid);
  return octets;
}
}  // namespace windlass::resolver
