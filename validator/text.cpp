#include "validator/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace windlass::validator {
namespace {
constexpr std::int64_t day_s = 86'400;

struct Word {
  std::uint8_t number;
  std::string_view text;
};
constexpr std::array<Word, 14> algorithms{{{1, "RSAMD5"},
                                           {3, "DSA"},
                                           {5, "RSASHA1"},
                                           {6, "DSA-NSEC3-SHA1"},
                                           {7, "RSASHA1-NSEC3-SHA1"},
                                           {8, "RSASHA256"},
                                           {10, "RSASHA512"},
                                           {12, "ECC-GOST"},
                                           {13, "ECDSAP256SHA256"},
                                           {14, "ECDSAP384SHA384"},
                                           {15, "ED25519"},
                                           {16, "ED448"},
                                           {253, "PRIVATEDNS"},
                                           {254, "PRIVATEOID"}}};
constexpr std::array<Word, 4> digests{{{1, "SHA-1"}, {2, "SHA-256"}, {3, "GOST"}, {4, "SHA-384"}}};

template <std::size_t N>
std::string word(const std::array<Word, N>& words, std::uint8_t number, const char* unknown) {
  for (const Word& row : words) {
    if (row.number == number) return std::string(row.text);
  }
  return unknown + std::to_string(number);
}

constexpr std::int64_t last_second = 253'402'300'799;  ///< of the year 9999

std::string padded(std::int64_t value, std::size_t digits) {
  std::string text = std::to_string(value);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

struct Date {
  std::int64_t year, month, day;
};

/// Days since 1970 to the Gregorian calendar, by eras of 400 years beginning on 1 March.
Date date_of(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

/// The inverse, for years from 1; a day too many for its month is one of the next.
std::int64_t days_of(const Date& date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = year / 400, year_of_era = year % 400;
  const std::int64_t shifted_month = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t day_of_year = (153 * shifted_month + 2) / 5 + date.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

/// The number that stands in `digits` places from `at`; -1: none.
std::int64_t number_at(std::string_view text, std::size_t at, std::size_t digits) {
  std::int64_t number = 0;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}
}  // namespace

std::string algorithm_text(std::uint8_t algorithm) {
  return word(algorithms, algorithm, "algorithm ");
}

std::string digest_text(std::uint8_t digest_type) {
  return word(digests, digest_type, "digest type ");
}

std::string time_text(std::uint32_t serial, std::int64_t near_wall_s) {
  const auto away = static_cast<std::int32_t>(serial - static_cast<std::uint32_t>(near_wall_s));
  return wall_text(near_wall_s + away);
}

std::string wall_text(std::int64_t wall_s) {
  const std::int64_t time = std::clamp<std::int64_t>(wall_s, 0, last_second);
  const Date date = date_of(time / day_s);
  const std::int64_t second = time % day_s;
  return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T" +
         padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" +
         padded(second % 60, 2) + "Z";
}

std::optional<std::int64_t> parse_wall_text(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00Z";
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t at = 0; at < form.size(); ++at)
    if (form[at] != '0' && text[at] != form[at]) return std::nullopt;
  const std::int64_t hour = number_at(text, 11, 2), minute = number_at(text, 14, 2),
                     second = number_at(text, 17, 2), year = number_at(text, 0, 4),
                     month = number_at(text, 5, 2), day = number_at(text, 8, 2);
  if (std::min({hour, minute, second, month, day}) < 0 || year < 1970) return std::nullopt;
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  const std::int64_t days = days_of({year, month, day});
  if (date_of(days).day != day) return std::nullopt;  // no such day in this month
  return days * day_s + hour * 3600 + minute * 60 + second;
}
}  // namespace windlass::validator
