#include "resolver/probe_board.hpp"

namespace windlass::resolver {

bool ProbeBoard::claim(const Key& key) {
  const std::lock_guard lock(guard_);
  return probes_.try_emplace(key).second;
}

bool ProbeBoard::wait(const Key& key, Place place) {
  const std::lock_guard lock(guard_);
  const auto at = probes_.find(key);
  if (at == probes_.end()) return false;
  at->second.push_back(place);
  return true;
}

std::vector<ProbeBoard::Place> ProbeBoard::release(const Key& key) {
  const std::lock_guard lock(guard_);
  const auto node = probes_.extract(key);
  return node ? std::move(node.mapped()) : std::vector<Place>{};
}

std::size_t ProbeBoard::size() const {
  const std::lock_guard lock(guard_);
  return probes_.size();
}
}  // namespace windlass::resolver
