#include "control/json_lines.hpp"

#include <nlohmann/json.hpp>

namespace windlass::control {
namespace {
using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// A value whose `is_discarded()` tells of a text that is no JSON.
Json parse(std::string_view line) {
  return Json::parse(line.begin(), line.end(), nullptr, false);
}

/// Objects and what else a later version may send are kept as their JSON text.
FieldValue value_of(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (!json.is_array()) return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<std::string> items;
  for (const Json& item : json)
    items.push_back(item.is_string() ? item.get<std::string>()
                                     : item.dump(-1, ' ', false, Json::error_handler_t::replace));
  return items;
}
}  // namespace

std::string row_line(const Row& row) {
  Json json = Json::object();
  for (const Field& field : row)
    std::visit([&](const auto& value) { json[field.name] = value; }, field.value);
  return line_of(json);
}

std::string ok_line() {
  return "{\"ok\":true}\n";
}

std::string error_line(std::string_view error) {
  return line_of({{"ok", false}, {"error", std::string(error)}});
}

std::string request_line(const Request& request) {
  return line_of({{"command", request.command}, {"arguments", request.arguments}});
}

Outcome<Request> parse_request(std::string_view line) {
  const Json json = parse(line);
  if (!json.is_object())
    return Refusal{"not a JSON object; expected {\"command\": \"status\", \"arguments\": []}"};
  Request request;
  for (const auto& [key, value] : json.items()) {
    if (key == "command" && value.is_string()) {
      request.command = value.get<std::string>();
    } else if (key == "arguments" && value.is_array()) {
      for (const Json& item : value) {
        if (!item.is_string())
          return Refusal{"an argument is no text; expected \"arguments\": [\"...\"]"};
        request.arguments.push_back(item.get<std::string>());
      }
    } else {
      return Refusal{"unknown or wrong member `" + key +
                     "`; expected \"command\": text and \"arguments\": list of texts"};
    }
  }
  if (request.command.empty()) return Refusal{"no command; expected {\"command\": \"status\"}"};
  return request;
}

Outcome<ReplyLine> parse_reply(std::string_view line) {
  const Json json = parse(line);
  if (!json.is_object()) return Refusal{"the daemon's reply is no JSON object"};
  ReplyLine reply;
  const auto ok = json.find("ok");
  reply.last = ok != json.end() && ok->is_boolean();
  if (reply.last) {
    reply.ok = ok->get<bool>();
    const auto error = json.find("error");
    if (error != json.end() && error->is_string()) reply.error = error->get<std::string>();
    return reply;
  }
  for (const auto& [key, value] : json.items()) reply.row.push_back({key, value_of(value)});
  return reply;
}
}  // namespace windlass::control
