#pragma once
/// IpAddress, Endpoint and Prefix: where packets come from and go to. Plain values, no sockets.
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
namespace windlass {

struct IpAddress {
  std::array<std::uint8_t, 16> octets{};  ///< IPv4 uses the first four, the rest are zero
  std::uint8_t family = 4;                ///< 4 or 6

  static IpAddress v4(std::span<const std::uint8_t, 4> o);
  static IpAddress v6(std::span<const std::uint8_t, 16> o);
  static std::optional<IpAddress> parse(std::string_view text);
  std::string to_text() const;
  std::size_t size_octets() const noexcept { return family == 4 ? 4 : 16; }
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 53;
  /// "192.0.2.1", "192.0.2.1@5353", "2001:db8::1@53"; without @ the port is `default_port`.
  static std::optional<Endpoint> parse(std::string_view text, std::uint16_t default_port = 53);
  std::string to_text() const;  ///< always with @port
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

struct Prefix {
  IpAddress address;
  std::uint8_t length_bits = 0;
  /// "10.0.0.0/8", "::1/128"; a bare address is a full-length prefix.
  static std::optional<Prefix> parse(std::string_view text);
  bool contains(const IpAddress& a) const noexcept;
  /// Its network: all bits behind the length zero.
  static Prefix of(const IpAddress& address, std::uint8_t length_bits) noexcept;
  std::string to_text() const;
  friend bool operator==(const Prefix&, const Prefix&) = default;
};

/// True when any of the prefixes holds the address. Linear: access lists are short.
bool any_contains(const std::vector<Prefix>& prefixes, const IpAddress& address) noexcept;
}  // namespace windlass
