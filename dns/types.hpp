#pragma once
/// The small numbers of the protocol: RR types, classes, RCODEs, opcodes. Plain integers on the
/// wire, so unknown values pass through (RFC 3597).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
namespace windlass::dns {

inline constexpr std::uint32_t max_ttl = 0x7FFF'FFFF;  ///< RFC 2181 8

enum class Type : std::uint16_t {
  none = 0,
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  null = 10,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
  srv = 33,
  naptr = 35,
  dname = 39,
  opt = 41,
  ds = 43,
  rrsig = 46,
  nsec = 47,
  dnskey = 48,
  nsec3 = 50,
  nsec3param = 51,
  tlsa = 52,
  cds = 59,
  cdnskey = 60,
  svcb = 64,
  https = 65,
  nxname = 128,
  tkey = 249,
  tsig = 250,
  ixfr = 251,
  axfr = 252,
  mailb = 253,
  maila = 254,
  any = 255,
  caa = 257,
};

enum class Class : std::uint16_t { in = 1, ch = 3, hs = 4, none = 254, any = 255 };

enum class Rcode : std::uint16_t {
  noerror = 0,
  formerr = 1,
  servfail = 2,
  nxdomain = 3,
  notimp = 4,
  refused = 5,
  yxdomain = 6,
  yxrrset = 7,
  nxrrset = 8,
  notauth = 9,
  notzone = 10,
  badvers = 16,
  badcookie = 23,
};

enum class Opcode : std::uint8_t { query = 0, iquery = 1, status = 2, notify = 4, update = 5 };

std::string to_text(Type type);    ///< "AAAA"; unknown: "TYPE65280"
std::string to_text(Class klass);  ///< "IN"; unknown: "CLASS7"
std::string to_text(Rcode rcode);  ///< "NXDOMAIN"; unknown: "RCODE12"
/// Mnemonic in any case, or TYPEnnn.
std::optional<Type> type_from_text(std::string_view text);

/// Types that are questions or messages, never data: OPT, TSIG, ANY, AXFR, 128-255 in general (RFC
/// 6895).
bool is_meta(Type type) noexcept;
/// Types that may stand at a name with a CNAME, or are one: asked for, they are the answer (RFC
/// 4034 3 and 4, RFC 2181 10.1).
constexpr bool stands_beside_alias(Type type) noexcept {
  return type == Type::cname || type == Type::nsec || type == Type::rrsig;
}
}  // namespace windlass::dns
