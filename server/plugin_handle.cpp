#include "server/plugin_handle.hpp"

#include <utility>

#include "base/log.hpp"

namespace windlass::server {
namespace {
constexpr std::int64_t slow_us = 100'000;

void add(std::atomic<std::uint64_t>& figure) {
  figure.store(figure.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}
}  // namespace

PluginHandle::PluginHandle(std::shared_ptr<PluginInstance> instance, unsigned worker,
                           const Limits& limits, Metrics& metrics, const Clock& clock)
    : instance_(std::move(instance)),
      worker_(worker),
      metrics_(metrics),
      clock_(clock),
      figures_(instance_->add_worker()),
      breaker_(limits[Limit::plugin_errors], limits[Limit::plugin_retry]) {
  enter();
}

PluginHandle::~PluginHandle() {
  end_batch();
  const auto leave = calls().thread_leave;
  if (entered_ && leave != nullptr) leave(instance_->handle(), thread_);
  figures_.breaker_open.store(false, std::memory_order_relaxed);
}

void PluginHandle::enter() {
  thread_ = instance_->handle();
  entered_ =
      calls().thread_enter == nullptr || calls().thread_enter(thread_, worker_, &thread_) == 0;
  figures_.breaker_open.store(!entered_, std::memory_order_relaxed);
  if (entered_) return;
  enter_again_us_ = now_us() + breaker_.retry_us();
  log_error("WL-PLUGIN-002", "plugin " + instance_->name() + ": thread_enter failed on worker " +
                                 std::to_string(worker_) +
                                 "; until it succeeds its names are resolved as public ones there");
}

void PluginHandle::begin_batch(std::int64_t mono_us) {
  if (!entered_ && mono_us >= enter_again_us_) enter();
  if (!entered_ || std::exchange(in_batch_, true)) return;
  if (calls().generations != nullptr)
    generations_ = calls().generations(instance_->handle(), &generation_count_);
  if (calls().batch_begin == nullptr) return;
  calls().batch_begin(thread_);
  keep_time("batch_begin()", mono_us, now_us());
}

void PluginHandle::end_batch() {
  if (!std::exchange(in_batch_, false)) return;
  if (calls().batch_end != nullptr) calls().batch_end(thread_);
}

std::optional<std::uint64_t> PluginHandle::generation(std::uint32_t slot) const noexcept {
  if (generations_ == nullptr || slot >= generation_count_) return std::nullopt;
  return __atomic_load_n(&generations_[slot], __ATOMIC_ACQUIRE);
}

void PluginHandle::keep_time(std::string_view call, std::int64_t before_us,
                             std::int64_t after_us) const {
  const std::int64_t took_us = after_us - before_us;
  if (took_us > static_cast<std::int64_t>(figures_.slowest_us.load(std::memory_order_relaxed)))
    figures_.slowest_us.store(static_cast<std::uint64_t>(took_us), std::memory_order_relaxed);
  if (took_us <= slow_us) return;
  log_warning("WL-PLUGIN-003", "plugin " + instance_->name() + ": " + std::string(call) + " took " +
                                   std::to_string(took_us / 1000) +
                                   " ms; all clients of its worker waited");
}

bool PluginHandle::note(const PluginOutcome& outcome, std::string_view call,
                        std::int64_t before_us) {
  const std::int64_t after_us = now_us();
  add(figures_.calls);
  keep_time(call, before_us, after_us);
  metrics_.count(Metric::plugin_calls_total, static_cast<unsigned>(outcome.label));
  const bool was_open = breaker_.open();
  if (outcome.wrong != nullptr) {
    add(figures_.errors);
    breaker_.failed(after_us);
  } else {
    breaker_.succeeded();
  }
  if (outcome.wrong != nullptr || was_open) tell(was_open, outcome.wrong);
  if (was_open == breaker_.open()) return false;
  figures_.breaker_open.store(breaker_.open(), std::memory_order_relaxed);
  return true;
}

void PluginHandle::tell(bool was_open, const char* wrong) const {
  const std::string who = "plugin " + instance_->name() + ": ";
  if (wrong != nullptr) log_warning("WL-PLUGIN-004", who + wrong + "; the client got SERVFAIL");
  if (was_open && !breaker_.open()) log_notice("WL-PLUGIN-006", who + "it answers again");
  if (was_open || !breaker_.open()) return;
  log_error("WL-PLUGIN-005",
            who + "passed by after repeated errors; its names get SERVFAIL; tried again every " +
                std::to_string(breaker_.retry_us() / 1'000'000) + " s");
}
}  // namespace windlass::server
