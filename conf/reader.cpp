#include "conf/reader.hpp"

#include "control/nearest.hpp"

namespace windlass::conf {

std::string ConfError::to_text() const {
  std::string place = file.empty() ? "built-in default" : file;
  if (line != 0) place += ":" + std::to_string(line) + ":" + std::to_string(column);
  return place + ": " + text + " (" + code + ")";
}

std::string described(const Value& value) {
  switch (value.form) {
    case Value::Form::null:
      return "empty";
    case Value::Form::scalar:
      return "`" + printable(value.text) + "`";
    case Value::Form::list:
      return "a list";
    case Value::Form::map:
      break;
  }
  return "a map";
}

bool Reader::fail_at(std::size_t line, std::size_t column, const char* code,
                     const std::string& text) {
  if (!error_) error_ = ConfError{file_, line, column, code, text};
  return false;
}

bool Reader::fail(const Value& at, const char* code, const std::string& text) {
  return fail_at(at.line, at.column, code, text);
}

bool Reader::fail_key(const Value& member, const char* code, const std::string& text) {
  return fail_at(member.key_line, member.key_column, code, text);
}

bool Reader::wrong(const Value& value, std::string_view expected) {
  return fail(value, "WL-CONF-006",
              "`" + path_ + "` is " + described(value) + "; expected " + std::string(expected));
}

namespace {
/// Only what looks like a key is quoted: a file that is no configuration at all may hold secrets,
/// and the message goes to whoever may use the control socket.
bool quotable(std::string_view key) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return key.size() <= 40 && key.find_first_not_of(letters) == std::string_view::npos;
}
}  // namespace

bool Reader::unknown_key(const Value& member, std::string_view section,
                         std::span<const std::string_view> candidates) {
  std::string text = quotable(member.key) ? "unknown key `" + printable(member.key) + "`"
                                          : std::string("unknown key");
  if (!section.empty()) text.append(" in `").append(section).append("`");
  const auto near = control::nearest(member.key, candidates);
  if (!near.empty())
    return fail_key(member, "WL-CONF-003",
                    text.append("; did you mean `").append(near).append("`?"));
  text += "; known here:";
  for (const auto candidate : candidates) text.append(" ").append(candidate);
  return fail_key(member, "WL-CONF-003", text);
}

std::string item_path(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

void Reader::enter(const std::string& path, const Value& value) {
  path_ = path;
  mark(path, value);
}

bool Reader::fail_setting(const std::string& path, const std::string& text) {
  const auto at = seen_.find(path);
  const Mark mark = at == seen_.end() ? Mark{0, 0} : at->second;
  return fail_at(mark.line, mark.column, "WL-CONF-008", text);
}
}  // namespace windlass::conf
