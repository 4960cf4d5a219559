#pragma once
/// ZoneReader: what zone texts carry from one entry to the next, on the way into a ZoneContent.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auth-plugin/zone/content.hpp"
#include "auth-plugin/zone/field_reader.hpp"
#include "auth-plugin/zone/lexer.hpp"
#include "auth-plugin/zone/zone_file.hpp"
namespace windlass::auth {

class ZoneReader {
 public:
  ZoneReader(const dns::Name& zone, const ZoneFileOptions& options);
  /// A text named `file`. `real`: its canonical path, includes must lie below its folder; empty:
  /// none are allowed. The error: the first fault.
  Result<Done, InputFault> read(TextSource& source, const std::string& file,
                                const std::string& real);
  ZoneContent finish();  ///< sealed

 private:
  /// What an included file has for its own.
  struct Scope {
    dns::Name origin, owner;
    bool has_owner = false;
    std::optional<std::uint32_t> default_ttl, last_ttl;
  };
  /// Words of an entry that are still to be read.
  struct Cursor {
    std::span<const Word> words;
    TextPlace end;
    const Word* take() noexcept {
      if (words.empty()) return nullptr;
      const Word* word = &words.front();
      words = words.subspan(1);
      return word;
    }
  };

  void read_all(TextSource& source, const std::string& file);
  bool read_entry(const Entry& entry, const std::string& file);
  bool read_record(Cursor cursor, bool blank_owner);
  bool read_owner(const Word& word);
  bool read_ttl_class_type(Cursor& cursor, std::optional<std::uint32_t>& ttl, dns::Type& type,
                           TextPlace& at);
  bool obey(const Word& directive, Cursor cursor, const std::string& file);
  bool set_origin(Cursor cursor);
  bool set_ttl(Cursor cursor);
  bool include(const Word& directive, Cursor cursor, const std::string& file);
  bool include_file(const Word& word, const std::string& file);
  bool may_include(const Word& word, const std::string& shown, const std::string& real);
  void keep_fault(const std::string& file);
  bool tell_progress();
  bool nothing_more(const Cursor& cursor);
  bool complain(TextPlace place, std::string text);
  bool complain(const Word& word, std::string_view expected);
  bool missing(const Cursor& cursor, const char* expected);
  bool give_up(TextPlace place, std::string text);

  const ZoneFileOptions& options_;
  ZoneContent content_;
  Scope scope_;
  std::string folder_;
  std::vector<std::string> open_;  ///< canonical paths: what includes what
  unsigned included_ = 0;          ///< files, in all
  std::uint64_t entries_ = 0, records_ = 0, octets_before_ = 0, octets_total_ = 0;
  const Lexer* lexer_ = nullptr;  ///< of the text that is being read
  WireName name_;
  std::vector<std::uint8_t> rdata_;
  InputFault fault_;
  std::vector<InputFault> faults_;
  bool given_up_ = false;  ///< nothing is read behind the last fault
};
}  // namespace windlass::auth
