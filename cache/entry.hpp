#pragma once
/// Entry: one piece of Evidence as the cache holds it: how far it is trusted, what the validator
/// said, and when it ends. Immutable and shared; a new verdict is a new Entry around the same
/// Evidence.
#include <cstdint>
#include <memory>
#include <optional>

#include "base/address.hpp"
#include "dns/edns.hpp"
#include "dns/evidence.hpp"
#include "dns/security.hpp"
namespace windlass::cache {

/// Partition 0 is public data; each distinct view, forward or stub realm has its own.
using Partition = std::uint32_t;

/// Trust by origin, least first (RFC 2181 5.4.1). An unexpired entry is replaced only by equal or
/// higher rank.
enum class Rank : std::uint8_t {
  additional,     ///< glue, additional data
  referral,       ///< authority section of a referral: the parent's word
  answer,         ///< answer section without AA
  authority,      ///< authority section with AA (SOA of denials)
  authoritative,  ///< answer section with AA, denials by the zone's own servers
};

using dns::name_of;
using dns::Security;

struct Entry {
  dns::Evidence evidence;
  Rank rank = Rank::additional;
  Security security = Security::unchecked;
  std::uint64_t epoch = 0;          ///< trust epoch the verdict was given under
  std::optional<dns::Ede> ede;      ///< why it is bogus, or insecure against expectation
  std::optional<Endpoint> from;     ///< the server that said it; nullopt: it was made here
  bool deduced = false;             ///< made from what was proven of other names (RFC 8198)
  std::int64_t stored_age_ms = 0;   ///< Clock age when it was stored
  std::int64_t expires_age_ms = 0;  ///< Clock age when it ends

  /// Not 0: a copy for clients of data whose time is over (RFC 8767), made for want of fresh data,
  /// with the reason in `ede`. Until then nobody tries again.
  std::int64_t held_until_age_ms = 0;
  std::uint32_t stale_ttl_s = 0;  ///< what clients get of such a copy as TTL

  bool renewing = false;  ///< a copy of an entry that is being fetched anew before its end

  bool stale() const noexcept { return held_until_age_ms != 0; }
  bool fresh(std::int64_t age_ms) const noexcept { return age_ms < expires_age_ms; }
  /// Seconds left, rounded down, never negative.
  std::uint32_t ttl_left(std::int64_t age_ms) const noexcept {
    return age_ms >= expires_age_ms ? 0
                                    : static_cast<std::uint32_t>((expires_age_ms - age_ms) / 1000);
  }
};
using EntryPtr = std::shared_ptr<const Entry>;
}  // namespace windlass::cache
