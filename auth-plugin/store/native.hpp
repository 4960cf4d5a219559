#pragma once
/// An integer in the byte order of this machine: rows of serve.mdb never leave it.
#include <cstdint>
#include <cstring>
namespace windlass::auth {

template <class Integer>
Integer native(const std::uint8_t* at) noexcept {
  Integer value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}
}  // namespace windlass::auth
