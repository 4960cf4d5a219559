#pragma once
/// AnchorZone: the keys of one trust anchor's zone as RFC 5011 follows them: what the DNSKEY RRset
/// of the zone, signed by the keys trusted until now, says about the keys to come.
///
///                seen, by a trusted RRset        hold-down over, seen again
///   (unknown) ---------------------------> addpend -------------------------> valid <--seen--+
///       ^                                     |                               | |            |
///       +--------------- not seen ------------+                               | +-not seen->
///       missing
///                                                                             |            |
///                  removed <--hold-down over, not seen-- revoked <--REVOKE, signed by itself-+
///
/// `valid` and `missing` keys are trusted. Without an RRset that a trusted key has signed nothing
/// moves, but for revocations, which count when the revoked key itself has signed (2.1): neither a
/// forged nor a partial nor an old reply takes a key away. Two steps go beyond the RFC's table: a
/// key revoked while pending is `revoked` (and so never comes back), and times of a clock that has
/// since been set back begin anew.
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "base/rng.hpp"
#include "dns/edns.hpp"
#include "dns/rrset.hpp"
#include "validator/trust_anchors.hpp"
#include "validator/validation.hpp"
namespace windlass::validator {

enum class KeyState : std::uint8_t { addpend, valid, missing, revoked, removed };
std::string_view name_of(KeyState state);
/// nullopt: the word is no state.
std::optional<KeyState> parse_key_state(std::string_view word);

struct FollowedKey {
  AnchorKey key;  ///< a DS until the key it means was seen; else a DNSKEY, its REVOKE bit cleared
  KeyState state = KeyState::valid;
  std::int64_t since_wall_s = 0;  ///< in this state
  std::int64_t seen_wall_s = 0;   ///< revoked: when the zone last had it
  std::uint32_t ttl_s = 0;        ///< addpend: original TTL of the RRset that brought it
  bool trusted() const noexcept { return state == KeyState::valid || state == KeyState::missing; }
  friend bool operator==(const FollowedKey&, const FollowedKey&) = default;
};

struct AnchorZone {
  dns::Name zone;
  std::vector<FollowedKey> keys;
  std::int64_t checked_wall_s = 0;  ///< last RRset that a trusted key had signed; 0: none yet
  std::int64_t next_wall_s = 0;     ///< the next question, as planned; 0: not planned
  bool trusted() const noexcept;    ///< some key is
  Anchor anchor() const;            ///< its trusted keys
  friend bool operator==(const AnchorZone&, const AnchorZone&) = default;
};

/// One reply to the question for the DNSKEY RRset.
struct SeenKey {
  std::vector<std::uint8_t> rdata;
  bool signs = false;   ///< a signature of this key over the RRset holds now
  bool usable = false;  ///< may become an anchor: known algorithm, readable, SEP, zone key
};
struct Sighting {
  std::vector<SeenKey> keys;
  std::uint32_t original_ttl_s = 0;  ///< greatest of the signatures that hold
  std::uint32_t ttl_most_s = 0;      ///< least of their original TTLs and times to expiration
  dns::Ede trouble;                  ///< why no signature of a trusted key holds, if none does
};

/// Tries the signatures of those keys that `zone` follows, one key at a time, each within
/// rrsigs_per_rrset and signature_failures_per_fetch. Precondition: a DNSKEY RRset of that zone.
Sighting look(const dns::RRset& dnskeys, const AnchorZone& zone, const ValidatorOptions& options,
              const Limits& limits, Metrics& metrics, const Now& now);

/// One key's step; nullopt: it was, or now is, unknown.
struct KeyChange {
  dns::Name zone;
  AnchorKey key;
  std::optional<KeyState> from, to;
};

struct Observed {
  bool vouched = false;  ///< a trusted key has signed the RRset
  std::vector<KeyChange> changes;
  std::size_t left_out = 0;  ///< new keys beyond anchor_keys
};
/// Moves the keys as the sighting demands. A DS becomes the DNSKEY it means.
Observed observe(AnchorZone& zone, const Sighting& seen, std::int64_t wall_s, const Limits& limits);

/// Seconds until the next question (RFC 5011 2.3): after a vouched RRset, after a failure. Both no
/// less than anchor_refresh_min. `ttl_most_s`: of the last sighting; 0: none yet.
std::int64_t refresh_interval_s(std::uint32_t ttl_most_s, const Limits& limits);
std::int64_t retry_interval_s(std::uint32_t ttl_most_s, const Limits& limits);
/// Up to a tenth less, but no less than anchor_refresh_min: resolvers must not ask in step.
std::int64_t jittered_s(std::int64_t interval_s, const Limits& limits, Rng& rng);
}  // namespace windlass::validator
