#pragma once
/// Trial: pieces of Evidence before the validator, each played to its end: what it needs is
/// answered by the test, what it spends is counted against the limits of one client request.
#include <functional>
#include <utility>

#include "base/clock.hpp"
#include "validator/validation.hpp"
namespace windlass::test {

/// What a request may spend, by the limits table, and what was spent.
class RequestWork final : public validator::Work {
 public:
  explicit RequestWork(const Limits& limits) : most_(limits) {}
  bool pay_signature_check() override { return pay(checks, Limit::signature_checks); }
  bool pay_signature_failure() override { return pay(failures, Limit::signature_failures); }
  bool pay_nsec3_hash() override { return pay(hashes, Limit::nsec3_hashes); }

  std::int64_t checks = 0, failures = 0, hashes = 0;

 private:
  bool pay(std::int64_t& counter, Limit limit) const {
    if (counter == most_[limit]) return false;
    return ++counter, true;
  }
  const Limits& most_;
};

struct Trial {
  /// nullptr: there is no answer.
  using Answers = std::function<const dns::Evidence*(const dns::Question&)>;
  struct Spent {
    std::int64_t checks = 0, failures = 0, hashes = 0;
    unsigned needs = 0, pauses = 0;
  };
  static constexpr unsigned steps_most = 2000;  ///< far beyond what any limit allows

  explicit Trial(validator::TrustAnchors::Ptr trusted) : anchors(std::move(trusted)) {}

  /// The last verdict; `needs` or `more` when it was given steps_most of them and came to no end.
  /// Keys that were learnt stay for the next.
  validator::Verdict judge(dns::Evidence evidence, const Answers& answers) {
    validator::Validation validation({options, limits, keys, metrics, anchors},
                                     std::move(evidence));
    RequestWork work(limits);
    spent = {};
    validator::Verdict verdict;
    for (unsigned step = 0; step < steps_most; ++step) {
      verdict = validation.step(clock.now(), work);
      if (verdict.kind == validator::VerdictKind::needs) {
        ++spent.needs;
        const dns::Evidence* given = answers(verdict.question);
        validation.provide(given, std::nullopt);
      } else if (verdict.kind == validator::VerdictKind::more) {
        ++spent.pauses;
      } else {
        break;
      }
    }
    spent.checks = work.checks, spent.failures = work.failures, spent.hashes = work.hashes;
    return verdict;
  }

  validator::TrustAnchors::Ptr anchors;
  Limits limits;
  validator::ValidatorOptions options;
  validator::KeyStore keys;
  Metrics metrics;
  ManualClock clock;
  Spent spent;  ///< by the last judge()
};
}  // namespace windlass::test
