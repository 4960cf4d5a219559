#include "server/client_counts.hpp"

namespace windlass::server {

unsigned ClientCounts::waiting(const IpAddress& client) const {
  const Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.guard);
  const auto at = shard.counts.find(client);
  return at == shard.counts.end() ? 0 : at->second;
}

void ClientCounts::add(const IpAddress& client) {
  Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.guard);
  ++shard.counts[client];
}

void ClientCounts::remove(const IpAddress& client) {
  Shard& shard = shard_of(client);
  const std::lock_guard lock(shard.guard);
  const auto at = shard.counts.find(client);
  if (at != shard.counts.end() && --at->second == 0) shard.counts.erase(at);
}
}  // namespace windlass::server
