#pragma once
/// The one door to yaml-cpp: a text becomes a tree of values that know where they stand.
///
/// Stricter than YAML: one document, no anchors and aliases (a short text could mean a huge one),
/// no key twice, at most max_depth levels, max_values and max_octets. yaml-cpp throws; nothing
/// leaves here but a Result.
#include <string>
#include <string_view>
#include <vector>

#include "conf/settings.hpp"
namespace windlass::conf {

struct Value {
  enum class Form : std::uint8_t { null, scalar, list, map };
  static constexpr std::size_t max_depth = 32;
  static constexpr std::size_t max_octets = 1u << 20;
  static constexpr std::size_t max_values = 20'000;

  Form form = Form::null;
  bool quoted = false;  ///< a scalar that was written as a string
  std::string text;     ///< of a scalar
  std::string key;      ///< of a member of a map
  std::size_t line = 0, column = 0, key_line = 0, key_column = 0;
  std::vector<Value> items;  ///< of a list or a map, in the order written

  bool is_null() const noexcept { return form == Form::null; }
  bool is_scalar() const noexcept { return form == Form::scalar; }
  bool is_list() const noexcept { return form == Form::list; }
  bool is_map() const noexcept { return form == Form::map; }
  /// The bare word of a setting: in quotes it is a text.
  bool says(std::string_view word) const noexcept { return is_scalar() && !quoted && text == word; }
};

/// Text of a file as a message may show it: control characters replaced, cut after `longest`
/// octets.
std::string printable(std::string_view text, std::size_t longest = 60);

/// An empty text is a null value.
Loaded<Value> parse_yaml(std::string_view text, const std::string& file_name);
}  // namespace windlass::conf
