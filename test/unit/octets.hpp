#pragma once
// Octets from and to the text forms in which RFCs print them. For tests: asserts that the text is
// right.
#include <cassert>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>
namespace windlass::test {

using Bytes = std::vector<std::uint8_t>;

/// The value of `c` in `alphabet`.
inline unsigned digit_of(std::string_view alphabet, char c) {
  const std::size_t at = alphabet.find(c);
  assert(at != std::string_view::npos);
  return static_cast<unsigned>(at);
}

/// Digits of `bits` each, most significant first; spaces are skipped, '=' ends the text.
inline Bytes from_digits(std::string_view alphabet, unsigned bits, std::string_view text) {
  Bytes out;
  unsigned held = 0, held_bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    if (c == ' ') continue;
    held = held << bits | digit_of(alphabet, c);
    held_bits += bits;
    if (held_bits >= 8) out.push_back(static_cast<std::uint8_t>(held >> (held_bits -= 8)));
  }
  return out;
}

inline Bytes from_hex(std::string_view text) {
  return from_digits("0123456789abcdef", 4, text);
}

inline Bytes from_base64(std::string_view text) {
  return from_digits("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6, text);
}

inline std::string to_hex(std::span<const std::uint8_t> octets) {
  std::string out;
  for (const std::uint8_t octet : octets)
    for (const int nibble : {octet >> 4, octet & 15}) out += "0123456789abcdef"[nibble];
  return out;
}

/// The octets of a character string.
inline Bytes from_chars(std::string_view text) {
  return {text.begin(), text.end()};
}
}  // namespace windlass::test
