#pragma once
/// PluginWorker: one worker's handles on all plugins; the plugin whose zone is closest to the name
/// is asked.
///
///   closed --errors in a row (row plugin_errors)--> open --5 s--> one query is tried: closed, or
///   open again
///
/// While a breaker is open its plugin's names get SERVFAIL: they are never sent to outside servers
/// instead.
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "resolver/front.hpp"
#include "server/plugin_instance.hpp"
namespace windlass::server {

class PluginBreaker {
 public:
  static constexpr std::int64_t retry_us = 5'000'000;
  explicit PluginBreaker(std::int64_t limit) : limit_(limit) {}
  bool open() const noexcept { return errors_ >= limit_; }
  bool admits(std::int64_t mono_us) const noexcept { return !open() || mono_us >= retry_at_us_; }
  void failed(std::int64_t mono_us) noexcept {
    if (++errors_ >= limit_) errors_ = limit_, retry_at_us_ = mono_us + retry_us;
  }
  void succeeded() noexcept { errors_ = 0; }

 private:
  std::int64_t limit_, errors_ = 0, retry_at_us_ = 0;
};

class PluginWorker final : public resolver::LocalZones {
 public:
  using Instances = std::vector<std::unique_ptr<PluginInstance>>;
  /// Made, used and destroyed on one thread: thread_enter and thread_leave happen there.
  PluginWorker(std::shared_ptr<const Instances> instances, unsigned worker, const Limits& limits,
               Metrics& metrics, const Clock& clock);
  ~PluginWorker() override;

  Verdict answer(const Query& query, std::span<std::uint8_t> out, Reply& reply) override;
  void end_batch() override;

 private:
  struct Handle {
    PluginInstance* instance;
    PluginFigures* figures;
    PluginBreaker breaker;
    void* thread = nullptr;
    bool entered = false;
    std::int64_t enter_again_us = 0;
  };
  struct Outcome {
    Verdict verdict;
    int label;          ///< of plugin_calls_total; negative: it has none
    const char* wrong;  ///< what the plugin did that it must not, or nullptr
  };

  void enter(Handle& handle);
  void begin_batch();
  Handle* closest(const windlass_query& query);
  Verdict ask(Handle& handle, const windlass_query& query, std::size_t limit_octets,
              std::span<std::uint8_t> out, std::size_t& written);
  static Outcome judge(std::int32_t said, const windlass_query& query, const windlass_reply& reply);
  void note(Handle& handle, const Outcome& outcome, std::int64_t before_us);
  void show_breakers();

  std::shared_ptr<const Instances> instances_;  ///< the plugins live while one worker has a handle
  unsigned worker_;
  Metrics& metrics_;
  const Clock& clock_;
  std::vector<Handle> handles_;
  bool in_batch_ = false;
};
}  // namespace windlass::server
