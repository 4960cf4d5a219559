#pragma once
/// What the cache's three maps hold and how each value is found, weighed and counted.
#include "cache/delegation.hpp"
#include "cache/entry.hpp"
#include "cache/sharded_map.hpp"
namespace windlass::cache {

/// Key of all three maps. The place is the name's hash alone: all types of one name share a shard.
struct NameKey {
  NameKey(std::uint64_t name_hash, const dns::Name& n, dns::Type t, Partition p) noexcept
      : place(name_hash), hash(mixed(name_hash, t, p)), name(n), type(t), partition(p) {}

  std::uint64_t place, hash;
  const dns::Name& name;  ///< outlives the key
  dns::Type type;
  Partition partition;

 private:
  /// The finalizer of MurmurHash3 over a secret hash: types of one name spread over all buckets.
  static std::uint64_t mixed(std::uint64_t hash, dns::Type type, Partition partition) noexcept {
    hash += (static_cast<std::uint64_t>(type) << 32) | partition;
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53u;
    return hash ^ (hash >> 33);
  }
};

/// Heap octets of a value, shared RRsets counted in each holder.
std::size_t memory_octets(const Entry& entry) noexcept;
std::size_t memory_octets(const Delegation& delegation) noexcept;

struct EntryPolicy {
  using Key = NameKey;
  struct Value {
    EntryPtr entry;
    dns::Type type = dns::Type::none;  ///< none: an NXDOMAIN, which stands for all types
    Partition partition = 0;
  };
  static constexpr unsigned kinds = 2, rrset = 0, negative = 1;

  static const dns::Name& name(const Value& v) noexcept { return v.entry->evidence.name; }
  static bool matches(const Value& v, const Key& key) noexcept {
    return v.type == key.type && v.partition == key.partition && name(v) == key.name;
  }
  static std::size_t octets(const Value& v) noexcept { return memory_octets(*v.entry); }
  static unsigned kind(const Value& v) noexcept {
    return !v.entry || v.entry->evidence.finding == dns::Finding::positive ? rrset : negative;
  }
};

struct DelegationPolicy {
  using Key = NameKey;
  struct Value {
    DelegationPtr delegation;
    Partition partition = 0;
  };
  static constexpr unsigned kinds = 1;

  static const dns::Name& name(const Value& v) noexcept { return v.delegation->cut; }
  static bool matches(const Value& v, const Key& key) noexcept {
    return v.partition == key.partition && name(v) == key.name;
  }
  static std::size_t octets(const Value& v) noexcept { return memory_octets(*v.delegation); }
  static unsigned kind(const Value&) noexcept { return 0; }
};

struct FailurePolicy {
  using Key = NameKey;
  struct Value {
    dns::Name owner;
    dns::Type type = dns::Type::none;
    Partition partition = 0;
    dns::Ede ede;
    std::int64_t lasts_ms = 0, expires_age_ms = 0;
  };
  static constexpr unsigned kinds = 1;

  static const dns::Name& name(const Value& v) noexcept { return v.owner; }
  static bool matches(const Value& v, const Key& key) noexcept {
    return v.type == key.type && v.partition == key.partition && v.owner == key.name;
  }
  static std::size_t octets(const Value& v) noexcept {
    return v.ede.text.capacity() + allocation_octets;
  }
  static unsigned kind(const Value&) noexcept { return 0; }
};
}  // namespace windlass::cache
