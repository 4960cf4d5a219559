#include "conf/json_text.hpp"

#include <array>
#include <cstdio>

namespace windlass::conf {
namespace {
/// RFC 8259 section 6, without an exponent.
bool is_number(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const bool leading_zero = whole.size() > 1 && whole.front() == '0';
  if (whole.empty() || leading_zero || whole.find_first_not_of(digits) != whole.npos) return false;
  if (point == text.npos) return true;
  const auto fraction = text.substr(point + 1);
  return !fraction.empty() && fraction.find_first_not_of(digits) == fraction.npos;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\', out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escape.data();
    } else {
      out += c;
    }
  }
  out += '"';
}

/// One key of a JSON pointer: ~ and / are written ~0 and ~1.
std::string pointer_step(std::string_view key) {
  std::string out = "/";
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

class Writer {
 public:
  JsonText take() { return std::move(json_); }

  /// Recursion is bounded by Value::max_depth.
  void write(const Value& value, const std::string& pointer) {
    json_.positions.push_back({pointer, value.line, value.column});
    switch (value.form) {
      case Value::Form::null:
        json_.text += "null";
        break;
      case Value::Form::scalar:
        write_scalar(value);
        break;
      case Value::Form::list:
        write_items(value, pointer, '[', ']');
        break;
      case Value::Form::map:
        write_items(value, pointer, '{', '}');
        break;
    }
  }

 private:
  void write_scalar(const Value& value) {
    const bool word = value.text == "true" || value.text == "false" || value.text == "null";
    if (!value.quoted && (word || is_number(value.text)))
      json_.text += value.text;
    else
      append_string(json_.text, value.text);
  }

  void write_items(const Value& value, const std::string& pointer, char open, char close) {
    std::size_t index = 0;
    json_.text += open;
    for (const Value& item : value.items) {
      if (index != 0) json_.text += ',';
      if (value.is_map()) append_string(json_.text, item.key), json_.text += ':';
      write(item,
            pointer + (value.is_map() ? pointer_step(item.key) : "/" + std::to_string(index)));
      ++index;
    }
    json_.text += close;
  }

  JsonText json_;
};
}  // namespace

JsonText json_of(const Value& value) {
  Writer writer;
  writer.write(value, "");
  return writer.take();
}
}  // namespace windlass::conf
