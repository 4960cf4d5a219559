#pragma once
/// Pace: lets so much begin a second and no more. What was not used is kept for one second.
#include <algorithm>
#include <cstdint>
namespace windlass::resolver {

class Pace {
 public:
  /// May one more begin, at `rate` a second? True takes it.
  bool take(std::int64_t rate, std::int64_t mono_us) noexcept {
    constexpr std::int64_t second_us = 1'000'000;
    const std::int64_t passed_us = std::clamp<std::int64_t>(mono_us - last_us_, 0, second_us);
    room_ = first_ ? rate * second_us : std::min(rate * second_us, room_ + passed_us * rate);
    first_ = false;
    last_us_ = mono_us;
    if (room_ < second_us) return false;
    room_ -= second_us;
    return true;
  }

 private:
  std::int64_t room_ = 0, last_us_ = 0;  ///< room in millionths
  bool first_ = true;
};
}  // namespace windlass::resolver
