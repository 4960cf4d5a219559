#pragma once
/// Names, RRsets, Entries and Delegations as short as tests want them.
#include <array>
#include <limits>
#include <memory>
#include <string>

#include "cache/cache.hpp"
#include "dns/rrset.hpp"
namespace windlass::cache::samples {

constexpr HashKey key{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

inline dns::Name name(const std::string& text) {
  return dns::Name::literal(text);
}

/// One record with `rdata_octets` octets of rdata (4: an A record).
inline dns::RRsetPtr rrset(const dns::Name& owner, dns::Type type = dns::Type::a,
                           std::size_t rdata_octets = 4) {
  dns::RRsetBuilder builder(owner, type);
  const std::vector<std::uint8_t> rdata(rdata_octets, 7);
  const bool added = static_cast<bool>(builder.add(rdata, 300));
  return added ? builder.build() : nullptr;
}

/// What a test says about an Entry; the rest is of no matter to it.
struct Say {
  dns::Type type = dns::Type::a;
  dns::Finding finding = dns::Finding::positive;
  Rank rank = Rank::authoritative;
  Security security = Security::unchecked;
  std::uint64_t epoch = 1;
  std::int64_t stored = 0, expires = 60'000;
  std::size_t rdata_octets = 4;
};

inline EntryPtr entry(const dns::Name& owner, const Say& say = {}) {
  auto made = std::make_shared<Entry>();
  made->evidence.name = owner;
  made->evidence.type = say.type;
  made->evidence.finding = say.finding;
  if (say.finding == dns::Finding::positive)
    made->evidence.rrset = rrset(owner, say.type, say.rdata_octets);
  made->rank = say.rank, made->security = say.security, made->epoch = say.epoch;
  made->stored_age_ms = say.stored, made->expires_age_ms = say.expires;
  return made;
}
inline EntryPtr entry(const std::string& owner, const Say& say = {}) {
  return entry(name(owner), say);
}

inline Endpoint endpoint(std::uint32_t number, std::uint16_t port = 53) {
  const std::array<std::uint8_t, 4> octets{10, static_cast<std::uint8_t>(number >> 16),
                                           static_cast<std::uint8_t>(number >> 8 & 0xFF),
                                           static_cast<std::uint8_t>(number & 0xFF)};
  return {IpAddress::v4(octets), port};
}

/// A Delegation of `cut` to one server with one address.
inline DelegationPtr delegation(const std::string& cut, const std::string& server,
                                std::int64_t expires, std::uint32_t address = 1) {
  auto made = std::make_shared<Delegation>();
  made->cut = name(cut);
  made->servers.push_back({name(server), {endpoint(address)}});
  made->source = expires == never ? DelegationSource::hint : DelegationSource::referral;
  made->expires_age_ms = expires;
  return made;
}

inline std::uint64_t octets_in(const Cache& cache) {
  std::uint64_t sum = 0;
  for (const CacheCounts& row : cache.counts()) sum += row.octets;
  return sum;
}
inline CacheCounts counts_of(const Cache& cache, CacheKind kind) {
  for (const CacheCounts& row : cache.counts())
    if (row.kind == kind) return row;
  return {};
}
}  // namespace windlass::cache::samples
