#pragma once
/// The characters of zone texts.
#include <algorithm>
#include <string_view>
namespace windlass::auth {

inline constexpr std::string_view hex_digits = "0123456789abcdef";
inline constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
/// Equal without ASCII case.
inline bool same_word(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return upper(x) == upper(y); });
}
}  // namespace windlass::auth
