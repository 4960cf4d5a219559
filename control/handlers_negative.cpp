// Commands about negative trust anchors.
#include <algorithm>
#include <array>
#include <charconv>

#include "control/handlers.hpp"

namespace windlass::control::handlers {
namespace {
using validator::FollowedNegative;

Row negative_row(const FollowedNegative& nta) {
  const std::string last = nta.forced ? "never: forced" : moment_or(nta.checked_wall_s, "not yet");
  return {field("name", nta.anchor.name.to_text()),
          field("since", time_text(nta.since_wall_s)),
          field("until", moment_or(nta.anchor.until_wall_s, "as configured")),
          field("source", nta.anchor.configured ? "configuration" : "command"),
          field("checked", last),
          field("found", nta.found),
          field("reason", nta.anchor.reason)};
}

/// "7d", "90m": the longest unit that divides it.
std::string duration_text(std::int64_t seconds) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 3> units{
      {{86'400, "d"}, {3600, "h"}, {60, "m"}}};
  for (const auto& [length, unit] : units)
    if (seconds % length == 0) return std::to_string(seconds / length) + unit;
  return std::to_string(seconds) + "s";
}

/// The duration among the words behind the name; nullopt after failing the reply.
std::optional<std::optional<std::int64_t>> life_argument(const Call& call,
                                                         std::vector<std::string>& words) {
  if (words.empty()) return std::optional<std::int64_t>();
  const auto life_s = parse_seconds(words.front());
  const bool meant =
      !words.front().empty() &&
      std::string_view("-+0123456789").find(words.front()[0]) != std::string_view::npos;
  const auto most = call.house.limits()[Limit::nta_lifetime_max];
  const auto wrong = [&](const std::string& what) {
    call.reply.fail("`" + words.front() + "` is " + what + "; nothing was changed");
    return std::nullopt;
  };
  if (!life_s && meant) return wrong("no duration; expected 30s, 10m, 1h or 1d, then the reason");
  if (!life_s) return std::optional<std::int64_t>();
  if (*life_s < 1) return wrong("no life; expected 1s to " + duration_text(most));
  if (*life_s > most)
    return wrong("too long: a negative trust anchor lives at most " + duration_text(most) +
                 " (limit nta_lifetime_max)");
  words.erase(words.begin());
  return life_s;
}
}  // namespace

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || number < 0 || number > 1'000'000'000) return std::nullopt;
  const std::string_view unit(read.ptr,
                              static_cast<std::size_t>(text.data() + text.size() - read.ptr));
  if (unit.empty() || unit == "s") return number;
  if (unit == "m") return number * 60;
  if (unit == "h") return number * 3600;
  return unit == "d" ? std::optional(number * 86'400) : std::nullopt;
}

void nta_add(const Call& call) {
  constexpr std::string_view force = "--force";
  std::vector<std::string> words = call.arguments;
  const std::size_t name_at = words.front() == force ? 1 : 0;
  if (name_at == words.size())
    return call.reply.fail("expected a name; usage: nta add NAME [DURATION] [REASON] [--force]");
  const auto name = name_argument(call, name_at);
  if (!name) return;
  NegativeWish wish;
  wish.name = *name;
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(name_at));
  wish.forced = std::erase(words, force) != 0;
  const auto life_s = life_argument(call, words);
  if (!life_s) return;
  wish.life_s = *life_s;
  for (const std::string& word : words)
    wish.reason.append(wish.reason.empty() ? "" : " ").append(word);
  call.house.add_negative(wish, [reply = call.reply](const Outcome<NegativeAdded>& added) {
    if (!added) return reply.fail(added.error().text);
    Row row = negative_row(added->negative);
    if (!added->lost_at_restart.empty())
      row.push_back(field("lost_at_restart", added->lost_at_restart));
    reply.line(row);
    reply.done();
  });
}

void nta_remove(const Call& call) {
  const auto name = name_argument(call, 0);
  if (!name) return;
  call.house.remove_negative(*name,
                             [reply = call.reply, name = *name](const Outcome<Done>& removed) {
                               if (!removed) return reply.fail(removed.error().text);
                               reply.line({field("answer", "removed " + name.to_text())});
                               reply.done();
                             });
}

void nta_list(const Call& call) {
  for (const FollowedNegative& nta : call.house.negative_anchors())
    call.reply.line(negative_row(nta));
  call.reply.done();
}
}  // namespace windlass::control::handlers
