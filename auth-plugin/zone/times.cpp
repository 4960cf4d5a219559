#include "auth-plugin/zone/times.hpp"

#include <array>
#include <charconv>

#include "auth-plugin/zone/characters.hpp"
#include "dns/types.hpp"
namespace windlass::auth {
namespace {
bool read_number(std::string_view text, unsigned& out) noexcept {
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, out);
  return error == std::errc{} && end == last && !text.empty();
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
constexpr std::int64_t days_to(std::int64_t year, unsigned month, unsigned day) noexcept {
  year -= month <= 2;
  const std::int64_t era = year / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}
static_assert(days_to(1970, 1, 1) == 0 && days_to(2000, 3, 1) == 11017);

}  // namespace

std::optional<std::uint32_t> read_ttl(std::string_view text) noexcept {
  std::uint32_t seconds = 0;
  if (!read_period(text, seconds) || seconds > dns::max_ttl) return std::nullopt;
  return seconds;
}

bool read_date(std::string_view text, std::uint32_t& out) noexcept {
  std::array<unsigned, 6> parts{};
  constexpr std::array<std::size_t, 6> sizes{4, 2, 2, 2, 2, 2};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!read_number(text.substr(0, sizes[i]), parts[i])) return false;
    text.remove_prefix(sizes[i]);
  }
  const auto [year, month, day, hour, minute, second] = parts;
  constexpr std::array<unsigned, 12> lengths{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1]) return false;
  if (hour > 23 || minute > 59 || second > 60) return false;
  const std::int64_t seconds =
      ((days_to(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
  out = static_cast<std::uint32_t>(seconds);
  return true;
}

bool read_period(std::string_view text, std::uint32_t& out) noexcept {
  if (text.empty() || !is_digit(text.front())) return false;
  std::uint64_t total = 0;
  while (!text.empty()) {
    std::uint64_t part = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && is_digit(text[digits]); ++digits) {
      part = part * 10 + static_cast<unsigned>(text[digits] - '0');
      if (part > 0xFFFF'FFFFu) return false;
    }
    if (digits == 0) return false;
    text.remove_prefix(digits);
    if (!text.empty()) {
      constexpr std::string_view units = "smhdwSMHDW";
      constexpr std::array<std::uint32_t, 5> seconds{1, 60, 3600, 86400, 604800};
      const std::size_t unit = units.find(text.front());
      if (unit == units.npos) return false;
      part *= seconds[unit % seconds.size()];
      text.remove_prefix(1);
    }
    total += part;
    if (total > 0xFFFF'FFFFu) return false;
  }
  out = static_cast<std::uint32_t>(total);
  return true;
}
}  // namespace windlass::auth
