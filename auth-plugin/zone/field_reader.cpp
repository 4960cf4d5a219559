#include "auth-plugin/zone/field_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "auth-plugin/zone/characters.hpp"
#include "auth-plugin/zone/forms.hpp"
#include "auth-plugin/zone/times.hpp"
#include "base/address.hpp"
#include "dns/canonical.hpp"
namespace windlass::auth {
namespace {
constexpr const char* bad_escape = "\\ and a character, or \\ and three digits up to 255";
constexpr std::uint8_t no_digit = 0xFF;

/// Values of the characters of an alphabet.
constexpr auto digits_of(std::string_view alphabet, bool any_case) {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    if (any_case && alphabet[i] >= 'a')
      values[static_cast<unsigned char>(alphabet[i]) - 32u] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto hex_values = digits_of(hex_digits, true);
constexpr auto base64_values = digits_of(base64_digits, false);

std::uint8_t value_of(const std::array<std::uint8_t, 256>& digits, char c) noexcept {
  return digits[static_cast<unsigned char>(c)];
}

/// The octet behind a backslash at the front of `text`, which shrinks by both; nothing: a bad
/// escape.
std::optional<std::uint8_t> unescape(std::string_view& text) noexcept {
  if (text.size() < 2) return std::nullopt;
  if (!is_digit(text[1])) {
    const auto octet = static_cast<std::uint8_t>(text[1]);
    text.remove_prefix(2);
    return octet;
  }
  if (text.size() < 4 || !is_digit(text[2]) || !is_digit(text[3])) return std::nullopt;
  const int value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
  if (value > 255) return std::nullopt;
  text.remove_prefix(4);
  return static_cast<std::uint8_t>(value);
}

template <class Number>
bool read_number(std::string_view text, Number& out) noexcept {
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, out);
  return error == std::errc{} && end == last && !text.empty();
}

/// Four numbers of at most three digits, without leading zeros.
bool read_ipv4(std::string_view text, std::array<std::uint8_t, 4>& out) noexcept {
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return false;
      text.remove_prefix(1);
    }
    unsigned value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && digits < 3 && is_digit(text[digits]))
      value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
    if (digits == 0 || value > 255 || (digits > 1 && text[0] == '0')) return false;
    out[i] = static_cast<std::uint8_t>(value);
    text.remove_prefix(digits);
  }
  return text.empty();
}
}  // namespace

const char* read_name(std::string_view text, const dns::Name& origin, WireName& out) noexcept {
  out.size = 0;
  if (text == "." || text == "@") {
    const dns::Name whole = text == "." ? dns::Name{} : origin;
    const auto wire = whole.wire();
    std::memcpy(out.octets.data(), wire.data(), out.size = wire.size());
    return nullptr;
  }
  if (text.empty()) return "a domain name";
  std::size_t label = 0, at = 1;  // the length octet of the label, and where its next octet goes
  while (!text.empty()) {
    const char c = text.front();
    if (at - label > 64) return "labels of at most 63 octets";
    if (at >= dns::Name::max_octets) return "a name of at most 255 octets";
    if (c == '.') {
      if (at - label == 1) return "a domain name without empty labels";
      out.octets[label] = static_cast<std::uint8_t>(at - label - 1);
      if (out.octets[label] > 63) return "labels of at most 63 octets";
      label = at++;
      text.remove_prefix(1);
    } else if (c == '\\') {
      const auto octet = unescape(text);
      if (!octet) return bad_escape;
      out.octets[at++] = *octet;
    } else if (c > 0x20 && c < 0x7F) {
      out.octets[at++] = static_cast<std::uint8_t>(c);
      text.remove_prefix(1);
    } else {
      return "a name in printable ASCII, other octets as \\DDD";
    }
  }
  if (at - label == 1) {  // it ended with a dot
    out.octets[label] = 0;
    out.size = at;
    return nullptr;
  }
  if (at - label > 64) return "labels of at most 63 octets";
  out.octets[label] = static_cast<std::uint8_t>(at - label - 1);
  if (at + origin.size_octets() > dns::Name::max_octets) return "a name of at most 255 octets";
  std::memcpy(out.octets.data() + at, origin.wire().data(), origin.size_octets());
  out.size = at + origin.size_octets();
  return nullptr;
}

bool append_unescaped(std::vector<std::uint8_t>& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    out.insert(out.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto octet = unescape(text);
    if (!octet) return false;
    out.push_back(*octet);
  }
  return true;
}

Complaint unexpected(const Word& word, std::string_view what) {
  constexpr std::size_t shown_most = 60;
  std::string text = "expected ";
  text.append(what) += ", got `";
  for (const char c : word.text.substr(0, shown_most)) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7F) {
      text += c;
      continue;
    }
    text += '\\';
    for (const unsigned place : {100u, 10u, 1u})
      text += static_cast<char>('0' + octet / place % 10);
  }
  text += word.text.size() > shown_most ? "...`" : "`";
  return {word.place(), std::move(text)};
}

bool FieldReader::read(std::string_view fields) {
  for (const char letter : fields)
    if (!read_field(letter)) return false;
  return words_.empty() || complain(words_.front(), "the end of the record");
}

bool FieldReader::read_field(char letter) {
  switch (letter) {
    case 'n':
      return name();
    case '1':
    case '2':
    case '4':
      return number(static_cast<unsigned>(letter - '0'));
    case 't':
      return period();
    case 'd':
      return moment();
    case 'A':
      return ipv4();
    case '6':
      return ipv6();
    case 's':
      return string();
    case 'T':
      return strings();
    case 'v':
      return value();
    case 'c':
      return tag();
    case 'g':
      return algorithm();
    case 'y':
      return type();
    case 'B':
      return bitmap();
    case 'h':
      return hex_to_end(false);
    case 'b':
      return base64_to_end(false);
    case 'p':
      return base64_to_end(true);
    case 'k':
      return kind(0);
    case 'r':
      return relay_kind();
    case 'w':
      return gateway();
    case 'm':
      return scheme();
    case 'H':
      return counted_hex();
    case 'l':
      return location();
    default:
      return counted_base32();  // i
  }
}

bool FieldReader::complain(const Word& word, const char* expected) {
  complaint_ = unexpected(word, expected);
  return false;
}

const Word* FieldReader::take(const char* expected) {
  if (words_.empty()) {
    complaint_ = {end_, std::string("expected ") + expected + ", got the end of the record"};
    return nullptr;
  }
  const Word& word = words_.front();
  words_ = words_.subspan(1);
  return &word;
}

const Word* FieldReader::take_plain(const char* expected) {
  const Word* word = take(expected);
  if (word == nullptr || word->form == Word::Form::plain) return word;
  complaint_ = unexpected(*word, std::string(expected) + " without quotes");
  return nullptr;
}

void FieldReader::put(std::uint64_t value, unsigned octets) {
  while (octets-- > 0) out_.push_back(static_cast<std::uint8_t>(value >> 8 * octets));
}

bool FieldReader::name() {
  const Word* word = take_plain("a domain name");
  if (word == nullptr) return false;
  WireName name;
  if (const char* expected = read_name(word->text, origin_, name)) return complain(*word, expected);
  out_.insert(out_.end(), name.octets.data(), name.octets.data() + name.size);
  return true;
}

bool FieldReader::number(unsigned octets) {
  const char* expected = octets == 1   ? "a number of at most 255"
                         : octets == 2 ? "a number of at most 65535"
                                       : "a number of at most 4294967295";
  const Word* word = take_plain(expected);
  if (word == nullptr) return false;
  std::uint64_t value = 0;
  if (!read_number(word->text, value) || value >> 8 * octets != 0) return complain(*word, expected);
  return put(value, octets), true;
}

bool FieldReader::period() {
  constexpr const char* expected = "a period: seconds, or numbers with s, m, h, d, w";
  const Word* word = take_plain(expected);
  if (word == nullptr) return false;
  std::uint32_t value = 0;
  if (!read_period(word->text, value)) return complain(*word, expected);
  return put(value, 4), true;
}

bool FieldReader::moment() {
  constexpr const char* expected = "a time: YYYYMMDDHHmmSS, or seconds since 1970";
  const Word* word = take_plain(expected);
  if (word == nullptr) return false;
  std::uint32_t value = 0;
  const bool good =
      word->text.size() == 14 ? read_date(word->text, value) : read_number(word->text, value);
  if (!good) return complain(*word, expected);
  return put(value, 4), true;
}

bool FieldReader::ipv4() {
  const Word* word = take_plain("an IPv4 address");
  if (word == nullptr) return false;
  std::array<std::uint8_t, 4> address{};
  if (!read_ipv4(word->text, address)) return complain(*word, "an IPv4 address");
  out_.insert(out_.end(), address.begin(), address.end());
  return true;
}

bool FieldReader::ipv6() {
  const Word* word = take_plain("an IPv6 address");
  if (word == nullptr) return false;
  const auto address = IpAddress::parse(word->text);
  if (!address || address->family != 6) return complain(*word, "an IPv6 address");
  out_.insert(out_.end(), address->octets.begin(), address->octets.end());
  return true;
}

bool FieldReader::string() {
  const Word* word = take("a character-string");
  if (word == nullptr) return false;
  if (word->form == Word::Form::mixed) return complain(*word, "quotes around the whole string");
  const std::size_t at = out_.size();
  out_.push_back(0);
  if (!append_unescaped(out_, word->text)) return complain(*word, bad_escape);
  const std::size_t size = out_.size() - at - 1;
  if (size > 255) return complain(*word, "a character-string of at most 255 octets");
  out_[at] = static_cast<std::uint8_t>(size);
  return true;
}

bool FieldReader::strings() {
  do
    if (!string()) return false;
  while (!words_.empty());
  return true;
}

bool FieldReader::value() {
  const Word* word = take("a string");
  if (word == nullptr) return false;
  if (word->form == Word::Form::mixed) return complain(*word, "quotes around the whole string");
  return append_unescaped(out_, word->text) || complain(*word, bad_escape);
}

bool FieldReader::tag() {
  constexpr const char* expected = "a tag of at most 255 letters and digits";
  const Word* word = take_plain(expected);
  if (word == nullptr) return false;
  const bool good =
      word->text.size() <= 255 && std::all_of(word->text.begin(), word->text.end(), [](char c) {
        return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
      });
  if (!good) return complain(*word, expected);
  put(word->text.size(), 1);
  out_.insert(out_.end(), word->text.begin(), word->text.end());
  return true;
}

bool FieldReader::algorithm() {
  constexpr const char* expected = "a DNSSEC algorithm";
  const Word* word = take_plain(expected);
  if (word == nullptr) return false;
  std::uint8_t number = 0;
  if (!read_number(word->text, number)) {
    const auto known = algorithm_of_word(word->text);
    if (!known) return complain(*word, expected);
    number = *known;
  }
  return put(number, 1), true;
}

bool FieldReader::type() {
  const Word* word = take_plain("a type");
  if (word == nullptr) return false;
  const auto found = type_of_word(word->text);
  if (!found) return complain(*word, "a type");
  return put(static_cast<std::uint64_t>(*found), 2), true;
}

bool FieldReader::kind(unsigned bits_above) {
  constexpr const char* expected = "a kind of gateway: 0 none, 1 IPv4, 2 IPv6, 3 a name";
  const Word* word = take_plain(expected);
  if (word == nullptr) return false;
  if (!read_number(word->text, kind_) || kind_ > 3) return complain(*word, expected);
  return put(bits_above | kind_, 1), true;
}

bool FieldReader::relay_kind() {
  constexpr const char* expected = "the discovery bit: 0 or 1";
  const Word* word = take_plain(expected);
  if (word == nullptr) return false;
  if (word->text != "0" && word->text != "1") return complain(*word, expected);
  return kind(word->text == "1" ? 0x80u : 0u);
}

bool FieldReader::gateway() {
  if (kind_ != 0) return kind_ == 1 ? ipv4() : kind_ == 2 ? ipv6() : name();
  const Word* word = take_plain("a dot: no gateway");
  return word != nullptr && (word->text == "." || complain(*word, "a dot: no gateway"));
}

bool FieldReader::scheme() {
  if (words_.empty() || !same_word(words_.front().text, "NOTIFY")) return number(1);
  return take_plain("a scheme") != nullptr && (put(1, 1), true);
}

// Windows as TypeBitmap::parse() reads them; types may stand in any order, and twice.
bool FieldReader::bitmap() {
  std::vector<std::uint16_t> codes;
  while (!words_.empty()) {
    const Word* word = take_plain("a type");
    const auto found = word == nullptr ? std::nullopt : type_of_word(word->text);
    if (!found) return word != nullptr && complain(*word, "a type");
    codes.push_back(static_cast<std::uint16_t>(*found));
  }
  std::sort(codes.begin(), codes.end());
  for (std::size_t i = 0; i < codes.size();) {
    const unsigned window = codes[i] >> 8;
    std::array<std::uint8_t, 32> bits{};
    unsigned size = 0;
    for (; i < codes.size() && codes[i] >> 8 == window; ++i) {
      const unsigned code = codes[i] & 0xFFu;
      bits[code / 8] = static_cast<std::uint8_t>(bits[code / 8] | 0x80u >> (code & 7u));
      size = code / 8 + 1;
    }
    put(window, 1);
    put(size, 1);
    out_.insert(out_.end(), bits.begin(), bits.begin() + size);
  }
  return true;
}

/// `held`: the high nibble that waits for its low one, or -1.
bool FieldReader::hex(const Word& word, int& held) {
  for (const char c : word.text) {
    const std::uint8_t digit = value_of(hex_values, c);
    if (digit == no_digit) return complain(word, "hex digits");
    if (held >= 0) out_.push_back(static_cast<std::uint8_t>(held << 4 | digit));
    held = held >= 0 ? -1 : digit;
  }
  return true;
}

bool FieldReader::hex_to_end(bool may_be_empty) {
  int held = -1;
  const Word* word = nullptr;
  while (!words_.empty()) {
    word = take_plain("hex digits");
    if (word == nullptr || !hex(*word, held)) return false;
  }
  if (word == nullptr) return may_be_empty || take("hex digits") != nullptr;
  return held < 0 || complain(*word, "an even number of hex digits");
}

bool FieldReader::base64_to_end(bool may_be_empty) {
  if (may_be_empty && words_.empty()) return true;
  unsigned held = 0, digits = 0;  // of the group of four
  std::size_t padding = 0;
  const Word* word = take_plain("base64");
  if (word == nullptr) return false;
  for (;;) {
    for (const char c : word->text) {
      if (c == '=' && ++padding <= 2) continue;
      const std::uint8_t digit = value_of(base64_values, c);
      if (digit == no_digit || padding > 0) return complain(*word, "base64");
      held = held << 6 | digit;
      if (++digits == 4) put(held, 3), held = 0, digits = 0;
    }
    if (words_.empty()) break;
    word = take_plain("base64");
    if (word == nullptr) return false;
  }
  if ((digits + padding) % 4 != 0 || digits == 1)
    return complain(*word, "whole base64 groups of four");
  if (digits >= 2) put(digits == 2 ? held >> 4 : held >> 10, 1);
  if (digits == 3) put(held >> 2, 1);
  return true;
}

bool FieldReader::counted_hex() {
  const Word* word = take_plain("hex digits or -");
  if (word == nullptr) return false;
  const std::size_t at = out_.size();
  out_.push_back(0);
  if (word->text == "-") return true;
  int held = -1;
  if (!hex(*word, held)) return false;
  const std::size_t size = out_.size() - at - 1;
  if (held >= 0 || size > 255) return complain(*word, "pairs of hex digits for at most 255 octets");
  out_[at] = static_cast<std::uint8_t>(size);
  return true;
}

bool FieldReader::counted_base32() {
  constexpr const char* expected = "base32hex for 1 to 255 octets";
  const Word* word = take_plain(expected);
  if (word == nullptr) return false;
  std::vector<std::uint8_t> octets;
  const std::span label(reinterpret_cast<const std::uint8_t*>(word->text.data()),
                        word->text.size());
  if (!dns::from_base32hex(label, octets) || octets.empty() || octets.size() > 255)
    return complain(*word, expected);
  put(octets.size(), 1);
  out_.insert(out_.end(), octets.begin(), octets.end());
  return true;
}

bool FieldReader::read_octets() {
  const Word* mark = take_plain("\\#");
  const Word* size = mark == nullptr ? nullptr : take_plain("the number of octets");
  if (size == nullptr) return false;
  std::uint16_t octets = 0;
  if (!read_number(size->text, octets)) return complain(*size, "a number of at most 65535");
  const std::size_t before = out_.size();
  if (!hex_to_end(true)) return false;
  if (out_.size() - before == octets) return true;
  complaint_ = {size->place(), "expected " + std::to_string(octets) + " octets, got " +
                                   std::to_string(out_.size() - before)};
  return false;
}
}  // namespace windlass::auth
