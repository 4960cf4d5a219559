#pragma once
/// Octets and the big-endian integers in them (RFC 1035 2.3.2). The caller has proven the length.
#include <cstddef>
#include <cstdint>
#include <span>
namespace windlass::dns {

using Octets = std::span<const std::uint8_t>;
inline constexpr std::size_t header_octets = 12;  ///< RFC 1035 4.1.1
inline constexpr std::size_t max_message_octets = 65'535;

inline std::uint16_t word16(Octets octets, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

inline std::uint32_t word32(Octets octets, std::size_t at) noexcept {
  return static_cast<std::uint32_t>(word16(octets, at)) << 16 | word16(octets, at + 2);
}
}  // namespace windlass::dns
