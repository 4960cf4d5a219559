#pragma once
/// Clock: the only source of time in the house.
///
///   wall   seconds since 1970, CLOCK_REALTIME     signatures, RFC 5011, files, logs
///   age    milliseconds, CLOCK_BOOTTIME           TTLs: runs on through suspend, ignores NTP
///   mono   microseconds, CLOCK_MONOTONIC          timers, round trips
///
/// Read once per turn of the loop and handed down as a Now, so that one turn has one time.
/// Tests inject ManualClock. A step of the wall clock changes no TTL and no round trip.
#include <cstdint>
namespace windlass {

struct Now {
  std::int64_t wall_s = 0;
  std::int64_t age_ms = 0;
  std::int64_t mono_us = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now now() const = 0;
};

/// The kernel's clocks.
class SystemClock final : public Clock {
 public:
  Now now() const override;
};

/// A clock that moves only when told. For tests, scenarios and simulation.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Now start = {1'700'000'000, 1'000'000, 1'000'000}) : now_(start) {}
  Now now() const override { return now_; }
  /// Moves all three clocks together, as time does.
  void advance_us(std::int64_t us);
  /// Steps the wall clock alone, as NTP does.
  void step_wall(std::int64_t seconds) { now_.wall_s += seconds; }
  void set_wall(std::int64_t seconds) { now_.wall_s = seconds; }

 private:
  Now now_;
  std::int64_t rest_us_ = 0, rest_wall_us_ = 0;
};
}  // namespace windlass
