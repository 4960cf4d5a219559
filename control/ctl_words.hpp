#pragma once
/// What was typed behind `windlassctl`, sorted: its own options, the command and its arguments.
///
///    windlassctl zone list --json              --json is windlassctl's, wherever it stands
///    windlassctl zone delete NAME --yes        --yes is the command's: its usage names it
///    windlassctl zone set ... TXT 1h -- --json a value: so is all that stands behind a `--`
///    windlassctl -- zone delete NAME --yes     in front of the command, `--` ends windlassctl's
///                                              own options alone
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/commands.hpp"
namespace windlass::control {

struct TypedWords {
  std::vector<std::string> options;  ///< with their values, and whatever else begins with a hyphen
                                     ///< before the command
  std::vector<std::string> words;    ///< the command and its arguments, without these `--`
  std::size_t plain_from = 0;        ///< words from here on are values
};
TypedWords sort_words(std::span<const std::string> typed);
/// The request goes out with a `--` in front of its values, where one of them begins like an
/// option. `plain_from`: of its arguments.
void mark_values(Request& request, std::size_t plain_from);

/// The command line's mistake, or nullopt: an option that the command's usage does not name; a file
/// without a name.
std::optional<std::string> wrong_words(std::span<const CommandRow> rows, const TypedWords& typed);
}  // namespace windlass::control
