#pragma once
/// The command table: one row per command. The control socket, `windlassctl help`, shell completion
/// and docs/reference/commands.md all come from it. A new command is one row and one handler.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/command_row.hpp"
#include "control/house.hpp"
#include "control/json_lines.hpp"
#include "control/reply.hpp"
namespace windlass::control {

/// What stands behind a command's name. The first `--` is no argument: what stands behind it is a
/// value and never an option, however it begins.
struct Arguments {
  std::vector<std::string> words;  ///< without that `--`
  std::size_t plain_from = 0;      ///< words from here on stood behind it
};
/// As a request has them.
Arguments arguments_of(const Request& request);

struct Call {
  House& house;
  std::string command;
  std::vector<std::string> arguments;
  std::size_t plain_from;  ///< arguments from here on are no options
  Reply reply;
};

struct Command {
  std::string_view name;       ///< "cache flush"
  std::string_view arguments;  ///< "NAME [--subtree]": brackets are optional, | separates choices
  std::size_t least, most;     ///< number of arguments
  Shape shape;
  std::string_view help;
  void (*run)(const Call&);
};

std::span<const Command> command_table();
const Command* find_command(std::string_view name);
/// The table as rows, those of plugins behind the host's own. The host's names win.
std::vector<CommandRow> command_rows(const std::vector<CommandRow>& of_plugins = {});
const CommandRow* find_row(std::span<const CommandRow> rows, std::string_view name);
/// "unknown command `stat`; did you mean `stats`?"
std::string unknown_command(std::span<const CommandRow> rows, std::string_view name);
/// Words as typed become a request: the longest command name they begin with, the rest are
/// arguments.
Outcome<Request> request_of(std::span<const CommandRow> rows, std::span<const std::string> words);
/// How many of the words name a row, the longest name first; 0: they name none.
std::size_t name_words(std::span<const CommandRow> rows, std::span<const std::string> words);
/// "cache flush"
std::string joined(std::span<const std::string> words);
/// Which arguments are files or folders by the words FILE and FOLDER of the usage; options do not
/// count. Arguments from `plain_from` on are no options.
std::vector<std::size_t> file_arguments(const CommandRow& row,
                                        std::span<const std::string> arguments,
                                        std::size_t plain_from);
/// Finds, checks the number of arguments, runs; every mistake ends the reply with an error.
void run_command(House& house, const Request& request, const Reply& reply);
/// "cache flush NAME [--subtree]"
std::string usage_of(std::string_view name, std::string_view arguments);
}  // namespace windlass::control
