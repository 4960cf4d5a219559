#pragma once
/// PluginSet: the plugins of one configuration, loaded once and asked by every worker.
///
/// Loading: dlopen(RTLD_NOW | RTLD_LOCAL), one symbol, version handshake; the file and its folders
/// must be owned by root or the starting user and writable by no one else; never dlclosed. See
/// include/windlass/plugin.h.
///
/// Reload: a set beside the one in force. Plugins whose settings are the same are in both; of the
/// others a second instance is made of the module that is loaded already, since two images of one
/// module would share their files without knowing of each other.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "conf/settings.hpp"
#include "control/command_row.hpp"
#include "resolver/front.hpp"
#include "server/plugin_instance.hpp"
namespace windlass::server {

struct PluginError {
  std::string text;  ///< one line: which file, what is wrong with it
};

struct PluginPlaces {
  std::string plugin_dir;  ///< where paths without a slash are looked up
  std::string state_dir;   ///< where a plugin's relative file names lead
};

class PluginSet {
 public:
  using Ptr = std::shared_ptr<PluginSet>;
  using Plugins = std::vector<conf::PluginSettings>;
  /// Loads all, in order; the first failure is the error and nothing stays in use.
  static Result<Ptr, PluginError> load(const Plugins& plugins, const PluginPlaces& places,
                                       const Limits& limits,
                                       std::shared_ptr<PluginDesk> desk = nullptr,
                                       const PluginSet* before = nullptr);
  /// What a load would say before any instance is made: modules, and their word on the settings.
  static Result<Done, PluginError> check(const Plugins& plugins, const PluginPlaces& places,
                                         const PluginSet* before = nullptr);
  /// Until all are ready, looking often; the error names the first that was not in time
  /// (row plugin_ready_time), or says that `stop` became true.
  Result<Done, PluginError> wait_ready(const std::function<bool()>& stop) const;
  /// The plugins end with the last worker's handle, stream and command.
  ~PluginSet();
  bool empty() const noexcept;
  /// One worker's handle on all plugins: thread_enter now, thread_leave when destroyed (on the
  /// worker's thread). `metrics` and `clock` outlive it. Safe from several threads at once.
  /// `before`: what the worker had from another set.
  std::unique_ptr<resolver::LocalZones> enter(
      unsigned worker, Metrics& metrics, const Clock& clock,
      std::unique_ptr<resolver::LocalZones> before = nullptr);
  /// One line each for `status`. Any thread.
  std::vector<std::string> describe() const;
  /// All their commands; of two with one name the first plugin's.
  std::vector<control::CommandRow> commands() const;
  /// The one that knows this command, or nullptr.
  std::shared_ptr<PluginInstance> commanded(const std::string& command) const;
  /// Nothing further is begun: the process ends.
  void quiesce();

 private:
  struct Impl;
  explicit PluginSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::server
