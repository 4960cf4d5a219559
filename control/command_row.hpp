#pragma once
/// CommandRow: one command as every side knows it: the host's own, those that plugins bring, and
/// windlassctl when it asks for them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
namespace windlass::control {

/// How windlassctl shows a reply to people.
enum class Shape : std::uint8_t {
  fields,  ///< each row as `name: value` lines
  table,   ///< rows below a line of names
  lines,   ///< each row's only field, as it is
  chain,   ///< the steps of `why`
};

inline constexpr std::array<std::string_view, 4> shape_words{"fields", "table", "lines", "chain"};
inline std::string_view name_of(Shape shape) {
  return shape_words[static_cast<std::size_t>(shape)];
}
inline std::optional<Shape> parse_shape(std::string_view word) {
  for (std::size_t i = 0; i < shape_words.size(); ++i)
    if (shape_words[i] == word) return static_cast<Shape>(i);
  return std::nullopt;
}

struct CommandRow {
  std::string name;       ///< "zone list": one to three words
  std::string arguments;  ///< "NAME [--subtree]": brackets are optional, | separates choices
  std::size_t least = 0, most = 0;  ///< number of arguments
  Shape shape = Shape::fields;
  std::string help;
};
}  // namespace windlass::control
