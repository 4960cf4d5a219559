#pragma once
/// Effort: what a Validation has spent on cryptography, against the limits of one answer, of one
/// step (crypto_slice) and of the request (Work).
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "validator/validation.hpp"
namespace windlass::validator {

/// Signature checks of one answer of a zone.
struct Fetch {
  std::int64_t checks = 0, failures = 0;
  bool limited = false;  ///< a limit ended the checks: more of the same would cost as much again
};

class Effort {
 public:
  enum class Permit : std::uint8_t { granted, answer_limit, stopped };

  /// `slice`: see Validation::Context.
  Effort(const Limits& limits, Metrics& metrics, Slice* slice = nullptr)
      : limits_(limits), metrics_(metrics), slice_(slice ? *slice : own_slice_) {}
  void begin_step(const Now& now, Work& work);
  const Now& now() const noexcept { return now_; }
  const Limits& limits() const noexcept { return limits_; }

  /// Leave to check one signature of `cost_us`. answer_limit: `limit_hit` says which row; stopped:
  /// see verdict().
  Permit may_check(Fetch& fetch, std::uint8_t algorithm, std::int64_t cost_us);
  /// A check failed. False: stopped, the request has no failures left.
  bool count_failure(Fetch& fetch);
  /// Leave to compute one NSEC3 hash. False: stopped.
  bool may_hash(std::uint16_t iterations);
  /// Counts a row of the limits table as hit.
  void count_limit(Limit limit);
  /// Another answer is looked at from now on.
  void begin_answer() noexcept { cut_off_.reset(); }
  /// The row that left a part of this answer unseen, the last if several did.
  std::optional<Limit> cut_off() const noexcept { return cut_off_; }
  Limit limit_hit() const noexcept { return limit_hit_; }
  /// Why work stopped: more or spent. Precondition: a call above said so in this step.
  Verdict take_stop() { return std::move(stop_); }

 private:
  bool slice_has_room(std::int64_t cost_us);
  bool spent(Limit limit);
  const Limits& limits_;
  Metrics& metrics_;
  Now now_;
  Work* work_ = nullptr;
  Slice own_slice_;
  Slice& slice_;
  Limit limit_hit_ = Limit::signature_checks;
  std::optional<Limit> cut_off_;
  Verdict stop_;
};
}  // namespace windlass::validator
