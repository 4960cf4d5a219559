#pragma once
/// Octets and the big-endian integers in them (RFC 1035 2.3.2). The caller has proven the length.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>
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

/// The low 16 bits, into two octets or at the end.
inline void put_word(std::uint8_t* at, std::size_t value) noexcept {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

inline void append_word(std::vector<std::uint8_t>& out, std::size_t value) {
  out.resize(out.size() + 2);
  put_word(&out[out.size() - 2], value);
}
}  // namespace windlass::dns
