#pragma once
/// PluginInstance: one plugin with one configuration, and the services the host lends it.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "conf/settings.hpp"
#include "control/command_row.hpp"
#include "control/reply_pipe.hpp"
#include "server/plugin_desk.hpp"
#include "server/plugin_jobs.hpp"
#include "server/plugin_module.hpp"
#include "server/plugin_turns.hpp"
namespace windlass::server {

/// What one worker saw of one plugin. Written by that worker, read by any.
struct PluginFigures {
  std::atomic<std::uint64_t> calls{0}, errors{0}, slowest_us{0};
  std::atomic<bool> breaker_open{false};
};

class PluginInstance {
 public:
  struct Room {  ///< what surrounds an instance
    std::string state_dir;
    Limits limits;
    std::shared_ptr<PluginDesk> desk;
  };
  /// config_check alone.
  static Result<Done, std::string> check(const PluginModule& module,
                                         const conf::PluginSettings& settings,
                                         const std::string& state_dir);
  /// config_check, then create. The error is one line with the cause.
  static Result<std::shared_ptr<PluginInstance>, std::string> make(
      PluginModule module, const conf::PluginSettings& settings, const Room& room);
  ~PluginInstance();  ///< quiesce, the end of all jobs, destroy
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  const std::string& name() const noexcept { return name_; }
  const windlass_plugin& calls() const noexcept { return module_.calls; }
  void* handle() const noexcept { return instance_; }
  const PluginModule& module() const noexcept { return module_; }
  const conf::PluginSettings& settings() const noexcept { return settings_; }
  bool ready() const { return calls().ready == nullptr || calls().ready(instance_) == 1; }
  const std::vector<control::CommandRow>& commands() const noexcept { return commands_; }
  /// Runs one command on this thread, when no more than limit plugin_commands run; ends the pipe.
  void run_command(const std::string& command, const std::vector<std::string>& arguments,
                   control::ReplyPipe& pipe);
  /// No further work is begun: the process ends.
  void quiesce();
  /// The figures of one more worker; they stay until the instance ends.
  PluginFigures& add_worker();
  std::string describe();

 private:
  PluginInstance(PluginModule module, const conf::PluginSettings& settings, const Room& room);
  Result<Done, std::string> create(const std::string& state_dir);
  Result<Done, std::string> read_commands();
  bool take_turn(const std::string& command, control::ReplyPipe& pipe);
  static void log(void* context, std::int32_t level, const char* text) noexcept;
  static void clock(void* context, windlass_time* now) noexcept;
  static void count(void* context, std::uint32_t index, std::uint64_t add) noexcept;
  static std::int32_t timer(void* context, std::uint64_t after_ms, void (*due)(void* data),
                            void* data) noexcept;
  static std::int32_t work(void* context, void (*run)(void* data), void (*done)(void* data),
                           void* data) noexcept;
  static std::int32_t resolve(void* context, const windlass_ask* ask, windlass_asked* asked,
                              void* data) noexcept;
  static std::int32_t complete(void* context, std::uint64_t ticket, std::int32_t verdict,
                               const std::uint8_t* message, std::size_t message_octets) noexcept;

  PluginModule module_;
  conf::PluginSettings settings_;
  std::string name_;
  std::shared_ptr<PluginDesk> desk_;
  std::shared_ptr<PluginJobs> jobs_;  ///< answers to resolve() may outlive the instance
  std::vector<control::CommandRow> commands_;
  PluginTurns turns_;
  windlass_host host_{};
  void* instance_ = nullptr;
  bool created_ = false;
  std::atomic<bool> quiesced_{false};
  std::unique_ptr<std::atomic<std::uint64_t>[]> counters_;
  std::mutex guard_;
  std::vector<std::unique_ptr<PluginFigures>> workers_;
};
}  // namespace windlass::server
