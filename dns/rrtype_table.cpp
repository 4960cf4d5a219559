#include "dns/rrtype_table.hpp"

#include <algorithm>
#include <array>
namespace windlass::dns {
namespace {
constexpr bool lowered = true, as_is = false;     // canonical_lower
constexpr bool compressed = true, plain = false;  // compress

constexpr TypeRow row(unsigned code, std::string_view mnemonic, std::string_view layout,
                      bool canonical_lower = as_is, bool compress = plain) {
  return {static_cast<Type>(code), mnemonic, layout, canonical_lower, compress};
}

// Ascending by code. N stands where RFC 3597 section 4 tells receivers to expand names, and also,
// by leniency, in KX, DNAME, RRSIG and NSEC: old servers compress there, and reading it is harmless
// because what is kept is always expanded. Everywhere else a pointer in a name is a fault. NSEC is
// as_is by RFC 6840 5.1; RRSIG is lowered. Formats with inner lengths or unions (APL, IPSECKEY,
// HIP, SvcParams) end in *: the resolver never looks inside.
// clang-format off
constexpr auto rows = std::to_array<TypeRow>({
  row(1,     "A",          "A"),
  row(2,     "NS",         "N",         lowered, compressed),
  row(3,     "MD",         "N",         lowered, compressed),
  row(4,     "MF",         "N",         lowered, compressed),
  row(5,     "CNAME",      "N",         lowered, compressed),
  row(6,     "SOA",        "NN44444",   lowered, compressed),
  row(7,     "MB",         "N",         lowered, compressed),
  row(8,     "MG",         "N",         lowered, compressed),
  row(9,     "MR",         "N",         lowered, compressed),
  row(10,    "NULL",       "*"),
  row(11,    "WKS",        "A1*"),
  row(12,    "PTR",        "N",         lowered, compressed),
  row(13,    "HINFO",      "SS"),
  row(14,    "MINFO",      "NN",        lowered, compressed),
  row(15,    "MX",         "2N",        lowered, compressed),
  row(16,    "TXT",        "T"),
  row(17,    "RP",         "NN",        lowered),
  row(18,    "AFSDB",      "2N",        lowered),
  row(19,    "X25",        "S"),
  row(20,    "ISDN",       "T"),
  row(21,    "RT",         "2N",        lowered),
  row(22,    "NSAP",       "*"),
  row(23,    "NSAP-PTR",   "N"),
  row(24,    "SIG",        "2114442N*", lowered),
  row(25,    "KEY",        "211*"),
  row(26,    "PX",         "2NN",       lowered),
  row(27,    "GPOS",       "SSS"),
  row(28,    "AAAA",       "6"),
  row(29,    "LOC",        "1111444"),
  row(30,    "NXT",        "N*",        lowered),
  row(31,    "EID",        "*"),
  row(32,    "NIMLOC",     "*"),
  row(33,    "SRV",        "222N",      lowered),
  row(34,    "ATMA",       "1*"),
  row(35,    "NAPTR",      "22SSSN",    lowered),
  row(36,    "KX",         "2N",        lowered),
  row(37,    "CERT",       "221*"),
  row(38,    "A6",         "*"),
  row(39,    "DNAME",      "N",         lowered),
  row(40,    "SINK",       "*"),
  row(41,    "OPT",        "*"),
  row(42,    "APL",        "*"),
  row(43,    "DS",         "211*"),
  row(44,    "SSHFP",      "11*"),
  row(45,    "IPSECKEY",   "111*"),
  row(46,    "RRSIG",      "2114442N*", lowered),
  row(47,    "NSEC",       "NB"),
  row(48,    "DNSKEY",     "211*"),
  row(49,    "DHCID",      "*"),
  row(50,    "NSEC3",      "112LLB"),
  row(51,    "NSEC3PARAM", "112L"),
  row(52,    "TLSA",       "111*"),
  row(53,    "SMIMEA",     "111*"),
  row(55,    "HIP",        "112*"),
  row(56,    "NINFO",      "T"),
  row(57,    "RKEY",       "211*"),
  row(58,    "TALINK",     "UU"),
  row(59,    "CDS",        "211*"),
  row(60,    "CDNSKEY",    "211*"),
  row(61,    "OPENPGPKEY", "*"),
  row(62,    "CSYNC",      "42B"),
  row(63,    "ZONEMD",     "411*"),
  row(64,    "SVCB",       "2U*"),
  row(65,    "HTTPS",      "2U*"),
  row(66,    "DSYNC",      "212U"),
  row(99,    "SPF",        "T"),
  row(104,   "NID",        "244"),
  row(105,   "L32",        "2A"),
  row(106,   "L64",        "244"),
  row(107,   "LP",         "2U"),
  row(108,   "EUI48",      "42"),
  row(109,   "EUI64",      "44"),
  row(128,   "NXNAME",     "*"),
  row(249,   "TKEY",       "U4422*"),
  row(250,   "TSIG",       "U*"),
  row(251,   "IXFR",       "*"),
  row(252,   "AXFR",       "*"),
  row(253,   "MAILB",      "*"),
  row(254,   "MAILA",      "*"),
  row(255,   "ANY",        "*"),
  row(256,   "URI",        "22*"),
  row(257,   "CAA",        "1S*"),
  row(258,   "AVC",        "T"),
  row(260,   "AMTRELAY",   "11*"),
  row(261,   "RESINFO",    "T"),
  row(262,   "WALLET",     "T"),
  row(32768, "TA",         "211*"),
  row(32769, "DLV",        "211*"),
});
// clang-format on

constexpr std::size_t direct_codes = 263;
constexpr std::uint8_t no_row = 0xFF;
static_assert(rows.size() < no_row);

// Row numbers by type code, so that the look-up in every record of a message is one load.
constexpr auto direct = [] {
  std::array<std::uint8_t, direct_codes> at{};
  at.fill(no_row);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (const auto code = static_cast<std::size_t>(rows[i].type); code < direct_codes)
      at[code] = static_cast<std::uint8_t>(i);
  return at;
}();
}  // namespace

std::span<const TypeRow> type_table() {
  return rows;
}

const TypeRow* find_type(Type type) noexcept {
  const auto code = static_cast<std::size_t>(type);
  if (code < direct_codes) return direct[code] == no_row ? nullptr : &rows[direct[code]];
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](auto& r) { return r.type == type; });
  return found == rows.end() ? nullptr : &*found;
}
}  // namespace windlass::dns
