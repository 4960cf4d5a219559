#pragma once
/// Evidence: what servers said about one (name, type): data, or its absence, with everything that
/// proves it.
///
///   positive   rrset holds the data and its RRSIGs. `proofs`: for a wildcard expansion the NSEC or
///   NSEC3
///              RRsets that deny the name itself; for a CNAME synthesised from a DNAME that DNAME
///              RRset (the CNAME itself is then unsigned).
///   nodata     the name exists, the type does not.    `proofs`: SOA, NSEC, NSEC3 RRsets with
///   RRSIGs nxdomain   the name does not exist.               `proofs`: likewise
///   yxdomain   a DNAME above the name yields an alias of more than 255 octets (RFC 6672 2.2); of
///              type CNAME, as the alias would be. `proofs`: that DNAME RRset
///
/// The cache stores it, the validator judges it; both know no more about each other. Immutable once
/// shared.
#include <memory>
#include <vector>

#include "dns/rrset.hpp"
namespace windlass::dns {

enum class Finding : std::uint8_t { positive, nodata, nxdomain, yxdomain };
/// Something is said not to exist.
constexpr bool denies(Finding finding) noexcept {
  return finding == Finding::nodata || finding == Finding::nxdomain;
}

struct Evidence {
  Name name;
  Type type = Type::none;
  Finding finding = Finding::positive;
  RRsetPtr rrset;  ///< positive only; of type `type`. An alias is evidence of type CNAME, whatever
                   ///< was asked
  std::vector<RRsetPtr> proofs;
  /// The zone whose servers said so (root for forwarded answers); proofs never come from outside
  /// it.
  Name zone;

  /// An alias stands where `asked` was sought.
  bool alias_for(Type asked) const noexcept {
    return rrset && rrset->type() == Type::cname && asked != Type::cname;
  }
};
}  // namespace windlass::dns
