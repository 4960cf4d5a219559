#pragma once
/// The command table: one row per command. The control socket, `windlassctl help`, shell completion
/// and docs/reference/commands.md all come from it. A new command is one row and one handler.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/house.hpp"
#include "control/json_lines.hpp"
#include "control/reply.hpp"
namespace windlass::control {

/// How windlassctl shows a reply to people.
enum class Shape : std::uint8_t {
  fields,  ///< each row as `name: value` lines
  table,   ///< rows below a line of names
  lines,   ///< each row's only field, as it is
  chain,   ///< the steps of `why`
};

struct Call {
  House& house;
  std::vector<std::string> arguments;
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
/// "unknown command `stat`; did you mean `stats`?"
std::string unknown_command(std::string_view name);
/// Words as typed become a request: the longest command name they begin with, the rest are
/// arguments.
Outcome<Request> request_of(std::span<const std::string> words);
/// Finds, checks the number of arguments, runs; every mistake ends the reply with an error.
void run_command(House& house, const Request& request, const Reply& reply);
/// "cache flush NAME [--subtree]"
std::string usage_of(const Command& command);
}  // namespace windlass::control
