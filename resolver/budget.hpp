#pragma once
/// Budget: what one client request may still spend. Inherited by every sub-question, never reset.
///
/// Shared by all Resolutions that work for the request, on any worker: counters are relaxed
/// atomics, a payment that would pass the limit is refused and remembered as the reason the request
/// was stopped.
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "validator/validation.hpp"
namespace windlass::resolver {

class Budget final : public validator::Work {
 public:
  /// `deadline_mono_us`: when the request must have been answered.
  Budget(const Limits& limits, std::int64_t deadline_mono_us)
      : limits_(limits), deadline_us_(deadline_mono_us) {}

  bool pay_upstream_query() { return pay(queries_, Limit::upstream_queries); }
  /// The question never left (no route): it cost nobody anything.
  void refund_upstream_query() { queries_.fetch_sub(1, std::memory_order_relaxed); }
  bool pay_octets(std::size_t octets) { return pay(octets_, Limit::octets_received, octets); }
  bool pay_hop() { return pay(hops_, Limit::cname_hops); }
  bool pay_glueless() { return pay(glueless_, Limit::glueless_lookups); }
  bool pay_signature_check() override { return pay(signatures_, Limit::signature_checks); }
  bool pay_signature_failure() override { return pay(failures_, Limit::signature_failures); }
  bool pay_nsec3_hash() override { return pay(hashes_, Limit::nsec3_hashes); }

  /// Nothing more may be spent: a limit was hit, the client is gone, or its time is over.
  bool spent(std::int64_t mono_us) const noexcept {
    return cancelled_.load(std::memory_order_relaxed) || stopped_by() != Limit::count_of_rows ||
           mono_us >= deadline_us_;
  }
  /// The limit that stopped it; count_of_rows while none did.
  Limit stopped_by() const noexcept { return stopped_by_.load(std::memory_order_relaxed); }
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  std::int64_t deadline_us() const noexcept { return deadline_us_; }
  std::uint32_t hashes() const noexcept { return hashes_.load(std::memory_order_relaxed); }
  std::uint32_t queries() const noexcept { return queries_.load(std::memory_order_relaxed); }

 private:
  bool pay(std::atomic<std::uint32_t>& counter, Limit limit, std::size_t amount = 1);

  Limits limits_;
  std::int64_t deadline_us_;
  std::atomic<std::uint32_t> queries_{0}, octets_{0}, hops_{0}, glueless_{0}, signatures_{0},
      failures_{0}, hashes_{0};
  std::atomic<Limit> stopped_by_{Limit::count_of_rows};
  std::atomic<bool> cancelled_{false};
};
using BudgetPtr = std::shared_ptr<Budget>;
}  // namespace windlass::resolver
