#include "auth-plugin/zone/lexer.hpp"

#include <algorithm>
#include <array>
namespace windlass::auth {
namespace {
enum class Kind : std::uint8_t { plain, blank, newline, comment, open, close, quote, escape, nul };

constexpr auto kinds = [] {
  std::array<Kind, 256> of{};
  of[' '] = of['\t'] = of['\r'] = Kind::blank;
  of['\n'] = Kind::newline;
  of[';'] = Kind::comment;
  of['('] = Kind::open;
  of[')'] = Kind::close;
  of['"'] = Kind::quote;
  of['\\'] = Kind::escape;
  of[0] = Kind::nul;
  return of;
}();

Kind kind_of(char c) noexcept {
  return kinds[static_cast<unsigned char>(c)];
}
}  // namespace

bool Lexer::fault(std::size_t at, const char* text) {
  complaint_ = {place_of(at), text};
  return false;
}

void Lexer::add(Entry& entry, std::size_t from, std::size_t to, Word::Form form) {
  entry.words.push_back({text_.substr(from, to - from), line_,
                         static_cast<std::uint32_t>(from - line_at_ + 1), form});
}

/// True when the backslash at `at` takes the character behind it along.
bool Lexer::escapes(std::size_t at) const noexcept {
  return at + 1 < text_.size() && text_[at + 1] != '\n' && text_[at + 1] != '\0';
}

/// at_ stands behind an opening quote; on true, behind the closing one.
bool Lexer::skip_quotes(std::size_t from) {
  for (; at_ < text_.size(); ++at_) {
    switch (kind_of(text_[at_])) {
      case Kind::quote:
        return ++at_, true;
      case Kind::escape:
        if (escapes(at_)) ++at_;
        break;
      case Kind::newline:
        return fault(from, "expected a closing quote in the same line");
      case Kind::nul:
        return fault(at_, "expected text, got a NUL octet");
      default:
        break;
    }
  }
  return fault(from, "expected a closing quote");
}

bool Lexer::scan_quoted(Entry& entry) {
  const std::size_t from = at_++;
  if (!skip_quotes(from)) return false;
  add(entry, from + 1, at_ - 1, Word::Form::quoted);
  return true;
}

/// A word that does not begin with a quote.
bool Lexer::scan_word(Entry& entry) {
  const std::size_t from = at_;
  auto form = Word::Form::plain;
  while (at_ < text_.size()) {
    const Kind kind = kind_of(text_[at_]);
    if (kind == Kind::plain) {
      ++at_;
    } else if (kind == Kind::escape) {
      const bool lone = at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
      if (lone) return fault(at_, "expected a character behind the backslash");
      at_ += escapes(at_) ? 2 : 1;
    } else if (kind == Kind::quote) {
      const std::size_t quote = at_++;
      form = Word::Form::mixed;
      if (!skip_quotes(quote)) return false;
    } else {
      break;
    }
  }
  add(entry, from, at_, form);
  return true;
}

/// Takes a line end. True when the entry goes on behind it.
bool Lexer::line_end(Scan& outcome, const Entry& entry) {
  ++at_, ++line_;
  line_at_ = at_;
  if (depth_ != 0) return true;
  outcome = entry.words.empty() ? Scan::blank : Scan::entry;
  return false;
}

/// From the start of a line to the end of the entry that begins there.
Lexer::Scan Lexer::scan(Entry& entry) {
  entry.words.clear();
  entry.line = line_;
  entry.blank = at_ < text_.size() && kind_of(text_[at_]) == Kind::blank;
  depth_ = 0;
  Scan outcome = Scan::ran_out;
  while (at_ < text_.size()) {
    if (entry.words.size() > max_entry_words) return Scan::too_long;
    bool good = true;
    switch (kind_of(text_[at_])) {
      case Kind::blank:
        ++at_;
        break;
      case Kind::newline:
        if (!line_end(outcome, entry)) return outcome;
        break;
      case Kind::comment:
        at_ = std::min(text_.find('\n', at_), text_.size());
        break;
      case Kind::open:
        if (depth_++ == 0) opened_ = place_of(at_);
        ++at_;
        break;
      case Kind::close:
        good = depth_ != 0 || fault(at_, "expected no closing parenthesis: none is open");
        --depth_, ++at_;
        break;
      case Kind::quote:
        good = scan_quoted(entry);
        break;
      case Kind::nul:
        good = fault(at_, "expected text, got a NUL octet");
        break;
      case Kind::plain:
      case Kind::escape:
        good = scan_word(entry);
        break;
    }
    if (!good) return at_ < text_.size() || at_end_ ? Scan::fault : Scan::ran_out;
  }
  return Scan::ran_out;
}

Result<bool, Complaint> Lexer::next(Entry& entry) {
  for (;;) {
    text_ = source_.window();
    if (!begun_ && text_.starts_with("\xEF\xBB\xBF")) at_ = line_at_ = 3;  // byte order mark
    begun_ = begun_ || !text_.empty();
    const std::size_t from = at_;
    const std::uint32_t line = line_;
    const Scan outcome = scan(entry);
    if (outcome == Scan::too_long || at_ - from > max_entry_octets)
      return Complaint{{line, 1},
                       "expected a record or comment of at most 1,048,576 octets and "
                       "131,072 words"};
    if (outcome == Scan::entry) return true;
    if (outcome == Scan::blank) continue;
    if (outcome == Scan::fault) return complaint_;
    if (at_end_) {  // the last line has no end
      if (depth_ != 0) return Complaint{opened_, "expected a closing parenthesis"};
      return !entry.words.empty();
    }
    at_end_ = !source_.more(from);
    if (!source_.trouble().empty()) return Complaint{{}, source_.trouble()};
    before_window_ += from;
    at_ = line_at_ = 0;
    line_ = line;
  }
}
}  // namespace windlass::auth
