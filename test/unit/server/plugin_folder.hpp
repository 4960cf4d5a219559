#pragma once
// A folder that nobody else can write, with copies of the scripted plugins in it. For tests.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <stdlib.h>

#include "conf/settings.hpp"
#include "server/plugin_host.hpp"
namespace windlass::test {

class PluginFolder {
 public:
  PluginFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "windlass-plugin-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder " + name);
    path_ = std::filesystem::canonical(name);
  }
  ~PluginFolder() { std::filesystem::remove_all(path_); }
  PluginFolder(const PluginFolder&) = delete;
  PluginFolder& operator=(const PluginFolder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  /// Copies scripted_plugin`flaw`.so here; its path.
  std::string plugin(const std::string& flaw = "") const {
    const std::string name = "scripted_plugin" + flaw + ".so", to = *this / name;
    std::filesystem::copy_file(std::filesystem::path(WINDLASS_TEST_PLUGINS) / name, to,
                               std::filesystem::copy_options::overwrite_existing);
    mode(to, 0755);
    return to;
  }
  static void mode(const std::string& path, unsigned octal) {
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(octal));
  }
  /// What the scripted plugins wrote to `trace`: the calls, without the threads' names.
  std::string traced() const {
    std::ifstream file(*this / "trace");
    std::string line, calls;
    while (std::getline(file, line))
      calls += (calls.empty() ? "" : " ") + line.substr(0, line.find(' '));
    return calls;
  }

 private:
  std::filesystem::path path_;
};

inline conf::PluginSettings plugin_settings(
    const std::string& path, const std::string& json = R"({"zone":"home.example."})") {
  conf::PluginSettings settings;
  settings.name = "play";
  settings.path = path;
  settings.config_json = json;
  return settings;
}

/// The error of loading these, or "loaded".
inline std::string load_error(const std::vector<conf::PluginSettings>& plugins,
                              const std::string& plugin_dir = "/nonexistent") {
  const auto loaded = server::PluginSet::load(plugins, {plugin_dir, ""}, Limits{});
  return loaded ? "loaded" : loaded.error().text;
}
}  // namespace windlass::test
