#include "base/address.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace windlass {
namespace {
template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}
}  // namespace

IpAddress IpAddress::v4(std::span<const std::uint8_t, 4> o) {
  IpAddress a;
  std::copy(o.begin(), o.end(), a.octets.begin());
  return a;
}

IpAddress IpAddress::v6(std::span<const std::uint8_t, 16> o) {
  IpAddress a;
  a.family = 6;
  std::copy(o.begin(), o.end(), a.octets.begin());
  return a;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  IpAddress a;
  if (inet_pton(AF_INET, terminated.c_str(), a.octets.data()) == 1) return a;
  a.family = 6;
  if (inet_pton(AF_INET6, terminated.c_str(), a.octets.data()) == 1) return a;
  return std::nullopt;
}

std::string IpAddress::to_text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(family == 4 ? AF_INET : AF_INET6, octets.data(), buffer.data(), buffer.size());
  return buffer.data();
}

std::optional<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) {
  const auto at = text.find('@');
  const auto address = IpAddress::parse(text.substr(0, at));
  if (!address) return std::nullopt;
  if (at == std::string_view::npos) return Endpoint{*address, default_port};
  const auto port = number<std::uint16_t>(text.substr(at + 1));
  if (!port || *port == 0) return std::nullopt;
  return Endpoint{*address, *port};
}

std::string Endpoint::to_text() const {
  return address.to_text() + "@" + std::to_string(port);
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto full = static_cast<std::uint8_t>(address->size_octets() * 8);
  if (slash == std::string_view::npos) return Prefix{*address, full};
  const auto bits = number<std::uint8_t>(text.substr(slash + 1));
  if (!bits || *bits > full) return std::nullopt;
  return Prefix{*address, *bits};
}

bool Prefix::contains(const IpAddress& a) const noexcept {
  if (a.family != address.family) return false;
  const std::size_t whole = length_bits / 8u;
  if (!std::equal(a.octets.begin(), a.octets.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.octets.begin()))
    return false;
  const unsigned rest = length_bits % 8u;
  if (rest == 0) return true;
  const unsigned mask = (0xFFu << (8 - rest)) & 0xFFu;
  return ((a.octets[whole] ^ address.octets[whole]) & mask) == 0;
}

Prefix Prefix::of(const IpAddress& address, std::uint8_t length_bits) noexcept {
  Prefix out{address, length_bits};
  std::size_t at = length_bits / 8u;
  if (length_bits % 8u != 0)
    out.address.octets[at++] &= static_cast<std::uint8_t>(0xFF00u >> (length_bits % 8u));
  std::fill(out.address.octets.begin() + static_cast<std::ptrdiff_t>(at), out.address.octets.end(),
            std::uint8_t{0});
  return out;
}

std::string Prefix::to_text() const {
  return address.to_text() + "/" + std::to_string(length_bits);
}

bool any_contains(const std::vector<Prefix>& prefixes, const IpAddress& address) noexcept {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const Prefix& p) { return p.contains(address); });
}
}  // namespace windlass
