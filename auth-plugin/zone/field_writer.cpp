#include "auth-plugin/zone/field_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "auth-plugin/zone/characters.hpp"
#include "base/address.hpp"
#include "dns/canonical.hpp"
#include "dns/rdata.hpp"
namespace windlass::auth {
namespace {
using dns::Octets;

/// How an octet is written: itself, behind a backslash, or as \DDD.
enum class Way : std::uint8_t { number, itself, escaped };

constexpr auto ways_without(std::string_view special, bool space) {
  std::array<Way, 256> ways{};
  for (std::size_t c = space ? 0x20 : 0x21; c < 0x7F; ++c) ways[c] = Way::itself;
  for (const char c : special) ways[static_cast<unsigned char>(c)] = Way::escaped;
  return ways;
}
constexpr auto in_name = ways_without("\".\\();@$", false);
constexpr auto in_quotes = ways_without("\"\\", true);

void append_escaped(std::string& out, Octets octets, const std::array<Way, 256>& ways) {
  for (const std::uint8_t octet : octets) {
    if (ways[octet] != Way::itself) out += '\\';
    if (ways[octet] != Way::number) {
      out += static_cast<char>(octet);
      continue;
    }
    for (const unsigned place : {100u, 10u, 1u}) out += static_cast<char>('0' + octet / place % 10);
  }
}

void append_hex(std::string& out, Octets octets) {
  for (const std::uint8_t octet : octets) {
    out += hex_digits[octet >> 4];
    out += hex_digits[octet & 15u];
  }
}

void append_base64(std::string& out, Octets octets) {
  for (; !octets.empty(); octets = octets.subspan(std::min<std::size_t>(octets.size(), 3))) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < octets.size() ? octets[i] : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= octets.size() ? base64_digits[group >> (18 - 6 * i) & 63u] : '=';
  }
}

/// A proleptic day number since 1970 as YYYYMMDD (the inverse of days_to() in field_reader.cpp).
void append_date(std::string& out, std::uint32_t seconds) {
  const std::uint32_t day_of_era_zero = seconds / 86400 + 719468;
  const std::uint32_t era = day_of_era_zero / 146097, day_of_era = day_of_era_zero % 146097;
  const std::uint32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint32_t shifted = (5 * day_of_year + 2) / 153;
  const std::uint32_t day = day_of_year - (153 * shifted + 2) / 5 + 1;
  const std::uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const std::uint32_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const std::uint32_t of_day = seconds % 86400;
  const std::uint64_t digits =
      ((((std::uint64_t{year} * 100 + month) * 100 + day) * 100 + of_day / 3600) * 100 +
       of_day / 60 % 60) *
          100 +
      of_day % 60;
  append_number(out, digits);
}

void append_centimetres(std::string& out, std::uint64_t centimetres);

class FieldWriter {
 public:
  FieldWriter(std::string& out, Octets rdata) : out_(out), rest_(rdata) {}
  bool write(char letter);
  bool whole() const { return rest_.empty(); }

 private:
  bool take(std::size_t octets, Octets& field) {
    if (octets > rest_.size()) return false;
    field = rest_.first(octets);
    rest_ = rest_.subspan(octets);
    return true;
  }
  bool take_counted(Octets& field) {
    return !rest_.empty() && rest_.size() > rest_[0] && take(1u + rest_[0], field) &&
           (field = field.subspan(1), true);
  }
  bool take_number(std::size_t octets, std::uint64_t& value) {
    Octets field;
    if (!take(octets, field)) return false;
    value = 0;
    for (const std::uint8_t octet : field) value = value << 8 | octet;
    return true;
  }
  bool name();
  bool number(std::size_t octets);
  bool address(std::size_t octets);
  bool string();
  bool strings();
  bool tag();
  bool bitmap();
  bool date();
  bool type();
  bool counted(char letter);
  bool to_end(char letter);
  bool kind(bool with_discovery_bit);
  bool gateway();
  bool scheme();
  bool location();
  bool degrees(std::size_t at, std::uint32_t most, char above, char below);
  bool size(std::uint8_t coded);

  std::string& out_;
  Octets rest_;
  std::uint64_t kind_ = 0;  ///< of the gateway to come
};

bool FieldWriter::write(char letter) {
  switch (letter) {
    case 'n':
      return name();
    case '1':
    case 'g':
      return number(1);
    case '2':
      return number(2);
    case '4':
    case 't':
      return number(4);
    case 'd':
      return date();
    case 'A':
      return address(4);
    case '6':
      return address(16);
    case 's':
      return string();
    case 'T':
      return strings();
    case 'c':
      return tag();
    case 'y':
      return type();
    case 'B':
      return bitmap();
    case 'H':
    case 'i':
      return counted(letter);
    case 'l':
      return location();
    case 'k':
    case 'r':
      return kind(letter == 'r');
    case 'w':
      return gateway();
    case 'm':
      return scheme();
    default:
      return to_end(letter);  // v h b p
  }
}

bool FieldWriter::name() {
  const auto name = dns::Name::from_wire(rest_);
  if (!name) return false;
  append_name(out_, name->wire());
  rest_ = rest_.subspan(name->size_octets());
  return true;
}

bool FieldWriter::number(std::size_t octets) {
  std::uint64_t value = 0;
  if (!take_number(octets, value)) return false;
  append_number(out_, value);
  return true;
}

bool FieldWriter::date() {
  std::uint64_t value = 0;
  if (!take_number(4, value)) return false;
  append_date(out_, static_cast<std::uint32_t>(value));
  return true;
}

bool FieldWriter::type() {
  std::uint64_t value = 0;
  if (!take_number(2, value)) return false;
  out_ += dns::to_text(static_cast<dns::Type>(value));
  return true;
}

bool FieldWriter::address(std::size_t octets) {
  Octets field;
  if (!take(octets, field)) return false;
  if (octets == 16) {
    out_ += IpAddress::v6(field.first<16>()).to_text();
    return true;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) out_ += '.';
    append_number(out_, field[i]);
  }
  return true;
}

bool FieldWriter::string() {
  Octets field;
  if (!take_counted(field)) return false;
  out_ += '"';
  append_escaped(out_, field, in_quotes);
  out_ += '"';
  return true;
}

bool FieldWriter::strings() {
  for (bool first = true; first || !rest_.empty(); first = false) {
    if (!first) out_ += ' ';
    if (!string()) return false;
  }
  return true;
}

bool FieldWriter::tag() {
  Octets field;
  if (!take_counted(field) || field.empty()) return false;
  for (const std::uint8_t octet : field) {
    const bool letter = dns::lower(octet) >= 'a' && dns::lower(octet) <= 'z';
    if (!letter && (octet < '0' || octet > '9')) return false;
    out_ += static_cast<char>(octet);
  }
  return true;
}

// Only a bitmap as FieldReader makes it: no trailing zero octets, no window that says nothing.
bool FieldWriter::bitmap() {
  if (!dns::TypeBitmap::parse(rest_)) return false;
  for (bool first = true; !rest_.empty();) {
    const unsigned window = rest_[0];
    const Octets bits = rest_.subspan(2, rest_[1]);
    if (bits.back() == 0) return false;
    for (unsigned bit = 0; bit < bits.size() * 8; ++bit) {
      if ((bits[bit / 8] & 0x80u >> (bit & 7u)) == 0) continue;
      if (!first) out_ += ' ';
      first = false;
      out_ += dns::to_text(static_cast<dns::Type>(window << 8 | bit));
    }
    rest_ = rest_.subspan(2 + bits.size());
  }
  return true;
}

bool FieldWriter::counted(char letter) {
  Octets field;
  if (!take_counted(field)) return false;
  if (letter == 'i') return !field.empty() && (out_ += dns::base32hex(field), true);
  if (field.empty())
    out_ += '-';
  else
    append_hex(out_, field);
  return true;
}

bool FieldWriter::to_end(char letter) {
  Octets field;
  if (letter != 'v' && letter != 'p' && rest_.empty()) return false;
  take(rest_.size(), field);
  if (letter == 'h') return append_hex(out_, field), true;
  if (letter != 'v') return append_base64(out_, field), true;
  out_ += '"';
  append_escaped(out_, field, in_quotes);
  out_ += '"';
  return true;
}

bool FieldWriter::kind(bool with_discovery_bit) {
  if (!take_number(1, kind_)) return false;
  if (with_discovery_bit) {
    out_ += kind_ >= 0x80 ? "1 " : "0 ";
    kind_ &= 0x7F;
  }
  append_number(out_, kind_);
  return kind_ <= 3;
}

bool FieldWriter::gateway() {
  if (kind_ == 0) return out_ += '.', true;
  return kind_ == 3 ? name() : address(kind_ == 1 ? 4 : 16);
}

bool FieldWriter::scheme() {
  if (rest_.empty() || rest_[0] != 1) return number(1);
  rest_ = rest_.subspan(1);
  return out_ += "NOTIFY", true;
}

/// Four octets at `at` of rest_: thousandths of arc seconds, 2^31 is zero.
bool FieldWriter::degrees(std::size_t at, std::uint32_t most, char above, char below) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | rest_[at + i];
  constexpr std::uint32_t zero = 1u << 31;
  const std::uint32_t arc = value >= zero ? value - zero : zero - value;
  if (arc > most * 3'600'000u) return false;
  append_number(out_, arc / 3'600'000);
  out_ += ' ';
  append_number(out_, arc / 60'000 % 60);
  out_ += ' ';
  append_number(out_, arc / 1000 % 60);
  out_ += '.';
  for (const unsigned place : {100u, 10u, 1u}) out_ += static_cast<char>('0' + arc / place % 10);
  out_ += ' ';
  out_ += value >= zero ? above : below;
  out_ += ' ';
  return true;
}

void append_centimetres(std::string& out, std::uint64_t centimetres) {
  append_number(out, centimetres / 100);
  out += '.';
  for (const unsigned place : {10u, 1u}) out += static_cast<char>('0' + centimetres / place % 10);
  out += 'm';
}

/// Centimetres as mantissa and power of ten, a nibble each; only as FieldReader makes it.
bool FieldWriter::size(std::uint8_t coded) {
  const unsigned mantissa = coded >> 4, power = coded & 15u;
  if (mantissa > 9 || power > 9 || (mantissa == 0 && power != 0)) return false;
  std::uint64_t centimetres = mantissa;
  for (unsigned i = 0; i < power; ++i) centimetres *= 10;
  out_ += ' ';
  append_centimetres(out_, centimetres);
  return true;
}

// version 1 = 0 | size 1 | horizontal and vertical precision 1 1 | latitude 4 | longitude 4 |
// altitude 4
bool FieldWriter::location() {
  if (rest_.size() != 16 || rest_[0] != 0) return false;
  if (!degrees(4, 90, 'N', 'S') || !degrees(8, 180, 'E', 'W')) return false;
  std::int64_t altitude = -10'000'000;
  altitude += std::int64_t{rest_[12]} << 24 | rest_[13] << 16 | rest_[14] << 8 | rest_[15];
  if (altitude < 0) out_ += '-';
  append_centimetres(out_, static_cast<std::uint64_t>(altitude < 0 ? -altitude : altitude));
  for (std::size_t i = 1; i <= 3; ++i)
    if (!size(rest_[i])) return false;
  rest_ = {};
  return true;
}
}  // namespace

void append_name(std::string& out, Octets wire) {
  if (wire[0] == 0) out += '.';
  for (std::size_t at = 0; wire[at] != 0; at += 1u + wire[at]) {
    append_escaped(out, wire.subspan(at + 1, wire[at]), in_name);
    out += '.';
  }
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_octets(std::string& out, Octets octets) {
  out += "\\# ";
  append_number(out, octets.size());
  if (!octets.empty()) out += ' ';
  append_hex(out, octets);
}

bool append_fields(std::string& out, std::string_view fields, Octets rdata) {
  const std::size_t before = out.size();
  FieldWriter writer(out, rdata);
  bool good = true;
  for (std::size_t i = 0; good && i < fields.size(); ++i) {
    const std::size_t at = out.size();
    if (i > 0) out += ' ';
    good = writer.write(fields[i]);
    if (good && i > 0 && out.size() == at + 1) out.resize(at);  // a field without text: no types
  }
  good = good && writer.whole();
  if (!good) out.resize(before);
  return good;
}
}  // namespace windlass::auth
