#include "server/client_counts.hpp"

namespace windlass::server {

unsigned ClientCounts::waiting(const IpAddress& client) const {
  const IpAddress network = network_of(client);
  const Shard& shard = shard_of(network);
  const std::lock_guard lock(shard.guard);
  const auto at = shard.counts.find(network);
  return at == shard.counts.end() ? 0 : at->second;
}

void ClientCounts::add(const IpAddress& client) {
  const IpAddress network = network_of(client);
  Shard& shard = shard_of(network);
  const std::lock_guard lock(shard.guard);
  ++shard.counts[network];
}

void ClientCounts::remove(const IpAddress& client) {
  const IpAddress network = network_of(client);
  Shard& shard = shard_of(network);
  const std::lock_guard lock(shard.guard);
  const auto at = shard.counts.find(network);
  if (at != shard.counts.end() && --at->second == 0) shard.counts.erase(at);
}
}  // namespace windlass::server
