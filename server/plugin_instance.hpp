#pragma once
/// PluginInstance: one plugin with one configuration, and the services the host lends it.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "conf/settings.hpp"
#include "server/plugin_module.hpp"
namespace windlass::server {

/// What one worker saw of one plugin. Written by that worker, read by any.
struct PluginFigures {
  std::atomic<std::uint64_t> calls{0}, errors{0}, slowest_us{0};
  std::atomic<bool> breaker_open{false};
};

class PluginInstance {
 public:
  /// config_check, then create. The error is one line naming the plugin, its file and the cause.
  static Result<std::unique_ptr<PluginInstance>, std::string> make(
      PluginModule module, const conf::PluginSettings& settings, const std::string& state_dir);
  ~PluginInstance();  ///< quiesce, destroy
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  const std::string& name() const noexcept { return name_; }
  const windlass_plugin& calls() const noexcept { return module_.calls; }
  void* handle() const noexcept { return instance_; }
  /// The figures of one more worker; they stay until the instance ends.
  PluginFigures& add_worker();
  std::string describe();

 private:
  PluginInstance(PluginModule module, std::string name);
  Result<Done, std::string> create(const conf::PluginSettings& settings,
                                   const std::string& state_dir);
  static void log(void* context, std::int32_t level, const char* text) noexcept;
  static void clock(void* context, windlass_time* now) noexcept;
  static void count(void* context, std::uint32_t index, std::uint64_t add) noexcept;

  PluginModule module_;
  std::string name_;
  windlass_host host_{};
  void* instance_ = nullptr;
  bool created_ = false;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counters_;
  std::mutex guard_;
  std::vector<std::unique_ptr<PluginFigures>> workers_;
};
}  // namespace windlass::server
