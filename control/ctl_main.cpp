// windlassctl: speaks to the control socket of a running windlass and prints what it says.
// Exit codes: 0 done; 1 refused or failed, one line on stderr; 2 usage.
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "control/commands.hpp"
#include "control/ctl_client.hpp"
#include "control/ctl_print.hpp"
#include "control/place.hpp"

namespace windlass::control {
namespace {
enum Exit : int { done = 0, failed = 1, usage = 2 };

struct Options {
  std::string socket;
  bool json = false;
  std::vector<std::string> words;
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

/// The table is linked in: what it says holds without a daemon too.
int built_in_help(bool colour) {
  std::vector<Row> rows;
  for (const Command& row : command_table())
    rows.push_back({field("command", usage_of(row)), field("help", row.help)});
  std::cout << printed(Shape::table, rows, colour);
  return done;
}

int ask(const Options& options, const Request& request) {
  const bool colour = !options.json && ::isatty(STDOUT_FILENO) == 1;
  auto client = CtlClient::connect(options.socket);
  if (!client && request.command == "help" && request.arguments.empty())
    return built_in_help(colour);
  if (!client) return complain(failed, client.error().text);
  std::vector<Row> rows;
  const auto reply = client->ask(request, [&](const std::string& line, const Row& row) {
    if (options.json)
      std::cout << line << "\n";
    else if (!row.empty())
      rows.push_back(row);
  });
  const Command* command = find_command(request.command);
  std::cout << printed(command == nullptr ? Shape::fields : command->shape, rows, colour)
            << std::flush;
  if (!reply) return complain(failed, reply.error().text);
  return reply->ok ? static_cast<int>(done) : complain(failed, reply->error);
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app(
      "windlassctl [--socket PATH] [--json] COMMAND [ARGUMENTS]\nSpeaks to a running windlass; "
      "`windlassctl help` lists the commands.",
      "windlassctl");
  app.set_version_flag("--version", WINDLASS_VERSION);
  app.add_option("--socket", options.socket,
                 "the control socket (default: windlass.sock in the state folder)");
  app.add_flag("--json", options.json, "print the reply as it comes: one JSON object a line");
  app.prefix_command();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) { return app.exit(error) == 0 ? done : usage; }
  options.words = app.remaining();
  if (!options.words.empty() && options.words[0].starts_with("-"))
    return complain(usage,
                    "unknown option `" + options.words[0] + "`; options stand before the command");
  if (options.words.empty()) return complain(usage, "no command; `windlassctl help` lists all");
  if (options.socket.empty()) options.socket = default_socket();
  auto request = request_of(options.words);
  if (!request) return complain(usage, request.error().text);
  if (request->command == "config check")
    for (auto& file : request->arguments) file = std::filesystem::absolute(file).string();
  return ask(options, *request);
}
}  // namespace
}  // namespace windlass::control

int main(int argc, char** argv) {
  return windlass::control::run(argc, argv);
}
