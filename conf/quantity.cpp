#include "conf/quantity.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>

namespace windlass::conf {
namespace {
struct Suffix {
  std::string_view text;
  std::int64_t factor;
};
// Greatest first: the first that divides a value is the one it is printed in.
constexpr std::array<Suffix, 5> durations{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Suffix, 3> sizes{{{"G", 1 << 30}, {"M", 1 << 20}, {"k", 1 << 10}}};

std::optional<std::int64_t> times(std::int64_t number, std::int64_t factor) {
  if (number > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
  return number * factor;
}

/// A number and a suffix of the list, or a bare number in units of `bare`.
template <std::size_t N>
std::optional<std::int64_t> with_suffix(std::string_view text,
                                        const std::array<Suffix, N>& suffixes, std::int64_t bare) {
  const auto end = text.find_first_not_of("0123456789");
  const auto number = parse_number(text.substr(0, end));
  if (!number) return std::nullopt;
  if (end == text.npos) return times(*number, bare);
  for (const Suffix& suffix : suffixes)
    if (text.substr(end) == suffix.text) return times(*number, suffix.factor);
  return std::nullopt;
}

template <std::size_t N>
std::string shortest(std::int64_t value, const std::array<Suffix, N>& suffixes) {
  for (const Suffix& suffix : suffixes)
    if (value != 0 && value % suffix.factor == 0)
      return std::to_string(value / suffix.factor).append(suffix.text);
  return std::to_string(value);
}

/// Exactly `digits` decimal digits at the front of `text`, taken off it.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t digits) {
  unsigned value = 0;
  const char* end = text.data() + digits;
  if (text.size() < digits) return std::nullopt;
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

/// The time of day behind a date, "T10:00:00Z", as seconds; an empty text is midnight.
std::optional<std::int64_t> time_of_day(std::string_view text) {
  if (text.empty()) return 0;
  if (!take(text, 'T')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 59 || text != "Z") return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}
}  // namespace

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  if (text.empty() || text.front() == '-') return std::nullopt;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text, std::int64_t bare_unit_ms) {
  return with_suffix(text, durations, bare_unit_ms);
}

std::optional<std::int64_t> parse_octets(std::string_view text) {
  return with_suffix(text, sizes, 1);
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  namespace chrono = std::chrono;
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  const auto rest = day ? time_of_day(text) : std::nullopt;
  if (!rest) return std::nullopt;
  const chrono::year_month_day date{chrono::year(static_cast<int>(*year)), chrono::month(*month),
                                    chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86'400} + *rest;
}

std::string duration_text(std::int64_t ms) {
  return shortest(ms, durations);
}
std::string octets_text(std::int64_t octets) {
  return shortest(octets, sizes);
}

std::string date_text(std::int64_t wall_s) {
  namespace chrono = std::chrono;
  const auto days = chrono::floor<chrono::days>(chrono::seconds(wall_s));
  const chrono::year_month_day date{chrono::sys_days(days)};
  const auto rest = static_cast<int>(wall_s - days.count() * std::int64_t{86'400});
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), rest / 3600, rest / 60 % 60, rest % 60);
  return out.data();
}
}  // namespace windlass::conf
