#include "auth-plugin/answer/denial.hpp"

#include <algorithm>

#include "base/try.hpp"
namespace windlass::auth {
namespace {
using dns::Name;
using dns::Section;
using dns::Type;

const dns::Ede no_proof{dns::EdeCode::nsec_missing, "the zone lacks NSEC or NSEC3 records"};
}  // namespace

void Denial::give(const ZoneFacts& zone, const Place& place, Type type) {
  const auto set = place.node.find(type);
  if (!set || set->rdata.empty()) return draft_.explain(no_proof);
  const Octets rdata = set->rdata.front();
  const auto known = [&](const Given& given) {
    return given.zid == zone.zid && std::ranges::equal(given.rdata, rdata);
  };
  if (std::any_of(given_.begin(), given_.begin() + static_cast<std::ptrdiff_t>(given_count_),
                  known))
    return;
  if (given_count_ < given_.size()) given_[given_count_++] = {zone.zid, rdata};
  draft_.add(Section::authority, place.owner, *set);
}

// ---- NSEC

void Denial::nsec_of(const ZoneFacts& zone, const std::optional<Place>& place) {
  if (!place) return draft_.explain(no_proof);
  give(zone, *place, Type::nsec);
}

StoreStatus Denial::nsec_covering(Lookup& lookup, const ZoneFacts& zone, const Name& name) {
  WINDLASS_TRY(place, lookup.nsec_for(name));
  nsec_of(zone, place);
  return Done{};
}

// ---- NSEC3

/// The NSEC3 that matches or covers `name`.
StoreStatus Denial::nsec3(Lookup& lookup, const ZoneFacts& zone, const Name& name) {
  WINDLASS_TRY(found, lookup.nsec3_for(name));
  if (found)
    give(zone, found->place, Type::nsec3);
  else
    draft_.explain(no_proof);
  return Done{};
}

/// The closest provable encloser of `name`, of at most `labels` labels, and what covers the next
/// closer name; the encloser's labels. Under opt-out it may be above the closest encloser: non-
/// terminals that stand for insecure delegations alone have no NSEC3 (RFC 5155 7.1).
StoreResult<std::size_t> Denial::nsec3_encloser(Lookup& lookup, const ZoneFacts& zone,
                                                const Name& name, std::size_t labels) {
  const std::size_t least = zone.name.label_count();
  for (;; --labels) {
    WINDLASS_TRY(found, lookup.nsec3_for(name.suffix(labels)));
    if (found && found->matches) {
      give(zone, found->place, Type::nsec3);
      if (StoreStatus done = nsec3(lookup, zone, name.suffix(labels + 1)); !done)
        return done.error();
      return labels;
    }
    if (labels <= least) break;
  }
  draft_.explain(no_proof);
  return labels;
}

StoreStatus Denial::nsec3_nodata(Lookup& lookup, const ZoneFacts& zone, const Name& name) {
  WINDLASS_TRY(found, lookup.nsec3_for(name));
  if (found && found->matches) {
    give(zone, found->place, Type::nsec3);
    return Done{};
  }
  const std::size_t labels = name.label_count();
  if (labels <= zone.name.label_count()) {
    draft_.explain(no_proof);
    return Done{};
  }
  const auto encloser = nsec3_encloser(lookup, zone, name, labels - 1);
  return encloser ? StoreStatus(Done{}) : encloser.error();
}

// ---- what is denied

StoreStatus Denial::nxdomain(Lookup& lookup, const ZoneFacts& zone, const Name& name,
                             const Found& found) {
  if (!zone.nsec3) {
    nsec_of(zone, found.predecessor);
    const auto wildcard = found.closest_encloser.wildcard();
    return wildcard ? nsec_covering(lookup, zone, *wildcard) : Done{};
  }
  WINDLASS_TRY(labels, nsec3_encloser(lookup, zone, name, found.closest_encloser.label_count()));
  const auto wildcard = name.suffix(labels).wildcard();
  return wildcard ? nsec3(lookup, zone, *wildcard) : Done{};
}

StoreStatus Denial::nodata(Lookup& lookup, const ZoneFacts& zone, const Name& name,
                           const Found& found) {
  if (found.wildcard) {
    const auto wildcard = found.closest_encloser.wildcard();
    if (!wildcard) return Done{};
    if (!zone.nsec3) {
      if (StoreStatus done = nsec_covering(lookup, zone, name); !done) return done;
      if (!found.node) return nsec_covering(lookup, zone, *wildcard);
      nsec_of(zone, found.node);
      return Done{};
    }
    const auto labels = nsec3_encloser(lookup, zone, name, found.closest_encloser.label_count());
    return labels ? nsec3(lookup, zone, *wildcard) : labels.error();
  }
  if (zone.nsec3) return nsec3_nodata(lookup, zone, name);
  nsec_of(zone, found.kind == FoundKind::empty ? found.predecessor : found.node);
  return Done{};
}

StoreStatus Denial::expansion(Lookup& lookup, const ZoneFacts& zone, const Name& name,
                              std::size_t encloser_labels) {
  if (!zone.nsec3) return nsec_covering(lookup, zone, name);
  if (encloser_labels >= name.label_count()) return Done{};
  return nsec3(lookup, zone, name.suffix(encloser_labels + 1));
}

StoreStatus Denial::unsigned_cut(Lookup& lookup, const ZoneFacts& zone, const Place& cut) {
  if (zone.nsec3) return nsec3_nodata(lookup, zone, cut.owner);
  give(zone, cut, Type::nsec);
  return Done{};
}
}  // namespace windlass::auth
