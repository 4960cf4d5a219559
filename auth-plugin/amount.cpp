#include "auth-plugin/amount.hpp"

#include <charconv>
#include <limits>
#include <span>

#include "auth-plugin/zone/times.hpp"

namespace windlass::auth {
namespace {
struct Unit {
  std::string_view text;
  std::uint64_t factor;
};
constexpr Unit sizes[] = {
    {"", 1}, {"k", 1u << 10}, {"M", 1u << 20}, {"G", 1u << 30}, {"T", std::uint64_t{1} << 40}};
constexpr Unit times[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60'000}};

/// The number at the front of `text`, taken off it; no sign.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return value;
}

std::optional<std::uint64_t> times_unit(std::uint64_t number, std::string_view unit,
                                        std::span<const Unit> units) {
  for (const Unit& known : units) {
    if (known.text != unit) continue;
    if (number > std::numeric_limits<std::uint64_t>::max() / known.factor) return std::nullopt;
    return number * known.factor;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_amount(std::string_view text, std::span<const Unit> units) {
  const auto number = take_number(text);
  return number ? times_unit(*number, text, units) : std::nullopt;
}
}  // namespace

std::optional<std::uint64_t> read_octets(std::string_view text) {
  return read_amount(text, sizes);
}

std::optional<std::uint64_t> read_milliseconds(std::string_view text) {
  return read_amount(text, times);
}

std::string grouped(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, 1, ',');
  return out;
}
}  // namespace windlass::auth
