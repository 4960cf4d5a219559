#pragma once
/// The one door to ldns: presentation form in and out. Off the hot path; allocates.
/// Only ldns_bridge.cpp includes ldns (it redefines bool, true and false in C++: include it last).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"
namespace windlass::dns {

struct TextError {
  std::size_t line = 0;
  std::string what;  ///< what was expected or what ldns said
};

struct ZoneRecord {
  Name owner;
  Type type = Type::none;
  Class klass = Class::in;
  std::uint32_t ttl = 0;
  std::vector<std::uint8_t> rdata;  ///< uncompressed wire form
  std::size_t line = 0;             ///< where it began in the text
};

/// All records of a text in zone file form ($ORIGIN, $TTL, parentheses, comments understood).
Result<std::vector<ZoneRecord>, TextError> parse_zone_text(std::string_view text,
                                                           const Name& origin,
                                                           std::uint32_t default_ttl);
/// One record's rdata from presentation form, on one line without comments; names relative to
/// `origin`. Errors (line 0): what ldns says, also for a type it does not know.
Result<std::vector<std::uint8_t>, TextError> parse_rdata_text(Type type, std::string_view text,
                                                              const Name& origin);
/// One record's rdata in presentation form; \# form for unknown types.
std::string rdata_text(Type type, std::span<const std::uint8_t> rdata);
}  // namespace windlass::dns
