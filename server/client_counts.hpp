#pragma once
/// ClientCounts: how many recursions each client waits for, over all workers. Thread-safe.
/// A client is an IPv4 address or an IPv6 /64, whose addresses one machine may all have.
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/address.hpp"
#include "base/siphash.hpp"
namespace windlass::server {

class ClientCounts {
 public:
  explicit ClientCounts(const HashKey& key) : key_(key) {
    for (auto& shard : shards_) shard = std::make_unique<Shard>(key);
  }
  unsigned waiting(const IpAddress& client) const;
  void add(const IpAddress& client);
  void remove(const IpAddress& client);

 private:
  struct Hash {
    HashKey key;
    std::size_t operator()(const IpAddress& a) const noexcept { return siphash(key, a.octets); }
  };
  struct Shard {
    mutable std::mutex guard;
    std::unordered_map<IpAddress, unsigned, Hash> counts;
    explicit Shard(const HashKey& key) : counts(8, Hash{key}) {}
  };
  static IpAddress network_of(const IpAddress& client) noexcept {
    return client.family == 6 ? Prefix::of(client, 64).address : client;
  }
  Shard& shard_of(const IpAddress& network) const {
    return *shards_[Hash{key_}(network) % shards_.size()];
  }

  std::array<std::unique_ptr<Shard>, 16> shards_;
  HashKey key_;
};
}  // namespace windlass::server
