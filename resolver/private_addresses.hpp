#pragma once
/// Private addresses in answers (DNS rebinding): a public name that gives the address of a machine
/// inside makes a browser there a tool of whoever owns the name.
///
/// What counts is the data, wherever a client may take an address from: A, AAAA, and the hints of
/// SVCB and HTTPS (RFC 9460 7.3).
#include <optional>

#include "base/address.hpp"
#include "dns/rrset.hpp"
namespace windlass::resolver {

/// Of this host, this link or this network, also where it stands in an IPv6 address that is
/// translated to it (RFC 4291 2.5.5, RFC 6052, RFC 3056).
bool is_private(const IpAddress& address,
                const std::optional<Prefix>& translation = std::nullopt) noexcept;
/// The first private address that a record holds; nullopt: none. A record of a known type that
/// cannot be read has none: clients cannot read it either.
std::optional<IpAddress> private_address_in(
    dns::Type type, std::span<const std::uint8_t> rdata,
    const std::optional<Prefix>& translation = std::nullopt) noexcept;

struct WithoutPrivate {
  std::optional<IpAddress> found;  ///< the first that was taken out; nullopt: there was none
  dns::RRsetPtr rest;  ///< without these records, and without signatures; nullptr: nothing is left
};
/// `translation`: the prefix of a NAT64 that clients use, whose addresses lead to IPv4 ones.
WithoutPrivate without_private(const dns::RRset& rrset,
                               const std::optional<Prefix>& translation = std::nullopt);
}  // namespace windlass::resolver
