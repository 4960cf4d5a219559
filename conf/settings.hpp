#pragma once
/// Settings: everything one configuration file says, as plain values; each module's options in its
/// own struct. A file that says nothing gives the defaults of conf/default.yaml. Which keys there
/// are: conf/table.hpp.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "cache/cache.hpp"
#include "control/house.hpp"
#include "control/place.hpp"
#include "resolver/options.hpp"
#include "validator/trust_anchors.hpp"
#include "validator/validation.hpp"
namespace windlass::conf {

/// What is wrong, where, what was expected, what to do. Lines and columns count from 1; 0: no
/// place.
struct ConfError {
  std::string file;
  std::size_t line = 0, column = 0;
  const char* code = "WL-CONF-000";
  std::string text;

  /// "windlass.yaml:3:5: unknown key `acess`; did you mean `access`? (WL-CONF-003)"
  std::string to_text() const;
};

/// Says "use the copy in the binary" where else a file name stands.
inline constexpr std::string_view built_in = "built-in";

/// Says "make one" where else a file name stands.
inline constexpr std::string_view automatic = "auto";

/// A file that the configuration names, or `built-in`, or `auto`.
struct Source {
  std::string file{built_in};  ///< absolute once the settings are complete
  std::string named_at;        ///< "windlass.yaml:3:18"; empty: not by a file
  Source() = default;
  Source(std::string path) : file(std::move(path)) {}
  bool embedded() const { return file == built_in; }
  bool made() const { return file == automatic; }
};

struct AccessSettings {
  std::vector<Prefix> allow, deny, snoop;
};

/// Where one value of a plugin's configuration stands in the YAML file.
struct ValuePosition {
  std::string pointer;  ///< JSON pointer (RFC 6901): "/zones/0/file"
  std::size_t line = 0, column = 0;
};

struct PluginSettings {
  std::string name, path;  ///< a path without a slash is looked up in the plugin directory
  std::string config_json = "{}";
  std::vector<ValuePosition> positions;
  std::size_t line = 0, column = 0;
  friend bool operator==(const PluginSettings& a, const PluginSettings& b) {
    return a.name == b.name && a.path == b.path && a.config_json == b.config_json;
  }
};

struct ControlSettings {
  std::string socket;  ///< absolute
  unsigned mode = 0660;
};

struct MetricsSettings {
  IpAddress address;
  std::uint16_t port = 9153;  ///< 0: any free one
};

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  bool queries = false, bogus = true;
};

struct Settings {
  std::string file;  ///< empty: the built-in default
  std::vector<Endpoint> listen;
  unsigned workers = 0;  ///< 0: one a core
  AccessSettings access;
  resolver::ResolverOptions
      resolver;  ///< root_hints empty until load_root_hints(); limits are here
  Source root_hints;
  std::vector<Endpoint> local_root;  ///< servers that give the root zone away; none: no copy
  Source cookie_secret;              ///< `auto`: drawn at start
  std::vector<IpAddress> source_addresses;
  bool deny_own = true;  ///< the word `own` in recursion.deny_upstream: the addresses we listen on
  cache::CacheOptions cache;
  validator::ValidatorOptions validator;
  Source trust_anchors;
  bool auto_update = true;  ///< RFC 5011
  std::vector<validator::NegativeAnchor> negative_anchors;
  std::vector<PluginSettings> plugins;
  ControlSettings control;
  MetricsSettings metrics;
  std::string state_dir;  ///< absolute
  LogSettings log;

  const Limits& limits() const noexcept { return resolver.limits; }
};

template <class T>
using Loaded = Result<T, ConfError>;

/// The settings a text gives, over the defaults. `file_name` is for messages and Settings::file.
/// Reads no other file. Never throws, whatever the text.
Loaded<Settings> load_text(std::string_view text, const std::string& file_name,
                           const control::Place& place = control::Place::of_process());
Loaded<Settings> load_file(const std::string& path,
                           const control::Place& place = control::Place::of_process());
/// The defaults alone: what an empty file gives.
Settings defaults(const control::Place& place = control::Place::of_process());

/// The root servers of the built-in hints or of a file in root hints form.
Loaded<std::vector<resolver::RootServer>> load_root_hints(const Source& source);
/// The secrets of DNS cookies in a file, the first one first; none of `auto`. No error shows any.
Loaded<std::vector<resolver::CookieSecret>> load_cookie_secrets(const Source& source);
/// The trust anchors, built in or of a file. Errors of both name the file, its line, and where the
/// configuration named it.
Loaded<std::vector<validator::Anchor>> load_anchors(const Source& source);

/// Keys that a view says itself, as the file has them.
std::vector<std::string> said_by(const resolver::ViewOptions& view);

/// Every row of the table with the value in force and the default, in the order of the table.
std::vector<control::SettingView> shown(const Settings& settings);
/// Paths of rows whose values differ, and of these the ones that only a restart brings into force.
control::ConfigChange difference(const Settings& in_force, const Settings& next);
}  // namespace windlass::conf
