#pragma once
/// PluginSet: the plugins of one configuration, loaded once and asked by every worker.
///
/// Loading: dlopen(RTLD_NOW | RTLD_LOCAL), one symbol, version handshake; the file and its folders
/// must be owned by root or the starting user and writable by no one else; never dlclosed. See
/// include/windlass/plugin.h.
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "conf/settings.hpp"
#include "resolver/front.hpp"
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
  /// Loads all, in order; the first failure is the error and nothing stays in use.
  static Result<std::shared_ptr<PluginSet>, PluginError> load(
      const std::vector<conf::PluginSettings>& plugins, const PluginPlaces& places,
      const Limits& limits);
  /// The plugins end with the last worker's handle.
  ~PluginSet();
  bool empty() const noexcept;
  /// One worker's handle on all plugins: thread_enter now, thread_leave when destroyed (on the
  /// worker's thread). `metrics` and `clock` outlive it. Safe from several threads at once.
  std::unique_ptr<resolver::LocalZones> enter(unsigned worker, Metrics& metrics,
                                              const Clock& clock);
  /// One line each for `status`. Any thread.
  std::vector<std::string> describe() const;

 private:
  struct Impl;
  explicit PluginSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::server
