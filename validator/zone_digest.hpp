#pragma once
/// The digest of a whole zone (RFC 8976): whether the ZONEMD records at its apex hold for it.
#include <string>
#include <vector>

#include "dns/ldns_bridge.hpp"
#include "dns/name.hpp"
namespace windlass::validator {

/// What a ZONEMD record says: serial 4 | scheme 1 | hash algorithm 1 | digest (RFC 8976 2.2).
struct ZonemdView {
  std::uint32_t serial;
  std::uint8_t scheme, algorithm;
  std::span<const std::uint8_t> digest;
  static Result<ZonemdView> parse(std::span<const std::uint8_t> rdata);
};

/// Sorts `records`, which are all of the zone, into canonical order, and drops those that stand
/// there twice (RFC 8976 3.3.1).
void make_canonical(std::vector<dns::ZoneRecord>& records);
/// Empty: a ZONEMD of scheme SIMPLE with SHA-384 or SHA-512 holds; else why none does (RFC 8976 4).
/// Precondition: make_canonical(). Says nothing about who wrote that ZONEMD: its signature does.
std::string wrong_with_digest(const std::vector<dns::ZoneRecord>& records, const dns::Name& zone);
}  // namespace windlass::validator
