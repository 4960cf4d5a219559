#pragma once
/// Spans: NSEC records found secure, by zone and in canonical order. They deny names and types that
/// nobody has asked for yet (RFC 8198).
///
/// Callers store only what a validator proved, with the trust epoch of that verdict, and prove from
/// what they find here again what it says: a Span is evidence, not an answer. Of all shards
/// together never more than the octets given are held; what was used least lately goes first.
/// Thread-safe.
#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>

#include "base/siphash.hpp"
#include "cache/entry.hpp"
#include "dns/rrset.hpp"
namespace windlass::cache {

struct Span {
  dns::RRsetPtr nsec;  ///< one NSEC record with its RRSIGs
  dns::RRsetPtr soa;   ///< of its zone, secure: what a denial is sent with; nullptr: not known
  std::int64_t expires_age_ms = 0;
  std::uint64_t epoch = 0;  ///< trust epoch under which it was found secure
};

class Spans {
 public:
  Spans(std::size_t octets, const HashKey& key);
  Spans(const Spans&) = delete;
  Spans& operator=(const Spans&) = delete;

  /// Precondition: span.nsec stands at or below `zone`. A SOA given with one record serves all of
  /// the zone, while it lasts.
  void store(const dns::Name& zone, Partition partition, Span span);
  /// The fresh record at `name`, else the one before it in canonical order, with the SOA and ending
  /// with it. nullopt: one of both is not known.
  std::optional<Span> at_or_before(const dns::Name& zone, Partition partition,
                                   const dns::Name& name, std::int64_t age_ms);
  /// Forgets what may deny `name`; with `subtree` also what may deny names below it.
  std::size_t flush(const dns::Name& name, bool subtree);

  std::size_t size();
  std::size_t octets();

 private:
  struct Canonical {
    bool operator()(const dns::Name& a, const dns::Name& b) const noexcept {
      return a.canonical_order(b) < 0;
    }
  };
  struct Used;
  struct Held {
    Span span;
    std::list<Used>::iterator used;
  };
  using Owners = std::map<dns::Name, Held, Canonical>;
  struct ZoneLess {
    bool operator()(const std::pair<Partition, dns::Name>& a,
                    const std::pair<Partition, dns::Name>& b) const noexcept {
      return a.first != b.first ? a.first < b.first : a.second.canonical_order(b.second) < 0;
    }
  };
  struct Zone {
    Owners owners;
    Span authority;  ///< the SOA alone
  };
  using Zones = std::map<std::pair<Partition, dns::Name>, Zone, ZoneLess>;
  struct Used {
    Zones::iterator zone;
    Owners::iterator owner;
  };
  struct Shard {
    std::mutex mutex;
    Zones zones;
    std::list<Used> order;  ///< the last used in front
    std::size_t octets = 0;
  };
  Shard& shard_of(const dns::Name& zone) noexcept;
  static void erase(Shard& shard, std::list<Used>::iterator used);
  static std::size_t octets_of(const Span& span) noexcept;
  static std::size_t octets_of(const Zone& zone) noexcept;
  static Zones::iterator zone_for(Shard& shard, const dns::Name& name, Partition partition,
                                  const Span& span);

  static constexpr std::size_t shards = 16;
  std::size_t shard_octets_;
  HashKey key_;
  std::array<Shard, shards> shards_;
};
}  // namespace windlass::cache
