#pragma once
/// The language of the control socket: one JSON object a line, each way. The one door to
/// nlohmann::json.
///
///   request   {"command": "cache flush", "arguments": ["example.org", "--subtree"]}
///   reply     any number of rows {"name": value, ...}, then one last line:
///             {"ok": true}   or   {"ok": false, "error": "what; where; cause; what to do"}
#include <string>
#include <string_view>

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
  bool ok = false;    ///< of the last line
  std::string error;  ///< of the last line
  Row row;            ///< of any other
};

/// All end with a newline. Text that is not UTF-8 is made so.
std::string row_line(const Row& row);
std::string ok_line();
std::string error_line(std::string_view error);
std::string request_line(const Request& request);

Outcome<Request> parse_request(std::string_view line);
Outcome<ReplyLine> parse_reply(std::string_view line);
}  // namespace windlass::control
