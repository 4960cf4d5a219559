#pragma once
/// Weather: when what goes wrong besides the servers' habits, and until when that excuses a failed
/// resolution.
#include <cstdint>
#include <vector>

#include "base/rng.hpp"
#include "test/simulate/hazards.hpp"
namespace windlass::simulate {

/// One thing that happens to the network or to the house.
struct Event {
  Hazard hazard;
  std::int64_t from_us, until_us;  ///< the same when it takes no time
};

class Weather {
 public:
  explicit Weather(Rng& rng) : rng_(rng) {}
  /// What begins at this time; by chance nothing.
  std::vector<Event> at(std::int64_t at_us);
  /// May a question that was open between these fail, though servers know the answer?
  bool excuses(std::int64_t asked_us, std::int64_t answered_us) const;
  std::size_t outages() const { return outages_.size(); }

 private:
  Event lasting(Hazard hazard, std::int64_t from_us, std::int64_t most_us);
  Rng& rng_;
  std::int64_t busy_until_us_ = 0;  ///< one outage, storm or family at a time
  std::vector<Event> outages_;      ///< and storms, until all is as it was
};
}  // namespace windlass::simulate
