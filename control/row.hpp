#pragma once
/// Row: one line of a reply, before it is JSON and after: fields in the order they are to be shown.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>
namespace windlass::control {

using FieldValue = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;

struct Field {
  std::string name;
  FieldValue value;
  friend bool operator==(const Field&, const Field&) = default;
};
using Row = std::vector<Field>;

/// Fields from what C++ offers: any integer, text, flag, list of texts.
inline Field field(std::string name, std::string value) {
  return {std::move(name), std::move(value)};
}
inline Field field(std::string name, std::string_view value) {
  return {std::move(name), std::string(value)};
}
inline Field field(std::string name, const char* value) {
  return {std::move(name), std::string(value)};
}
inline Field field(std::string name, bool value) {
  return {std::move(name), value};
}
inline Field field(std::string name, double value) {
  return {std::move(name), value};
}
inline Field field(std::string name, std::vector<std::string> value) {
  return {std::move(name), std::move(value)};
}
template <class Integer>
requires std::is_integral_v<Integer> Field field(std::string name, Integer value) {
  return {std::move(name), static_cast<std::int64_t>(value)};
}

/// The value of a field, or nullptr when the row has none of that name.
inline const FieldValue* find_field(const Row& row, std::string_view name) {
  for (const Field& f : row)
    if (f.name == name) return &f.value;
  return nullptr;
}
}  // namespace windlass::control
