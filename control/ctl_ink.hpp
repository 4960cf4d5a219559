#pragma once
/// Colour for terminals, and the texts of fields: what all forms of a reply for people share.
#include <string>
#include <string_view>

#include "control/row.hpp"
namespace windlass::control {

enum class Ink : std::uint8_t { none, bold, red, green, yellow };

class Painter {
 public:
  explicit Painter(bool colour) : colour_(colour) {}
  std::string operator()(Ink ink, std::string text) const;

 private:
  bool colour_;
};

/// The colour of a verdict in the words of dns::name_of(Security); anything else is bad news.
Ink ink_of(std::string_view verdict);
/// Control characters replaced; lists joined by commas.
std::string text_of(const FieldValue& value);
/// Of the row's field; empty when it has none.
std::string text_of(const Row& row, std::string_view name);
}  // namespace windlass::control
