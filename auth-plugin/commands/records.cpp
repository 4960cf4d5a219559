#include <algorithm>
#include <set>

#include "auth-plugin/commands/lookups.hpp"
#include "auth-plugin/commands/table.hpp"
#include "auth-plugin/zone/zone_file.hpp"
#include "dns/rrset.hpp"

namespace windlass::auth {
namespace {
/// Calls `each` with every rdata of the slice; false: it said stop.
template <class Each>
bool each_rdata(const RRsetSlice& rrset, const Each& each) {
  const dns::RdataRange range(rrset.rdatas.data(), rrset.rdatas.data() + rrset.rdatas.size(),
                              rrset.count);
  for (const Octets rdata : range)
    if (!each(rdata)) return false;
  return true;
}

bool put_records(const Call& call, const RRsetSlice& rrset) {
  const std::string owner = dns::Name::from_proven(rrset.owner_wire).to_text();
  return each_rdata(rrset, [&](Octets rdata) {
    return call.put({{"owner", owner},
                     {"ttl", record_ttl(rrset, rdata)},
                     {"type", dns::to_text(rrset.type)},
                     {"rdata", rdata_to_text(rrset.type, rdata)}});
  });
}

/// What `zone records` and `zone unset` were asked for.
struct Wanted {
  std::optional<dns::Name> owner;
  dns::Type type = dns::Type::none;  ///< none: any
};

/// Calls `each` with every RRset that is wanted.
StoreStatus each_wanted(const Call& call, const dns::Name& zone, const Wanted& wanted,
                        const EachRRset& each) {
  const auto of_type = [&](const RRsetSlice& rrset) {
    return (wanted.type != dns::Type::none && wanted.type != rrset.type) || each(rrset);
  };
  return wanted.owner ? call.depot().each_rrset_at(zone, *wanted.owner, of_type)
                      : call.depot().each_rrset(zone, of_type);
}

Worded<Wanted> read_wanted(const Call& call, const dns::Name& zone) {
  Wanted wanted;
  if (!call.has(1)) return wanted;
  const auto owner = read_owner(call.word(1), zone);
  if (!owner) return owner.error();
  wanted.owner = *owner;
  if (!call.has(2)) return wanted;
  const auto type = read_type(call.word(2));
  if (!type) return type.error();
  wanted.type = *type;
  return wanted;
}

std::string nothing_there(const Wanted& wanted, const dns::Name& zone) {
  return "zone " + zone.to_text() + " has no " +
         (wanted.type == dns::Type::none ? std::string("records")
                                         : dns::to_text(wanted.type) + " records") +
         (wanted.owner ? " at " + wanted.owner->to_text() : std::string());
}

/// The rows of an edit that was carried out.
Outcome put_written(const Call& call, const dns::Name& zone, const Wanted& edited,
                    const Written& written) {
  Json row = json_of(zone, written);
  row["owner"] = edited.owner->to_text();
  if (edited.type != dns::Type::none) row["type"] = dns::to_text(edited.type);
  if (written.added == 0 && written.removed == 0) row["note"] = "it was so already";
  call.put(row);
  put_warnings(call, written.warnings, "");
  return Done{};
}

Outcome edit(const Call& call, const dns::Name& zone, const Wanted& edited,
             const std::vector<Edit>& edits) {
  const auto written = call.depot().edit_zone(zone, edits);
  if (written) return put_written(call, zone, edited, *written);
  const bool refused = written.error().trouble == Trouble::refused;
  return refused ? unchanged(written.error().text) : written.error().text;
}

/// The types at a name that an edit can remove: signatures go with what they cover.
std::set<dns::Type> types_at(const Call& call, const ZoneRow& zone, const Wanted& wanted,
                             std::string& fault) {
  std::set<dns::Type> types;
  const auto done = each_wanted(call, zone.name, wanted, [&](const RRsetSlice& rrset) {
    if (rrset.type != dns::Type::rrsig) types.insert(rrset.type);
    return true;
  });
  if (!done) fault = done.error().text;
  return types;
}
}  // namespace

Outcome zone_records(Call& call) {
  const auto zone = existing_zone(call);
  if (!zone) return zone.error();
  const auto wanted = read_wanted(call, zone->name);
  if (!wanted) return wanted.error();
  bool any = false;
  const auto done = each_wanted(call, zone->name, *wanted, [&](const RRsetSlice& rrset) {
    any = true;
    return put_records(call, rrset);
  });
  if (!done) return done.error().text;
  if (!any) return nothing_there(*wanted, zone->name);
  return Done{};
}

Outcome zone_set(Call& call) {
  const bool add = call.take_flag("--add");
  constexpr std::size_t rdata_at = 4;
  if (!call.has(rdata_at))
    return std::string("usage: zone set NAME OWNER TYPE TTL RDATA... [--add]");
  const auto zone = existing_zone(call);
  if (!zone) return zone.error();
  const auto wanted = read_wanted(call, zone->name);
  if (!wanted) return wanted.error();
  const auto ttl = read_ttl_word(call.word(3));
  if (!ttl) return ttl.error();
  auto rdata =
      read_rdata_words(wanted->type, std::span(call.words()).subspan(rdata_at), zone->name);
  if (!rdata) return rdata.error();
  Edit one{*wanted->owner, wanted->type, *ttl, add ? Edit::Way::add : Edit::Way::replace, {}};
  one.rdatas.push_back(*std::move(rdata));
  return edit(call, zone->name, *wanted, {one});
}

Outcome zone_unset(Call& call) {
  const auto zone = existing_zone(call);
  if (!zone) return zone.error();
  const auto wanted = read_wanted(call, zone->name);
  if (!wanted) return wanted.error();
  std::vector<Edit> edits;
  constexpr std::size_t rdata_at = 3;
  if (call.has(rdata_at)) {
    auto rdata =
        read_rdata_words(wanted->type, std::span(call.words()).subspan(rdata_at), zone->name);
    if (!rdata) return rdata.error();
    edits.push_back({*wanted->owner, wanted->type, 0, Edit::Way::remove, {*std::move(rdata)}});
  } else {
    std::string fault;
    for (const dns::Type type : types_at(call, *zone, *wanted, fault))
      edits.push_back({*wanted->owner, type, 0, Edit::Way::replace, {}});
    if (!fault.empty()) return fault;
  }
  if (!edits.empty()) return edit(call, zone->name, *wanted, edits);
  Written unchanged;
  unchanged.serial = zone->serial;
  unchanged.generation = zone->generation;
  return put_written(call, zone->name, *wanted, unchanged);
}
}  // namespace windlass::auth
