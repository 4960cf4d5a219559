#pragma once
/// How many octets the fields of an RR type's layout take (the letters: dns/rrtype_table.hpp).
#include <string_view>

#include "dns/octets.hpp"
namespace windlass::dns {

inline constexpr std::size_t no_fit = SIZE_MAX;

/// Of the uncompressed name at the front; no_fit when there is none.
std::size_t name_octets(Octets rest) noexcept;
/// One or more character-strings to the end.
bool is_strings(Octets octets) noexcept;
/// A type bitmap to the end.
bool is_bitmap(Octets octets) noexcept;

/// Of one field at the front of `rest`; more than it has, or no_fit: it does not fit.
inline std::size_t field_octets(char letter, Octets rest) noexcept {
  switch (letter) {
    case 'N':
    case 'U':
      return name_octets(rest);
    case '1':
      return 1;
    case '2':
      return 2;
    case '4':
    case 'A':
      return 4;
    case '6':
      return 16;
    case 'S':
    case 'L':
      return rest.empty() ? no_fit : rest[0] + 1u;
    case 'T':
      return is_strings(rest) ? rest.size() : no_fit;
    case 'B':
      return is_bitmap(rest) ? rest.size() : no_fit;
    default:
      return rest.size();  // *
  }
}

/// The fields fill the rdata exactly.
bool has_layout(std::string_view layout, Octets rdata) noexcept;
}  // namespace windlass::dns
