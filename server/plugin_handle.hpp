#pragma once
/// PluginHandle: one worker's handle on one plugin instance: thread_enter, calls with their time
/// kept, thread_leave. Lives on its worker's thread until the worker's last stream of it has ended.
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "resolver/front.hpp"
#include "server/plugin_breaker.hpp"
#include "server/plugin_instance.hpp"
namespace windlass::server {

/// What a call to a plugin came to.
struct PluginOutcome {
  resolver::LocalZones::Verdict verdict;
  int label;          ///< of plugin_calls_total
  const char* wrong;  ///< what the plugin did that it must not, or nullptr
};

class PluginHandle {
 public:
  PluginHandle(std::shared_ptr<PluginInstance> instance, unsigned worker, const Limits& limits,
               Metrics& metrics, const Clock& clock);
  ~PluginHandle();
  PluginHandle(const PluginHandle&) = delete;
  PluginHandle& operator=(const PluginHandle&) = delete;

  const windlass_plugin& calls() const noexcept { return instance_->calls(); }
  const PluginInstance& instance() const noexcept { return *instance_; }
  void* thread() const noexcept { return thread_; }
  bool entered() const noexcept { return entered_; }
  bool passed_by() const noexcept { return !entered_ || breaker_.open(); }
  bool admits(std::int64_t mono_us) const noexcept { return breaker_.admits(mono_us); }
  std::int64_t now_us() const { return clock_.now().mono_us; }

  void begin_batch(std::int64_t mono_us);  ///< tries to enter again when it is time
  void end_batch();
  /// The generation published at this slot; nullopt: there is no such slot.
  std::optional<std::uint64_t> generation(std::uint32_t slot) const noexcept;
  /// Counts the call, keeps its time, moves the breaker. True: passed_by() has changed.
  bool note(const PluginOutcome& outcome, std::string_view call, std::int64_t before_us);
  /// Tells of a call that held up its worker.
  void keep_time(std::string_view call, std::int64_t before_us, std::int64_t after_us) const;

 private:
  void enter();
  void tell(bool was_open, const char* wrong) const;

  std::shared_ptr<PluginInstance> instance_;
  unsigned worker_;
  Metrics& metrics_;
  const Clock& clock_;
  PluginFigures& figures_;
  PluginBreaker breaker_;
  void* thread_ = nullptr;
  const std::uint64_t* generations_ = nullptr;
  std::uint32_t generation_count_ = 0;
  bool entered_ = false, in_batch_ = false;
  std::int64_t enter_again_us_ = 0;
};
}  // namespace windlass::server
