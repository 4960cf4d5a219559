#pragma once
/// Rdata fields as text: what FieldReader reads back to the same octets.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
namespace windlass::auth {

/// A name in wire form, proven before, with its final dot; odd octets escaped.
void append_name(std::string& out, std::span<const std::uint8_t> wire);
void append_number(std::string& out, std::uint64_t value);
/// \# length hex (RFC 3597 5).
void append_octets(std::string& out, std::span<const std::uint8_t> octets);
/// The fields of a form (forms.hpp), a space between them. False, and `out` as it was: the octets
/// do not fit the form.
bool append_fields(std::string& out, std::string_view fields, std::span<const std::uint8_t> rdata);
}  // namespace windlass::auth
