#pragma once
/// ClientCounts: how many recursions each client address waits for, over all workers. Thread-safe.
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
  Shard& shard_of(const IpAddress& client) const {
    return *shards_[Hash{key_}(client) % shards_.size()];
  }

  std::array<std::unique_ptr<Shard>, 16> shards_;
  HashKey key_;
};
}  // namespace windlass::server
