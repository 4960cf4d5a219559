#pragma once
/// The RR type table: one row per type. Its layout string drives parsing, decompression, the
/// canonical form of DNSSEC and compression when written. A type without a row is opaque octets
/// (RFC 3597).
///
///   layout letters:  N  a name that may be compressed when received (RFC 3597 section 4)
///                    U  a name that is never compressed
///                    4  a 32-bit field     2  a 16-bit field     1  an octet
///                    A  an IPv4 address    6  an IPv6 address    S  a character-string
///                    T  one or more character-strings to the end
///                    B  a type bitmap (RFC 4034 4.1.2) to the end
///                    L  an octet of length and that many octets (salt, hash)
///                    *  any octets to the end
///   canonical_lower: names in the rdata are lowercased in the canonical form (RFC 4034 6.2, RFC
///   6840 5.1) compress: names may be compressed when written (RFC 1035 types only)
#include <span>
#include <string_view>

#include "dns/types.hpp"
namespace windlass::dns {

struct TypeRow {
  Type type;
  std::string_view mnemonic;
  std::string_view layout;
  bool canonical_lower, compress;
};

std::span<const TypeRow> type_table();
/// nullptr for a type without a row.
const TypeRow* find_type(Type type) noexcept;
}  // namespace windlass::dns
