#include "dns/types.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "dns/rrtype_table.hpp"
namespace windlass::dns {
namespace {
struct Word {
  std::uint16_t code;
  std::string_view text;
};

constexpr auto classes =
    std::to_array<Word>({{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}});

// The registry of RFC 6895 2.3, with the values of RFC 8490 and RFC 7873.
constexpr auto rcodes = std::to_array<Word>(
    {{0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
     {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
     {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
     {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"}});

std::string text_of(std::span<const Word> words, std::uint16_t code, std::string_view unknown) {
  const auto word =
      std::find_if(words.begin(), words.end(), [&](auto& w) { return w.code == code; });
  if (word != words.end()) return std::string(word->text);
  return std::string(unknown) + std::to_string(code);
}

constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return upper(x) == upper(y); });
}
}  // namespace

std::string to_text(Type type) {
  if (const TypeRow* row = find_type(type)) return std::string(row->mnemonic);
  return "TYPE" + std::to_string(static_cast<unsigned>(type));
}

std::string to_text(Class klass) {
  return text_of(classes, static_cast<std::uint16_t>(klass), "CLASS");
}

std::string to_text(Rcode rcode) {
  return text_of(rcodes, static_cast<std::uint16_t>(rcode), "RCODE");
}

std::optional<Type> type_from_text(std::string_view text) {
  for (const TypeRow& row : type_table())
    if (equal_without_case(row.mnemonic, text)) return row.type;
  if (!equal_without_case(text.substr(0, 4), "TYPE")) return std::nullopt;
  std::uint16_t code = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + 4, last, code);
  if (error != std::errc{} || end != last) return std::nullopt;
  return static_cast<Type>(code);
}

bool is_meta(Type type) noexcept {
  const auto code = static_cast<std::uint16_t>(type);
  return type == Type::none || type == Type::opt || (code >= 128 && code <= 255);
}
}  // namespace windlass::dns
