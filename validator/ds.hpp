#pragma once
/// From what a parent or an operator says about a zone's keys to the keys themselves (RFC 4035 5.2,
/// RFC 4509).
#include <optional>
#include <vector>

#include "dns/rdata.hpp"
#include "validator/checker.hpp"
#include "validator/trust_anchors.hpp"
#include "validator/zone_keys.hpp"
namespace windlass::validator {

/// The DS records, or anchor keys, that count. Borrows their rdata.
struct Vouchers {
  std::vector<dns::DsView> ds;
  std::vector<dns::Octets> dnskeys;  ///< whole DNSKEY rdata of anchors
  dns::Ede unsupported;              ///< when nothing counts: why the zone is insecure
  bool anchored = false;             ///< the operator's, not a parent's
  bool empty() const noexcept { return ds.empty() && dnskeys.empty(); }
};

/// Supported ones, SHA-1 left out beside SHA-2; of a parent's at most ds_records.
Vouchers vouchers_of(const dns::RRset& ds, Checker& checker);
Vouchers vouchers_of(const Anchor& anchor, Checker& checker);
/// "DS 12345 (ECDSAP256SHA256, SHA-256), ..."
std::string describe(const Vouchers& vouchers);

/// The DNSKEYs that a voucher matches, as a zone that may sign the DNSKEY RRset; when there is
/// none, keys is empty and ede says why.
ZonePtr vouched_keys(const dns::Name& zone, const dns::RRsetPtr& dnskeys, const Vouchers& vouchers,
                     const Checker& checker, const Limits& limits);
/// All keys of the RRset that may sign data of the zone.
ZonePtr usable_keys(const dns::Name& zone, const dns::RRsetPtr& dnskeys, const Checker& checker);
}  // namespace windlass::validator
