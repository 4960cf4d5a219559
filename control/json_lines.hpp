#pragma once
/// The language of the control socket: one JSON object a line, each way. The one door to
/// nlohmann::json.
///
///   request   {"command": "cache flush", "arguments": ["example.org", "--subtree"]}
///             behind an argument "--" all are values, however they begin
///   reply     any number of rows {"name": value, ...}, then one last line:
///             {"ok": true}   or   {"ok": false, "error": "what; where; cause; what to do"}
///   between   {"progress": "text"}: how far long work has come; a row never is `progress` alone
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/house.hpp"
#include "control/row.hpp"
namespace windlass::control {

struct Request {
  std::string command;
  std::vector<std::string> arguments;
};

struct ReplyLine {
  bool last = false;
  bool ok = false;       ///< of the last line
  std::string error;     ///< of the last line
  std::string progress;  ///< of a progress line, which has no row
  Row row;               ///< of any other
};

/// All end with a newline. Text that is not UTF-8 is made so.
std::string row_line(const Row& row);
std::string progress_line(std::string_view text);
std::string ok_line();
std::string error_line(std::string_view error);
std::string request_line(const Request& request);

/// Control characters other than tab and line break are refused.
Outcome<Request> parse_request(std::string_view line);
Outcome<ReplyLine> parse_reply(std::string_view line);

/// The command table of a plugin (windlass_plugin.commands). Refusal: which row, what is wrong.
Outcome<std::vector<CommandRow>> parse_commands(std::string_view json);
/// Rows as a plugin gives them, a line each: one, or several that stand on lines of their own.
/// nullopt: one of them is no object of texts, numbers, booleans and lists of texts.
std::optional<std::string> row_lines_of(std::string_view json);
}  // namespace windlass::control
