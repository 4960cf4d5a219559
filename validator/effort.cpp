#include "validator/effort.hpp"

#include <string>

#include "dns/because.hpp"

namespace windlass::validator {
namespace {
constexpr unsigned enforced = 1;  ///< second label of limit_exceeded_total
}

void Effort::begin_step(const Now& now, Work& work) {
  now_ = now;
  work_ = &work;
  own_slice_.begin();
}

void Effort::count_limit(Limit limit) {
  cut_off_ = limit;
  metrics_.count(Metric::limit_exceeded_total, static_cast<unsigned>(limit), enforced);
}

bool Effort::slice_has_room(std::int64_t cost_us) {
  if (slice_.take(cost_us, limits_[Limit::crypto_slice] * 1000)) return true;
  stop_ = Verdict{};
  stop_.kind = VerdictKind::more;
  return false;
}

/// The resolver's Budget counts the row; here only the reason is given.
bool Effort::spent(Limit limit) {
  stop_ = Verdict{};
  stop_.kind = VerdictKind::spent;
  stop_.ede = dns::because<Fault::limit_reached>(row_of(limit).key, std::to_string(limits_[limit]));
  return false;
}

Effort::Permit Effort::may_check(Fetch& fetch, std::uint8_t algorithm, std::int64_t cost_us) {
  const bool checks_left = fetch.checks < limits_[Limit::signature_checks_per_fetch];
  if (!checks_left || fetch.failures >= limits_[Limit::signature_failures_per_fetch]) {
    limit_hit_ =
        checks_left ? Limit::signature_failures_per_fetch : Limit::signature_checks_per_fetch;
    count_limit(limit_hit_);
    fetch.limited = true;
    return Permit::answer_limit;
  }
  if (!slice_has_room(cost_us)) return Permit::stopped;
  if (!work_->pay_signature_check()) return spent(Limit::signature_checks), Permit::stopped;
  ++fetch.checks;
  metrics_.count(Metric::dnssec_signature_checks_total, algorithm);
  return Permit::granted;
}

bool Effort::count_failure(Fetch& fetch) {
  ++fetch.failures;
  return work_->pay_signature_failure() || spent(Limit::signature_failures);
}

bool Effort::may_hash(std::uint16_t iterations) {
  if (!slice_has_room(1 + iterations / 4)) return false;
  if (!work_->pay_nsec3_hash()) return spent(Limit::nsec3_hashes);
  metrics_.count(Metric::dnssec_nsec3_hashes_total);
  return true;
}
}  // namespace windlass::validator
