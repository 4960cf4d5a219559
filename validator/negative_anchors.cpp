#include "validator/negative_anchors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace windlass::validator {
namespace {
constexpr std::string_view head =
    "; Negative trust anchors added by command: name, since, until, recheck or forced, reason.\n"
    "; Written by windlass at each `windlassctl nta add` and `nta remove`, read when it starts.\n";
constexpr std::string_view recheck = "recheck", forced = "forced";

/// Up to the next blank, which is taken too.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::optional<std::int64_t> seconds_in(std::string_view word) {
  std::int64_t number = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool whole = read.ec == std::errc{} && read.ptr == word.data() + word.size();
  return whole && number > 0 ? std::optional(number) : std::nullopt;
}

Result<FollowedNegative, std::string> parse_line(std::string_view line) {
  const auto name = dns::Name::from_text(take_word(line));
  if (!name) return std::string("does not begin with a name");
  const auto since = seconds_in(take_word(line)), until = seconds_in(take_word(line));
  if (!since || !until || *since >= *until)
    return std::string("no two times, the second after the first");
  const std::string_view mode = take_word(line);
  if (mode != recheck && mode != forced) return std::string("neither `recheck` nor `forced`");
  if (!fits_a_line(line)) return std::string("a control character in the reason");
  return FollowedNegative{{*name, std::string(line), *until, false}, *since, mode == forced};
}
}  // namespace

bool fits_a_line(std::string_view reason) noexcept {
  return std::ranges::none_of(
      reason, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool recheck_due(const FollowedNegative& one, std::int64_t wall_s, std::int64_t every_s) noexcept {
  if (one.forced) return false;
  const std::int64_t last = std::max(one.since_wall_s, one.checked_wall_s);
  return wall_s < last || wall_s - last >= every_s;
}

std::string negative_text(const std::vector<FollowedNegative>& all) {
  std::string text(head);
  for (const FollowedNegative& one : all) {
    if (one.anchor.configured) continue;
    text += one.anchor.name.to_text() + " " + std::to_string(one.since_wall_s) + " " +
            std::to_string(one.anchor.until_wall_s) + " ";
    text.append(one.forced ? forced : recheck).append(" ").append(one.anchor.reason).append("\n");
  }
  return text;
}

Result<std::vector<FollowedNegative>, AnchorError> parse_negative_text(std::string_view text) {
  std::vector<FollowedNegative> all;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const auto wrong = [&](const std::string& what) { return AnchorError{number, what}; };
    if (end == text.npos) return wrong("cut off");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty() || line.front() == ';') continue;
    auto one = parse_line(line);
    if (!one) return wrong(one.error());
    const auto same = [&](const auto& other) { return other.anchor.name == one->anchor.name; };
    if (std::ranges::any_of(all, same)) return wrong("a name that stands above already");
    all.push_back(*std::move(one));
  }
  return all;
}
}  // namespace windlass::validator
