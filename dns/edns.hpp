#pragma once
/// EDNS(0) options and Extended DNS Errors. Source: RFC 6891 6.1.2, RFC 8914, RFC 7873.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/faults.hpp"
#include "dns/message_view.hpp"
namespace windlass::dns {

enum class Option : std::uint16_t {
  nsid = 3,
  ecs = 8,
  cookie = 10,
  keepalive = 11,
  padding = 12,
  ede = 15
};

/// INFO-CODE of RFC 8914 (and its registry up to 30).
enum class EdeCode : std::uint16_t {
  other = 0,
  unsupported_dnskey_algorithm = 1,
  unsupported_ds_digest = 2,
  stale_answer = 3,
  forged_answer = 4,
  dnssec_indeterminate = 5,
  dnssec_bogus = 6,
  signature_expired = 7,
  signature_not_yet_valid = 8,
  dnskey_missing = 9,
  rrsigs_missing = 10,
  no_zone_key_bit = 11,
  nsec_missing = 12,
  cached_error = 13,
  not_ready = 14,
  blocked = 15,
  censored = 16,
  filtered = 17,
  prohibited = 18,
  stale_nxdomain = 19,
  not_authoritative = 20,
  not_supported = 21,
  no_reachable_authority = 22,
  network_error = 23,
  invalid_data = 24,
  signature_expired_before_valid = 25,
  too_early = 26,
  unsupported_nsec3_iterations = 27,
  unable_to_conform = 28,
  synthesized = 29,
  invalid_query_type = 30,
};

inline constexpr std::size_t ede_text_octets_max = 200;

/// A reason handed to clients: a code and text naming the zone, key tag, limit. Cheap to move.
/// Made by because() from a row of the faults table.
struct Ede {
  EdeCode code = EdeCode::other;
  std::string text;           ///< at most ede_text_octets_max octets of UTF-8 go on the wire
  Fault fault = Fault::none;  ///< its row; none: said by somebody else
};

std::string_view purpose_of(EdeCode code);  ///< the registry's words: "Signature Expired"
/// "7 (Signature Expired): example.org. A: ...", as logs and commands say it.
std::string to_text(const Ede& ede);

struct OptionView {
  std::uint16_t code;
  std::span<const std::uint8_t> octets;
};

/// Walks the options of a proven OPT: call until nullopt; `rest` shrinks.
std::optional<OptionView> next_option(std::span<const std::uint8_t>& rest) noexcept;
std::optional<OptionView> find_option(const OptView& opt, Option code) noexcept;
/// Adds an option behind those of a finished message, the first `size` octets of `out`. Returns the
/// new size: `size` itself when the message is broken, has no OPT as its last record, or `out` no
/// room.
std::size_t append_option(std::span<std::uint8_t> out, std::size_t size, Option code,
                          std::span<const std::uint8_t> octets) noexcept;
/// The EDE in an answer, or nullopt (also when it is malformed).
std::optional<Ede> find_ede(const OptView& opt);

/// What we write into an OPT.
struct OptSpec {
  std::uint16_t payload_octets = 1232;
  std::uint8_t extended_rcode = 0, version = 0;
  bool dnssec_ok = false, compact_ok = false;
  const Ede* ede = nullptr;
  std::span<const std::uint8_t> cookie = {};  ///< option 10 as it is to be sent; empty: none
  std::optional<std::uint16_t> keepalive_100ms = std::nullopt;
  std::span<const std::uint8_t> nsid = {};  ///< option 3; empty: none
};
}  // namespace windlass::dns
