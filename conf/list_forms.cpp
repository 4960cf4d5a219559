// The forms that are maps or lists of maps.
#include <algorithm>
#include <functional>

#include "conf/json_text.hpp"
#include "conf/members.hpp"

namespace windlass::conf {
namespace {
bool take_port(const Value& value, std::uint16_t& to) {
  const auto port = value.is_scalar() ? parse_number(value.text) : std::nullopt;
  if (!port || *port < 1 || *port > 65535) return false;
  to = static_cast<std::uint16_t>(*port);
  return true;
}

constexpr std::string_view server_form =
    "an address, with @port where that is not 53 (192.0.2.53, \"192.0.2.54@5353\", "
    "\"2001:db8::53\")";

/// Nobody can be asked at the unspecified address or in a multicast group.
bool can_be_asked(const Endpoint& server) {
  static const std::vector<Prefix> nobody{*Prefix::parse("0.0.0.0/8"), *Prefix::parse("::/128"),
                                          *Prefix::parse("224.0.0.0/3"),
                                          *Prefix::parse("ff00::/8")};
  return server.port != 0 && !any_contains(nobody, server.address);
}

/// Says at which item it failed.
bool take_servers(Reader& reader, const Value& value, std::vector<Endpoint>& to) {
  if (!value.is_list() || value.items.empty()) return false;
  const auto fail = [&](const Value& item, const char* code, const std::string& text) {
    return reader.fail(item, code,
                       "a server in `" + reader.path() + "` is " + described(item) + text);
  };
  for (const Value& item : value.items) {
    const auto server = item.is_scalar() ? Endpoint::parse(item.text) : std::nullopt;
    if (!server || !can_be_asked(*server))
      return fail(item, "WL-CONF-006", "; expected " + std::string(server_form));
    if (std::find(to.begin(), to.end(), *server) != to.end())
      return fail(item, "WL-CONF-008", ", a second time; remove one of them");
    to.push_back(*server);
  }
  return true;
}
}  // namespace

bool ServeStale::read(Reader& reader, const Value& value, StaleField field) {
  if (value.is_scalar() && (value.text == "on" || value.text == "off"))
    return field.on = value.text == "on", true;
  if (!value.is_map()) return reader.wrong(value, text());
  const auto take = [&](Limit limit, std::int64_t unit_ms) {
    return [&field, limit, unit_ms](const Value& v) {
      const auto ms = v.is_scalar() ? parse_duration_ms(v.text, 1000) : std::nullopt;
      return ms && *ms % unit_ms == 0 && field.limits.set(limit, *ms / unit_ms);
    };
  };
  field.on = true;
  return read_members(reader, value,
                      std::array{Member{"max_age", "a duration from 1s to 7d in whole seconds",
                                        Need::optional, take(Limit::stale_age, 1000)},
                                 Member{"client_timeout", "a duration from 0s to 1m",
                                        Need::optional, take(Limit::stale_after, 1)}});
}
std::string ServeStale::show(StaleField field) {
  if (!field.on) return "off";
  return "{max_age: " + duration_text(field.limits[Limit::stale_age] * 1000) +
         ", client_timeout: " + duration_text(field.limits[Limit::stale_after]) + "}";
}

bool ServerList::read(Reader& reader, const Value& value, std::vector<Endpoint>& field) {
  std::vector<Endpoint> read;
  const bool none = value.is_list() && value.items.empty();
  if (!none && !take_servers(reader, value, read)) return reader.wrong(value, text());
  field = std::move(read);
  return true;
}
std::string ServerList::show(const std::vector<Endpoint>& field) {
  std::vector<std::string> items;
  for (const Endpoint& server : field) items.push_back(yaml_scalar(server.to_text()));
  return yaml_list(items);
}

bool Listeners::read(Reader& reader, const Value& value, std::vector<Endpoint>& field) {
  const auto members = [](Endpoint& to, const Value&) {
    return std::array{Member{"address", "an IPv4 or IPv6 address", Need::required,
                             [&](auto& v) {
                               return v.is_scalar() && keep(IpAddress::parse(v.text), to.address);
                             }},
                      Member{"port", "a port from 1 to 65535", Need::optional,
                             [&](auto& v) { return take_port(v, to.port); }}};
  };
  if (!read_maps(reader, value, text(), field, members)) return false;
  if (field.empty()) return reader.wrong(value, "at least one {address, port}");
  return no_repeats(reader, value, field, "this address and port", std::equal_to<>());
}
std::string Listeners::show(const std::vector<Endpoint>& field) {
  return show_maps(field, [](const Endpoint& at) {
    return "address: " + yaml_scalar(at.address.to_text()) + ", port: " + std::to_string(at.port);
  });
}

bool Zones::read(Reader& reader, const Value& value, std::vector<resolver::ConfiguredZone>& field) {
  const auto members = [&](resolver::ConfiguredZone& to, const Value&) {
    return std::array{
        Member{"zone", "a domain name", Need::required,
               [&](auto& v) { return take_name(v, to.zone); }},
        Member{"servers", "a list of addresses, each with @port where it is not 53", Need::required,
               [&](auto& v) { return take_servers(reader, v, to.servers); }},
        Member{"first", "true or false", Need::optional,
               [&](auto& v) { return take_flag(v, to.first); }},
        Member{"tcp", "true or false", Need::optional,
               [&](auto& v) { return take_flag(v, to.tcp); }}};
  };
  for (std::size_t i = 0; i < value.items.size(); ++i)
    reader.mark(item_path(reader.path(), i), value.items[i]);
  return read_maps(reader, value, text(), field, members) &&
         no_repeats(reader, value, field, "this zone",
                    [](auto& a, auto& b) { return a.zone == b.zone; });
}
std::string Zones::show(const std::vector<resolver::ConfiguredZone>& field) {
  return show_maps(field, [](const resolver::ConfiguredZone& zone) {
    std::vector<std::string> servers;
    for (const Endpoint& server : zone.servers) servers.push_back(yaml_scalar(server.to_text()));
    return "zone: " + yaml_scalar(zone.zone.to_text()) + ", servers: " + yaml_list(servers) +
           (zone.first ? ", first: true" : "") + (zone.tcp ? ", tcp: true" : "");
  });
}

bool Negatives::read(Reader& reader, const Value& value,
                     std::vector<validator::NegativeAnchor>& field) {
  const auto members = [](validator::NegativeAnchor& to, const Value&) {
    to.configured = true;
    return std::array{Member{"name", "a domain name", Need::required,
                             [&](auto& v) { return take_name(v, to.name); }},
                      Member{"reason", "a text", Need::optional,
                             [&](auto& v) { return take_text(v, to.reason); }},
                      Member{"until", "a date (2030-12-01 or 2030-12-01T10:00:00Z)", Need::optional,
                             [&](auto& v) {
                               return v.is_scalar() && keep(parse_date(v.text), to.until_wall_s);
                             }}};
  };
  return read_maps(reader, value, text(), field, members) &&
         no_repeats(reader, value, field, "this name",
                    [](auto& a, auto& b) { return a.name == b.name; });
}
std::string Negatives::show(const std::vector<validator::NegativeAnchor>& field) {
  return show_maps(field, [](const validator::NegativeAnchor& nta) {
    std::string out = "name: " + yaml_scalar(nta.name.to_text());
    if (!nta.reason.empty()) out += ", reason: " + yaml_scalar(nta.reason);
    if (nta.until_wall_s != 0) out += ", until: " + yaml_scalar(date_text(nta.until_wall_s));
    return out;
  });
}

bool Plugins::read(Reader& reader, const Value& value, std::vector<PluginSettings>& field) {
  const auto take_config = [](const Value& config, PluginSettings& to) {
    JsonText json = json_of(config);
    to.config_json = std::move(json.text), to.positions = std::move(json.positions);
    return config.is_map();
  };
  const auto members = [&](PluginSettings& to, const Value& item) {
    to.line = item.line, to.column = item.column;
    return std::array{
        Member{"name", "a name of its own", Need::required,
               [&](auto& v) { return take_text(v, to.name); }},
        Member{"path", "the file name of a plugin", Need::required,
               [&](auto& v) { return take_text(v, to.path); }},
        Member{"config", "a map", Need::optional, [&](auto& v) { return take_config(v, to); }}};
  };
  return read_maps(reader, value, text(), field, members) &&
         no_repeats(reader, value, field, "this name",
                    [](auto& a, auto& b) { return a.name == b.name; });
}
std::string Plugins::show(const std::vector<PluginSettings>& field) {
  return show_maps(field, [](const PluginSettings& plugin) {  // JSON is YAML
    return "name: " + yaml_scalar(plugin.name) + ", path: " + yaml_scalar(plugin.path) +
           ", config: " + plugin.config_json;
  });
}
}  // namespace windlass::conf
