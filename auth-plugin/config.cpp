#include "auth-plugin/config.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <nlohmann/json.hpp>

#include "auth-plugin/amount.hpp"
#include "auth-plugin/zone/times.hpp"

namespace windlass::auth {
namespace {
using Json = nlohmann::ordered_json;
using MaybeFault = std::optional<ConfigFault>;

constexpr std::uint64_t least_map = std::uint64_t{1} << 20, most_map = std::uint64_t{1} << 44;
constexpr std::uint64_t most_group_commit_ms = 1000;

/// The value as the operator sees it: `12`, `"x"`, `a list`.
std::string shown(const Json& value) {
  if (value.is_array()) return "a list";
  if (value.is_object()) return "a map";
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

MaybeFault wrong(const Json& value, const std::string& pointer, const std::string& expected) {
  return ConfigFault{"expected " + expected + ", got " + shown(value), pointer};
}

/// Texts and whole numbers, as a YAML file may write an amount.
std::optional<std::string> scalar(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_unsigned()) return std::to_string(value.get<std::uint64_t>());
  return std::nullopt;
}

MaybeFault read_text(const Json& value, const std::string& pointer, std::string& to,
                     const std::string& expected) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
      value.get_ref<const std::string&>().find('\0') != std::string::npos)
    return wrong(value, pointer, expected);
  to = value.get<std::string>();
  return {};
}

MaybeFault read_store(const Json& value, const std::string& at, Options& to) {
  return read_text(value, at, to.store, "the name of a folder");
}

MaybeFault read_map_size(const Json& value, const std::string& at, Options& to) {
  const auto text = scalar(value);
  const auto octets = text ? read_octets(*text) : std::nullopt;
  if (!octets || *octets < least_map || *octets > most_map)
    return wrong(value, at, "a size from 1M to 16T (512M, 64G)");
  to.map_octets = *octets;
  return {};
}

MaybeFault read_group_commit(const Json& value, const std::string& at, Options& to) {
  const auto text = scalar(value);
  const auto ms = text ? read_milliseconds(*text) : std::nullopt;
  if (!ms || *ms > most_group_commit_ms) return wrong(value, at, "a duration from 0ms to 1s (5ms)");
  to.group_commit_ms = static_cast<unsigned>(*ms);
  return {};
}

MaybeFault read_default_ttl(const Json& value, const std::string& at, Options& to) {
  const auto text = scalar(value);
  const auto ttl = text ? read_ttl(*text) : std::nullopt;
  if (!ttl) return wrong(value, at, "a TTL of at most 2147483647 seconds (3600, 1h, 1h30m)");
  to.default_ttl = *ttl;
  return {};
}

MaybeFault read_transfer_allow(const Json& value, const std::string& at, Options& to) {
  if (!value.is_array()) return wrong(value, at, "a list of addresses and prefixes");
  for (const Json& item : value) {
    const auto prefix =
        item.is_string() ? Prefix::parse(item.get_ref<const std::string&>()) : std::nullopt;
    if (!prefix)
      return wrong(item, at + "/" + std::to_string(to.transfer_allow.size()),
                   "an address or prefix (192.0.2.53, 2001:db8::/32)");
    to.transfer_allow.push_back(*prefix);
  }
  return {};
}

/// One key of a step of a JSON pointer: ~ and / are written ~0 and ~1.
std::string step(std::string_view key) {
  std::string out = "/";
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

MaybeFault read_import(const Json& value, const std::string& at, ZoneImport& to) {
  if (!value.is_object()) return wrong(value, at, "a map with name and file");
  std::string name;
  for (const auto& [key, item] : value.items()) {
    MaybeFault fault;
    if (key == "name")
      fault = read_text(item, at + "/name", name, "a zone name (home.arpa.)");
    else if (key == "file")
      fault = read_text(item, at + "/file", to.file, "the name of a zone file");
    else
      fault = ConfigFault{"unknown key `" + key + "`; known here: name, file", at + step(key)};
    if (fault) return fault;
  }
  if (name.empty()) return ConfigFault{"a zone without `name`", at};
  const auto zone = dns::Name::from_text(name);
  if (!zone) return wrong(value["name"], at + "/name", "a zone name (home.arpa.)");
  to.zone = *zone;
  return {};
}

MaybeFault read_zones(const Json& value, const std::string& at, Options& to) {
  if (!value.is_array()) return wrong(value, at, "a list of zones, each with name and file");
  for (const Json& item : value) {
    const std::string here = at + "/" + std::to_string(to.zones.size());
    ZoneImport zone;
    if (MaybeFault fault = read_import(item, here, zone)) return fault;
    const bool twice = std::any_of(to.zones.begin(), to.zones.end(),
                                   [&](const ZoneImport& z) { return z.zone == zone.zone; });
    if (twice) return ConfigFault{"the zone " + zone.zone.to_text() + " stands here twice", here};
    to.zones.push_back(std::move(zone));
  }
  return {};
}

struct KeyRow {
  const char* key;
  MaybeFault (*read)(const Json& value, const std::string& pointer, Options& to);
  const char* schema;
};
constexpr std::array<KeyRow, 6> keys{{
    {"store", read_store,
     R"({"type": "string", "default": "zones", "description": "folder of the store, below state_dir"})"},
    {"map_size", read_map_size,
     R"({"type": ["string", "integer"], "default": "64G", "description": "largest size of each file, sparse; may be raised at a restart"})"},
    {"group_commit", read_group_commit,
     R"({"type": ["string", "integer"], "default": "5ms", "description": "how long a commit waits for others to join it"})"},
    {"default_ttl", read_default_ttl,
     R"({"type": ["string", "integer"], "default": "1h", "description": "TTL of records in zone files without one"})"},
    {"transfer_allow", read_transfer_allow,
     R"({"type": "array", "items": {"type": "string"}, "default": [], "description": "addresses and prefixes that may transfer zones (AXFR); empty: nobody"})"},
    {"zones", read_zones,
     R"({"type": "array", "default": [], "items": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {"name": {"type": "string"}, "file": {"type": "string"}}}, "description": "zones to create when the store has none of that name; from the zone file, once"})"},
}};

MaybeFault unknown_key(const std::string& key) {
  std::string known;
  for (const KeyRow& row : keys) known.append(known.empty() ? "" : ", ").append(row.key);
  return ConfigFault{"unknown key `" + key + "`; known here: " + known, step(key)};
}

MaybeFault read_key(const std::string& key, const Json& value, Options& to) {
  const auto row =
      std::find_if(keys.begin(), keys.end(), [&](const KeyRow& r) { return key == r.key; });
  return row == keys.end() ? unknown_key(key) : row->read(value, step(key), to);
}
}  // namespace

Result<Options, ConfigFault> read_options(std::string_view json, const std::string& state_dir) {
  const Json config = Json::parse(json.begin(), json.end(), nullptr, false);
  if (config.is_discarded()) return ConfigFault{"this is not JSON", ""};
  Options options;
  options.state_dir = state_dir;
  if (config.is_null()) return options;
  if (!config.is_object()) return *wrong(config, "", "a map of settings");
  for (const auto& [key, value] : config.items())
    if (MaybeFault fault = read_key(key, value, options)) return *std::move(fault);
  return options;
}

const char* options_schema() {
  static const std::string text = [] {
    std::string properties;
    for (const KeyRow& row : keys)
      properties.append(properties.empty() ? "" : ",\n  ")
          .append("\"" + std::string(row.key) + "\": " + row.schema);
    return "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\n  " +
           properties + "}}";
  }();
  return text.c_str();
}

std::string below(const std::string& state_dir, const std::string& file) {
  if (state_dir.empty() || (!file.empty() && file.front() == '/')) return file;
  return state_dir + (state_dir.back() == '/' ? "" : "/") + file;
}
}  // namespace windlass::auth
