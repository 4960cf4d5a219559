#pragma once
/// ZoneKeys: what is known about one zone after its DS and DNSKEY were judged.
#include <cstdint>
#include <memory>
#include <vector>

#include "crypto/verify.hpp"
#include "dns/edns.hpp"
#include "dns/name.hpp"
#include "dns/rdata.hpp"
#include "dns/rrset.hpp"
namespace windlass::validator {

enum class ZoneStatus : std::uint8_t { secure, insecure, bogus };

/// One DNSKEY that may verify signatures: zone key flag, protocol 3, not revoked, algorithm
/// supported.
struct ZoneKey {
  enum class Parsed : std::uint8_t { not_yet, good, malformed, too_large };
  dns::Octets rdata;  ///< borrowed from ZoneKeys::dnskeys
  std::uint16_t tag = 0;
  std::uint8_t algorithm = 0;
  Parsed parsed = Parsed::not_yet;
  std::shared_ptr<crypto::PublicKey> key;  ///< parsed when a signature first asks for it
};

struct ZoneKeys {
  dns::Name zone;
  ZoneStatus status = ZoneStatus::secure;
  dns::Ede ede;  ///< bogus: why; insecure: may say why
  dns::RRsetPtr dnskeys;
  std::vector<ZoneKey> keys;
  std::int64_t expires_age_ms = 0;
  std::uint64_t epoch = 0;  ///< trust epoch it was judged under
  std::size_t memory_octets() const noexcept;
};
/// Shared by the KeyStore and running Validations of one worker; keys are parsed in place.
using ZonePtr = std::shared_ptr<ZoneKeys>;
}  // namespace windlass::validator
