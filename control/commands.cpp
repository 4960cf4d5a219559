#include "control/commands.hpp"

#include <algorithm>
#include <array>

#include "control/handlers.hpp"
#include "control/nearest.hpp"

namespace windlass::control {
namespace {
constexpr std::size_t any_number = 64;

// clang-format off
constexpr auto daemon_commands = std::to_array<Command>({
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
  {"anchors list",   "",                           0, 0, Shape::table,  "Keys of trust anchors: their state (RFC 5011), since when, and when their zone is asked again.", handlers::anchors_list},
  {"anchors refresh","",                           0, 0, Shape::table,  "Asks the zones of trust anchors for their keys now, and prints what changed.", handlers::anchors_refresh},
  {"anchors reload", "[--force]",                  0, 1, Shape::table,  "Reads the trust anchor file again; a broken one changes nothing. Prints the keys before and after. A changed file replaces what was learnt, but what is revoked stays so unless forced.", handlers::anchors_reload},
  {"nta add",        "NAME [DURATION] [REASON] [--force]", 1, any_number, Shape::fields, "Nothing below NAME is validated for DURATION (1h; at most 7d), across reloads and restarts (RFC 7646). Ends early when the SOA of NAME validates again, not with --force.", handlers::nta_add},
  {"nta remove",     "NAME",                       1, 1, Shape::lines,  "Ends a negative trust anchor that was added by command.", handlers::nta_remove},
  {"nta list",       "",                           0, 0, Shape::table,  "Negative trust anchors in force: since when, until when, when each was last looked at again and what that found.", handlers::nta_list},
  {"cache stats",    "",                           0, 0, Shape::table,  "Entries, octets and use of each cache.", handlers::cache_stats},
  {"cache lookup",   "NAME [TYPE]",                1, 2, Shape::table,  "What the cache holds at NAME.", handlers::cache_lookup},
  {"cache flush",    "NAME [--subtree]",           1, 2, Shape::lines,  "Forgets all at NAME; with --subtree below it too.", handlers::cache_flush},
  {"cache flush-all","",                           0, 0, Shape::lines,  "Forgets all.", handlers::cache_flush_all},
  {"servers list",   "[NAME]",                     0, 1, Shape::table,  "Server addresses: round trips, timeouts, faults. NAME: those of the closest known zone cut, public and of forward and stub zones.", handlers::servers_list},
  {"resolutions",    "",                           0, 0, Shape::table,  "What is being resolved now, and what each waits for.", handlers::resolutions},
  {"views list",     "[ADDRESS]",                  0, 1, Shape::table,  "Views: their clients, what they say themselves, and the partition of the cache that is theirs alone. ADDRESS: the one that counts for a client there.", handlers::views_list},
  {"why",            "NAME [TYPE] [--view VIEW] [--client ADDRESS]", 1, 4, Shape::chain, "Resolves afresh and prints each step and link of trust, the failing one marked; for a client in VIEW, or at ADDRESS.", handlers::why},
  {"help",           "[COMMAND]",                  0, 3, Shape::table,  "These lines.", handlers::help},
  {"commands",       "",                           0, 0, Shape::table,  "The same for programs: names, arguments and their number, the shape of the reply.", handlers::commands},
});
// clang-format on

/// A name has at most so many words.
constexpr std::size_t name_words_most = 3;
}  // namespace

std::span<const Command> command_table() {
  return daemon_commands;
}

const Command* find_command(std::string_view name) {
  const auto row = std::find_if(daemon_commands.begin(), daemon_commands.end(),
                                [&](auto& r) { return r.name == name; });
  return row == daemon_commands.end() ? nullptr : &*row;
}

std::vector<CommandRow> command_rows(const std::vector<CommandRow>& of_plugins) {
  std::vector<CommandRow> out;
  for (const Command& row : daemon_commands)
    out.push_back({std::string(row.name), std::string(row.arguments), row.least, row.most,
                   row.shape, std::string(row.help)});
  for (const CommandRow& row : of_plugins)
    if (find_row(out, row.name) == nullptr) out.push_back(row);
  return out;
}

const CommandRow* find_row(std::span<const CommandRow> among, std::string_view name) {
  const auto row =
      std::find_if(among.begin(), among.end(), [&](auto& r) { return r.name == name; });
  return row == among.end() ? nullptr : &*row;
}

std::string unknown_command(std::span<const CommandRow> among, std::string_view name) {
  std::string text = "unknown command `" + std::string(name.substr(0, 60)) + "`";
  const std::string group = std::string(name.substr(0, name.find(' '))) + " ";
  std::string inside;
  std::vector<std::string_view> names;
  for (const CommandRow& row : among) {
    names.emplace_back(row.name);
    if (row.name.starts_with(group)) inside.append(inside.empty() ? "" : ", ").append(row.name);
  }
  if (!inside.empty()) return text + "; there are: " + inside;
  const auto near = nearest(name, names);
  return near.empty() ? text + "; `help` lists all"
                      : text.append("; did you mean `").append(near).append("`?");
}

std::string usage_of(std::string_view name, std::string_view arguments) {
  std::string out(name);
  if (!arguments.empty()) out.append(" ").append(arguments);
  return out;
}

std::string joined(std::span<const std::string> words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : " ").append(word);
  return out;
}

std::size_t name_words(std::span<const CommandRow> among, std::span<const std::string> words) {
  std::size_t used = std::min(words.size(), name_words_most);
  while (used > 0 && find_row(among, joined(words.first(used))) == nullptr) --used;
  return used;
}

Outcome<Request> request_of(std::span<const CommandRow> among, std::span<const std::string> words) {
  if (words.empty()) return Refusal{"no command; `help` lists all"};
  const std::size_t used = name_words(among, words);
  if (used == 0)
    return Refusal{
        unknown_command(among, joined(words.first(std::min<std::size_t>(words.size(), 2))))};
  const CommandRow& row = *find_row(among, joined(words.first(used)));
  const auto rest = words.subspan(used);
  if (rest.size() < row.least || rest.size() > row.most)
    return Refusal{"wrong number of arguments; usage: " + usage_of(row.name, row.arguments)};
  return Request{row.name, {rest.begin(), rest.end()}};
}

Arguments arguments_of(const Request& request) {
  Arguments out{request.arguments, request.arguments.size()};
  const auto mark = std::find(out.words.begin(), out.words.end(), "--");
  if (mark == out.words.end()) return out;
  out.plain_from = static_cast<std::size_t>(mark - out.words.begin());
  out.words.erase(mark);
  return out;
}

std::vector<std::size_t> file_arguments(const CommandRow& row,
                                        std::span<const std::string> arguments,
                                        std::size_t plain_from) {
  std::vector<std::string> places;  // of what is no option
  std::string word;
  for (const char c : row.arguments + " ") {
    if (c == '[' || c == ']') continue;
    if (c != ' ') {
      word += c;
      continue;
    }
    if (!word.empty() && !word.starts_with("--")) places.push_back(word);
    word.clear();
  }
  std::vector<std::size_t> found;
  std::size_t place = 0;
  for (std::size_t i = 0; i < arguments.size() && place < places.size(); ++i) {
    if (i < plain_from && arguments[i].starts_with("--")) continue;
    const bool file = places[place] == "FILE" || places[place] == "FOLDER";
    if (file && arguments[i] != "-") found.push_back(i);
    ++place;
  }
  return found;
}

/// Empty: as many as the command takes.
static std::string wrong_number(std::size_t count, std::size_t least, std::size_t most,
                                const std::string& usage) {
  if (count >= least && count <= most) return "";
  return "wrong number of arguments; usage: " + usage;
}

static void run_of_plugin(House& house, const Request& request, const Reply& reply) {
  const auto all = command_rows(house.plugin_commands());
  const CommandRow* row = find_row(all, request.command);
  if (row == nullptr) return reply.fail(unknown_command(all, request.command));
  const auto wrong = wrong_number(arguments_of(request).words.size(), row->least, row->most,
                                  usage_of(row->name, row->arguments));
  if (!wrong.empty()) return reply.fail(wrong);
  auto pipe = reply.pipe();
  if (pipe == nullptr) return reply.fail("no long reply can be taken here");
  house.run_plugin_command(request.command, request.arguments, std::move(pipe));
}

void run_command(House& house, const Request& request, const Reply& reply) {
  const Command* command = find_command(request.command);
  if (command == nullptr) return run_of_plugin(house, request, reply);
  auto arguments = arguments_of(request);
  const auto wrong = wrong_number(arguments.words.size(), command->least, command->most,
                                  usage_of(command->name, command->arguments));
  if (!wrong.empty()) return reply.fail(wrong);
  command->run({house, request.command, std::move(arguments.words), arguments.plain_from, reply});
}
}  // namespace windlass::control
