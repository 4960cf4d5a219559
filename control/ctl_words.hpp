#pragma once
/// What was typed behind `windlassctl`, sorted: its own options, the command and its arguments.
///
///    windlassctl zone list --json              --json is windlassctl's, wherever it stands
///    windlassctl zone delete NAME --yes        --yes is the command's: its usage names it
///    windlassctl zone set ... TXT 1h -- --json behind `--` all words are the command's
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/commands.hpp"
namespace windlass::control {

struct TypedWords {
  std::vector<std::string> options;  ///< with their values, and whatever else begins with a hyphen
                                     ///< before the command
  std::vector<std::string> words;    ///< the command and its arguments, without the `--`
  std::size_t plain_from = 0;        ///< words from here on stood behind `--`
};
TypedWords sort_words(std::span<const std::string> typed);

/// The command line's mistake, or nullopt: an option that the command's usage does not name; a file
/// without a name.
std::optional<std::string> wrong_words(std::span<const CommandRow> rows, const TypedWords& typed);
}  // namespace windlass::control
