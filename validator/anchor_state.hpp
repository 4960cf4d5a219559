#pragma once
/// AnchorState: what automatic updates (RFC 5011) know of all trust anchors' zones, and the text in
/// which it outlives the process.
///
///   windlass-anchors 1
///   source 3f0c...                                    SHA-256 of the anchors it grew from, in hex
///   zone . checked 2026-11-23T10:00:00Z next 2026-11-24T09:12:45Z          or: checked never
///   key valid since 2026-11-01T00:00:00Z DS 20326 8 2 E06D...
///   key addpend since 2026-11-23T10:00:00Z ttl 172800 DNSKEY 257 3 8 AwEAAa...
///   key revoked since 2026-11-20T10:00:00Z seen 2026-11-23T10:00:00Z DNSKEY 257 3 8 AwEAAa...
///   end 3
///
/// Keys belong to the zone above them; `end` counts them, so that a text cut short is none. Lines
/// that begin with `;` and empty lines mean nothing. Times are wall time. Pure: files are written
/// elsewhere.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "validator/anchor_zone.hpp"
namespace windlass::validator {

/// Of the anchors themselves, in any order: comments of their file, or DS beside DS, may change.
using AnchorHash = std::array<std::uint8_t, 32>;
AnchorHash hash_of(const std::vector<Anchor>& anchors);

struct AnchorState {
  AnchorHash source{};
  std::vector<AnchorZone> zones;

  std::string to_text() const;
  /// What to_text() wrote, and no more: each error has its line (from 1) and what was expected.
  /// Never throws, whatever the text.
  static Result<AnchorState, AnchorError> parse(std::string_view text);

  /// The trusted keys; zones without any are left out (RFC 5011 5: as if never configured).
  std::vector<Anchor> anchors() const;
  AnchorZone* find(const dns::Name& zone);
  friend bool operator==(const AnchorState&, const AnchorState&) = default;
};

/// What came of an anchor file and the state together.
struct Adopted {
  AnchorState state;
  std::vector<KeyChange>
      dropped;  ///< keys that had been trusted or pending, and are not in the file
  std::vector<KeyChange> refused;  ///< keys of the file that stay revoked
  /// Zones of which the file has nothing but revoked keys, while others are trusted: taking the
  /// file over would end trust there, so that all is left as it was.
  std::vector<dns::Name> lost;
};
/// The same anchors as those the state grew from: the state rules. Others: the file's keys become
/// valid, keys learnt and not in it are dropped, what is revoked stays revoked. `force`: the file
/// alone rules.
Adopted adopt(const std::optional<AnchorState>& before, const std::vector<Anchor>& file,
              std::int64_t wall_s, bool force);
}  // namespace windlass::validator
