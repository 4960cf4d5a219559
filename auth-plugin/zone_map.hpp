#pragma once
/// ZoneMap: which names are ours. Immutable; the writer publishes a new one, each worker takes it
/// at the start of its next batch.
///
/// Every ending of every zone's name is a Suffix that knows the suffix above it and its own label.
/// A question's name goes down from the root, one step a label, and stops at the first ending that
/// is nobody's. A step looks into two buckets of eight slots, one cache line each, whatever is
/// asked: the names in the table are the operator's, so that the constructor finds a seed and a
/// size with which all fit; those that are looked for are strangers', and cannot lengthen a probe.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "auth-plugin/store/serve_reader.hpp"
namespace windlass::auth {

class ZoneMap {
 public:
  static constexpr std::size_t slots_most = 1u << 20;
  /// Names are unique; facts[i] may stand in any order.
  explicit ZoneMap(std::vector<ZoneFacts> zones);
  /// The closest zone that covers the name in wire form, uncompressed; nullptr: not ours, or not a
  /// name (octets behind it are not looked at). No I/O, no allocation; under 50 ns when no zone
  /// shares the name's last label.
  const ZoneFacts* closest(std::span<const std::uint8_t> name) const noexcept;
  const ZoneFacts* find(const dns::Name& zone) const noexcept;
  /// The closest zone strictly above `zone`'s apex: whose data DS at that apex is (RFC
  /// 4035 3.1.4.1).
  const ZoneFacts* parent_of(const ZoneFacts& zone) const noexcept;
  /// DS at the apex: the parent's data, wherever the parent is (RFC 4035 3.1.4.1). The root has
  /// none.
  static bool is_parents(const ZoneFacts& zone, const dns::Name& name, dns::Type type) noexcept;
  /// Of `zone` and its parent the one that answers; nullptr: the parent's data, and no zone of ours
  /// is above.
  const ZoneFacts* side_of(const ZoneFacts& zone, const dns::Name& name,
                           dns::Type type) const noexcept;
  std::span<const ZoneFacts> zones() const noexcept { return zones_; }

 private:
  /// An ending of a zone's name: the label at `label` of labels_, below the suffix `above`.
  struct Suffix {
    std::uint64_t hash;   ///< of this label and all behind it
    std::uint32_t above;  ///< index in suffixes_; 0 is the root
    std::uint32_t label;  ///< of labels_: length octet and octets, lower case
    std::uint32_t zone;   ///< index + 1; 0: only a part of a zone's name
  };
  struct Slot {
    std::uint32_t tag;     ///< upper half of the hash: most strangers' labels stop here
    std::uint32_t suffix;  ///< 0: free, for the root has no slot
  };
  struct alignas(64) Bucket {
    std::array<Slot, 8> slots;  ///< the free ones are last
  };
  std::uint64_t hash_below(std::uint64_t above, const std::uint8_t* label) const noexcept;
  std::uint32_t child(std::uint32_t above, const std::uint8_t* label) const noexcept;
  std::uint32_t child_in(const Bucket& bucket, std::uint64_t hash, std::uint32_t above,
                         const std::uint8_t* label) const noexcept;
  void add(std::uint32_t zone);
  bool fill(std::size_t buckets);
  Slot* free_slot(std::uint64_t hash) noexcept;
  bool place(std::uint32_t suffix) noexcept;
  void refill();
  std::vector<ZoneFacts> zones_;
  std::vector<Suffix> suffixes_;  ///< a suffix stands behind the one above it; the root is first
  std::vector<std::uint8_t> labels_;
  std::vector<Bucket> table_;  ///< a power of two
  std::uint64_t seed_ = 0;
};
}  // namespace windlass::auth
