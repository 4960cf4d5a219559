#include "conf/forms.hpp"

#include <algorithm>
#include <charconv>

#include "resolver/dns64.hpp"

namespace windlass::conf {
namespace {
/// Reads each item of a list of scalars with `parse`, which gives an optional.
template <class Parse, class Field>
bool read_list(Reader& reader, const Value& value, std::string_view expected, Parse parse,
               std::vector<Field>& field) {
  if (!value.is_list()) return reader.wrong(value, expected);
  std::vector<Field> read;
  for (const Value& item : value.items) {
    const auto one = item.is_scalar() ? parse(item.text) : std::nullopt;
    if (!one) return reader.wrong(item, std::string("here an item of ").append(expected));
    read.push_back(*one);
  }
  field = std::move(read);
  return true;
}

template <class Field, class Show>
std::string show_list(const std::vector<Field>& field, Show show) {
  std::vector<std::string> items;
  std::transform(field.begin(), field.end(), std::back_inserter(items), show);
  return yaml_list(items);
}

/// Words that YAML readers take for something else than a text.
bool is_special(std::string_view text) {
  constexpr std::array<std::string_view, 6> words{"true", "false", "null", "on", "off", "~"};
  return text.empty() || std::find(words.begin(), words.end(), text) != words.end();
}
}  // namespace

std::string yaml_scalar(std::string_view text) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-";
  if (!is_special(text) && text.front() != '-' && text.find_first_not_of(plain) == text.npos)
    return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + "\"";
}

std::string yaml_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out.append(out.size() > 1 ? ", " : "").append(item);
  return out + "]";
}

bool OnOff::read(Reader& reader, const Value& value, bool& field) {
  if (value.says("true") || value.says("on")) return field = true;
  if (value.says("false") || value.says("off")) return field = false, true;
  return reader.wrong(value, text());
}

bool read_ranged(Reader& reader, const Value& value,
                 std::optional<std::int64_t> (*parse)(std::string_view), std::int64_t least,
                 std::int64_t most, const std::string& expected, std::int64_t& out) {
  const auto number = value.is_scalar() ? parse(value.text) : std::nullopt;
  if (!number) return reader.wrong(value, expected);
  if (*number < least || *number > most)
    return reader.fail(
        value, "WL-CONF-007",
        "`" + reader.path() + "` is " + described(value) + ", out of range; expected " + expected);
  out = *number;
  return true;
}

bool Text::read(Reader& reader, const Value& value, std::string& field) {
  if (!value.is_scalar() || value.text.empty()) return reader.wrong(value, text());
  field = value.text;
  return true;
}

bool read_text_or_off(Reader& reader, const Value& value, std::size_t most,
                      const std::string& expected, std::string& field) {
  if (!value.is_scalar() || value.text.empty() || value.text.size() > most)
    return reader.wrong(value, expected);
  field = value.says("off") ? "" : value.text;
  return true;
}

bool FileName::read(Reader& reader, const Value& value, std::string& field) {
  if (!value.is_scalar() || value.text.empty() || value.text.size() > 4096)
    return reader.wrong(value, text());
  field = value.text;
  return true;
}

bool FileName::read(Reader& reader, const Value& value, Source& field) {
  if (!read(reader, value, field.file)) return false;
  field.named_at = reader.file().empty() ? "" : reader.place_of(value);
  return true;
}

bool Mode::read(Reader& reader, const Value& value, unsigned& field) {
  unsigned mode = 0;
  if (!value.is_scalar()) return reader.wrong(value, text());
  const char *begin = value.text.data(), *end = begin + value.text.size();
  const auto read = std::from_chars(begin, end, mode, 8);
  if (read.ec != std::errc{} || read.ptr != end || value.text.size() < 3 || mode > 0777 ||
      (mode & 0600) != 0600)
    return reader.wrong(value, text());
  field = mode;
  return true;
}

std::string Mode::show(unsigned field) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), field, 8).ptr;
  return "\"0" + std::string(digits.data(), end) + "\"";
}

bool Address::read(Reader& reader, const Value& value, IpAddress& field) {
  const auto address = value.is_scalar() ? IpAddress::parse(value.text) : std::nullopt;
  if (!address) return reader.wrong(value, text());
  field = *address;
  return true;
}

bool Addresses::read(Reader& reader, const Value& value, std::vector<IpAddress>& field) {
  return read_list(reader, value, text(), IpAddress::parse, field);
}
std::string Addresses::show(const std::vector<IpAddress>& field) {
  return show_list(field, Address::show);
}

bool Prefixes::read(Reader& reader, const Value& value, std::vector<Prefix>& field) {
  return read_list(reader, value, text(), Prefix::parse, field);
}
std::string Prefixes::show(const std::vector<Prefix>& field) {
  return show_list(field, [](const Prefix& prefix) { return yaml_scalar(prefix.to_text()); });
}

bool Names::read(Reader& reader, const Value& value, std::vector<dns::Name>& field) {
  const auto parse = [](std::string_view item) -> std::optional<dns::Name> {
    auto name = dns::Name::from_text(item);
    return name ? std::optional(*name) : std::nullopt;
  };
  return read_list(reader, value, text(), parse, field);
}
std::string Names::show(const std::vector<dns::Name>& field) {
  return show_list(field, [](const dns::Name& name) { return yaml_scalar(name.to_text()); });
}

bool NamesOrOff::read(Reader& reader, const Value& value,
                      std::optional<std::vector<dns::Name>>& field) {
  if (value.says("off")) return field.reset(), true;
  if (!value.is_list()) return reader.wrong(value, text());
  return Names::read(reader, value, field.emplace());
}
std::string NamesOrOff::show(const std::optional<std::vector<dns::Name>>& field) {
  return field ? Names::show(*field) : "off";
}

bool TranslationPrefix::read(Reader& reader, const Value& value, std::optional<Prefix>& field) {
  if (value.says("off")) return field.reset(), true;
  const auto prefix = value.is_scalar() ? Prefix::parse(value.text) : std::nullopt;
  if (!prefix || !resolver::is_translation_prefix(*prefix)) return reader.wrong(value, text());
  return field = prefix, true;
}
std::string TranslationPrefix::show(const std::optional<Prefix>& field) {
  return field ? yaml_scalar(field->to_text()) : "off";
}

bool DenyList::read(Reader& reader, const Value& value, DenyField field) {
  Value prefixes = value;
  const auto is_own = [](const Value& item) { return item.is_scalar() && item.text == "own"; };
  const bool own = std::erase_if(prefixes.items, is_own) > 0;
  if (!read_list(reader, prefixes, text(), Prefix::parse, field.prefixes)) return false;
  field.own = own;
  return true;
}
std::string DenyList::show(DenyField field) {
  std::vector<std::string> items;
  for (const Prefix& prefix : field.prefixes) items.push_back(yaml_scalar(prefix.to_text()));
  if (field.own) items.emplace_back("own");
  return yaml_list(items);
}

bool Algorithms::read(Reader& reader, const Value& value, std::vector<std::uint8_t>& field) {
  const auto parse = [](std::string_view item) -> std::optional<std::uint8_t> {
    const auto number = parse_number(item);
    if (!number || *number < 1 || *number > 255) return std::nullopt;
    return static_cast<std::uint8_t>(*number);
  };
  return read_list(reader, value, text(), parse, field);
}
std::string Algorithms::show(const std::vector<std::uint8_t>& field) {
  return show_list(field, [](std::uint8_t number) { return std::to_string(number); });
}
}  // namespace windlass::conf
