#include "test/simulate/weather.hpp"

#include <algorithm>

namespace windlass::simulate {
namespace {
/// After servers came back their zones must be heard again.
constexpr std::int64_t recovery_us = 60 * second_us;

struct Chance {
  Hazard hazard;
  std::uint32_t in_ten_thousand;
  std::int64_t most_us;  ///< 0: it takes no time
};
constexpr std::array chances{
    Chance{Hazard::outage, 15, 300 * second_us},
    Chance{Hazard::storm, 15, 60 * second_us},
    Chance{Hazard::no_ipv6, 30, 300 * second_us},
    Chance{Hazard::wall_step, 60, 0},
    Chance{Hazard::suspend, 30, 0},
    Chance{Hazard::flush, 60, 0},
    Chance{Hazard::reload, 60, 0},
    Chance{Hazard::zone_moved, 60, 0},
};
}  // namespace

Event Weather::lasting(Hazard hazard, std::int64_t from_us, std::int64_t most_us) {
  const auto seconds = static_cast<std::uint32_t>(most_us / second_us);
  Event event{hazard, from_us, from_us + (1 + rng_.below(seconds)) * second_us};
  busy_until_us_ = event.until_us + recovery_us;
  if (hazard != Hazard::no_ipv6) outages_.push_back({hazard, from_us, busy_until_us_});
  return event;
}

std::vector<Event> Weather::at(std::int64_t at_us) {
  std::vector<Event> events;
  for (const Chance& chance : chances) {
    if (rng_.below(10'000) >= chance.in_ten_thousand) continue;
    if (chance.most_us == 0)
      events.push_back({chance.hazard, at_us, at_us});
    else if (at_us >= busy_until_us_)
      events.push_back(lasting(chance.hazard, at_us, chance.most_us));
  }
  return events;
}

bool Weather::excuses(std::int64_t asked_us, std::int64_t answered_us) const {
  return std::ranges::any_of(outages_, [&](const Event& outage) {
    return answered_us >= outage.from_us && asked_us < outage.until_us;
  });
}
}  // namespace windlass::simulate
