// The anchor file and the state of RFC 5011: which of them rules.
#include <algorithm>

#include "crypto/verify.hpp"
#include "dns/rdata.hpp"
#include "validator/anchor_match.hpp"
#include "validator/anchor_state.hpp"

namespace windlass::validator {
namespace {
constexpr std::uint8_t sha1_digest = 1;

bool is_gone(const FollowedKey& key) {
  return key.state == KeyState::revoked || key.state == KeyState::removed;
}

const AnchorZone* zone_in(const std::optional<AnchorState>& state, const dns::Name& zone) {
  if (!state) return nullptr;
  const auto at = std::ranges::find(state->zones, zone, &AnchorZone::zone);
  return at == state->zones.end() ? nullptr : &*at;
}

const FollowedKey* key_in(const AnchorZone* zone, const AnchorKey& key) {
  if (zone == nullptr) return nullptr;
  const auto at = std::ranges::find_if(
      zone->keys, [&](const FollowedKey& known) { return same_key(zone->zone, known.key, key); });
  return at == zone->keys.end() ? nullptr : &*at;
}

std::uint8_t digest_type(const AnchorKey& key) {
  const auto ds = dns::DsView::parse(key.rdata);
  return key.is_ds && ds ? ds->digest_type : 0;
}

/// RFC 4509 3: SHA-1 does not count beside SHA-2; as keys they would later.
std::vector<AnchorKey> counting(std::vector<AnchorKey> keys) {
  const bool better = std::ranges::any_of(keys, [](const AnchorKey& key) {
    const auto type = digest_type(key);
    return type != 0 && type != sha1_digest && crypto::digest_supported(type);
  });
  if (better)
    std::erase_if(keys, [](const AnchorKey& key) { return digest_type(key) == sha1_digest; });
  return keys;
}

class Adoption {
 public:
  Adoption(const std::optional<AnchorState>& before, std::int64_t wall_s, bool force)
      : before_(before), wall_s_(wall_s), force_(force) {}

  Adopted run(const std::vector<Anchor>& file) {
    result_.state.source = hash_of(file);
    if (before_ && before_->source == result_.state.source && !force_) {
      result_.state = *before_;
      return std::move(result_);
    }
    for (const Anchor& anchor : file) take(anchor);
    if (before_)
      for (const AnchorZone& zone : before_->zones) leave(zone);
    if (!result_.lost.empty()) result_.state = *before_;
    return std::move(result_);
  }

 private:
  void take(const Anchor& anchor) {
    const AnchorZone* known = zone_in(before_, anchor.zone);
    AnchorZone& zone = result_.state.zones.emplace_back();
    zone.zone = anchor.zone;
    if (known) zone.checked_wall_s = known->checked_wall_s;
    for (const AnchorKey& key : counting(anchor.keys)) take(zone, key, key_in(known, key));
    if (!zone.trusted() && known && known->trusted()) result_.lost.push_back(zone.zone);
  }

  void take(AnchorZone& zone, const AnchorKey& key, const FollowedKey* known) {
    FollowedKey taken{known ? known->key : key, KeyState::valid, wall_s_};
    if (known && known->state == KeyState::valid) taken.since_wall_s = known->since_wall_s;
    if (known && is_gone(*known) && !force_) taken = *known;
    if (key_in(&zone, taken.key)) return;
    if (is_gone(taken)) result_.refused.push_back({zone.zone, taken.key, taken.state, taken.state});
    zone.keys.push_back(std::move(taken));
  }

  /// What the file does not have: revoked keys are remembered, others are dropped.
  void leave(const AnchorZone& known) {
    for (const FollowedKey& key : known.keys) {
      AnchorZone* zone = result_.state.find(known.zone);
      if (key_in(zone, key.key)) continue;
      if (!is_gone(key)) {
        result_.dropped.push_back({known.zone, key.key, key.state, std::nullopt});
        continue;
      }
      if (!zone) {
        zone = &result_.state.zones.emplace_back();
        zone->zone = known.zone;
      }
      zone->keys.push_back(key);
    }
  }

  const std::optional<AnchorState>& before_;
  std::int64_t wall_s_;
  bool force_;
  Adopted result_;
};

std::vector<std::uint8_t> image_of(const Anchor& anchor, const AnchorKey& key) {
  const auto octet = [](std::size_t value) { return static_cast<std::uint8_t>(value); };
  const auto zone = anchor.zone.lowercase();
  const auto wire = zone.wire();
  std::vector<std::uint8_t> image(wire.begin(), wire.end());
  image.push_back(key.is_ds ? 1 : 0);
  image.push_back(octet(key.rdata.size() >> 8));
  image.push_back(octet(key.rdata.size()));
  image.insert(image.end(), key.rdata.begin(), key.rdata.end());
  return image;
}
}  // namespace

AnchorHash hash_of(const std::vector<Anchor>& anchors) {
  constexpr std::uint8_t sha256 = 2;
  std::vector<std::vector<std::uint8_t>> images;
  for (const Anchor& anchor : anchors)
    for (const AnchorKey& key : anchor.keys) images.push_back(image_of(anchor, key));
  std::ranges::sort(images);
  std::vector<std::uint8_t> all;
  for (const auto& image : images) all.insert(all.end(), image.begin(), image.end());
  AnchorHash hash{};
  if (const auto digest = crypto::digest(sha256, all); digest && digest->size == hash.size())
    std::copy_n(digest->octets.begin(), hash.size(), hash.begin());
  return hash;
}

std::vector<Anchor> AnchorState::anchors() const {
  std::vector<Anchor> all;
  for (const AnchorZone& zone : zones)
    if (zone.trusted()) all.push_back(zone.anchor());
  return all;
}

AnchorZone* AnchorState::find(const dns::Name& zone) {
  const auto at = std::ranges::find(zones, zone, &AnchorZone::zone);
  return at == zones.end() ? nullptr : &*at;
}

Adopted adopt(const std::optional<AnchorState>& before, const std::vector<Anchor>& file,
              std::int64_t wall_s, bool force) {
  return Adoption(before, wall_s, force).run(file);
}
}  // namespace windlass::validator
