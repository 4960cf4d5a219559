// Commands about negative trust anchors.
#include <algorithm>
#include <charconv>

#include "control/handlers.hpp"

namespace windlass::control::handlers {
namespace {
using validator::NegativeAnchor;

Row negative_row(const NegativeAnchor& nta) {
  return {field("name", nta.name.to_text()),
          field("until",
                nta.until_wall_s == 0 ? std::string("as configured") : time_text(nta.until_wall_s)),
          field("source", nta.configured ? "configuration" : "command"),
          field("reason", nta.reason)};
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
  const auto name = name_argument(call, 0);
  if (!name) return;
  std::optional<std::int64_t> life_s;
  std::size_t reason_at = 1;
  if (call.arguments.size() > 1 && (life_s = parse_seconds(call.arguments[1]))) reason_at = 2;
  const bool meant_duration =
      call.arguments.size() > 1 && reason_at == 1 && !call.arguments[1].empty() &&
      std::string_view("-+0123456789").find(call.arguments[1][0]) != std::string_view::npos;
  if (meant_duration)
    return call.reply.fail("`" + call.arguments[1] +
                           "` is no duration; expected 30s, 10m, 1h or 1d, "
                           "then the reason; nothing was changed");
  const auto most = call.house.limits()[Limit::nta_lifetime_max];
  if (life_s && (*life_s < 1 || *life_s > most))
    return call.reply.fail("`" + call.arguments[1] + "` is out of range; expected 1s to " +
                           std::to_string(most) + "s (limit nta_lifetime_max)");
  std::string reason;
  for (std::size_t i = reason_at; i < call.arguments.size(); ++i)
    reason.append(reason.empty() ? "" : " ").append(call.arguments[i]);
  const auto added = call.house.add_negative(*name, life_s, reason);
  if (!added) return call.reply.fail(added.error().text);
  call.reply.line(negative_row(*added));
  call.reply.done();
}

void nta_remove(const Call& call) {
  const auto name = name_argument(call, 0);
  if (!name) return;
  const auto removed = call.house.remove_negative(*name);
  if (!removed) return call.reply.fail(removed.error().text);
  call.reply.line({field("answer", "removed " + name->to_text())});
  call.reply.done();
}

void nta_list(const Call& call) {
  const auto anchors = call.house.anchors();
  const auto wall_s = call.house.now().wall_s;
  for (const NegativeAnchor& nta : anchors ? anchors->negative() : std::vector<NegativeAnchor>{})
    if (nta.until_wall_s == 0 || nta.until_wall_s > wall_s) call.reply.line(negative_row(nta));
  call.reply.done();
}
}  // namespace windlass::control::handlers
