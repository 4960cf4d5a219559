#include "base/clock.hpp"

#include <ctime>

namespace windlass {
namespace {
timespec read(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return ts;
}
}  // namespace

Now SystemClock::now() const {
  const timespec wall = read(CLOCK_REALTIME);
  const timespec age = read(CLOCK_BOOTTIME);
  const timespec mono = read(CLOCK_MONOTONIC);
  return {wall.tv_sec, age.tv_sec * 1000 + age.tv_nsec / 1'000'000,
          mono.tv_sec * 1'000'000 + mono.tv_nsec / 1000};
}

void ManualClock::advance_us(std::int64_t us) {
  now_.mono_us += us;
  rest_us_ += us;
  now_.age_ms += rest_us_ / 1000;
  rest_us_ %= 1000;
  rest_wall_us_ += us;
  now_.wall_s += rest_wall_us_ / 1'000'000;
  rest_wall_us_ %= 1'000'000;
}
}  // namespace windlass
