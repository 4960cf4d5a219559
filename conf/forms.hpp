#pragma once
/// Forms: the kinds of values a setting can have. Each has three functions:
///
///   text()        what is expected, for messages and the reference
///   read()        a value of the file into a field; false after telling the Reader what was wrong
///   show()        a field as the file would write it
///
/// A new kind of value is one struct here; a new setting is one row in table.cpp.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "conf/quantity.hpp"
#include "conf/reader.hpp"
#include "conf/settings.hpp"
namespace windlass::conf {

/// A scalar as YAML would need it: quoted where a plain word would be read as something else.
std::string yaml_scalar(std::string_view text);
std::string yaml_list(const std::vector<std::string>& items);

struct OnOff {
  static std::string text() { return "true or false"; }
  static bool read(Reader& reader, const Value& value, bool& field);
  static std::string show(bool field) { return field ? "true" : "false"; }
};

/// Reads a scalar through `parse` and checks its range; `expected` is for the message.
bool read_ranged(Reader& reader, const Value& value,
                 std::optional<std::int64_t> (*parse)(std::string_view), std::int64_t least,
                 std::int64_t most, const std::string& expected, std::int64_t& out);

template <std::int64_t least, std::int64_t most>
struct Count {
  static std::string text() {
    return "a number from " + std::to_string(least) + " to " + std::to_string(most);
  }
  template <class Field>
  static bool read(Reader& reader, const Value& value, Field& field) {
    std::int64_t number = 0;
    if (!read_ranged(reader, value, parse_number, least, most, text(), number)) return false;
    field = static_cast<Field>(number);
    return true;
  }
  static std::string show(std::int64_t field) { return std::to_string(field); }
};

/// A Count, or `auto` for 0.
template <std::int64_t most>
struct CountOrAuto {
  static std::string text() { return "auto, or " + Count<1, most>::text(); }
  static bool read(Reader& reader, const Value& value, unsigned& field) {
    if (value.is_scalar() && value.text == "auto") return field = 0, true;
    std::int64_t number = 0;
    if (!read_ranged(reader, value, parse_number, 1, most, text(), number)) return false;
    field = static_cast<unsigned>(number);
    return true;
  }
  static std::string show(unsigned field) { return field == 0 ? "auto" : std::to_string(field); }
};

/// Whole seconds, written as a duration.
template <std::int64_t least, std::int64_t most>
struct Seconds {
  static std::string text() {
    return "a duration from " + duration_text(least * 1000) + " to " + duration_text(most * 1000) +
           " in whole seconds (30s, 10m, 1h, 1d)";
  }
  static std::optional<std::int64_t> parse(std::string_view written) {
    const auto ms = parse_duration_ms(written, 1000);
    if (!ms || *ms % 1000 != 0) return std::nullopt;
    return *ms / 1000;
  }
  static bool read(Reader& reader, const Value& value, std::int64_t& field) {
    return read_ranged(reader, value, parse, least, most, text(), field);
  }
  static std::string show(std::int64_t field) { return duration_text(field * 1000); }
};

template <std::int64_t least, std::int64_t most>
struct Octets {
  static std::string text() {
    return "a size from " + octets_text(least) + " to " + octets_text(most) + " (64k, 256M, 2G)";
  }
  static bool read(Reader& reader, const Value& value, std::size_t& field) {
    std::int64_t number = 0;
    if (!read_ranged(reader, value, parse_octets, least, most, text(), number)) return false;
    field = static_cast<std::size_t>(number);
    return true;
  }
  static std::string show(std::size_t field) {
    return octets_text(static_cast<std::int64_t>(field));
  }
};

/// One of a few words; the enum's constants are numbered in the order of the words.
template <class Words>
struct Choice {
  static std::string text() {
    std::string out;
    for (const auto word : Words::words) out.append(out.empty() ? "" : " | ").append(word);
    return out;
  }
  template <class Enum>
  static bool read(Reader& reader, const Value& value, Enum& field) {
    for (std::size_t i = 0; i < Words::words.size(); ++i)
      if (value.is_scalar() && value.text == Words::words[i])
        return field = static_cast<Enum>(i), true;
    return reader.wrong(value, text());
  }
  template <class Enum>
  static std::string show(Enum field) {
    return std::string(Words::words[static_cast<std::size_t>(field)]);
  }
};

struct Text {
  static std::string text() { return "a text"; }
  static bool read(Reader& reader, const Value& value, std::string& field);
  static std::string show(const std::string& field) { return yaml_scalar(field); }
};
/// A text of at most `most` octets; off: an empty one.
bool read_text_or_off(Reader& reader, const Value& value, std::size_t most,
                      const std::string& expected, std::string& field);
template <std::size_t most>
struct TextOrOff {
  static std::string text() {
    return "off, or a text of at most " + std::to_string(most) + " octets";
  }
  static bool read(Reader& reader, const Value& value, std::string& field) {
    return read_text_or_off(reader, value, most, text(), field);
  }
  static std::string show(const std::string& field) {
    return field.empty() ? "off" : yaml_scalar(field);
  }
};
/// A file, or the word `built-in` or `auto` where the row's help says so.
struct FileName : Text {
  static std::string text() { return "a file name"; }
  static bool read(Reader& reader, const Value& value, std::string& field);
  static bool read(Reader& reader, const Value& value, Source& field);
  using Text::show;
  static std::string show(const Source& field) { return yaml_scalar(field.file); }
};
/// Octal permission bits of a file.
struct Mode {
  static std::string text() { return "permissions in octal, \"0600\" to \"0777\""; }
  static bool read(Reader& reader, const Value& value, unsigned& field);
  static std::string show(unsigned field);
};
struct Address {
  static std::string text() { return "an IPv4 or IPv6 address"; }
  static bool read(Reader& reader, const Value& value, IpAddress& field);
  static std::string show(const IpAddress& field) { return yaml_scalar(field.to_text()); }
};
struct Addresses {
  static std::string text() { return "a list of IPv4 and IPv6 addresses"; }
  static bool read(Reader& reader, const Value& value, std::vector<IpAddress>& field);
  static std::string show(const std::vector<IpAddress>& field);
};
struct Prefixes {
  static std::string text() { return "a list of prefixes (192.0.2.0/24, \"2001:db8::/32\")"; }
  static bool read(Reader& reader, const Value& value, std::vector<Prefix>& field);
  static std::string show(const std::vector<Prefix>& field);
};
struct Names {
  static std::string text() { return "a list of domain names"; }
  static bool read(Reader& reader, const Value& value, std::vector<dns::Name>& field);
  static std::string show(const std::vector<dns::Name>& field);
};
struct NamesOrOff {
  static std::string text() { return "off, or a list of domain names"; }
  static bool read(Reader& reader, const Value& value,
                   std::optional<std::vector<dns::Name>>& field);
  static std::string show(const std::optional<std::vector<dns::Name>>& field);
};
/// Where IPv4 addresses stand in IPv6 ones (RFC 6052).
struct TranslationPrefix {
  static std::string text() {
    return "off, or an IPv6 prefix of /32, /40, /48, /56, /64 or /96 with bits 64 to 71 zero";
  }
  static bool read(Reader& reader, const Value& value, std::optional<Prefix>& field);
  static std::string show(const std::optional<Prefix>& field);
};
/// Prefixes, and the word `own`.
struct DenyField {
  std::vector<Prefix>& prefixes;
  bool& own;
};
struct DenyList {
  static std::string text() { return "a list of prefixes and the word own"; }
  static bool read(Reader& reader, const Value& value, DenyField field);
  static std::string show(DenyField field);
};
/// DNSSEC algorithms by number.
struct Algorithms {
  static std::string text() { return "a list of DNSSEC algorithm numbers from 1 to 255"; }
  static bool read(Reader& reader, const Value& value, std::vector<std::uint8_t>& field);
  static std::string show(const std::vector<std::uint8_t>& field);
};

/// A switch, and two rows of the limits table under names of their own.
struct StaleField {
  bool& on;
  Limits& limits;
};
struct ServeStale {
  static std::string text() { return "on, off, or {max_age, client_timeout}"; }
  static bool read(Reader& reader, const Value& value, StaleField field);
  static std::string show(StaleField field);
};

// Lists of maps: list_forms.cpp.
struct ServerList {
  static std::string text() { return "a list of addresses, each with @port where it is not 53"; }
  static bool read(Reader& reader, const Value& value, std::vector<Endpoint>& field);
  static std::string show(const std::vector<Endpoint>& field);
};
struct Listeners {
  static std::string text() { return "a list of {address, port}"; }
  static bool read(Reader& reader, const Value& value, std::vector<Endpoint>& field);
  static std::string show(const std::vector<Endpoint>& field);
};
struct Zones {
  static std::string text() {
    return "a list of {zone, servers: [address or address@port], first, tcp}";
  }
  static bool read(Reader& reader, const Value& value,
                   std::vector<resolver::ConfiguredZone>& field);
  static std::string show(const std::vector<resolver::ConfiguredZone>& field);
};
/// Settings by who asks: view_forms.cpp.
struct ViewList {
  static std::string text() {
    return "a list of {name, clients, forward, stub, local_zones, dns64, rebinding_protection, "
           "special_names, special_names_except, rate_limits}";
  }
  static bool read(Reader& reader, const Value& value, std::vector<resolver::ViewOptions>& field);
  static std::string show(const std::vector<resolver::ViewOptions>& field);
};
struct Negatives {
  static std::string text() { return "a list of {name, reason, until}"; }
  static bool read(Reader& reader, const Value& value,
                   std::vector<validator::NegativeAnchor>& field);
  static std::string show(const std::vector<validator::NegativeAnchor>& field);
};
struct Plugins {
  static std::string text() { return "a list of {name, path, config}"; }
  static bool read(Reader& reader, const Value& value, std::vector<PluginSettings>& field);
  static std::string show(const std::vector<PluginSettings>& field);
};
}  // namespace windlass::conf
