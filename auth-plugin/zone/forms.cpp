#include "auth-plugin/zone/forms.hpp"

#include <algorithm>
#include <array>

#include "auth-plugin/zone/characters.hpp"
#include "dns/rdata.hpp"
#include "dns/rdata_layout.hpp"
#include "dns/rrtype_table.hpp"
namespace windlass::auth {
namespace {
struct Form {
  unsigned type;
  std::string_view fields;
};

// clang-format off
constexpr auto forms = std::to_array<Form>({
  {1,   "A"},         // A
  {2,   "n"},         // NS
  {3,   "n"},         // MD
  {4,   "n"},         // MF
  {5,   "n"},         // CNAME
  {6,   "nn4tttt"},   // SOA
  {7,   "n"},         // MB
  {8,   "n"},         // MG
  {9,   "n"},         // MR
  {12,  "n"},         // PTR
  {13,  "ss"},        // HINFO
  {14,  "nn"},        // MINFO
  {15,  "2n"},        // MX
  {16,  "T"},         // TXT
  {17,  "nn"},        // RP
  {18,  "2n"},        // AFSDB
  {21,  "2n"},        // RT
  {23,  "n"},         // NSAP-PTR: ldns takes it for a string
  {26,  "2nn"},       // PX
  {28,  "6"},         // AAAA
  {29,  "l"},         // LOC
  {33,  "222n"},      // SRV
  {36,  "2n"},        // KX
  {39,  "n"},         // DNAME
  {43,  "2g1h"},      // DS
  {44,  "11h"},       // SSHFP
  {45,  "1k1wp"},     // IPSECKEY: ldns takes every gateway for an absolute name
  {46,  "yg14dd2nb"}, // RRSIG
  {47,  "nB"},        // NSEC
  {48,  "21gb"},      // DNSKEY
  {50,  "112HiB"},    // NSEC3
  {51,  "112H"},      // NSEC3PARAM
  {52,  "111h"},      // TLSA
  {56,  "T"},         // NINFO
  {57,  "21gb"},      // RKEY
  {59,  "2g1h"},      // CDS
  {60,  "21gb"},      // CDNSKEY
  {66,  "ym2n"},      // DSYNC (RFC 9859)
  {99,  "T"},         // SPF
  {257, "1cv"},       // CAA
  {258, "T"},         // AVC
  {260, "1rw"},       // AMTRELAY
  {261, "T"},         // RESINFO
  {262, "T"},         // WALLET
});

constexpr auto algorithms = std::to_array<std::pair<std::string_view, std::uint8_t>>({
  {"DELETE", 0},      {"RSAMD5", 1},           {"DH", 2},                  {"DSA", 3},
  {"RSASHA1", 5},     {"DSA-NSEC3-SHA1", 6},   {"RSASHA1-NSEC3-SHA1", 7},  {"RSASHA256", 8},
  {"RSASHA512", 10},  {"ECC-GOST", 12},        {"ECDSAP256SHA256", 13},    {"ECDSAP384SHA384", 14},
  {"ED25519", 15},    {"ED448", 16},           {"INDIRECT", 252},          {"PRIVATEDNS", 253},
  {"PRIVATEOID", 254},
});
// clang-format on

constexpr std::size_t direct_codes = 263;
constexpr auto direct = [] {
  std::array<std::string_view, direct_codes> at{};
  for (const Form& form : forms) at[form.type] = form.fields;
  return at;
}();

/// The mnemonics of the type table, found by a hash over their letters.
class Mnemonics {
 public:
  Mnemonics() noexcept {
    for (const dns::TypeRow& row : dns::type_table()) {
      std::size_t at = slot(row.mnemonic);
      while (rows_[at] != nullptr) at = (at + 1) % rows_.size();
      rows_[at] = &row;
    }
  }
  const dns::TypeRow* find(std::string_view word) const noexcept {
    for (std::size_t at = slot(word); rows_[at] != nullptr; at = (at + 1) % rows_.size())
      if (same_word(rows_[at]->mnemonic, word)) return rows_[at];
    return nullptr;
  }

 private:
  static std::size_t slot(std::string_view word) noexcept {
    std::uint32_t sum = 5381;
    for (const char c : word.substr(0, 16)) sum = sum * 33 + static_cast<unsigned char>(upper(c));
    return (sum ^ sum >> 9) % 512;
  }
  std::array<const dns::TypeRow*, 512> rows_{};
};

/// SvcParams: (key 2 | length 2 | value)*, keys strictly rising (RFC 9460 2.2).
bool has_service_parameters(dns::Octets rest) noexcept {
  rest = rest.subspan(2);
  rest = rest.subspan(dns::name_octets(rest));
  for (long last = -1; !rest.empty();) {
    if (rest.size() < 4) return false;
    const long key = rest[0] * 256 + rest[1];
    const std::size_t octets = 4u + rest[2] * 256u + rest[3];
    if (key <= last || octets > rest.size()) return false;
    last = key;
    rest = rest.subspan(octets);
  }
  return true;
}
}  // namespace

std::string_view form_of(dns::Type type) noexcept {
  const auto code = static_cast<std::size_t>(type);
  return code < direct_codes ? direct[code] : std::string_view();
}

std::optional<dns::Type> type_of_word(std::string_view word) noexcept {
  static const Mnemonics mnemonics;
  if (const auto* row = mnemonics.find(word)) return row->type;
  if (word.size() < 5 || !same_word(word.substr(0, 4), "TYPE")) return std::nullopt;
  return dns::type_from_text(word);
}

std::optional<std::uint8_t> algorithm_of_word(std::string_view word) noexcept {
  for (const auto& [text, number] : algorithms)
    if (same_word(text, word)) return number;
  return std::nullopt;
}

bool has_shape(dns::Type type, dns::Octets rdata) noexcept {
  const dns::TypeRow* row = dns::find_type(type);
  if (row == nullptr) return true;
  if (!dns::has_layout(row->layout, rdata)) return false;
  switch (type) {
    case dns::Type::ds:
    case dns::Type::cds:
      return bool(dns::DsView::parse(rdata));
    case dns::Type::dnskey:
    case dns::Type::cdnskey:
      return bool(dns::DnskeyView::parse(rdata));
    case dns::Type::rrsig:
      return bool(dns::RrsigView::parse(rdata));
    case dns::Type::nsec3:
      return bool(dns::Nsec3View::parse(rdata));
    case dns::Type::svcb:
    case dns::Type::https:
      return has_service_parameters(rdata);
    default:
      return true;
  }
}
}  // namespace windlass::auth
