#include "control/commands.hpp"

#include <algorithm>
#include <array>

#include "control/handlers.hpp"
#include "control/nearest.hpp"

namespace windlass::control {
namespace {
constexpr std::size_t any_number = 64;

// clang-format off
constexpr auto rows = std::to_array<Command>({
  {"ping",           "",                           0, 0, Shape::lines,  "Answers pong: the daemon runs and its control loop turns.", handlers::ping},
  {"version",        "",                           0, 0, Shape::fields, "Version, revision and compiler of the running daemon.", handlers::version},
  {"status",         "",                           0, 0, Shape::fields, "What runs since when, where it listens, what it loaded, what it works on.", handlers::status},
  {"ready",          "",                           0, 0, Shape::fields, "Succeeds when clients can be served; else says why not.", handlers::ready},
  {"stats",          "[PREFIX]",                   0, 1, Shape::table,  "Metrics whose names begin with PREFIX, without those that are 0.", handlers::stats},
  {"config show",    "[PREFIX]",                   0, 1, Shape::table,  "Settings in force and their defaults.", handlers::config_show},
  {"config check",   "[FILE]",                     0, 1, Shape::fields, "Reads a configuration file (the one in use by default) and says what it would change.", handlers::config_check},
  {"config reload",  "",                           0, 0, Shape::fields, "Reads the configuration file again; a broken one changes nothing.", handlers::config_reload},
  {"log level",      "error|warning|notice|info|debug", 1, 1, Shape::lines, "Sets what is logged until the next reload.", handlers::log_level},
  {"shutdown",       "",                           0, 0, Shape::lines,  "Answers what it can, then ends.", handlers::shutdown},
  {"anchors list",   "",                           0, 0, Shape::table,  "Trust anchors in force.", handlers::anchors_list},
  {"anchors reload", "",                           0, 0, Shape::table,  "Reads the trust anchor file again; a broken one changes nothing. Prints anchors before and after.", handlers::anchors_reload},
  {"nta add",        "NAME [DURATION] [REASON]",   1, any_number, Shape::fields, "Nothing below NAME is validated for a while (RFC 7646).", handlers::nta_add},
  {"nta remove",     "NAME",                       1, 1, Shape::lines,  "Ends a negative trust anchor that was added by command.", handlers::nta_remove},
  {"nta list",       "",                           0, 0, Shape::table,  "Negative trust anchors in force.", handlers::nta_list},
  {"cache stats",    "",                           0, 0, Shape::table,  "Entries, octets and use of each cache.", handlers::cache_stats},
  {"cache lookup",   "NAME [TYPE]",                1, 2, Shape::table,  "What the cache holds at NAME.", handlers::cache_lookup},
  {"cache flush",    "NAME [--subtree]",           1, 2, Shape::lines,  "Forgets all at NAME; with --subtree below it too.", handlers::cache_flush},
  {"cache flush-all","",                           0, 0, Shape::lines,  "Forgets all.", handlers::cache_flush_all},
  {"servers list",   "[NAME]",                     0, 1, Shape::table,  "Server addresses: round trips, timeouts, faults. NAME: those of the closest known zone cut.", handlers::servers_list},
  {"resolutions",    "",                           0, 0, Shape::table,  "What is being resolved now, and what each waits for.", handlers::resolutions},
  {"why",            "NAME [TYPE]",                1, 2, Shape::chain,  "Resolves afresh and prints each step and link of trust, the failing one marked.", handlers::why},
  {"help",           "[COMMAND]",                  0, 2, Shape::table,  "These lines.", handlers::help},
});
// clang-format on

std::vector<std::string_view> names() {
  std::vector<std::string_view> out;
  std::transform(rows.begin(), rows.end(), std::back_inserter(out),
                 [](auto& row) { return row.name; });
  return out;
}
}  // namespace

std::span<const Command> command_table() {
  return rows;
}

const Command* find_command(std::string_view name) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](auto& r) { return r.name == name; });
  return row == rows.end() ? nullptr : &*row;
}

std::string unknown_command(std::string_view name) {
  std::string text = "unknown command `" + std::string(name.substr(0, 60)) + "`";
  const std::string group = std::string(name.substr(0, name.find(' '))) + " ";
  std::string inside;
  for (const Command& row : rows)
    if (row.name.starts_with(group)) inside.append(inside.empty() ? "" : ", ").append(row.name);
  if (!inside.empty()) return text + "; there are: " + inside;
  const auto near = nearest(name, names());
  return near.empty() ? text + "; `help` lists all"
                      : text.append("; did you mean `").append(near).append("`?");
}

std::string usage_of(const Command& command) {
  std::string out(command.name);
  if (!command.arguments.empty()) out.append(" ").append(command.arguments);
  return out;
}

Outcome<Request> request_of(std::span<const std::string> words) {
  if (words.empty()) return Refusal{"no command; `help` lists all"};
  const std::string two = words.size() > 1 ? words[0] + " " + words[1] : words[0];
  const std::size_t used = words.size() > 1 && find_command(two) != nullptr ? 2 : 1;
  const std::string name = used == 2 ? two : words[0];
  const Command* command = find_command(name);
  if (command == nullptr) return Refusal{unknown_command(two)};
  const auto rest = words.subspan(used);
  if (rest.size() < command->least || rest.size() > command->most)
    return Refusal{"wrong number of arguments; usage: " + usage_of(*command)};
  return Request{name, {rest.begin(), rest.end()}};
}

void run_command(House& house, const Request& request, const Reply& reply) {
  const Command* command = find_command(request.command);
  if (command == nullptr) return reply.fail(unknown_command(request.command));
  if (request.arguments.size() < command->least || request.arguments.size() > command->most)
    return reply.fail("wrong number of arguments; usage: " + usage_of(*command));
  command->run({house, request.arguments, reply});
}
}  // namespace windlass::control
