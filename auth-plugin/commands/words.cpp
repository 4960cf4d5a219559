#include "auth-plugin/commands/words.hpp"

#include <algorithm>

#include "auth-plugin/amount.hpp"
#include "auth-plugin/zone/times.hpp"
#include "auth-plugin/zone/zone_file.hpp"
#include "dns/rrtype_table.hpp"

namespace windlass::auth {
namespace {
/// The final dot counts only when an even number of backslashes stands before it.
bool has_final_dot(const std::string& word) {
  if (word.empty() || word.back() != '.') return false;
  std::size_t before = 0;
  while (before + 1 < word.size() && word[word.size() - 2 - before] == '\\') ++before;
  return before % 2 == 0;
}

std::string not_a_name(const std::string& word, const Error& error) {
  return "`" + word + "` is not a domain name" +
         (*error.expected == '\0' ? "" : std::string(": expected ") + error.expected);
}

bool is_strings(dns::Type type) {
  const dns::TypeRow* const row = dns::find_type(type);
  return row != nullptr && row->layout == "T";
}

/// Between quotes, unless it is so already; quotes in it are escaped, \DDD and \X stay.
std::string quoted(const std::string& word) {
  if (!word.empty() && word.front() == '"') return word;
  std::string out = "\"";
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '"') out += '\\';
    out += word[i];
    if (word[i] == '\\' && i + 1 < word.size()) out += word[++i];
  }
  return out + "\"";
}

std::string joined(dns::Type type, std::span<const std::string> words) {
  const bool strings = is_strings(type) && (words.empty() || words.front() != "\\#");
  std::string out;
  for (const std::string& word : words) {
    const bool blank = word.empty() || word.find_first_of(" \t") != word.npos;
    const bool comment = word.find(';') != word.npos && word.find('"') == word.npos;
    if (!out.empty()) out += ' ';
    out += comment || (blank && (strings || words.size() > 1)) ? quoted(word) : word;
  }
  return out;
}
}  // namespace

Worded<dns::Name> read_zone_name(const std::string& word) {
  const auto name = dns::Name::from_text(word);
  if (!name) return not_a_name(word, name.error());
  return *name;
}

Worded<dns::Name> read_owner(const std::string& word, const dns::Name& zone) {
  if (word == "@") return zone;
  const bool absolute = has_final_dot(word);
  const auto name =
      dns::Name::from_text(absolute || zone.is_root() ? word : word + "." + zone.to_text());
  if (!name) return not_a_name(word, name.error());
  if (!name->is_at_or_below(zone))
    return "`" + word + "` is not in the zone " + zone.to_text() +
           "; names relative to it are written without a final dot";
  return *name;
}

Worded<dns::Type> read_type(const std::string& word) {
  const auto type = dns::type_from_text(word);
  if (!type) return "`" + word + "` is not a record type: expected A, AAAA, MX, ... or TYPE1234";
  if (dns::is_meta(*type) || *type == dns::Type::none)
    return dns::to_text(*type) + " is not a type that records of a zone have";
  return *type;
}

Worded<std::uint32_t> read_ttl_word(const std::string& word) {
  if (const auto ttl = read_ttl(word)) return *ttl;
  return "`" + word + "` is not a TTL: expected seconds up to 2147483647, or 1h, 1h30m, 2d";
}

Worded<std::vector<std::uint8_t>> read_rdata_words(dns::Type type,
                                                   std::span<const std::string> words,
                                                   const dns::Name& zone) {
  const auto text = joined(type, words);
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t';
  });
  if (control) return std::string("line breaks and control characters are written \\DDD");
  auto rdata = read_rdata(type, text, zone);
  if (!rdata) return dns::to_text(type) + " `" + text + "`: " + rdata.error().text;
  return *std::move(rdata);
}
}  // namespace windlass::auth
