#pragma once
/// PluginModule: a shared module, found, trusted, mapped and shaken hands with. Never unmapped.
///
/// Trusted: the file and the folder it stands in are owned by root or the starting user and
/// writable by no one else. So are the folders above, but these may be sticky (/tmp): nobody else
/// can move what stands in them.
#include <string>

#include "base/result.hpp"
#include "windlass/plugin.h"
namespace windlass::server {

struct PluginModule {
  std::string path;       ///< absolute, no links in it
  windlass_plugin calls;  ///< what the module's descriptor holds; zero what it is too old to hold

  /// `path` without a slash is looked up in `plugin_dir`. The error is the cause alone; `found`
  /// says which file.
  static Result<PluginModule, std::string> open(const std::string& path,
                                                const std::string& plugin_dir, std::string& found);
};
}  // namespace windlass::server
