#pragma once
/// BoundedShard: a hash table that never holds more octets or entries than it may. Not thread-safe.
///
///   queue:  oldest <-> ... <-> newest      in order of arrival
///                 ^hand                    walks from the oldest to the newest, then starts again
///
/// Eviction is SIEVE (Zhang and others, "SIEVE is Simpler than LRU", NSDI 2024): the hand spares an
/// entry that was hit since it last came by, and evicts the first other one. A flood of names that
/// are asked once passes through behind the hand and leaves those that are asked again in place.
///
/// Policy says what is held:
///   Key, Value         Key has `hash`: keyed, all bits mixed. Value moves, and holds its own key
///   matches(v, key)    true when `v` is what `key` asks for
///   octets(v)          heap octets behind the value, the node not included
///   kinds, kind(v)     how many kinds are counted apart, and which `v` is
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>
namespace windlass::cache {

/// What malloc takes beside what was asked for, and a shared_ptr's counts.
constexpr std::size_t allocation_octets = 16, shared_octets = 16 + allocation_octets;

struct KindCounts {
  std::uint64_t entries = 0, octets = 0, hits = 0, misses = 0, evictions = 0;

  KindCounts& operator+=(const KindCounts& other) noexcept {
    entries += other.entries, octets += other.octets, hits += other.hits;
    misses += other.misses, evictions += other.evictions;
    return *this;
  }
};

struct ShardLimits {
  std::size_t octets = 0, entries = 0;
  std::size_t typical_octets = 512;  ///< of one entry; sets how many buckets there are
};

template <class Policy>
class BoundedShard {
 public:
  using Key = typename Policy::Key;
  using Value = typename Policy::Value;

  struct Node {
    Value value;
    bool hit = false;  ///< asked for since the hand came by

   private:
    friend BoundedShard;
    std::uint64_t hash = 0;
    std::size_t octets = 0;
    std::unique_ptr<Node> chain;
    Node *newer = nullptr, *older = nullptr;
  };

  explicit BoundedShard(const ShardLimits& limits)
      : limits_(limits), buckets_(bucket_count(limits)), octets_(fixed_octets()) {}
  ~BoundedShard() {
    erase_if([](const Value&) { return true; });
  }
  BoundedShard(const BoundedShard&) = delete;
  BoundedShard& operator=(const BoundedShard&) = delete;

  /// The entry or nullptr, valid until the next change. Never allocates; the caller sets `hit`.
  Node* find(const Key& key) noexcept { return slot_of(key).get(); }

  /// Puts `value` in, in place of the one that stands there. Evicts first, so no bound is passed
  /// even for an instant. False, and nothing changed, when it takes more than a quarter of the
  /// shard.
  bool put(const Key& key, Value value) {
    const std::size_t needed = node_octets(value);
    if (needed > entry_octets_max()) return false;
    Node* const standing = find(key);
    make_room(needed, standing);
    if (standing) {
      uncount(*standing);
      standing->value = std::move(value);
      count(*standing, needed);
      return true;
    }
    auto node = std::make_unique<Node>();
    node->value = std::move(value), node->hash = key.hash;
    count(*node, needed);
    append(*node);
    auto& head = buckets_[bucket_of(key.hash)];
    node->chain = std::move(head), head = std::move(node);
    return true;
  }

  bool erase(const Key& key) noexcept {
    Node* const node = find(key);
    if (node) remove(*node);
    return node != nullptr;
  }
  /// Removes all values for which `wanted(value)`; returns how many.
  template <class Predicate>
  std::size_t erase_if(Predicate wanted) {
    std::size_t erased = 0;
    for (Node *at = oldest_, *next = nullptr; at; at = next) {
      next = at->newer;
      if (wanted(std::as_const(at->value))) remove(*at), ++erased;
    }
    return erased;
  }
  /// Calls `look(value)` for each, oldest first.
  template <class Look>
  void for_each(Look look) const {
    for (const Node* at = oldest_; at; at = at->newer) look(at->value);
  }

  void count_hit(const Node& node) noexcept { ++counts_[Policy::kind(node.value)].hits; }
  /// A miss has no value, hence no kind: it counts under the first.
  void count_miss() noexcept { ++counts_[0].misses; }
  /// Octets of the table itself count under the first kind.
  KindCounts counts(unsigned kind) const noexcept {
    KindCounts counts = counts_[kind];
    if (kind == 0) counts.octets += fixed_octets();
    return counts;
  }
  std::size_t octets() const noexcept { return octets_; }
  std::size_t size() const noexcept { return entries_; }
  std::size_t entry_octets_max() const noexcept {
    const bool room = limits_.entries > 0 && limits_.octets > fixed_octets();
    return room ? (limits_.octets - fixed_octets()) / 4 : 0;
  }

 private:
  static std::size_t bucket_count(const ShardLimits& limits) noexcept {
    const std::size_t wanted =
        std::min(limits.octets / std::max<std::size_t>(limits.typical_octets, 64), limits.entries);
    return std::bit_floor(std::max<std::size_t>(wanted, 1));
  }
  std::size_t fixed_octets() const noexcept {
    return sizeof(*this) + allocation_octets + buckets_.size() * sizeof(buckets_[0]);
  }
  static std::size_t node_octets(const Value& value) noexcept {
    return sizeof(Node) + allocation_octets + Policy::octets(value);
  }
  std::size_t bucket_of(std::uint64_t hash) const noexcept { return hash & (buckets_.size() - 1); }

  std::unique_ptr<Node>& slot_of(const Key& key) noexcept {
    auto* slot = &buckets_[bucket_of(key.hash)];
    while (*slot && ((*slot)->hash != key.hash || !Policy::matches((*slot)->value, key)))
      slot = &(*slot)->chain;
    return *slot;
  }

  void make_room(std::size_t needed, const Node* standing) {
    const std::size_t freed = standing ? standing->octets : 0;
    while (octets_ + needed > limits_.octets + freed || (!standing && entries_ >= limits_.entries))
      evict(standing);
  }
  /// Precondition: there is an entry other than `kept`. (When `kept` is the only one, put() fits.)
  void evict(const Node* kept) {
    Node* at = hand_ ? hand_ : oldest_;
    while (at->hit || at == kept) {
      at->hit = at->hit && at == kept;
      at = at->newer ? at->newer : oldest_;
    }
    hand_ = at;
    ++counts_[Policy::kind(at->value)].evictions;
    remove(*at);
  }
  void remove(Node& node) noexcept {
    uncount(node);
    if (hand_ == &node) hand_ = node.newer;
    (node.older ? node.older->newer : oldest_) = node.newer;
    (node.newer ? node.newer->older : newest_) = node.older;
    auto* slot = &buckets_[bucket_of(node.hash)];
    while (slot->get() != &node) slot = &(*slot)->chain;
    auto gone = std::move(*slot);
    *slot = std::move(gone->chain);
  }
  void append(Node& node) noexcept {
    node.older = newest_;
    (newest_ ? newest_->newer : oldest_) = &node;
    newest_ = &node;
  }
  void count(Node& node, std::size_t octets) noexcept {
    KindCounts& kind = counts_[Policy::kind(node.value)];
    ++kind.entries, ++entries_;
    kind.octets += octets, octets_ += octets, node.octets = octets;
  }
  void uncount(const Node& node) noexcept {
    KindCounts& kind = counts_[Policy::kind(node.value)];
    --kind.entries, --entries_;
    kind.octets -= node.octets, octets_ -= node.octets;
  }

  ShardLimits limits_;
  std::vector<std::unique_ptr<Node>> buckets_;  ///< never grows: no pause, no moment of double size
  Node *oldest_ = nullptr, *newest_ = nullptr, *hand_ = nullptr;
  std::size_t octets_, entries_ = 0;
  std::array<KindCounts, Policy::kinds> counts_{};
};
}  // namespace windlass::cache
