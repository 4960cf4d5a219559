#pragma once
/// The inside of KeyStore: entries by (partition, zone), the least recently used goes first.
/// An ordered map, so that chosen zone names cannot make it slow.
#include <list>
#include <map>
#include <string>

#include "validator/validation.hpp"
#include "validator/zone_keys.hpp"
namespace windlass::validator {

struct KeyStore::Impl {
  explicit Impl(std::size_t most) : entries_max(most) {}
  /// The entry at exactly `zone`, when it is fresh and was judged under `epoch`; or nullptr.
  ZonePtr find(const dns::Name& zone, std::uint32_t partition, std::uint64_t epoch,
               std::int64_t age_ms);
  void store(std::uint32_t partition, ZonePtr zone);

  struct Entry {
    ZonePtr zone;
    std::list<const std::string*>::iterator used;
  };
  std::size_t entries_max;
  std::map<std::string, Entry> entries;  ///< key: partition (4 octets), lowercase wire name
  std::list<const std::string*> order;   ///< keys, the last used in front
};
}  // namespace windlass::validator
