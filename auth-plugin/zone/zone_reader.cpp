#include "auth-plugin/zone/zone_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "auth-plugin/zone/characters.hpp"
#include "auth-plugin/zone/forms.hpp"
#include "auth-plugin/zone/rdata_text.hpp"
#include "auth-plugin/zone/times.hpp"
namespace windlass::auth {
namespace {
constexpr unsigned include_depth = 8, included_most = 1000;
constexpr std::uint64_t progress_entries = 1u << 15;
constexpr const char* ttl_expected =
    "a TTL of at most 2147483647: seconds, or numbers with s, m, h, d, w";

bool is_class_in(std::string_view word) noexcept {
  return same_word(word, "IN") || same_word(word, "CLASS1");
}

/// Another class than IN, by name or number.
bool is_other_class(std::string_view word) noexcept {
  for (const char* name : {"CH", "CHAOS", "CS", "HS", "HESIOD"})
    if (same_word(word, name)) return true;
  return word.size() > 5 && same_word(word.substr(0, 5), "CLASS") && is_digit(word[5]);
}
}  // namespace

ZoneReader::ZoneReader(const dns::Name& zone, const ZoneFileOptions& options)
    : options_(options), content_(zone) {
  scope_.origin = zone;
}

ZoneContent ZoneReader::finish() {
  content_.seal();
  return std::move(content_);
}

Result<Done, InputFault> ZoneReader::read(TextSource& source, const std::string& file,
                                          const std::string& real) {
  folder_ = std::filesystem::path(real).parent_path().string();
  open_.push_back(real);
  octets_total_ = source.octets_total();
  read_all(source, file);
  if (faults_.empty()) return Done{};
  InputFault first = std::move(faults_.front());
  if (options_.more_faults != nullptr)
    options_.more_faults->assign(std::make_move_iterator(faults_.begin() + 1),
                                 std::make_move_iterator(faults_.end()));
  return first;
}

bool ZoneReader::complain(TextPlace place, std::string text) {
  fault_.line = place.line;
  fault_.column = place.column;
  fault_.text = std::move(text);
  return false;
}

/// A complaint that ends all reading.
bool ZoneReader::give_up(TextPlace place, std::string text) {
  given_up_ = true;
  return complain(place, std::move(text));
}

bool ZoneReader::complain(const Word& word, std::string_view expected) {
  auto complaint = unexpected(word, expected);
  return complain(complaint.place, std::move(complaint.text));
}

bool ZoneReader::missing(const Cursor& cursor, const char* expected) {
  return complain(cursor.end, std::string("expected ") + expected + ", got the end of the record");
}

bool ZoneReader::nothing_more(const Cursor& cursor) {
  return cursor.words.empty() || complain(cursor.words.front(), "the end of the line");
}

/// The fault at hand is of this file.
void ZoneReader::keep_fault(const std::string& file) {
  fault_.file = file;
  faults_.push_back(std::exchange(fault_, {}));
  given_up_ = given_up_ || options_.more_faults == nullptr ||
              faults_.size() == ZoneFileOptions::faults_most;
}

/// Faults in an entry are kept on the way; behind one of the lexer's the file is not read on.
void ZoneReader::read_all(TextSource& source, const std::string& file) {
  Lexer lexer(source);
  const Lexer* outer = std::exchange(lexer_, &lexer);
  Entry entry;
  while (!given_up_) {
    const auto read = lexer.next(entry);
    if (!read) complain(read.error().place, read.error().text);
    if (!read) keep_fault(file);
    if (!read || !*read) break;
    if (!read_entry(entry, file)) keep_fault(file);
  }
  octets_before_ += lexer.octets_read();
  lexer_ = outer;
}

bool ZoneReader::read_entry(const Entry& entry, const std::string& file) {
  if (++entries_ % progress_entries == 0 && !tell_progress()) return false;
  const Word& last = entry.words.back();
  const std::size_t quotes = last.form == Word::Form::quoted ? 1 : 0;
  Cursor cursor{entry.words, {last.line, last.column + last.text.size() + quotes}};
  const Word& first = entry.words.front();
  if (!entry.blank && first.form == Word::Form::plain && first.text.starts_with('$')) {
    cursor.take();
    return obey(first, cursor, file);
  }
  if (!read_record(cursor, entry.blank)) return false;
  ++records_;
  return records_ <= options_.max_records ||
         give_up(first.place(),
                 "expected at most " + std::to_string(options_.max_records) + " records");
}

bool ZoneReader::tell_progress() {
  if (!options_.progress) return true;
  const std::uint64_t octets = octets_before_ + (lexer_ == nullptr ? 0 : lexer_->octets_read());
  return options_.progress(records_, octets, octets_total_) || give_up(TextPlace{}, "stopped");
}

bool ZoneReader::read_owner(const Word& word) {
  if (word.form != Word::Form::plain) return complain(word, "a domain name without quotes");
  if (const char* expected = read_name(word.text, scope_.origin, name_))
    return complain(word, expected);
  scope_.owner = dns::Name::from_proven(name_.wire());
  scope_.has_owner = true;
  return true;
}

bool ZoneReader::read_record(Cursor cursor, bool blank_owner) {
  const Word& first = cursor.words.front();
  if (!blank_owner && !read_owner(*cursor.take())) return false;
  if (blank_owner && !scope_.has_owner)
    return complain(first.place(), "expected an owner name: the file begins with a blank one");
  std::optional<std::uint32_t> ttl;
  dns::Type type{};
  TextPlace type_at;
  if (!read_ttl_class_type(cursor, ttl, type, type_at)) return false;
  if (ttl) scope_.last_ttl = ttl;
  if (!ttl) ttl = scope_.default_ttl ? scope_.default_ttl : scope_.last_ttl;
  Complaint complaint;
  if (!read_rdata_words(type, cursor.words, scope_.origin, cursor.end, rdata_, complaint))
    return complain(complaint.place, std::move(complaint.text));
  const auto added = content_.add(scope_.owner, type, ttl.value_or(options_.default_ttl), rdata_,
                                  static_cast<std::uint32_t>(first.line));
  if (added) return true;
  if (added.error().code == Errc::not_found)
    return complain(first.place(), "expected an owner in the zone " + content_.zone().to_text() +
                                       ", got `" + scope_.owner.to_text() + "`");
  return complain(first.place(), std::string("expected ") + added.error().expected);
}

/// [TTL] [class] type, or [class] [TTL] type (RFC 1035 5.1). No type begins with a digit.
bool ZoneReader::read_ttl_class_type(Cursor& cursor, std::optional<std::uint32_t>& ttl,
                                     dns::Type& type, TextPlace& at) {
  for (bool has_class = false;;) {
    const Word* word = cursor.take();
    if (word == nullptr) return missing(cursor, "a type");
    at = word->place();
    if (word->form != Word::Form::plain) return complain(*word, "a type without quotes");
    if (!ttl && is_digit(word->text.front())) {
      ttl = read_ttl(word->text);
      if (!ttl) return complain(*word, ttl_expected);
    } else if (!has_class && is_class_in(word->text)) {
      has_class = true;
    } else if (is_other_class(word->text)) {
      return complain(*word, "class IN");
    } else {
      const auto found = type_of_word(word->text);
      if (!found || *found == dns::Type::none) return complain(*word, "a type");
      type = *found;
      return true;
    }
  }
}

bool ZoneReader::obey(const Word& directive, Cursor cursor, const std::string& file) {
  if (same_word(directive.text, "$ORIGIN")) return set_origin(cursor);
  if (same_word(directive.text, "$TTL")) return set_ttl(cursor);
  if (same_word(directive.text, "$INCLUDE")) return include(directive, cursor, file);
  return complain(directive, "$ORIGIN, $TTL or $INCLUDE");
}

bool ZoneReader::set_origin(Cursor cursor) {
  const Word* word = cursor.take();
  if (word == nullptr) return missing(cursor, "a domain name");
  if (word->form != Word::Form::plain) return complain(*word, "a domain name without quotes");
  if (const char* expected = read_name(word->text, scope_.origin, name_))
    return complain(*word, expected);
  scope_.origin = dns::Name::from_proven(name_.wire());
  return nothing_more(cursor);
}

bool ZoneReader::set_ttl(Cursor cursor) {
  const Word* word = cursor.take();
  if (word == nullptr) return missing(cursor, ttl_expected);
  const auto ttl = read_ttl(word->text);
  if (word->form != Word::Form::plain || !ttl) return complain(*word, ttl_expected);
  scope_.default_ttl = *ttl;
  return nothing_more(cursor);
}

/// $INCLUDE file [origin]
bool ZoneReader::include(const Word& directive, Cursor cursor, const std::string& file) {
  if (folder_.empty()) return complain(directive, "no $INCLUDE in a text that is no file");
  const Word* path = cursor.take();
  if (path == nullptr) return missing(cursor, "a file name");
  const Scope outer = scope_;
  if (!cursor.words.empty() && !set_origin(cursor)) return false;
  const bool good = include_file(*path, file);
  scope_ = outer;
  return good;
}

bool ZoneReader::include_file(const Word& word, const std::string& file) {
  namespace fs = std::filesystem;
  std::vector<std::uint8_t> octets;
  if (word.form == Word::Form::mixed || !append_unescaped(octets, word.text) || octets.empty())
    return complain(word, "a file name");
  const fs::path named(std::string(octets.begin(), octets.end()));
  const fs::path path = named.is_absolute() ? named : fs::path(file).parent_path() / named;
  std::error_code error;
  const std::string real = fs::canonical(path, error).string();
  if (error) return complain(word, "a file (" + error.message() + ")");
  if (!real.starts_with(folder_ == "/" ? folder_ : folder_ + '/'))
    return complain(word, "a file below the folder of the zone file");
  if (!may_include(word, path.lexically_normal().string(), real)) return false;
  auto source = TextSource::open(real);
  if (!source) return complain(word, "a file (" + source.error() + ")");
  octets_total_ += source->octets_total();
  open_.push_back(real);
  read_all(*source, path.string());
  open_.pop_back();
  return true;
}

/// No loop, not too deep, not too many, and nobody wants to stop.
bool ZoneReader::may_include(const Word& word, const std::string& shown, const std::string& real) {
  const auto same = std::find(open_.begin(), open_.end(), real);
  if (same != open_.end())
    return complain(word.place(),
                    shown + " includes itself" +
                        (same + 1 == open_.end() ? "" : ", by way of " + open_.back()));
  if (open_.size() > include_depth) return complain(word, "files included at most 8 deep");
  if (included_++ == included_most)
    return give_up(word.place(), "expected at most 1,000 files included in all");
  return tell_progress();
}
}  // namespace windlass::auth
