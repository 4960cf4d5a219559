#pragma once
/// Octets of the tables of write/: comparing and joining, native and big endian. Never allocates
/// but into the vector it is given.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "auth-plugin/store/key.hpp"
namespace windlass::auth::bytes {

inline Octets of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline int order(Octets a, Octets b) noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  const int first = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (first != 0) return first;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

inline void append(std::vector<std::uint8_t>& out, Octets octets) {
  out.insert(out.end(), octets.begin(), octets.end());
}

template <class T>
void append_big(std::vector<std::uint8_t>& out, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;)
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
}

template <class T>
void append_native(std::vector<std::uint8_t>& out, const T& value) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(&value);
  out.insert(out.end(), at, at + sizeof value);
}

/// Takes a value off the front; false, and nothing taken: the octets end before it does.
template <class T>
bool take_native(Octets& from, T& value) noexcept {
  if (from.size() < sizeof value) return false;
  std::memcpy(&value, from.data(), sizeof value);
  from = from.subspan(sizeof value);
  return true;
}
template <class T>
bool take_big(Octets& from, T& value) noexcept {
  if (from.size() < sizeof value) return false;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) sum = sum << 8 | from[i];
  value = static_cast<T>(sum);
  from = from.subspan(sizeof value);
  return true;
}
inline bool take(Octets& from, std::size_t octets, Octets& out) noexcept {
  if (from.size() < octets) return false;
  out = from.first(octets);
  from = from.subspan(octets);
  return true;
}

/// Calls `each` with every rdata of (length 2 native | rdata) x count.
template <class Each>
void each_rdata(Octets rdatas, Each each) {
  std::uint16_t octets = 0;
  Octets rdata;
  while (take_native(rdatas, octets) && take(rdatas, octets, rdata)) each(rdata);
}
}  // namespace windlass::auth::bytes
