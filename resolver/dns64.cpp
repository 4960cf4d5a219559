#include "resolver/dns64.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "dns/rdata.hpp"
#include "resolver/private_addresses.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
using cache::Security;
using dns::Type;

constexpr std::uint32_t ttl_without_soa = 600;  // RFC 6147 5.1.7
constexpr std::uint32_t reverse_ttl = 600;
constexpr std::size_t reserved_octet = 8;  // RFC 6052 2.2: bits 64 to 71 are zero
constexpr std::array<std::uint8_t, 12> well_known{0, 0x64, 0xff, 0x9b};

/// The Well-Known Prefix speaks of addresses of the whole Internet alone (RFC 6052 3.1).
bool is_well_known(const Prefix& prefix) noexcept {
  return prefix.length_bits == 96 &&
         std::equal(well_known.begin(), well_known.end(), prefix.address.octets.begin());
}

IpAddress ipv6_of(std::span<const std::uint8_t> rdata) noexcept {
  IpAddress address;
  address.family = 6;
  std::copy_n(rdata.begin(), std::min<std::size_t>(rdata.size(), 16), address.octets.begin());
  return address;
}

/// "4.3.2.1.ip6.arpa." of the first `nibbles` of an address.
dns::Name reverse_of(const IpAddress& address, std::size_t nibbles) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = nibbles; i-- > 0;) {
    const unsigned octet = address.octets[i / 2];
    text += digits[i % 2 == 0 ? octet >> 4 : octet & 15u];
    text += '.';
  }
  return dns::Name::literal(text + "ip6.arpa.");
}

std::optional<unsigned> nibble_of(std::uint8_t octet) noexcept {
  const std::uint8_t c = dns::lower(octet);
  if (c >= '0' && c <= '9') return c - unsigned{'0'};
  return c >= 'a' && c <= 'f' ? std::optional(c - unsigned{'a'} + 10) : std::nullopt;
}

/// The address a whole reverse name below ip6.arpa. stands for.
std::optional<IpAddress> address_of_reverse(const dns::Name& name) noexcept {
  constexpr std::size_t nibbles = 32;
  const auto wire = name.wire();
  if (name.label_count() != nibbles + 2) return std::nullopt;
  IpAddress address;
  address.family = 6;
  for (std::size_t i = 0; i < nibbles; ++i) {
    const auto nibble = wire[2 * i] == 1 ? nibble_of(wire[2 * i + 1]) : std::nullopt;
    if (!nibble) return std::nullopt;
    const std::size_t at = nibbles - 1 - i;
    address.octets[at / 2] |= static_cast<std::uint8_t>(at % 2 == 0 ? *nibble << 4 : *nibble);
  }
  return address;
}

/// How long the absence of AAAA holds: the TTL of its SOA as the client would get it.
std::uint32_t absence_ttl(const Answer& aaaa, std::int64_t age_ms) {
  if (aaaa.chain.empty()) return ttl_without_soa;
  const cache::Entry& last = *aaaa.chain.back();
  if (last.evidence.rrset) return last.evidence.rrset->ttl();
  for (const auto& proof : last.evidence.proofs)
    if (proof->type() == Type::soa) return ttl_of(last, *proof, age_ms);
  return ttl_without_soa;
}

/// A link of the same age and trust with other data.
std::shared_ptr<cache::Entry> with_data(const cache::Entry& link, dns::RRsetPtr rrset) {
  auto made = std::make_shared<cache::Entry>(link);
  made->evidence.type = Type::aaaa;
  made->evidence.rrset = std::move(rrset);
  made->evidence.proofs.clear();
  return made;
}

Chain with_last(const Chain& chain, EntryPtr last) {
  Chain result;
  for (const EntryPtr& link : chain)
    (void)result.push(&link == &chain.back() ? std::move(last) : link);
  return result;
}
}  // namespace

bool is_translation_prefix(const Prefix& prefix) noexcept {
  constexpr std::array<std::uint8_t, 6> lengths{32, 40, 48, 56, 64, 96};
  return prefix.address.family == 6 && prefix.address.octets[reserved_octet] == 0 &&
         std::find(lengths.begin(), lengths.end(), prefix.length_bits) != lengths.end();
}

IpAddress translated(const Prefix& prefix, const IpAddress& ipv4) noexcept {
  IpAddress address;
  address.family = 6;
  std::size_t at = prefix.length_bits / 8u;
  std::copy_n(prefix.address.octets.begin(), at, address.octets.begin());
  for (std::size_t i = 0; i < 4; ++i, ++at) {
    if (at == reserved_octet) ++at;
    address.octets[at] = ipv4.octets[i];
  }
  return address;
}

std::optional<IpAddress> translated_back(const Prefix& prefix, const IpAddress& ipv6) noexcept {
  if (!prefix.contains(ipv6)) return std::nullopt;
  IpAddress address;
  std::size_t at = prefix.length_bits / 8u;
  for (std::size_t i = 0; i < 4; ++i, ++at) {
    if (at == reserved_octet) ++at;
    address.octets[i] = ipv6.octets[at];
  }
  return address;
}

Dns64::Dns64(const Dns64Options& options) : options_(options) {
  if (options_.prefix)
    apex_ = reverse_of(options_.prefix->address, options_.prefix->length_bits / 4u);
}

bool Dns64::serves(const IpAddress* client, Type type, bool cd, bool dnssec_ok) const noexcept {
  if (!options_.prefix || type != Type::aaaa || (cd && dnssec_ok)) return false;
  return client == nullptr || any_contains(options_.clients, *client);
}

bool Dns64::excluded(std::span<const std::uint8_t> rdata) const noexcept {
  return any_contains(options_.exclude, ipv6_of(rdata));
}

bool Dns64::wants_a(const Answer& answer) const {
  if (answer.servers_failed) return true;  // RFC 6147 5.1.2: as if it were empty
  if (answer.rcode != dns::Rcode::noerror || answer.security == Security::bogus ||
      answer.chain.empty())
    return false;
  const dns::Evidence& last = answer.chain.back()->evidence;
  if (!last.rrset) return last.finding == dns::Finding::nodata;
  if (last.rrset->type() != Type::aaaa) return false;
  const auto rdata = last.rrset->rdata();
  return std::all_of(rdata.begin(), rdata.end(), [&](auto one) { return excluded(one); });
}

Answer Dns64::without_excluded(Answer answer) const {
  if (answer.chain.empty()) return answer;
  const cache::Entry& last = *answer.chain.back();
  if (!last.evidence.rrset || last.evidence.rrset->type() != Type::aaaa) return answer;
  const dns::RRset& rrset = *last.evidence.rrset;
  const auto rdata = rrset.rdata();
  if (std::none_of(rdata.begin(), rdata.end(), [&](auto one) { return excluded(one); }))
    return answer;
  dns::RRsetBuilder rest(rrset.owner(), Type::aaaa);
  for (const auto one : rdata)
    if (!excluded(one)) (void)rest.add(one, rrset.ttl());
  auto made = with_data(last, rest.empty() ? nullptr : rest.build());
  if (!made->evidence.rrset) made->evidence.finding = dns::Finding::nodata;
  made->security = std::min(made->security, Security::insecure);
  answer.security = std::min(answer.security, Security::insecure);
  answer.chain = with_last(answer.chain, std::move(made));
  return answer;
}

dns::RRsetPtr Dns64::made_from(const dns::RRset& a) const {
  dns::RRsetBuilder builder(a.owner(), Type::aaaa);
  for (const auto rdata : a.rdata()) {
    const auto address = dns::address_of(Type::a, rdata);
    if (!address || (is_well_known(*options_.prefix) && is_private(*address))) continue;
    (void)builder.add(translated(*options_.prefix, *address).octets, a.ttl());
  }
  return builder.empty() ? nullptr : builder.build();
}

Answer Dns64::joined(Answer aaaa, Answer a, std::int64_t age_ms) const {
  const bool data = a.rcode == dns::Rcode::noerror && !a.chain.empty() &&
                    a.chain.back()->evidence.rrset &&
                    a.chain.back()->evidence.rrset->type() == Type::a;
  dns::RRsetPtr rrset = data ? made_from(*a.chain.back()->evidence.rrset) : nullptr;
  // Validation of either fails the whole; and better no answer than "no address" for want of one.
  if (!rrset && a.rcode == dns::Rcode::servfail) return a;
  if (!rrset) {
    if (!aaaa.ede) aaaa.ede = a.ede;
    return without_excluded(std::move(aaaa));
  }
  const std::uint32_t absent_s = absence_ttl(aaaa, age_ms);
  const cache::Entry& last = *a.chain.back();
  auto made = with_data(last, rrset->with_ttl(std::min(rrset->ttl(), absent_s)));
  if (last.expires_age_ms != ageless)
    made->expires_age_ms = std::min(last.expires_age_ms, age_ms + std::int64_t{absent_s} * 1000);
  made->stale_ttl_s = std::min(made->stale_ttl_s, absent_s);
  const bool proven = aaaa.security == Security::secure && !aaaa.chain.empty();
  if (!proven) made->security = std::min(made->security, Security::insecure);
  if (!proven) a.security = std::min(a.security, Security::insecure);
  a.chain = with_last(a.chain, std::move(made));
  a.translated = true;
  a.near_end = false;
  return a;
}

EntryPtr Dns64::reverse(const dns::Name& name) const {
  if (!options_.prefix || !name.is_below(apex_)) return nullptr;
  const auto ipv6 = address_of_reverse(name);
  const auto ipv4 = ipv6 ? translated_back(*options_.prefix, *ipv6) : std::nullopt;
  if (!ipv4) return nullptr;
  std::string text;
  for (std::size_t i = 4; i-- > 0;) text += std::to_string(ipv4->octets[i]) + ".";
  dns::RRsetBuilder cname(name, Type::cname);
  (void)cname.add(dns::Name::literal(text + "in-addr.arpa.").wire(), reverse_ttl);
  auto made = std::make_shared<cache::Entry>();
  made->evidence = {name, Type::cname, dns::Finding::positive, cname.build(), {}, apex_};
  made->rank = cache::Rank::authoritative;
  made->security = Security::insecure;
  made->epoch = std::numeric_limits<std::uint64_t>::max();
  made->expires_age_ms = ageless;
  return made;
}
}  // namespace windlass::resolver
