// The rdata of LOC (RFC 1876 3):
//   d1 [m1 [s1]] N|S  d2 [m2 [s2]] E|W  altitude[m] [size[m] [horizontal[m] [vertical[m]]]]
#include <algorithm>
#include <charconv>

#include "auth-plugin/zone/field_reader.hpp"
namespace windlass::auth {
namespace {
/// A number with at most `places` places behind its point, as that many tenths, hundredths ...;
/// false: none, or more than `most` before the point.
bool read_fixed(std::string_view text, unsigned places, std::uint64_t most, std::uint64_t& out) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::uint64_t whole = 0, part = 0;
  const auto digits = [](std::string_view from, std::uint64_t& to) {
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), to);
    return error == std::errc{} && end == from.data() + from.size();
  };
  if (point == 0 || point > 10 || !digits(text.substr(0, point), whole) || whole > most)
    return false;
  text.remove_prefix(std::min(point + 1, text.size()));
  if (text.size() > places || (!text.empty() && !digits(text, part))) return false;
  for (unsigned i = 0; i < places; ++i) whole *= 10;
  for (std::size_t i = text.size(); i < places; ++i) part *= 10;
  out = whole + part;
  return true;
}

/// Mantissa and power of ten, a nibble each, rounded down.
std::uint8_t coded_size(std::int64_t centimetres) {
  unsigned power = 0;
  for (; centimetres > 9; centimetres /= 10) ++power;
  return static_cast<std::uint8_t>(static_cast<unsigned>(centimetres) << 4 | power);
}
}  // namespace

/// Degrees, minutes, thousandths of seconds, then one of the two `ends`: that above zero first.
bool FieldReader::degrees(std::uint64_t most, std::string_view ends, std::uint32_t& out) {
  constexpr const char* expected = "degrees, minutes and seconds, then N, S, E or W";
  constexpr std::uint64_t scale[] = {3'600'000, 60'000, 1};
  std::uint64_t arc = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Word* word = take_plain(expected);
    if (word == nullptr) return false;
    const auto end = word->text.size() == 1 ? ends.find(word->text[0] & ~0x20) : ends.npos;
    if (i > 0 && end != ends.npos) {
      if (arc > most * scale[0]) return complain(*word, "a place on the globe");
      constexpr std::uint32_t zero = 1u << 31;
      const auto by = static_cast<std::uint32_t>(arc);
      out = end == 0 ? zero + by : zero - by;
      return true;
    }
    std::uint64_t value = 0;
    if (i == 3 || !read_fixed(word->text, i == 2 ? 3 : 0, i == 0 ? most : 59, value))
      return complain(*word, expected);
    arc += value * scale[i];
  }
  return false;
}

bool FieldReader::metres(std::int64_t least, std::int64_t most, std::int64_t& centimetres) {
  constexpr const char* expected = "metres within the bounds of RFC 1876";
  const Word* word = take_plain(expected);
  if (word == nullptr) return false;
  std::string_view text = word->text;
  if (text.ends_with('m')) text.remove_suffix(1);
  const bool below = text.starts_with('-');
  if (below) text.remove_prefix(1);
  std::uint64_t value = 0;
  if (!read_fixed(text, 2, 90'000'000, value)) return complain(*word, expected);
  centimetres = below ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
  return (centimetres >= least && centimetres <= most) || complain(*word, expected);
}

bool FieldReader::location() {
  constexpr std::int64_t reference = 10'000'000, size_most = 9'000'000'000;
  std::uint32_t latitude = 0, longitude = 0;
  std::int64_t altitude = 0;
  if (!degrees(90, "NS", latitude) || !degrees(180, "EW", longitude)) return false;
  if (!metres(-reference, 0xFFFF'FFFF - reference, altitude)) return false;
  put(0, 1);
  for (std::int64_t size : {100, 1'000'000, 1000}) {  // 1 m, 10 km, 10 m
    if (!words_.empty() && !metres(0, size_most, size)) return false;
    put(coded_size(size), 1);
  }
  put(latitude, 4);
  put(longitude, 4);
  put(static_cast<std::uint64_t>(altitude + reference), 4);
  return true;
}
}  // namespace windlass::auth
