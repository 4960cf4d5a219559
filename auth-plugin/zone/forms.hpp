#pragma once
/// The presentation forms of rdata: one row a type, read by FieldReader, written by FieldWriter.
///
///   n  a domain name                     1 2 4  a number of that many octets
///   t  a period: 3600, 1h30m (4 octets)  d  a time: YYYYMMDDHHmmSS or seconds (4 octets)
///   A  an IPv4 address                   6  an IPv6 address
///   s  a character-string                T  one or more character-strings to the end
///   v  a string without length octet, to the end of the rdata
///   c  letters and digits, counted (the tag of CAA)
///   g  a DNSSEC algorithm, by number or mnemonic (1 octet)
///   y  a type (2 octets)                 B  types to the end, as a bitmap
///   h  hex to the end                    b  base64 to the end
///   p  base64 to the end, or nothing     m  the scheme of a DSYNC, by number or mnemonic (1 octet)
///   H  hex, counted, - when empty        i  base32hex without padding, counted
///   l  a location, to the end (RFC 1876)
///   k  the kind of a gateway (1 octet)   w  a gateway of that kind: . when none, IPv4, IPv6, a
///   name r  the discovery bit and the kind of a relay (1 octet in all, RFC 8777 4.2)
///
/// A type without a row is read and written by ldns; a type ldns does not know, and any rdata that
/// its type's row cannot print, has the form of RFC 3597:  \# length hex.
#include <optional>
#include <span>
#include <string_view>

#include "dns/types.hpp"
namespace windlass::auth {

/// The fields of a type; empty: none of ours.
std::string_view form_of(dns::Type type) noexcept;
/// dns::type_from_text() in constant time.
std::optional<dns::Type> type_of_word(std::string_view word) noexcept;
/// A DNSSEC algorithm's mnemonic (RFC 4034 A.1 and its registry), in any case.
std::optional<std::uint8_t> algorithm_of_word(std::string_view word) noexcept;

/// True when the octets have the shape of their type: its layout in the RR type table, and what the
/// views of DNSSEC types and RFC 9460 2.2 ask for. Types without a row: always.
bool has_shape(dns::Type type, std::span<const std::uint8_t> rdata) noexcept;
}  // namespace windlass::auth
