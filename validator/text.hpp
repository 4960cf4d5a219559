#pragma once
/// Words for people: algorithm and digest names of the IANA registries, times. Used in EDE texts
/// and ChainSteps.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
namespace windlass::validator {

std::string algorithm_text(std::uint8_t algorithm);  ///< "ECDSAP256SHA256"; unknown: "algorithm 99"
std::string digest_text(std::uint8_t digest_type);   ///< "SHA-256"; unknown: "digest type 99"
/// A time of an RRSIG (32 bits, RFC 1982) nearest to `near_wall_s`: "2026-08-01T12:00:00Z".
std::string time_text(std::uint32_t serial, std::int64_t near_wall_s);
/// Wall time of the years 1970 to 9999 in the same form; others become the nearest of these.
std::string wall_text(std::int64_t wall_s);
/// What wall_text() writes, and nothing else.
std::optional<std::int64_t> parse_wall_text(std::string_view text);
}  // namespace windlass::validator
