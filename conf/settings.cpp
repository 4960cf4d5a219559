#include "conf/settings.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

#include "conf/embedded.hpp"
#include "conf/file_text.hpp"
#include "conf/reader.hpp"
#include "conf/table.hpp"

namespace windlass::conf {
namespace {
const Row* find_row(std::string_view path) {
  const auto rows = settings_table();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.path == path; });
  return row == rows.end() ? nullptr : &*row;
}

/// Keys that may stand in a section ("" is the whole file), each once.
std::vector<std::string_view> keys_in(std::string_view section) {
  const std::size_t skip = section.empty() ? 0 : section.size() + 1;
  std::vector<std::string_view> keys;
  for (const Row& row : settings_table()) {
    if (!section.empty() &&
        (!row.path.starts_with(section) || row.path.size() <= skip || row.path[skip - 1] != '.'))
      continue;
    const auto key = row.path.substr(skip, row.path.find('.', skip) - skip);
    if (keys.empty() || keys.back() != key) keys.push_back(key);
  }
  return keys;
}

/// Reads the members of one section. An empty section is as good as none. Recursion ends with the
/// table's paths.
bool read_section(Reader& reader, const Value& section, const std::string& path,
                  Settings& settings) {
  if (section.is_null()) return true;
  if (!section.is_map())
    return reader.fail(section, "WL-CONF-005",
                       (path.empty() ? "the file" : "`" + path + "`") + std::string(" is ") +
                           described(section) + "; expected keys and values, like `" +
                           std::string(keys_in(path).front()) + ": ...`");
  const auto keys = keys_in(path);
  for (const Value& member : section.items) {
    if (std::find(keys.begin(), keys.end(), member.key) == keys.end())
      return reader.unknown_key(member, path, keys);
    const std::string full = path.empty() ? member.key : path + "." + member.key;
    reader.enter(full, member);
    const Row* row = find_row(full);
    const bool fine = row == nullptr ? read_section(reader, member, full, settings)
                                     : row->read(reader, member, settings, *row);
    if (!fine) return false;
  }
  return true;
}

/// Pairs of limits of which the first must not exceed the second.
constexpr Limit ordered_limits[][2] = {
    {Limit::timeout_min, Limit::timeout_max},
    {Limit::first_timeout, Limit::timeout_max},
    {Limit::server_probe_min, Limit::server_probe_max},
    {Limit::failure_ttl, Limit::failure_ttl_max},
    {Limit::nta_lifetime, Limit::nta_lifetime_max},
    {Limit::tcp_clients_per_address, Limit::tcp_clients},
};

/// The setting of a pair that the file wrote is the one to blame, the first if it wrote both.
bool check_order(Reader& reader, const std::string& low, const std::string& high, bool fine) {
  if (fine) return true;
  const std::string text =
      "`" + low + "` is greater than `" + high + "`; lower the one or raise the other";
  return reader.fail_setting(reader.wrote(low) ? low : high, text);
}

using ConfiguredZones = std::vector<resolver::ConfiguredZone>;

/// The zones of `forward` or `stub` beside what else is set.
bool check_zones(Reader& reader, const Settings& settings, const std::string& path,
                 const ConfiguredZones& zones) {
  const auto most = static_cast<std::size_t>(settings.limits()[Limit::nameservers]);
  for (std::size_t i = 0; i < zones.size(); ++i) {
    const auto fail = [&](const std::string& text) {
      return reader.fail_setting(item_path(path, i), zones[i].zone.to_text() + text);
    };
    if (zones[i].servers.size() > most)
      return fail(" has " + std::to_string(zones[i].servers.size()) +
                  " servers; expected at most " + std::to_string(most) + " (`limits.nameservers`)");
    for (const Endpoint& server : zones[i].servers)
      if (std::find(settings.listen.begin(), settings.listen.end(), server) !=
          settings.listen.end())
        return fail(" is to be asked at " + server.to_text() +
                    ", where Windlass itself listens; expected another server");
  }
  return true;
}

/// One set of forward and stub zones: the top level's, or a view's with what it does not say
/// itself from there. `forward` and `stub`: where they were written.
bool check_forwarding(Reader& reader, const Settings& settings, const std::string& forward,
                      const ConfiguredZones& forwards, const std::string& stub,
                      const ConfiguredZones& stubs) {
  if (!check_zones(reader, settings, forward, forwards) ||
      !check_zones(reader, settings, stub, stubs))
    return false;
  std::vector<dns::Name> names;
  for (const auto& zone : forwards) names.push_back(zone.zone);
  const auto before = [](const dns::Name& a, const dns::Name& b) {
    return a.canonical_order(b) < 0;
  };
  std::sort(names.begin(), names.end(), before);
  for (std::size_t i = 0; i < stubs.size(); ++i)
    if (std::binary_search(names.begin(), names.end(), stubs[i].zone, before))
      return reader.fail_setting(item_path(stub, i), stubs[i].zone.to_text() + " is in `" +
                                                         forward + "` and in `" + stub +
                                                         "`; remove one of them");
  return true;
}

bool check_forwarding(Reader& reader, const Settings& settings) {
  const auto& top = settings.resolver;
  if (!check_forwarding(reader, settings, "forward", top.forwards, "stub", top.stubs)) return false;
  for (std::size_t i = 0; i < top.views.size(); ++i) {
    const resolver::ViewOptions& view = top.views[i];
    const std::string path = item_path("views", i);
    const auto& forwards = view.forwards ? *view.forwards : top.forwards;
    const auto& stubs = view.stubs ? *view.stubs : top.stubs;
    if (!check_forwarding(reader, settings, view.forwards ? path + ".forward" : "forward", forwards,
                          view.stubs ? path + ".stub" : "stub", stubs))
      return false;
  }
  return true;
}

bool check_together(Reader& reader, const Settings& settings) {
  if (!settings.resolver.ipv4 && !settings.resolver.ipv6)
    return reader.fail_setting(
        "recursion.ipv6",
        "neither `recursion.ipv4` nor `recursion.ipv6` is true; no server could be asked");
  if (!check_forwarding(reader, settings)) return false;
  if (!check_order(reader, "cache.min_ttl", "cache.max_ttl",
                   settings.cache.min_ttl_s <= settings.cache.max_ttl_s))
    return false;
  for (const auto& [low, high] : ordered_limits) {
    const auto path = [](Limit limit) { return "limits." + std::string(row_of(limit).key); };
    const bool fine = settings.limits()[low] * (row_of(low).unit == Unit::seconds ? 1000 : 1) <=
                      settings.limits()[high] * (row_of(high).unit == Unit::seconds ? 1000 : 1);
    if (!check_order(reader, path(low), path(high), fine)) return false;
  }
  return true;
}

/// File names become absolute: below the state folder when they are relative.
void complete(Settings& settings, const control::Place& place) {
  if (settings.state_dir == "auto") settings.state_dir = place.state_dir();
  const auto absolute = [&](std::string& path) { path = control::below(settings.state_dir, path); };
  for (Source* source : {&settings.root_hints, &settings.trust_anchors, &settings.cookie_secret})
    if (!source->embedded() && !source->made()) absolute(source->file);
  absolute(settings.control.socket);
  for (PluginSettings& plugin : settings.plugins)
    if (plugin.path.find('/') != std::string::npos) absolute(plugin.path);
}

/// Reads a text over `settings`; nullopt when all is well.
std::optional<ConfError> read_over(std::string_view text, const std::string& file,
                                   Settings& settings) {
  const auto tree = parse_yaml(text, file);
  if (!tree) return tree.error();
  Reader reader(file);
  if (!read_section(reader, *tree, "", settings) || !check_together(reader, settings))
    return reader.error();
  if (settings.state_dir != "auto" && settings.state_dir.front() != '/') {
    reader.fail_setting("state_dir", "`state_dir` is relative; expected an absolute path or auto");
    return reader.error();
  }
  return std::nullopt;
}
}  // namespace

Loaded<Settings> load_text(std::string_view text, const std::string& file_name,
                           const control::Place& place) {
  Settings settings;
  [[maybe_unused]] const auto broken = read_over(embedded::default_yaml, "", settings);
  assert(!broken);  // a test reads it too
  if (auto error = read_over(text, file_name, settings)) return *std::move(error);
  settings.file = file_name;
  complete(settings, place);
  return settings;
}

Loaded<Settings> load_file(const std::string& path, const control::Place& place) {
  const auto text = file_text(path, Value::max_octets);
  if (!text) return text.error();
  return load_text(*text, path, place);
}

Settings defaults(const control::Place& place) {
  return *load_text("", "", place);
}

std::vector<control::SettingView> shown(const Settings& settings) {
  const Settings standard = defaults();
  std::vector<control::SettingView> views;
  for (const Row& row : settings_table())
    views.push_back({std::string(row.path), row.show(settings, row), row.show(standard, row)});
  return views;
}

control::ConfigChange difference(const Settings& in_force, const Settings& next) {
  control::ConfigChange change;
  change.file = next.file;
  for (const Row& row : settings_table()) {
    if (row.show(in_force, row) == row.show(next, row)) continue;
    change.changed.emplace_back(row.path);
    if (row.takes == Takes::restart) change.needs_restart.emplace_back(row.path);
  }
  return change;
}
}  // namespace windlass::conf
