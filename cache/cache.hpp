#pragma once
/// The caches that all workers share: RRsets and denials, Delegations, failures, servers.
///
/// Each is sharded; a call locks one shard for a short time and copies a pointer out. Together they
/// never hold more than CacheOptions::size_octets. Pure given a time: callers pass the Clock's age.
/// Thread-safe: every public function may be called from any worker.
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/siphash.hpp"
#include "cache/delegation.hpp"
#include "cache/entry.hpp"
#include "cache/server_table.hpp"
#include "cache/spans.hpp"
namespace windlass::cache {

constexpr std::size_t size_octets_min = 1u << 20;  ///< a smaller size_octets counts as this

struct CacheOptions {
  std::size_t size_octets = 256u << 20;
  std::int64_t min_ttl_s = 0, max_ttl_s = 86400, max_negative_ttl_s = 3600;
};

/// `server` counts Delegations and server addresses. A miss of an RRset or denial counts under
/// `rrset`.
struct CacheCounts {
  CacheKind kind;
  std::uint64_t entries, octets, hits, misses, evictions;
};

class Cache {
 public:
  Cache(const CacheOptions& options, const HashKey& key);
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // RRsets and denials ----------------------------------------------------------------------------
  /// The entry at exactly (name, type); an NXDOMAIN is found under every type of its name. Fresh
  /// ones only, unless `stale_ms` > 0: then also those that ended less long ago, bogus ones never.
  /// Of an entry and an NXDOMAIN that disagree the later stored one counts, by the rules of
  /// store(). Never allocates. `counted` in the hits and misses, or a look aside.
  EntryPtr find(const dns::Name& name, dns::Type type, Partition partition, std::int64_t age_ms,
                std::int64_t stale_ms = 0, bool counted = true);
  /// Stores `entry` (times already set) unless a fresh entry stands there that it may not replace
  /// (may_replace() in cache/rules.hpp). True when it stands now; entries that have ended already,
  /// or are too large for the limit, do not. What exists ends an NXDOMAIN it may replace; a secure
  /// or insecure answer ends the failure of its question.
  bool store(Partition partition, EntryPtr entry, std::int64_t age_ms);
  /// Puts `copy`, of the same name and type, in the place of `standing` if that still stands there.
  bool exchange(Partition partition, const EntryPtr& standing, EntryPtr copy);
  /// Expiry for data with this TTL, clamped to the options (negatives: max_negative_ttl_s).
  std::int64_t expiry(std::uint32_t ttl_s, dns::Finding finding,
                      std::int64_t age_ms) const noexcept;

  // Delegations -----------------------------------------------------------------------------------
  /// The deepest fresh Delegation whose cut is at or above `name`; strictly above when
  /// `above_only`.
  DelegationPtr deepest(const dns::Name& name, Partition partition, std::int64_t age_ms,
                        bool above_only = false);
  /// Stores a referral's Delegation. A fresh one at the same cut keeps its expiry when the servers
  /// are the same: the parent renews it only after it ended (ghost domains). None outlives the one
  /// above it, nor replaces a configured one.
  void store_delegation(Partition partition, DelegationPtr delegation, std::int64_t age_ms);

  // Failures (RFC 9520) ---------------------------------------------------------------------------
  /// The reason a question failed lately, while that is remembered.
  std::optional<dns::Ede> failure(const dns::Name& name, dns::Type type, Partition partition,
                                  std::int64_t age_ms);
  /// Remembers a failure for first_s, doubled at each repeat up to most_s. A repeat comes while it
  /// is remembered or within most_s after.
  void store_failure(const dns::Name& name, dns::Type type, Partition partition,
                     const dns::Ede& ede, std::int64_t first_s, std::int64_t most_s,
                     std::int64_t age_ms);

  /// All of them: it was we who could reach nobody.
  void forget_failures();

  ServerTable& servers() noexcept;
  /// Flushed with the names they may deny.
  Spans& spans() noexcept;

  // Operators -------------------------------------------------------------------------------------
  /// Drops entries, failures and Delegations (not configured ones) at `name`, in all partitions;
  /// with `subtree` also those below. Returns how many.
  std::size_t flush(const dns::Name& name, bool subtree);
  std::size_t flush_all();
  /// Drops bogus entries and failures at or below `name` (trust anchors changed there).
  std::size_t flush_untrusted(const dns::Name& name);
  /// All entries of one name, any type, any partition (stale ones too), for `cache lookup`.
  std::vector<std::pair<Partition, EntryPtr>> lookup(const dns::Name& name);
  std::vector<CacheCounts> counts() const;
  std::size_t limit_octets() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::cache
