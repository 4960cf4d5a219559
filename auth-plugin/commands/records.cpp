#include <algorithm>
#include <set>

#include "auth-plugin/commands/lookups.hpp"
#include "auth-plugin/commands/row_block.hpp"
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

bool put_records(RowBlock& rows, const RRsetSlice& rrset) {
  const std::string owner = dns::Name::from_proven(rrset.owner_wire).to_text();
  const std::string type = dns::to_text(rrset.type);
  return each_rdata(rrset, [&](Octets rdata) {
    return rows.text("owner", owner)
        .number("ttl", record_ttl(rrset, rdata))
        .text("type", type)
        .text("rdata", rdata_to_text(rrset.type, rdata))
        .end_row();
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

/// The rows of an edit that was carried out. `unchanged`: said when it changed nothing.
Outcome put_written(const Call& call, const dns::Name& zone, const Wanted& edited,
                    const Written& written, const std::string& unchanged) {
  Json row = json_of(zone, written);
  row["owner"] = edited.owner->to_text();
  if (edited.type != dns::Type::none) row["type"] = dns::to_text(edited.type);
  if (written.added == 0 && written.removed == 0) row["note"] = unchanged;
  call.put(row);
  put_warnings(call, written.warnings, "");
  return Done{};
}

Outcome edit(const Call& call, const dns::Name& zone, const Wanted& edited,
             const std::vector<Edit>& edits, const std::string& unchanged_note) {
  const auto written = call.depot().edit_zone(zone, edits);
  if (written) return put_written(call, zone, edited, *written, unchanged_note);
  const bool refused = written.error().trouble == Trouble::refused;
  return refused ? unchanged(written.error().text) : written.error().text;
}

using Types = std::set<dns::Type>;

/// The types at a name that an edit can remove: signatures go with what they cover.
Worded<Types> types_at(const Call& call, const dns::Name& zone, const dns::Name& owner) {
  Types types;
  const auto done = call.depot().each_rrset_at(zone, owner, [&](const RRsetSlice& rrset) {
    if (rrset.type != dns::Type::rrsig) types.insert(rrset.type);
    return true;
  });
  if (!done) return done.error().text;
  return types;
}

/// Why there was nothing to remove: a name that is not there is told from a type that is not.
std::string nothing_to_remove(const Types& there, const Wanted& wanted) {
  const std::string owner = wanted.owner->to_text();
  if (there.empty()) return "nothing at " + owner;
  const std::string type = dns::to_text(wanted.type);
  return (there.contains(wanted.type) ? "no such " + type + " record at "
                                      : "no " + type + " records at ") +
         owner;
}
}  // namespace

Outcome zone_records(Call& call) {
  const auto zone = existing_zone(call);
  if (!zone) return zone.error();
  const auto wanted = read_wanted(call, zone->name);
  if (!wanted) return wanted.error();
  RowBlock rows(call);
  RecordsProgress progress(call, "reading", zone->records);
  const auto done = each_wanted(call, zone->name, *wanted, [&](const RRsetSlice& rrset) {
    return put_records(rows, rrset) && progress.count(rrset.count);
  });
  rows.flush();
  if (!done) return done.error().text;
  if (progress.records() == 0) return nothing_there(*wanted, zone->name);
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
  return edit(call, zone->name, *wanted, {one}, "it was so already");
}

Outcome zone_unset(Call& call) {
  const auto zone = existing_zone(call);
  if (!zone) return zone.error();
  const auto wanted = read_wanted(call, zone->name);
  if (!wanted) return wanted.error();
  const auto there = types_at(call, zone->name, *wanted->owner);
  if (!there) return there.error();
  const std::string note = nothing_to_remove(*there, *wanted);
  std::vector<Edit> edits;
  constexpr std::size_t rdata_at = 3;
  if (call.has(rdata_at)) {
    auto rdata =
        read_rdata_words(wanted->type, std::span(call.words()).subspan(rdata_at), zone->name);
    if (!rdata) return rdata.error();
    edits.push_back({*wanted->owner, wanted->type, 0, Edit::Way::remove, {*std::move(rdata)}});
  } else if (wanted->type != dns::Type::none) {
    edits.push_back({*wanted->owner, wanted->type, 0, Edit::Way::replace, {}});
  } else {
    for (const dns::Type type : *there)
      edits.push_back({*wanted->owner, type, 0, Edit::Way::replace, {}});
  }
  if (!edits.empty()) return edit(call, zone->name, *wanted, edits, note);
  Written unchanged;
  unchanged.serial = zone->serial;
  unchanged.generation = zone->generation;
  return put_written(call, zone->name, *wanted, unchanged, note);
}
}  // namespace windlass::auth
