#include "auth-plugin/zone/rdata_text.hpp"

#include <algorithm>
#include <mutex>

#include "auth-plugin/zone/field_reader.hpp"
#include "auth-plugin/zone/field_writer.hpp"
#include "auth-plugin/zone/forms.hpp"
#include "dns/ldns_bridge.hpp"
#include "dns/rrtype_table.hpp"
namespace windlass::auth {
namespace {
constexpr std::size_t rdata_most = 65535;
constexpr dns::Type wks{11};

/// The words as one line, as ldns wants them.
std::string line_of(std::span<const Word> words) {
  std::string line;
  for (const Word& word : words) {
    if (!line.empty()) line += ' ';
    const bool quoted = word.form == Word::Form::quoted;
    if (quoted) line += '"';
    line += word.text;
    if (quoted) line += '"';
  }
  return line;
}

bool read_with_ldns(dns::Type type, std::span<const Word> words, const dns::Name& origin,
                    TextPlace end, std::vector<std::uint8_t>& out, Complaint& complaint) {
  const TextPlace place = words.empty() ? end : words.front().place();
  const std::string line = line_of(words);
  std::string why;
  if (dns::find_type(type) != nullptr) {
    // ldns asks the system for the protocol and services of WKS, which answers all in one place.
    static std::mutex one_at_a_time;
    std::unique_lock lock(one_at_a_time, std::defer_lock);
    if (type == wks) lock.lock();
    auto rdata = dns::parse_rdata_text(type, line, origin);
    if (rdata) return out = *std::move(rdata), true;
    why = ": " + rdata.error().what;
  }
  const Word whole{line, static_cast<std::uint32_t>(place.line),
                   static_cast<std::uint32_t>(place.column), Word::Form::plain};
  complaint = unexpected(whole, "the rdata of " + dns::to_text(type));
  complaint.text += why + "; \\# length hex is read for every type";
  return false;
}

/// Numbers in WKS stand for names of this machine's tables when ldns prints them.
bool ldns_prints(dns::Type type) {
  return type != wks && dns::find_type(type) != nullptr;
}

/// What ldns prints, when it reads back to the same octets.
bool append_with_ldns(std::string& out, dns::Type type, std::span<const std::uint8_t> rdata) {
  const std::string text = dns::rdata_text(type, rdata);
  if (text.find_first_of(std::string_view("\0\n\r", 3)) != text.npos) return false;
  TextSource source{std::string_view(text)};
  Lexer lexer(source);
  Entry entry;
  const auto read = lexer.next(entry);
  std::vector<std::uint8_t> again;
  Complaint complaint;
  if (!read || !*read) return false;
  if (!read_rdata_words(type, entry.words, dns::Name{}, {}, again, complaint)) return false;
  if (!std::equal(again.begin(), again.end(), rdata.begin(), rdata.end())) return false;
  out += text;
  return true;
}
}  // namespace

bool read_rdata_words(dns::Type type, std::span<const Word> words, const dns::Name& origin,
                      TextPlace end, std::vector<std::uint8_t>& out, Complaint& complaint) {
  out.clear();
  const bool octets =
      !words.empty() && words[0].form == Word::Form::plain && words[0].text == "\\#";
  const auto form = form_of(type);
  if (octets || !form.empty()) {
    FieldReader reader(words, origin, end, out);
    if (!(octets ? reader.read_octets() : reader.read(form)))
      return complaint = reader.complaint(), false;
  } else if (!read_with_ldns(type, words, origin, end, out, complaint)) {
    return false;
  }
  const TextPlace place = words.empty() ? end : words.front().place();
  if (out.size() > rdata_most) {
    complaint = {place,
                 "expected rdata of at most 65535 octets, got " + std::to_string(out.size())};
    return false;
  }
  if (has_shape(type, out)) return true;
  complaint = {place, "expected octets that have the shape of " + dns::to_text(type)};
  return false;
}

void append_rdata_text(std::string& out, dns::Type type, std::span<const std::uint8_t> rdata) {
  const auto form = form_of(type);
  if (!form.empty() ? append_fields(out, form, rdata)
                    : ldns_prints(type) && append_with_ldns(out, type, rdata))
    return;
  append_octets(out, rdata);
}
}  // namespace windlass::auth
