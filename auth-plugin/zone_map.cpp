#include "auth-plugin/zone_map.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <utility>

#include "auth-plugin/store/native.hpp"
namespace windlass::auth {
namespace {
/// Where each label of a name begins, first label first. From octets that nobody proved: count 0
/// and ok false when they are no name.
struct Labels {
  std::array<std::uint8_t, dns::Name::max_labels> at;
  std::size_t count = 0;
  bool ok = false;

  explicit Labels(Octets name) noexcept {
    const std::size_t end = std::min(name.size(), dns::Name::max_octets);
    for (std::size_t i = 0; i < end; i += name[i] + 1u) {
      if (name[i] == 0) {
        ok = true;
        return;
      }
      if (name[i] > dns::Name::max_label_octets || count == at.size()) return;
      at[count++] = static_cast<std::uint8_t>(i);
    }
  }
};

constexpr std::uint64_t each(std::uint64_t octet) {
  return octet * 0x0101010101010101u;
}

/// ASCII lower case of eight octets at once.
constexpr std::uint64_t lower8(std::uint64_t word) noexcept {
  const std::uint64_t low_bits = word & each(0x7F);
  const std::uint64_t from_a = low_bits + each(0x80 - 'A');
  const std::uint64_t above_z = low_bits + each(0x7F - 'Z');
  return word | (~word & (from_a ^ above_z) & each(0x80)) >> 2;
}

/// One to eight octets as a number, by two loads that may overlap: no two labels of one length
/// share it.
std::uint64_t load_some(const std::uint8_t* at, std::size_t octets) noexcept {
  if (octets == 8) return native<std::uint64_t>(at);
  if (octets >= 4)
    return native<std::uint32_t>(at) | std::uint64_t{native<std::uint32_t>(at + octets - 4)} << 32;
  const std::uint64_t first = at[0], middle = at[octets / 2], last = at[octets - 1];
  return first | middle << 8 | last << 16;
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) noexcept {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ std::rotr(hash, 29);
}

bool same_label(const std::uint8_t* lowered, const std::uint8_t* label) noexcept {
  const std::size_t octets = *label + 1u;
  for (std::size_t i = 0; i < octets; ++i)
    if (lowered[i] != dns::lower(label[i])) return false;
  return true;
}

std::size_t other_bucket(std::uint64_t hash) noexcept {
  return static_cast<std::size_t>((hash * 0xD6E8FEB86659FD93u) >> 24);
}
}  // namespace

std::uint64_t ZoneMap::hash_below(std::uint64_t above, const std::uint8_t* label) const noexcept {
  std::uint64_t hash = mixed(above, *label ^ seed_);
  const std::uint8_t* at = label + 1;
  for (std::size_t left = *label; left > 0;) {
    const std::size_t taken = std::min<std::size_t>(left, 8);
    hash = mixed(hash, lower8(load_some(at, taken)));
    at += taken;
    left -= taken;
  }
  return mixed(hash, hash >> 32);
}

std::uint32_t ZoneMap::child_in(const Bucket& bucket, std::uint64_t hash, std::uint32_t above,
                                const std::uint8_t* label) const noexcept {
  for (const Slot& slot : bucket.slots) {
    if (slot.suffix == 0) return 0;
    if (slot.tag != hash >> 32) continue;
    const Suffix& suffix = suffixes_[slot.suffix];
    if (suffix.hash == hash && suffix.above == above &&
        same_label(labels_.data() + suffix.label, label))
      return slot.suffix;
  }
  return 0;
}

/// The suffix `label` . `above`, or 0.
std::uint32_t ZoneMap::child(std::uint32_t above, const std::uint8_t* label) const noexcept {
  const std::uint64_t hash = hash_below(suffixes_[above].hash, label);
  const std::size_t mask = table_.size() - 1;
  const std::uint32_t found = child_in(table_[hash & mask], hash, above, label);
  return found != 0 ? found : child_in(table_[other_bucket(hash) & mask], hash, above, label);
}

const ZoneFacts* ZoneMap::closest(Octets name) const noexcept {
  const Labels labels(name);
  if (!labels.ok) return nullptr;
  std::uint32_t suffix = 0, zone = suffixes_[0].zone;
  for (std::size_t i = labels.count; i-- > 0;) {
    suffix = child(suffix, name.data() + labels.at[i]);
    if (suffix == 0) break;
    if (suffixes_[suffix].zone != 0) zone = suffixes_[suffix].zone;
  }
  return zone == 0 ? nullptr : &zones_[zone - 1];
}

const ZoneFacts* ZoneMap::find(const dns::Name& zone) const noexcept {
  const ZoneFacts* found = closest(zone.wire());
  return found != nullptr && found->name.size_octets() == zone.size_octets() ? found : nullptr;
}

bool ZoneMap::is_parents(const ZoneFacts& zone, const dns::Name& name, dns::Type type) noexcept {
  return type == dns::Type::ds && !name.is_root() && name == zone.name;
}

const ZoneFacts* ZoneMap::side_of(const ZoneFacts& zone, const dns::Name& name,
                                  dns::Type type) const noexcept {
  return is_parents(zone, name, type) ? parent_of(zone) : &zone;
}

const ZoneFacts* ZoneMap::parent_of(const ZoneFacts& zone) const noexcept {
  return zone.name.is_root() ? nullptr : closest(zone.name.parent().wire());
}

// ---- building

ZoneMap::ZoneMap(std::vector<ZoneFacts> zones) : zones_(std::move(zones)) {
  suffixes_.push_back({0, 0, 0, 0});
  std::size_t labels = 0;  // endings that names share are counted twice: the table is larger then
  for (const ZoneFacts& zone : zones_) labels += zone.name.label_count();
  table_.assign(std::bit_ceil(labels / 4 + 1), Bucket{});
  for (std::uint32_t i = 0; i < zones_.size(); ++i) add(i);
}

/// A free slot of the emptier of the hash's two buckets; null when both are full.
ZoneMap::Slot* ZoneMap::free_slot(std::uint64_t hash) noexcept {
  const std::size_t mask = table_.size() - 1;
  Slot* best = nullptr;
  std::size_t best_at = 0;
  for (const std::size_t at : {static_cast<std::size_t>(hash), other_bucket(hash)}) {
    auto& slots = table_[at & mask].slots;
    const auto free =
        std::find_if(slots.begin(), slots.end(), [](const Slot& slot) { return slot.suffix == 0; });
    const auto taken = static_cast<std::size_t>(free - slots.begin());
    if (free == slots.end() || (best != nullptr && taken >= best_at)) continue;
    best = &*free;
    best_at = taken;
  }
  return best;
}

bool ZoneMap::place(std::uint32_t suffix) noexcept {
  Slot* slot = free_slot(suffixes_[suffix].hash);
  if (slot == nullptr) return false;
  *slot = {static_cast<std::uint32_t>(suffixes_[suffix].hash >> 32), suffix};
  return true;
}

/// Places all suffixes anew in a table of this size, under the seed that stands. False: one did not
/// find room.
bool ZoneMap::fill(std::size_t buckets) {
  table_.assign(buckets, Bucket{});
  for (std::uint32_t i = 1; i < suffixes_.size(); ++i) {
    Suffix& suffix = suffixes_[i];
    suffix.hash = hash_below(suffixes_[suffix.above].hash, labels_.data() + suffix.label);
    if (!place(i)) return false;
  }
  return true;
}

/// Another seed, and every second time twice the room, until all fit: two choices of eight slots at
/// half load all but never need the first.
void ZoneMap::refill() {
  std::size_t buckets = table_.size();
  do {
    seed_ = mixed(seed_, 0x5EED);
    if ((seed_ & 1u) != 0) buckets *= 2;
  } while (!fill(buckets));
}

void ZoneMap::add(std::uint32_t zone) {
  const Octets wire = zones_[zone].name.wire();
  const Labels labels(wire);
  std::uint32_t above = 0;
  for (std::size_t i = labels.count; i-- > 0;) {
    const std::uint8_t* label = wire.data() + labels.at[i];
    std::uint32_t suffix = child(above, label);
    if (suffix == 0) {
      suffix = static_cast<std::uint32_t>(suffixes_.size());
      suffixes_.push_back({hash_below(suffixes_[above].hash, label), above,
                           static_cast<std::uint32_t>(labels_.size()), 0});
      std::transform(label, label + *label + 1, std::back_inserter(labels_), dns::lower);
      if (!place(suffix)) refill();
    }
    above = suffix;
  }
  suffixes_[above].zone = zone + 1;
}
}  // namespace windlass::auth
