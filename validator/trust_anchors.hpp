#pragma once
/// TrustAnchors: where chains of trust begin, and where they are not followed (RFC 7646).
///
/// An immutable snapshot with an epoch. A reload builds a new one and swaps a pointer; every change
/// of an anchor or NTA raises the epoch of the names at or below it (epoch_of), so that old
/// verdicts are judged again.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dns/name.hpp"
namespace windlass::validator {

struct AnchorError {
  std::size_t line = 0;
  std::string what;
};

struct AnchorKey {
  bool is_ds = false;  ///< rdata is that of a DS, else of a DNSKEY
  std::vector<std::uint8_t> rdata;
  std::uint16_t key_tag = 0;
  std::uint8_t algorithm = 0;
  friend bool operator==(const AnchorKey&, const AnchorKey&) = default;
};

/// From the rdata of a DS or DNSKEY; the error says what is wrong with it: a digest of the wrong
/// length, a revoked key, one that is none, or one of a known algorithm that cannot be read.
Result<AnchorKey, std::string> anchor_key(bool is_ds, std::vector<std::uint8_t> rdata);

struct Anchor {
  dns::Name zone;
  std::vector<AnchorKey> keys;
  friend bool operator==(const Anchor&, const Anchor&) = default;
};

struct NegativeAnchor {
  dns::Name name;
  std::string reason;
  std::int64_t until_wall_s = 0;  ///< 0: as long as it is configured
  bool configured = false;        ///< from the configuration; else added by command
  bool in_force(std::int64_t wall_s) const noexcept {
    return until_wall_s == 0 || wall_s < until_wall_s;
  }
};

class TrustAnchors {
 public:
  using Ptr = std::shared_ptr<const TrustAnchors>;

  /// DS and DNSKEY records in zone file form, any zones; an empty text means no anchors at all.
  static Result<std::vector<Anchor>, AnchorError> parse(std::string_view text);

  /// The first snapshot; epoch 1.
  static Ptr make(std::vector<Anchor> anchors, std::vector<NegativeAnchor> negative);
  /// The next snapshot: epoch raised for every name whose anchor or NTA differs. Same epoch when
  /// nothing differs.
  Ptr with_anchors(std::vector<Anchor> anchors) const;
  Ptr with_negative(std::vector<NegativeAnchor> negative) const;

  /// The anchor closest above or at `name`; nullptr when none.
  const Anchor* closest(const dns::Name& name) const noexcept;
  /// The next one on the way from `anchor` to the root; nullptr when there is none.
  const Anchor* above(const Anchor& anchor) const noexcept;
  /// The NTA in force at `wall_s` that covers `name` (at or above it, and not above a closer
  /// positive anchor); or nullptr.
  const NegativeAnchor* negative_for(const dns::Name& name, std::int64_t wall_s) const noexcept;
  /// The epoch a verdict about `name` must have been given under to count. Asked with every answer
  /// from the cache: of many changes the older ones are told apart no more, and count for all names
  /// that they share.
  std::uint64_t epoch_of(const dns::Name& name) const noexcept;
  std::uint64_t epoch() const noexcept { return epoch_; }
  const std::vector<Anchor>& anchors() const noexcept { return anchors_; }
  const std::vector<NegativeAnchor>& negative() const noexcept { return negative_; }
  /// Names whose anchors or NTAs differ between two snapshots: what a cache must forget failures
  /// below.
  static std::vector<dns::Name> changed(const TrustAnchors& before, const TrustAnchors& after);

 private:
  TrustAnchors() = default;
  struct Change {
    dns::Name name;
    std::uint64_t epoch;
  };
  static Ptr succeed(const TrustAnchors& before, TrustAnchors next);
  void join_oldest();
  std::vector<Anchor> anchors_;
  std::vector<NegativeAnchor> negative_;
  std::vector<Change> changes_;  ///< latest epoch per changed name
  std::uint64_t epoch_ = 1;
};
}  // namespace windlass::validator
