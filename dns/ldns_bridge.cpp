#include "dns/ldns_bridge.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "dns/rrtype_table.hpp"

// Last: ldns/common.h redefines words of the language.
#include <ldns/ldns.h>
#undef bool
#undef true
#undef false
namespace windlass::dns {
namespace {
template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* handle) const noexcept {
    free_function(handle);
  }
};
using Rdf = std::unique_ptr<ldns_rdf, Free<ldns_rdf_deep_free>>;
using Rr = std::unique_ptr<ldns_rr, Free<ldns_rr_free>>;
using Text = std::unique_ptr<char, Free<std::free>>;

Rdf to_rdf(const Name& name) {
  return Rdf(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, name.size_octets(), name.wire().data()));
}

std::span<const std::uint8_t> octets_of(const ldns_rdf* rdf) {
  return {ldns_rdf_data(rdf), ldns_rdf_size(rdf)};
}

/// One record or directive of a zone text, on one line: comments gone, parentheses and the line
/// ends between them turned into spaces (RFC 1035 5.1).
struct Entry {
  std::string text;
  std::size_t line = 0;  ///< where it began, counted from 1
};

/// Cuts a zone text into entries. The reader ldns has takes a relative $ORIGIN for an absolute one.
class EntryReader {
 public:
  explicit EntryReader(std::string_view text) : rest_(text) {}

  /// The next entry that is not blank; its text is empty at the end.
  Result<Entry, TextError> next() {
    Entry entry;
    while (!rest_.empty()) {
      entry = {"", line_};
      depth_ = 0, quoted_ = false;
      while (!rest_.empty() && !take(entry.text)) continue;
      if (quoted_) return TextError{entry.line, "expected a closing quote in the same line"};
      if (depth_ != 0) return TextError{entry.line, "expected parentheses in pairs"};
      if (entry.text.find_first_not_of(" \t\r") != std::string::npos) return entry;
    }
    return Entry{};
  }

 private:
  /// Takes one character, or a backslash and what it escapes. True when the entry ends with it.
  bool take(std::string& out) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\n') return ++line_, end_of_line(out);
    if (c == '"') quoted_ = !quoted_;
    if (c == '\\' && !rest_.empty() && rest_.front() != '\n') {
      out += c;
      out += rest_.front();
      rest_.remove_prefix(1);
    } else if (!quoted_ && c == ';') {
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    } else if (!quoted_ && (c == '(' || c == ')')) {
      depth_ += c == '(' ? 1 : -1;
      out += ' ';
      return depth_ < 0;
    } else {
      out += c;
    }
    return false;
  }
  bool end_of_line(std::string& out) {
    if (quoted_ || depth_ == 0) return true;
    out += ' ';
    return false;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  int depth_ = 0;
  bool quoted_ = false;
};

/// The words of a directive.
std::vector<std::string> words_of(const std::string& text) {
  constexpr const char* blanks = " \t\r";
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(blanks, at)) != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

bool ends_with_dot(std::string_view name) {
  if (!name.ends_with('.')) return false;
  name.remove_suffix(1);
  const std::size_t other = name.find_last_not_of('\\');
  return (name.size() - (other == name.npos ? 0 : other + 1)) % 2 == 0;  // "\." is no end
}

Result<Name> absolute(const std::string& text, const Name& origin) {
  if (text == "@") return origin;
  if (ends_with_dot(text)) return Name::from_text(text);
  return Name::from_text(text + (origin.is_root() ? "." : "." + origin.to_text()));
}

Result<ZoneRecord, TextError> to_record(const ldns_rr& rr, std::size_t line) {
  ZoneRecord record;
  const auto owner = Name::from_wire(octets_of(ldns_rr_owner(&rr)));
  if (!owner) return TextError{line, std::string("expected ") + owner.error().expected};
  record.owner = *owner;
  record.type = static_cast<Type>(ldns_rr_get_type(&rr));
  record.klass = static_cast<Class>(ldns_rr_get_class(&rr));
  record.ttl = ldns_rr_ttl(&rr);
  record.line = line;
  if (record.ttl > max_ttl) return TextError{line, "expected a TTL of at most 2147483647"};
  for (std::size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
    const auto field = octets_of(ldns_rr_rdf(&rr, i));
    record.rdata.insert(record.rdata.end(), field.begin(), field.end());
  }
  return record;
}

/// What a zone text carries from one entry to the next.
class ZoneState {
 public:
  ZoneState(const Name& origin, std::uint32_t default_ttl)
      : origin_(origin), origin_rdf_(to_rdf(origin)), ttl_(default_ttl) {}

  /// $ORIGIN and $TTL. Anything else, $INCLUDE above all, is refused: a text is one text.
  Result<Done, TextError> obey(const Entry& entry) {
    const auto words = words_of(entry.text);
    if (words.size() == 2 && words[0] == "$ORIGIN") return set_origin(words[1], entry.line);
    if (words.size() == 2 && words[0] == "$TTL") return set_ttl(words[1], entry.line);
    return TextError{entry.line, "expected $ORIGIN name or $TTL period"};
  }
  Result<ZoneRecord, TextError> read(const Entry& entry) {
    ldns_rr* made = nullptr;
    ldns_rdf* previous = previous_.release();
    const ldns_status status =
        ldns_rr_new_frm_str(&made, entry.text.c_str(), ttl_, origin_rdf_.get(), &previous);
    previous_.reset(previous);
    const Rr rr(status == LDNS_STATUS_OK ? made : nullptr);
    if (!rr) return TextError{entry.line, ldns_get_errorstr_by_id(status)};
    return to_record(*rr, entry.line);
  }

 private:
  Result<Done, TextError> set_origin(const std::string& text, std::size_t line) {
    const auto name = absolute(text, origin_);
    if (!name) return TextError{line, std::string("expected ") + name.error().expected};
    origin_ = *name;
    origin_rdf_ = to_rdf(origin_);
    return Done{};
  }
  Result<Done, TextError> set_ttl(const std::string& text, std::size_t line) {
    const char* end = nullptr;
    const std::uint32_t ttl = ldns_str2period(text.c_str(), &end);
    if (end == nullptr || *end != '\0' || ttl > max_ttl)
      return TextError{line, "expected a TTL: seconds, or numbers with s, m, h, d, w"};
    ttl_ = ttl;
    return Done{};
  }

  Name origin_;
  Rdf origin_rdf_, previous_;
  std::uint32_t ttl_;
};

/// RFC 3597 5:  \# length hex
std::string unknown_form(std::span<const std::uint8_t> rdata) {
  std::string text = "\\# " + std::to_string(rdata.size());
  if (!rdata.empty()) text += ' ';
  for (const std::uint8_t octet : rdata)
    for (const int nibble : {octet >> 4, octet & 15}) text += "0123456789abcdef"[nibble];
  return text;
}

/// The rdata as a whole record with the root as owner, in the wire form that ldns reads.
std::vector<std::uint8_t> wrapped(Type type, std::span<const std::uint8_t> rdata) {
  const auto code = static_cast<unsigned>(type);
  std::vector<std::uint8_t> wire{0,
                                 static_cast<std::uint8_t>(code >> 8),
                                 static_cast<std::uint8_t>(code),
                                 0,
                                 1,
                                 0,
                                 0,
                                 0,
                                 0,
                                 static_cast<std::uint8_t>(rdata.size() >> 8),
                                 static_cast<std::uint8_t>(rdata.size())};
  wire.insert(wire.end(), rdata.begin(), rdata.end());
  return wire;
}

/// Fields of a record that ldns could read, a space between them; empty when it cannot print one.
std::string fields_text(const ldns_rr& rr) {
  std::string text;
  for (std::size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
    const Text field(ldns_rdf2str(ldns_rr_rdf(&rr, i)));
    if (!field) return {};
    std::string_view words(field.get());  // ldns puts spaces around some
    words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
    while (words.ends_with(' ')) words.remove_suffix(1);
    if (!text.empty() && !words.empty()) text += ' ';
    text += words;
  }
  return text;
}
}  // namespace

Result<std::vector<ZoneRecord>, TextError> parse_zone_text(std::string_view text,
                                                           const Name& origin,
                                                           std::uint32_t default_ttl) {
  if (const auto nul = text.find('\0'); nul != text.npos) {
    const auto line =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    return TextError{static_cast<std::size_t>(line) + 1, "expected text, found a NUL octet"};
  }
  EntryReader reader(text);
  ZoneState state(origin, default_ttl);
  std::vector<ZoneRecord> records;
  for (;;) {
    auto entry = reader.next();
    if (!entry) return entry.error();
    if (entry->text.empty()) return records;
    if (entry->text.starts_with('$')) {
      if (auto done = state.obey(*entry); !done) return done.error();
      continue;
    }
    auto record = state.read(*entry);
    if (!record) return record.error();
    records.push_back(*std::move(record));
  }
}

Result<std::vector<std::uint8_t>, TextError> parse_rdata_text(Type type, std::string_view text,
                                                              const Name& origin) {
  if (text.find_first_of(std::string_view("\0\n", 2)) != text.npos)
    return TextError{0, "expected one line of text"};
  ZoneState state(origin, 0);
  auto record = state.read({". 0 IN " + to_text(type) + ' ' + std::string(text), 0});
  if (!record) return record.error();
  return std::move(record->rdata);
}

std::string rdata_text(Type type, std::span<const std::uint8_t> rdata) {
  if (find_type(type) == nullptr || rdata.size() > 0xFFFF) return unknown_form(rdata);
  const auto wire = wrapped(type, rdata);
  ldns_rr* made = nullptr;
  std::size_t at = 0;
  const ldns_status status =
      ldns_wire2rr(&made, wire.data(), wire.size(), &at, LDNS_SECTION_ANSWER);
  const Rr rr(status == LDNS_STATUS_OK ? made : nullptr);
  const std::string text = rr && at == wire.size() ? fields_text(*rr) : std::string();
  return text.empty() ? unknown_form(rdata) : text;
}
}  // namespace windlass::dns
