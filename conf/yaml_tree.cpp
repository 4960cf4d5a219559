#include "conf/yaml_tree.hpp"

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace windlass::conf {
namespace {
std::size_t counted_from_one(int at) {
  return at < 0 ? 0 : static_cast<std::size_t>(at) + 1;
}

/// Thrown by the builder through yaml-cpp and caught at the door below.
struct Refused {
  YAML::Mark mark;
  const char* code;
  std::string text;
};

/// Reads a borrowed text as a stream.
struct ViewBuffer : std::streambuf {
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // a get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

/// yaml-cpp takes a quote that never ends for one that ends with the text; what stands behind it
/// would be lost in it.
bool quote_ends(std::string_view text, std::size_t at) {
  const char quote = text[at];
  while (++at < text.size()) {
    if (quote == '"' && text[at] == '\\')
      ++at;
    else if (text[at] == quote && quote == '\'' && at + 1 < text.size() && text[at + 1] == quote)
      ++at;
    else if (text[at] == quote)
      return true;
  }
  return false;
}

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view text) : text_(text) {}
  Value take() { return root_ ? std::move(*root_) : Value{}; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_)
      throw Refused{mark, "WL-CONF-002",
                    "a second document; one was expected: remove the line `---`"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, anchor, Value::Form::null);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    if (tag == "!" && at < text_.size() && (text_[at] == '"' || text_[at] == '\'') &&
        !quote_ends(text_, at))
      throw Refused{mark, "WL-CONF-002", "this quote never ends; close it"};
    if (expects_key()) return set_key(mark, anchor, text);
    Value& value = add(mark, anchor, Value::Form::scalar);
    value.text = text;
    value.quoted = tag == "!";
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, Value::Form::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, Value::Form::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Value value;
    bool key_read = false;
  };

  [[noreturn]] static void refuse_anchor(const YAML::Mark& mark) {
    throw Refused{mark, "WL-CONF-002",
                  "anchors (&) and aliases (*) are not understood; write the value out"};
  }
  bool expects_key() const {
    return !open_.empty() && open_.back().value.is_map() && !open_.back().key_read;
  }

  void count(const YAML::Mark& mark) {
    if (++values_ > Value::max_values)
      throw Refused{mark, "WL-CONF-002",
                    "more than " + std::to_string(Value::max_values) + " values"};
  }

  void set_key(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& key) {
    if (anchor != 0) refuse_anchor(mark);
    for (const Value& other : open_.back().value.items) {
      if (other.key == key)
        throw Refused{mark, "WL-CONF-004",
                      "key `" + printable(key) + "` is here a second time, first in line " +
                          std::to_string(other.key_line) + "; keep one of them"};
    }
    Value member;
    member.key = key;
    member.key_line = counted_from_one(mark.line),
    member.key_column = counted_from_one(mark.column);
    open_.back().value.items.push_back(std::move(member));
    open_.back().key_read = true;
  }

  Value& add(const YAML::Mark& mark, YAML::anchor_t anchor, Value::Form form) {
    if (anchor != 0) refuse_anchor(mark);
    if (expects_key()) throw Refused{mark, "WL-CONF-002", "a key must be a plain word"};
    count(mark);
    Value& value = slot();
    value.form = form;
    value.line = counted_from_one(mark.line), value.column = counted_from_one(mark.column);
    return value;
  }
  /// Where the next value goes: the root, the member whose key was just read, or a new list item.
  Value& slot() {
    if (open_.empty()) return root_.emplace();
    Open& parent = open_.back();
    if (parent.value.is_list()) return parent.value.items.emplace_back();
    parent.key_read = false;
    return parent.value.items.back();
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Value::Form form) {
    if (open_.size() >= Value::max_depth)
      throw Refused{mark, "WL-CONF-002",
                    "nested deeper than " + std::to_string(Value::max_depth) + " levels"};
    if (anchor != 0) refuse_anchor(mark);
    if (expects_key()) throw Refused{mark, "WL-CONF-002", "a key must be a plain word"};
    count(mark);
    Open next;
    next.value.form = form;
    next.value.line = counted_from_one(mark.line),
    next.value.column = counted_from_one(mark.column);
    open_.push_back(std::move(next));
  }
  void close() {
    Value done = std::move(open_.back().value);
    open_.pop_back();
    Value& place = slot();
    done.key = std::move(place.key);
    done.key_line = place.key_line, done.key_column = place.key_column;
    place = std::move(done);
  }

  std::string_view text_;
  std::optional<Value> root_;
  std::vector<Open> open_;
  std::size_t values_ = 0;
};

ConfError error_at(const std::string& file, const YAML::Mark& mark, const char* code,
                   std::string text) {
  return {file, counted_from_one(mark.line), counted_from_one(mark.column), code, std::move(text)};
}
}  // namespace

std::string printable(std::string_view text, std::size_t longest) {
  std::string out;
  for (const char c : text.substr(0, longest)) {
    const auto octet = static_cast<unsigned char>(c);
    out += octet < 0x20 || octet == 0x7F ? '?' : c;
  }
  return text.size() > longest ? out + "..." : out;
}

Loaded<Value> parse_yaml(std::string_view text, const std::string& file_name) {
  if (text.size() > Value::max_octets)
    return ConfError{file_name, 0, 0, "WL-CONF-002",
                     "larger than 1 MiB; a configuration is smaller"};
  if (const auto nul = text.find('\0'); nul != text.npos)
    return ConfError{file_name, 0, 0, "WL-CONF-002",
                     "holds a NUL octet; text in UTF-8 was expected"};
  constexpr std::string_view mark = "\xEF\xBB\xBF";  // positions count from behind it
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  if (text.starts_with('\xFE') || text.starts_with('\xFF'))
    return ConfError{file_name, 0, 0, "WL-CONF-002", "not in UTF-8"};
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    Builder builder(text);
    while (parser.HandleNextDocument(builder)) {}
    return builder.take();
  } catch (const Refused& refused) {
    return error_at(file_name, refused.mark, refused.code, refused.text);
  } catch (const YAML::Exception& exception) {
    return error_at(
        file_name, exception.mark, "WL-CONF-002",
        "not YAML: " + printable(exception.msg, 200) + "; check indentation, brackets and quotes");
  } catch (const std::exception& exception) {
    return ConfError{file_name, 0, 0, "WL-CONF-002",
                     "cannot be read as YAML: " + printable(exception.what(), 200)};
  }
}
}  // namespace windlass::conf
