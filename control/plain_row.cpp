#include "control/plain_row.hpp"

#include <algorithm>
#include <charconv>

namespace windlass::control {
namespace {
constexpr std::string_view short_escapes = "\"\\/bfnrt", short_meanings = "\"\\/\b\f\n\r\t";
constexpr std::size_t digits_most = 18;  ///< no such number overflows

/// \u0000 to \u007F, behind the backslash.
bool is_ascii_escape(std::string_view at) noexcept {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  return at.size() >= 5 && at.starts_with("u00") && at[3] >= '0' && at[3] <= '7' && is_hex(at[4]);
}

/// ASCII, and as it is in a text. No function, so that it is inlined where it is handed on.
constexpr auto is_plain = [](char c) noexcept {
  return static_cast<unsigned char>(c - 0x20) < 0x60 && c != '"' && c != '\\';
};
}  // namespace

bool PlainRow::take(std::string_view word) noexcept {
  if (!left_.starts_with(word)) return false;
  left_.remove_prefix(word.size());
  return true;
}

bool PlainRow::has(std::string_view name) const noexcept {
  const auto all = members();
  return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
}

bool PlainRow::read(std::string_view json) noexcept {
  left_ = json;
  count_ = 0;
  if (!take("{")) return false;
  do {
    if (!member()) return false;
  } while (take(","));
  return take("}") && left_.empty();
}

bool PlainRow::member() noexcept {
  if (count_ == members_most) return false;
  PlainMember& to = members_[count_];
  const bool named = text(to.name, to.escaped) && !to.escaped && !has(to.name) && take(":");
  if (!named || !value(to)) return false;
  ++count_;
  return true;
}

bool PlainRow::value(PlainMember& to) noexcept {
  to.kind = PlainMember::Kind::text;
  if (left_.starts_with('"')) return text(to.text, to.escaped);
  const bool yes = take("true");
  if (!yes && !take("false")) return number(to);
  to.kind = PlainMember::Kind::flag;
  to.number = yes ? 1 : 0;
  return true;
}

bool PlainRow::text(std::string_view& to, bool& escaped) noexcept {
  escaped = false;
  if (!take("\"")) return false;
  const std::string_view whole = left_;
  for (;;) {
    const auto end = std::find_if_not(left_.begin(), left_.end(), is_plain);
    left_.remove_prefix(static_cast<std::size_t>(end - left_.begin()));
    if (!left_.starts_with('\\')) break;
    escaped = true;
    if (!escape()) return false;
  }
  to = whole.substr(0, whole.size() - left_.size());
  return take("\"");
}

bool PlainRow::escape() noexcept {
  left_.remove_prefix(1);
  if (left_.empty()) return false;
  const bool is_short = short_escapes.find(left_.front()) != short_escapes.npos;
  if (!is_short && !is_ascii_escape(left_)) return false;
  left_.remove_prefix(is_short ? 1 : 5);
  return true;
}

/// -?(0|[1-9][0-9]*), and nothing of a fraction or exponent behind it.
bool PlainRow::number(PlainMember& to) noexcept {
  const std::string_view digits = left_.substr(left_.starts_with('-') ? 1 : 0);
  const auto end =
      std::find_if_not(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto count = static_cast<std::size_t>(end - digits.begin());
  if (count == 0 || count > digits_most || (digits.front() == '0' && left_.size() != digits.size()))
    return false;
  if (digits.front() == '0' && count > 1) return false;
  to.kind = PlainMember::Kind::number;
  const auto read = std::from_chars(left_.data(), left_.data() + left_.size(), to.number);
  left_.remove_prefix(static_cast<std::size_t>(read.ptr - left_.data()));
  return left_.starts_with(',') || left_.starts_with('}');
}

std::string text_of(const PlainMember& member) {
  std::string out;
  std::string_view left = member.text;
  if (!member.escaped) return out.assign(left);
  out.reserve(left.size());
  for (auto at = left.find('\\'); at != left.npos; at = left.find('\\')) {
    out.append(left.substr(0, at));
    const char kind = left[at + 1];
    left.remove_prefix(at + 2);
    if (kind != 'u') {
      out += short_meanings[short_escapes.find(kind)];
      continue;
    }
    unsigned code = 0;
    std::from_chars(left.data(), left.data() + 4, code, 16);
    out += static_cast<char>(code);
    left.remove_prefix(4);
  }
  return out.append(left);
}
}  // namespace windlass::control
