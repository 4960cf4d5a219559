#include "control/json_lines.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "control/plain_row.hpp"

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

std::string progress_line(std::string_view text) {
  return line_of({{"progress", std::string(text)}});
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

/// Words go on as C texts, which a NUL would cut, and into logs and files. nullopt: a tab and a
/// line break are all there is of control characters.
static std::optional<Refusal> control_octet(std::string_view what, std::string_view word) {
  for (const char c : word) {
    const auto octet = static_cast<unsigned char>(c);
    if ((octet >= 0x20 && octet != 0x7F) || c == '\t' || c == '\n') continue;
    std::array<char, 8> number{};
    std::snprintf(number.data(), number.size(), "0x%02X", octet);
    return Refusal{std::string(what) + " holds the control character " + number.data() +
                   "; nothing was done"};
  }
  return std::nullopt;
}

static std::optional<Refusal> control_octet(const Request& request) {
  if (auto found = control_octet("the command", request.command)) return found;
  for (std::size_t i = 0; i < request.arguments.size(); ++i)
    if (auto found = control_octet("argument " + std::to_string(i + 1), request.arguments[i]))
      return found;
  return std::nullopt;
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
  if (auto found = control_octet(request)) return *std::move(found);
  return request;
}

namespace {
/// A row of the common kind; nullopt: read it otherwise.
std::optional<Row> plain_row(std::string_view line) {
  PlainRow plain;
  const bool is_row = plain.read(line) && !plain.has("ok") &&
                      (plain.members().size() > 1 || !plain.has("progress"));
  if (!is_row) return std::nullopt;
  Row row;
  row.reserve(plain.members().size());
  for (const PlainMember& member : plain.members()) {
    Field& to = row.emplace_back();
    to.name = member.name;
    if (member.kind == PlainMember::Kind::text)
      to.value = text_of(member);
    else if (member.kind == PlainMember::Kind::number)
      to.value = member.number;
    else
      to.value = member.number == 1;
  }
  return row;
}
}  // namespace

Outcome<ReplyLine> parse_reply(std::string_view line) {
  ReplyLine reply;
  if (auto plain = plain_row(line)) {
    reply.row = *std::move(plain);
    return reply;
  }
  const Json json = parse(line);
  if (!json.is_object()) return Refusal{"the daemon's reply is no JSON object"};
  const auto ok = json.find("ok");
  reply.last = ok != json.end() && ok->is_boolean();
  if (reply.last) {
    reply.ok = ok->get<bool>();
    const auto error = json.find("error");
    if (error != json.end() && error->is_string()) reply.error = error->get<std::string>();
    return reply;
  }
  if (json.size() == 1 && json.contains("progress") && json["progress"].is_string()) {
    reply.progress = json["progress"].get<std::string>();
    return reply;
  }
  for (const auto& [key, value] : json.items()) reply.row.push_back({key, value_of(value)});
  return reply;
}

namespace {
constexpr std::size_t commands_most = 256, words_most = 64;

std::string text_of(const Json& row, const char* key) {
  const auto found = row.find(key);
  return found != row.end() && found->is_string() ? found->get<std::string>() : "";
}

/// One to three words of small letters, digits and hyphens.
bool is_command_name(std::string_view name) {
  std::size_t words = 1;
  char before = ' ';
  for (const char c : name) {
    const bool word =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && before != ' ');
    if (!word && (c != ' ' || before == ' ')) return false;
    words += c == ' ' ? 1u : 0u;
    before = c;
  }
  return before != ' ' && words <= 3;
}

std::optional<std::size_t> count_of(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) return 0;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > words_most) return std::nullopt;
  return found->get<std::size_t>();
}

Outcome<CommandRow> command_of(const Json& row) {
  if (!row.is_object()) return Refusal{"is no object"};
  CommandRow out;
  out.name = text_of(row, "name");
  if (!is_command_name(out.name))
    return Refusal{"has no `name` of one to three words in small letters"};
  out.arguments = text_of(row, "arguments");
  out.help = text_of(row, "help");
  const auto least = count_of(row, "least"), most = count_of(row, "most");
  if (!least || !most || *least > *most)
    return Refusal{"has no numbers `least` <= `most` <= " + std::to_string(words_most)};
  out.least = *least;
  out.most = *most;
  const auto shape = parse_shape(text_of(row, "shape"));
  if (!shape || *shape == Shape::chain)
    return Refusal{"has no `shape` \"fields\", \"table\" or \"lines\""};
  out.shape = *shape;
  return out;
}

bool is_value(const Json& value) {
  if (!value.is_array()) return value.is_string() || value.is_number() || value.is_boolean();
  for (const Json& item : value)
    if (!item.is_string()) return false;
  return true;
}
}  // namespace

Outcome<std::vector<CommandRow>> parse_commands(std::string_view json) {
  const Json rows = parse(json);
  if (!rows.is_array()) return Refusal{"its table of commands is no JSON array"};
  if (rows.size() > commands_most)
    return Refusal{"its table of commands has more than " + std::to_string(commands_most) +
                   " rows"};
  std::vector<CommandRow> out;
  for (const Json& row : rows) {
    auto command = command_of(row);
    if (!command)
      return Refusal{"row " + std::to_string(out.size() + 1) + " of its table of commands " +
                     command.error().text};
    for (const CommandRow& other : out)
      if (other.name == command->name)
        return Refusal{"its table of commands names `" + other.name + "` twice"};
    out.push_back(*std::move(command));
  }
  return out;
}

static std::optional<std::string> row_line_of(std::string_view json) {
  const Json row = parse(json);
  if (!row.is_object() || row.contains("ok")) return std::nullopt;
  for (const auto& [key, value] : row.items())
    if (!is_value(value)) return std::nullopt;
  return line_of(row);
}

std::optional<std::string> row_lines_of(std::string_view json) {
  std::string out;
  out.reserve(json.size() + 1);
  PlainRow plain;
  std::string_view left = json;
  do {
    const std::string_view line = left.substr(0, left.find('\n'));
    if (plain.read(line) && !plain.has("ok")) {
      out.append(line) += '\n';
    } else if (const auto row = row_line_of(line)) {
      out.append(*row);
    } else {
      return row_line_of(json);  // one that has line breaks in it
    }
    left.remove_prefix(std::min(left.size(), line.size() + 1));
  } while (!left.empty());
  return out;
}
}  // namespace windlass::control
