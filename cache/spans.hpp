#pragma once
/// Spans: NSEC and NSEC3 records found secure, by zone, NSEC in canonical order of their owners,
/// NSEC3 in the order of their hashes. They deny names and types that nobody has asked for yet
/// (RFC 8198).
///
/// Callers store only what a validator proved, with the trust epoch of that verdict, and prove from
/// what they find here again what it says: a Span is evidence, not an answer. Of all shards
/// together never more than the octets given are held, but for what is just being stored; a zone
/// may use what others leave, and of the shard that holds most what was used least lately goes
/// first. Thread-safe.
#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "base/siphash.hpp"
#include "cache/entry.hpp"
#include "dns/nsec3.hpp"
namespace windlass::cache {

struct Span {
  dns::RRsetPtr record;  ///< one NSEC or NSEC3 record with its RRSIGs
  dns::RRsetPtr soa;     ///< of its zone, secure: what a denial is sent with; nullptr: not known
  std::int64_t expires_age_ms = 0;
  std::uint64_t epoch = 0;  ///< trust epoch under which it was found secure
};

class Spans {
 public:
  Spans(std::size_t octets, const HashKey& key);
  Spans(const Spans&) = delete;
  Spans& operator=(const Spans&) = delete;

  /// Precondition: span.record stands at or below `zone`. A SOA given with one record serves all of
  /// the zone, while it lasts. Of a zone NSEC3 records of one set of parameters are held, those
  /// stored last; what is no NSEC3 record of this zone (RFC 5155 8.1, 8.2) is not.
  void store(const dns::Name& zone, Partition partition, Span span);
  /// The fresh NSEC at `name`, else the one before it in canonical order; with the SOA, and ending
  /// with it, when that is known and fresh. nullopt: not known.
  std::optional<Span> at_or_before(const dns::Name& zone, Partition partition,
                                   const dns::Name& name, std::int64_t age_ms);
  /// The fresh NSEC3 at `hash`, else the one before it on the ring; the rest likewise.
  std::optional<Span> at_or_before(const dns::Name& zone, Partition partition,
                                   const dns::Nsec3Hash& hash, std::int64_t age_ms);
  /// Of the NSEC3 records held; nullopt: there are none.
  std::optional<dns::Nsec3Parameters> parameters(const dns::Name& zone, Partition partition);
  /// Forgets what may deny `name`; with `subtree` also what may deny names below it.
  std::size_t flush(const dns::Name& name, bool subtree);

  std::size_t size();
  std::size_t octets() const noexcept;

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
  using Hashes = std::map<dns::Nsec3Hash, Held>;
  struct ZoneLess {
    bool operator()(const std::pair<Partition, dns::Name>& a,
                    const std::pair<Partition, dns::Name>& b) const noexcept {
      return a.first != b.first ? a.first < b.first : a.second.canonical_order(b.second) < 0;
    }
  };
  struct Zone {
    Owners owners;
    Hashes hashes;
    dns::Nsec3Parameters parameters;  ///< of all of `hashes`
    Span authority;                   ///< the SOA alone
  };
  using Zones = std::map<std::pair<Partition, dns::Name>, Zone, ZoneLess>;
  struct Used {
    Zones::iterator zone;
    std::variant<Owners::iterator, Hashes::iterator> place;
  };
  struct Shard {
    std::mutex mutex;
    Zones zones;
    std::list<Used> order;  ///< the last used in front
    std::atomic<std::size_t> octets = 0;
  };
  Shard& shard_of(const dns::Name& zone) noexcept;
  void make_room();
  static void erase(Shard& shard, std::list<Used>::iterator used);
  static std::size_t octets_of(const Held& held, std::size_t place_octets) noexcept;
  static std::size_t octets_of(const Owners::value_type& at) noexcept;
  static std::size_t octets_of(const Hashes::value_type& at) noexcept;
  static std::size_t octets_of(const Zone& zone) noexcept;
  static Zones::iterator zone_for(Shard& shard, const dns::Name& name, Partition partition,
                                  const Span& span);
  static void agree(Shard& shard, Zones::iterator zone, const dns::Nsec3Record& record);
  template <class Places>
  static void put(Shard& shard, Zones::iterator zone, Places& places,
                  const typename Places::key_type& place, Span span);
  template <class Places>
  static std::optional<Span> found(Shard& shard, const Zone& zone, typename Places::iterator place,
                                   std::int64_t age_ms);

  static constexpr std::size_t shards = 16;
  std::size_t octets_most_;
  HashKey key_;
  std::array<Shard, shards> shards_;
};
}  // namespace windlass::cache
