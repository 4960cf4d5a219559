#include "validator/key_store.hpp"

#include <algorithm>

namespace windlass::validator {
namespace {
std::string key_of(const dns::Name& zone, std::uint32_t partition) {
  const dns::Name lower = zone.lowercase();
  std::string key;
  key.reserve(4 + lower.size_octets());
  for (unsigned shift = 0; shift < 32; shift += 8)
    key.push_back(static_cast<char>((partition >> shift) & 0xFFu));
  for (const std::uint8_t octet : lower.wire()) key.push_back(static_cast<char>(octet));
  return key;
}
}  // namespace

std::size_t ZoneKeys::memory_octets() const noexcept {
  std::size_t octets = sizeof *this + ede.text.capacity() + keys.capacity() * sizeof(ZoneKey);
  if (dnskeys) octets += dnskeys->memory_octets();
  for (const ZoneKey& key : keys) octets += key.key ? key.key->memory_octets() : 0;
  return octets;
}

ZonePtr KeyStore::Impl::find(const dns::Name& zone, std::uint32_t partition, std::uint64_t epoch,
                             std::int64_t age_ms) {
  const auto found = entries.find(key_of(zone, partition));
  if (found == entries.end()) return nullptr;
  Entry& entry = found->second;
  if (entry.zone->expires_age_ms <= age_ms || entry.zone->epoch != epoch) {
    order.erase(entry.used);
    entries.erase(found);
    return nullptr;
  }
  order.splice(order.begin(), order, entry.used);
  return entry.zone;
}

void KeyStore::Impl::store(std::uint32_t partition, ZonePtr zone) {
  const auto [at, added] = entries.try_emplace(key_of(zone->zone, partition));
  if (added) at->second.used = order.insert(order.begin(), &at->first);
  at->second.zone = std::move(zone);
  while (entries.size() > entries_max) {
    const auto oldest = entries.find(*order.back());
    order.pop_back();
    entries.erase(oldest);
  }
}

KeyStore::KeyStore(std::size_t entries_max)
    : impl_(std::make_unique<Impl>(std::max<std::size_t>(1, entries_max))) {}
KeyStore::~KeyStore() = default;
KeyStore::KeyStore(KeyStore&&) noexcept = default;
KeyStore& KeyStore::operator=(KeyStore&&) noexcept = default;

void KeyStore::clear() {
  impl_->order.clear();
  impl_->entries.clear();
}

std::size_t KeyStore::size() const noexcept {
  return impl_->entries.size();
}

std::size_t KeyStore::memory_octets() const noexcept {
  std::size_t octets = 0;
  for (const auto& [key, entry] : impl_->entries)
    octets += key.capacity() + sizeof(Impl::Entry) + 96 + entry.zone->memory_octets();
  return octets;
}
}  // namespace windlass::validator
