#pragma once
/// WaitGraph: which Resolution waits for which, over all workers, so that joining refuses cycles.
///
/// Parent and child never hold each other; they are numbers here. Cold path only; one mutex.
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>
namespace windlass::resolver {

using ResolutionId = std::uint64_t;  ///< unique in the process: worker in the upper 16 bits

class WaitGraph {
 public:
  /// False, and nothing added, when `child` already waits (directly or not) for `parent`.
  bool add(ResolutionId parent, ResolutionId child);
  void remove(ResolutionId parent, ResolutionId child);
  std::size_t size() const;

 private:
  bool reaches(ResolutionId from, ResolutionId to) const;
  mutable std::mutex guard_;
  std::unordered_map<ResolutionId, std::vector<ResolutionId>> waits_for_;
};
}  // namespace windlass::resolver
