// windlassctl: speaks to the control socket of a running windlass and prints what it says.
// Exit codes: 0 done; 1 refused or failed, one line on stderr; 2 usage.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/clock.hpp"
#include "control/commands.hpp"
#include "control/ctl_client.hpp"
#include "control/ctl_output.hpp"
#include "control/ctl_print.hpp"
#include "control/ctl_words.hpp"
#include "control/place.hpp"

namespace windlass::control {
namespace {
enum Exit : int { done = 0, failed = 1, usage = 2 };

struct Options {
  std::string socket;
  bool json = false, progress = false;
  TypedWords typed;
};

int complain(int code, const std::string& text) {
  std::cerr << "windlassctl: " << text << "\n";
  return code;
}

/// The user's own daemon first, then the system's.
std::string default_socket() {
  const std::string own = below(Place::of_process().state_dir(), socket_name);
  return ::access(own.c_str(), F_OK) == 0 ? own : below(system_state_dir, socket_name);
}

/// Standard output is whole, or it is said why not.
int written(CtlOutput& output) {
  if (output.end()) return done;
  const std::string why = output.complaint();
  return why.empty() ? static_cast<int>(failed) : complain(failed, why);
}

int say(const std::string& text) {
  CtlOutput output(STDOUT_FILENO);
  output.add(text);
  return written(output);
}

/// The table is linked in: what it says holds without a daemon too.
int built_in_help(bool colour) {
  std::vector<Row> rows;
  for (const Command& row : command_table())
    rows.push_back({field("command", usage_of(row.name, row.arguments)), field("help", row.help)});
  return say(printed(Shape::table, rows, colour));
}

/// How far long work has come: on a terminal one line that changes, elsewhere a line a second, but
/// none any more when rows come: they show it themselves, and may go where these lines go.
class Progress {
 public:
  explicit Progress(bool live) : live_(live) {}
  ~Progress() { clear(); }
  void show(const std::string& text) {
    const std::int64_t now_us = SystemClock{}.now().mono_us;
    if (live_) {
      std::cerr << "\r" << harmless(text) << "\x1b[K" << std::flush;
      shown_ = true;
    } else if (!rows_came_ && now_us - last_us_ >= 1'000'000) {
      std::cerr << harmless(text) << "\n";
      last_us_ = now_us;
    }
  }
  /// A row is printed next.
  void make_way() {
    rows_came_ = true;
    clear();
  }
  void clear() {
    if (std::exchange(shown_, false)) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  bool live_, shown_ = false, rows_came_ = false;
  std::int64_t last_us_ = SystemClock{}.now().mono_us;
};

std::size_t number_in(const Row& row, std::string_view name) {
  const FieldValue* value = find_field(row, name);
  const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
  return number == nullptr || *number < 0 ? 0 : static_cast<std::size_t>(*number);
}
std::string text_in(const Row& row, std::string_view name) {
  const FieldValue* value = find_field(row, name);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? "" : *text;
}

/// The table with what the daemon's plugins bring.
Outcome<std::vector<CommandRow>> rows_of_daemon(const std::string& socket) {
  auto client = CtlClient::connect(socket);
  if (!client) return client.error();
  std::vector<CommandRow> rows;
  const auto reply = client->ask({"commands", {}}, [&](std::string_view, ReplyLine& line) {
    const auto shape = parse_shape(text_in(line.row, "shape"));
    if (!line.last && line.progress.empty())
      rows.push_back({text_in(line.row, "name"), text_in(line.row, "arguments"),
                      number_in(line.row, "least"), number_in(line.row, "most"),
                      shape.value_or(Shape::fields), text_in(line.row, "help")});
    return true;
  });
  if (!reply) return reply.error();
  if (!reply->ok) return Refusal{reply->error};
  return rows;
}

int ask(const Options& options, const Request& request, Shape shape) {
  const bool colour = !options.json && ::isatty(STDOUT_FILENO) == 1;
  auto client = CtlClient::connect(options.socket);
  if (!client && request.command == "help" && request.arguments.empty())
    return built_in_help(colour);
  if (!client) return complain(failed, client.error().text);
  Progress progress(options.progress || ::isatty(STDERR_FILENO) == 1);
  CtlOutput output(STDOUT_FILENO);
  bool whole = true;  // what was printed went out
  const auto print = [&](std::string_view text) { whole = output.add(text); };
  Printer printer(shape, colour, print);
  const auto reply = client->ask(request, [&](std::string_view text, ReplyLine& line) {
    if (!line.progress.empty()) return progress.show(line.progress), true;
    progress.make_way();
    if (options.json)
      print(text), print("\n");
    else if (!line.row.empty())
      printer.add(std::move(line.row));
    return whole;
  });
  printer.end();
  progress.clear();
  const bool refused = reply && reply->last && !reply->ok;
  whole = output.end();
  if (refused) return complain(failed, reply->error);
  if (!whole) return written(output);
  return reply ? static_cast<int>(done) : complain(failed, reply.error().text);
}

/// What was typed, by the table that is linked in or, for other commands, by the daemon's.
int ask_by_table(const Options& options) {
  std::vector<CommandRow> rows = command_rows();
  const auto& words = options.typed.words;
  if (name_words(rows, words) == 0) {
    auto more = rows_of_daemon(options.socket);
    if (!more) return complain(failed, more.error().text);
    rows = *std::move(more);
  }
  if (const auto wrong = wrong_words(rows, options.typed)) return complain(usage, *wrong);
  auto request = request_of(rows, words);
  if (!request) return complain(usage, request.error().text);
  const CommandRow* row = find_row(rows, request->command);
  const std::size_t used = words.size() - request->arguments.size();
  const std::size_t plain_from = std::max(options.typed.plain_from, used) - used;
  for (const std::size_t at : file_arguments(*row, request->arguments, plain_from)) {
    auto& file = request->arguments[at];
    std::error_code error;
    const auto path = std::filesystem::absolute(file, error);
    if (error) return complain(failed, "where is " + file + "? " + error.message());
    file = path.string();
  }
  mark_values(*request, plain_from);
  return ask(options, *request, row->shape);
}

int run(std::span<const std::string> typed) {
  Options options;
  options.typed = sort_words(typed);
  CLI::App app(
      "windlassctl [--socket PATH] [--json] [--progress] COMMAND [ARGUMENTS]\n"
      "Speaks to a running windlass; `windlassctl help` lists the commands.\n"
      "Options may stand anywhere. Behind a `--` that follows the command's name all words are\n"
      "values; one in front of the command ends windlassctl's own options.",
      "windlassctl");
  app.set_version_flag("--version", WINDLASS_VERSION);
  app.add_option("--socket", options.socket,
                 "the control socket (default: windlass.sock in the state folder)")
      ->take_last();
  app.add_flag("--json", options.json, "print the reply as it comes: one JSON object a line");
  app.add_flag("--progress", options.progress,
               "show how far long work has come in one changing line, as on a terminal");
  app.allow_extras();
  try {
    app.parse(std::vector<std::string>(options.typed.options.rbegin(),
                                       options.typed.options.rend()));  // the last is read first
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    return app.exit(error, text, std::cerr) == 0 ? say(text.str()) : usage;
  }
  if (const auto rest = app.remaining(); !rest.empty())
    return complain(usage, "unknown option `" + rest[0] + "`; `windlassctl --help` lists all");
  if (options.typed.words.empty())
    return complain(usage, "no command; `windlassctl help` lists all");
  if (options.socket.empty()) options.socket = default_socket();
  return ask_by_table(options);
}
}  // namespace
}  // namespace windlass::control

int main(int argc, char** argv) {
  windlass::control::hold_standard_descriptors();
  const std::vector<std::string> typed(argv + std::min(argc, 1), argv + argc);
  return windlass::control::run(typed);
}
