#pragma once
/// When two descriptions mean the same key: a DS and a DNSKEY, a DNSKEY before and after it was
/// revoked. The REVOKE bit changes a key's tag and digest (RFC 5011 2.1) and never counts here.
#include <cstdint>
#include <vector>

#include "dns/octets.hpp"
#include "validator/trust_anchors.hpp"
namespace windlass::validator {

/// The same key with its REVOKE bit cleared. Precondition: rdata of a DNSKEY.
std::vector<std::uint8_t> without_revoke(dns::Octets dnskey);
/// Equal but for the REVOKE bit.
bool same_dnskey(dns::Octets a, dns::Octets b) noexcept;
/// The rdata of a DNSKEY, revoked or not, is the key that `anchor` means. A DS of a digest that is
/// not known means no key.
bool means(const dns::Name& zone, const AnchorKey& anchor, dns::Octets dnskey);
/// Both mean one key, as far as this can be told: two DS of different digests are two keys.
bool same_key(const dns::Name& zone, const AnchorKey& a, const AnchorKey& b);
}  // namespace windlass::validator
