#pragma once
/// The words of a zone text (RFC 1035 5.1), entry by entry: comments, parentheses and line ends
/// between them are gone. Words are raw: escapes are read by who knows what a word should be.
///
///    entry       one record or directive: its words, and whether the first line began with a blank
///    quoted      "..." on one line; the word is what stands between the quotes
///    mixed       a word with quotes inside, as key="a b" (SvcParams); the quotes are kept
///
/// Bounds: text of an entry, words of an entry. A NUL octet is a fault.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth-plugin/zone/text_source.hpp"
namespace windlass::auth {

struct TextPlace {
  std::size_t line = 0, column = 0;  ///< from 1
};

/// A fault in a text, before anyone knows the file's name.
struct Complaint {
  TextPlace place;
  std::string text;
};

struct Word {
  enum class Form : std::uint8_t { plain, quoted, mixed };
  std::string_view text;
  std::uint32_t line = 0, column = 0;
  Form form = Form::plain;
  TextPlace place() const noexcept { return {line, column}; }
};

struct Entry {
  std::vector<Word> words;
  std::uint32_t line = 0;  ///< where it began
  bool blank = false;      ///< the owner is the one before
};

class Lexer {
 public:
  static constexpr std::size_t max_entry_octets = 1u << 20, max_entry_words = 1u << 17;

  explicit Lexer(TextSource& source) : source_(source) {}
  /// The next entry with words; none at the end. Its words borrow the window: they end with the
  /// next call.
  Result<bool, Complaint> next(Entry& entry);
  std::uint64_t octets_read() const noexcept { return before_window_ + at_; }

 private:
  enum class Scan : std::uint8_t { entry, blank, ran_out, fault, too_long };
  Scan scan(Entry& entry);
  bool scan_word(Entry& entry);
  bool scan_quoted(Entry& entry);
  bool escapes(std::size_t at) const noexcept;
  bool skip_quotes(std::size_t from);
  bool line_end(Scan& outcome, const Entry& entry);
  bool fault(std::size_t at, const char* text);
  TextPlace place_of(std::size_t at) const noexcept { return {line_, at - line_at_ + 1}; }
  void add(Entry& entry, std::size_t from, std::size_t to, Word::Form form);

  TextSource& source_;
  std::string_view text_;
  std::uint64_t before_window_ = 0;
  std::size_t at_ = 0, line_at_ = 0;  ///< offsets in the window
  std::uint32_t line_ = 1;
  std::size_t depth_ = 0;
  TextPlace opened_;
  bool at_end_ = false, begun_ = false;
  Complaint complaint_;
};
}  // namespace windlass::auth
