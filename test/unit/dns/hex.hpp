#pragma once
/// Octets for tests, written as a reader would draw them: hex digits, spaces, and 'quoted' ASCII.
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>
namespace windlass::dns::test {

inline std::uint8_t hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  throw std::invalid_argument("a hex digit in lower case");
}

/// hex("03 'www' 00") is 3, 'w', 'w', 'w', 0.
inline std::vector<std::uint8_t> hex(std::string_view text) {
  std::vector<std::uint8_t> octets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text[i] == '\'') {
      for (++i; text.at(i) != '\''; ++i) octets.push_back(static_cast<std::uint8_t>(text[i]));
      continue;
    }
    const std::uint8_t high = hex_digit(text[i++]);
    octets.push_back(static_cast<std::uint8_t>(high << 4 | hex_digit(text.at(i))));
  }
  return octets;
}
}  // namespace windlass::dns::test
