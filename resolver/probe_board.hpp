#pragma once
/// ProbeBoard: which minimised questions are under way, over all workers, and who waits for them.
///
/// Many names below one cold cut need the same probe; it is sent once. Cold path only; one mutex.
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "resolver/outcome.hpp"
#include "resolver/wait_graph.hpp"
namespace windlass::resolver {

class ProbeBoard {
 public:
  struct Place {
    unsigned worker;
    ResolutionId id;
  };
  explicit ProbeBoard(const HashKey& key) : probes_(16, KeyHash{key}) {}

  /// True: nobody sends this probe yet, and the caller does so from now on.
  bool claim(const Key& key);
  /// True: the probe is under way, and `place` is told of its end.
  bool wait(const Key& key, Place place);
  /// The probe ended: who waited for it.
  std::vector<Place> release(const Key& key);
  std::size_t size() const;

 private:
  mutable std::mutex guard_;
  std::unordered_map<Key, std::vector<Place>, KeyHash> probes_;
};
}  // namespace windlass::resolver
