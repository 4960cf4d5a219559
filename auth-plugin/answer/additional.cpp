#include "auth-plugin/answer/additional.hpp"

#include <algorithm>

#include "base/try.hpp"
namespace windlass::auth {
namespace {
using dns::Name;
using dns::Section;
using dns::Type;

constexpr unsigned service_depth_most = 8;

/// Where the target stands in the rdata of a type; npos: no type of ours.
constexpr std::size_t no_target = static_cast<std::size_t>(-1);
std::size_t target_at(Type type) noexcept {
  switch (type) {
    case Type::ns:
      return 0;
    case Type::mx:
    case Type::svcb:
    case Type::https:
      return 2;
    case Type::srv:
      return 6;
    default:
      return no_target;
  }
}

std::optional<Name> target_of(Octets rdata, std::size_t at) noexcept {
  if (rdata.size() <= at) return std::nullopt;
  const auto name = Name::from_wire(rdata.subspan(at));
  return name ? std::optional<Name>(*name) : std::nullopt;
}

bool same_name(Octets a, Octets b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](std::uint8_t x, std::uint8_t y) { return dns::lower(x) == dns::lower(y); });
}
}  // namespace

/// Whether `target` was looked up before or is one too many; it is noted. Borrows it.
bool Additional::seen(Octets target) {
  const auto end = seen_.begin() + static_cast<std::ptrdiff_t>(seen_count_);
  const auto same = [&](Octets known) { return same_name(known, target); };
  if (seen_count_ == seen_.size() || std::any_of(seen_.begin(), end, same)) return true;
  seen_[seen_count_++] = target;
  return false;
}

/// False: one of them did not fit.
bool Additional::add_addresses(const Place& place) {
  bool all = true;
  for (const Type type : {Type::a, Type::aaaa})
    if (const auto set = place.node.find(type))
      all = draft_.add(Section::additional, place.owner, *set) && all;
  return all;
}

StoreStatus Additional::addresses(const Name& target, bool glue_too) {
  if (!target.is_at_or_below(zone_.name)) return Done{};
  WINDLASS_TRY(place, lookup_.exact(target));
  const auto hidden = [](const NodeView& node) {
    return node.is(node_cut) || node.is(node_occluded);
  };
  if (place && (glue_too || !hidden(place->node))) add_addresses(*place);
  return Done{};
}

StoreStatus Additional::targets_of(const NodeSet& set, const Name& owner) {
  const std::size_t at = target_at(set.type);
  if (at == no_target || draft_.truncated()) return Done{};
  if (set.type == Type::svcb || set.type == Type::https) {
    answered_ = &owner;
    return service_targets(set, owner, service_depth_most);
  }
  for (const Octets rdata : set.rdata) {
    const auto target = target_of(rdata, at);
    if (!target || seen(rdata.subspan(at))) continue;
    if (StoreStatus done = addresses(*target, set.type == Type::ns); !done) return done;
  }
  return Done{};
}

StoreStatus Additional::service_targets(const NodeSet& set, const Name& owner, unsigned depth) {
  for (const Octets rdata : set.rdata)
    if (StoreStatus done = service_target(rdata, set.type, owner, depth); !done) return done;
  return Done{};
}

/// In ServiceMode (priority not 0) the target "." is the owner; in AliasMode it is nobody.
StoreStatus Additional::service_target(Octets rdata, Type type, const Name& owner, unsigned depth) {
  auto target = target_of(rdata, 2);
  if (!target) return Done{};
  const bool alias = rdata[0] == 0 && rdata[1] == 0;
  Octets wire = rdata.subspan(2, target->size_octets());
  if (target->is_root() && !alias) {
    if (depth < service_depth_most) return Done{};  // its addresses came with the SVCB
    target = owner;
    wire = owner.wire();
  }
  if (!target->is_at_or_below(zone_.name) || (alias && *target == owner) || seen(wire))
    return Done{};
  WINDLASS_TRY(place, lookup_.exact(*target));
  if (!place || place->node.is(node_cut) || place->node.is(node_occluded)) return Done{};
  const auto own = *target == *answered_ ? std::nullopt : place->node.find(type);
  if (own && alias) draft_.add(Section::additional, place->owner, *own);
  add_addresses(*place);
  if (own && !alias) draft_.add(Section::additional, place->owner, *own);
  return own && alias && depth > 0 ? service_targets(*own, place->owner, depth - 1)
                                   : StoreStatus(Done{});
}

/// One half of the glue: names at or below the cut, or the others of the zone.
StoreStatus Additional::glue_of(const NodeSet& ns, const Name& cut, bool below) {
  for (const Octets rdata : ns.rdata) {
    const auto target = target_of(rdata, 0);
    if (!target || !target->is_at_or_below(zone_.name) || target->is_at_or_below(cut) != below)
      continue;
    WINDLASS_TRY(place, lookup_.exact(*target));
    if (place && !add_addresses(*place) && below) draft_.truncate();
    if (draft_.truncated()) break;
  }
  return Done{};
}

StoreStatus Additional::glue(const NodeSet& ns, const Name& cut) {
  if (StoreStatus done = glue_of(ns, cut, true); !done || draft_.truncated()) return done;
  return glue_of(ns, cut, false);
}
}  // namespace windlass::auth
