#pragma once
/// Words for people: algorithm and digest names of the IANA registries, times. Used in EDE texts
/// and ChainSteps.
#include <cstdint>
#include <string>
namespace windlass::validator {

std::string algorithm_text(std::uint8_t algorithm);  ///< "ECDSAP256SHA256"; unknown: "algorithm 99"
std::string digest_text(std::uint8_t digest_type);   ///< "SHA-256"; unknown: "digest type 99"
/// A time of an RRSIG (32 bits, RFC 1982) nearest to `near_wall_s`: "2026-08-01T12:00:00Z".
std::string time_text(std::uint32_t serial, std::int64_t near_wall_s);
}  // namespace windlass::validator
