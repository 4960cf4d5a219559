#pragma once
/// ZoneMap: which names are ours. Immutable; the writer publishes a new one, each worker takes it
/// at the start of its next batch.
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
  /// The closest zone that covers the name in wire form, uncompressed; nullptr: not ours. No I/O,
  /// no allocation; under 50 ns when no zone shares the name's last label.
  const ZoneFacts* closest(std::span<const std::uint8_t> name) const noexcept;
  const ZoneFacts* find(const dns::Name& zone) const noexcept;
  /// The closest zone strictly above `zone`'s apex: whose data DS at that apex is (RFC
  /// 4035 3.1.4.1).
  const ZoneFacts* parent_of(const ZoneFacts& zone) const noexcept;
  std::span<const ZoneFacts> zones() const noexcept { return zones_; }

 private:
  std::vector<ZoneFacts> zones_;
  std::vector<std::uint32_t> table_;  ///< open addressing: 0 free, else index + 1 of a suffix
  struct Suffix {
    std::uint64_t hash;
    std::uint32_t zone;  ///< index + 1; 0: only a part of a zone's name
  };
  std::vector<Suffix> suffixes_;
};
}  // namespace windlass::auth
