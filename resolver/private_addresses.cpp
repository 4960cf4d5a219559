#include "resolver/private_addresses.hpp"

#include <algorithm>
#include <array>

#include "dns/rdata.hpp"
#include "resolver/dns64.hpp"

namespace windlass::resolver {
namespace {
/// The first `bits` of an address; IPv4 in its first four octets.
struct Block {
  std::uint8_t family;
  std::array<std::uint8_t, 12> octets;
  std::uint8_t bits;
  std::uint8_t embedded_at = 0;  ///< not 0: private where the IPv4 address at this octet is
};

// clang-format off
constexpr auto private_blocks = std::to_array<Block>({
  {4, {0}, 8},                     // RFC 1122 3.2.1.3: this host; reaches it on many systems
  {4, {10}, 8},                    // RFC 1918
  {4, {100, 64}, 10},              // RFC 6598: shared with the provider
  {4, {127}, 8},                   // RFC 1122 3.2.1.3
  {4, {169, 254}, 16},             // RFC 3927
  {4, {172, 16}, 12},              // RFC 1918
  {4, {192, 168}, 16},             // RFC 1918
  {6, {0}, 96},                    // ::, ::1, IPv4-compatible addresses
  {6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96},  // IPv4-mapped: an IPv4 address in disguise
  {6, {0xfc}, 7},                  // RFC 4193
  {6, {0xfe, 0x80}, 10},           // RFC 4291 2.5.6
  {6, {0, 0x64, 0xff, 0x9b}, 96, 12},                   // RFC 6052 2.1
  {6, {0, 0x64, 0xff, 0x9b, 0, 1}, 48},                 // RFC 8215: translated within one network
  {6, {0x20, 0x02}, 16, 2},        // RFC 3056
});
// clang-format on

bool starts_with(const IpAddress& address, const Block& block) noexcept {
  if (address.family != block.family) return false;
  for (unsigned bit = 0; bit < block.bits; bit += 8) {
    const unsigned used = std::min(8u, block.bits - bit);
    const unsigned differing = address.octets[bit / 8] ^ block.octets[bit / 8];
    if ((differing >> (8 - used)) != 0) return false;
  }
  return true;
}

IpAddress address_at(std::span<const std::uint8_t> octets) noexcept {
  IpAddress address;
  address.family = octets.size() == 4 ? 4 : 6;
  std::copy(octets.begin(), octets.end(), address.octets.begin());
  return address;
}

/// The first private address among several of `size` octets each.
std::optional<IpAddress> first_private(std::span<const std::uint8_t> hints, std::size_t size,
                                       const std::optional<Prefix>& translation) noexcept {
  for (; hints.size() >= size; hints = hints.subspan(size)) {
    const IpAddress address = address_at(hints.first(size));
    if (is_private(address, translation)) return address;
  }
  return std::nullopt;
}

/// RFC 9460 2.2: priority 2 | target name | (key 2 | length 2 | value)...
std::optional<IpAddress> private_hint(std::span<const std::uint8_t> rdata,
                                      const std::optional<Prefix>& translation) noexcept {
  constexpr std::uint16_t ipv4_hint = 4, ipv6_hint = 6;
  std::size_t at = 2;
  while (at < rdata.size() && rdata[at] != 0) at += rdata[at] + 1u;
  for (++at; at + 4 <= rdata.size();) {
    const std::uint16_t key = dns::word16(rdata, at);
    const std::size_t length = dns::word16(rdata, at + 2);
    at += 4;
    if (at + length > rdata.size()) return std::nullopt;
    const auto value = rdata.subspan(at, length);
    const auto found = key == ipv4_hint   ? first_private(value, 4, translation)
                       : key == ipv6_hint ? first_private(value, 16, translation)
                                          : std::nullopt;
    if (found) return found;
    at += length;
  }
  return std::nullopt;
}
}  // namespace

bool is_private(const IpAddress& address, const std::optional<Prefix>& translation) noexcept {
  if (const auto behind = translation ? translated_back(*translation, address) : std::nullopt;
      behind && is_private(*behind))
    return true;
  return std::any_of(private_blocks.begin(), private_blocks.end(), [&](const Block& block) {
    if (!starts_with(address, block)) return false;
    return block.embedded_at == 0 ||
           is_private(address_at(std::span(address.octets).subspan(block.embedded_at, 4)));
  });
}

std::optional<IpAddress> private_address_in(dns::Type type, std::span<const std::uint8_t> rdata,
                                            const std::optional<Prefix>& translation) noexcept {
  if (type == dns::Type::a) return first_private(rdata, 4, translation);
  if (type == dns::Type::aaaa) return first_private(rdata, 16, translation);
  const bool service = type == dns::Type::svcb || type == dns::Type::https;
  return service ? private_hint(rdata, translation) : std::nullopt;
}

WithoutPrivate without_private(const dns::RRset& rrset, const std::optional<Prefix>& translation) {
  WithoutPrivate result;
  for (const auto rdata : rrset.rdata()) {
    result.found = private_address_in(rrset.type(), rdata, translation);
    if (result.found) break;
  }
  if (!result.found) return result;
  dns::RRsetBuilder rest(rrset.owner(), rrset.type(), rrset.klass());
  for (const auto rdata : rrset.rdata())
    if (!private_address_in(rrset.type(), rdata, translation)) (void)rest.add(rdata, rrset.ttl());
  if (!rest.empty()) result.rest = rest.build();
  return result;
}
}  // namespace windlass::resolver
