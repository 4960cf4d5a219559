#include "resolver/wait_graph.hpp"

#include <algorithm>
#include <unordered_set>

namespace windlass::resolver {

bool WaitGraph::add(ResolutionId parent, ResolutionId child) {
  const std::lock_guard lock(guard_);
  if (parent == child || reaches(child, parent)) return false;
  waits_for_[parent].push_back(child);
  return true;
}

void WaitGraph::remove(ResolutionId parent, ResolutionId child) {
  const std::lock_guard lock(guard_);
  const auto node = waits_for_.find(parent);
  if (node == waits_for_.end()) return;
  auto& children = node->second;
  if (const auto at = std::find(children.begin(), children.end(), child); at != children.end())
    children.erase(at);
  if (children.empty()) waits_for_.erase(node);
}

std::size_t WaitGraph::size() const {
  const std::lock_guard lock(guard_);
  return waits_for_.size();
}

bool WaitGraph::reaches(ResolutionId from, ResolutionId to) const {
  std::vector<ResolutionId> open{from};
  std::unordered_set<ResolutionId> seen{from};
  while (!open.empty()) {
    const auto node = waits_for_.find(open.back());
    open.pop_back();
    if (node == waits_for_.end()) continue;
    for (const ResolutionId next : node->second) {
      if (next == to) return true;
      if (seen.insert(next).second) open.push_back(next);
    }
  }
  return false;
}
}  // namespace windlass::resolver
