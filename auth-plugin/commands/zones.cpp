#include "auth-plugin/commands/lookups.hpp"
#include "auth-plugin/commands/table.hpp"

namespace windlass::auth {

namespace {
/// The new zone's row, and whoever must be warned.
Outcome put_created(const Call& call, const dns::Name& name, const Written& written,
                    const std::string& file, const std::string& note) {
  Json row = json_of(name, written);
  row["records"] = written.added;
  if (!note.empty()) row["note"] = note;
  call.put(row);
  put_warnings(call, written.warnings, file);
  const auto undelegated = missing_delegation(call, name);
  if (!undelegated.empty()) call.put({{"warning", undelegated}});
  return Done{};
}

Outcome create_from(const Call& call, const dns::Name& name, const std::string& file) {
  const auto content =
      zone_from_file(name, file, call.options().default_ttl, call.host(), call.progress_line());
  if (!content) return content.error().to_text() + "; no zone was created";
  call.progress("writing " + records_text(content->record_count()));
  const auto written = call.depot().create_zone(name, ZoneKind::native, &*content);
  if (!written) return refusal_text(call, written.error(), *content, file);
  return put_created(call, name, *written, file, "");
}

Outcome create_bare(const Call& call, const dns::Name& name) {
  const auto written = call.depot().create_zone(name, ZoneKind::native, nullptr);
  if (!written) return written.error().text;
  const bool new_name = written->serial == 1;
  return put_created(call, name, *written, "",
                     new_name ? "" : "the serial goes on from what this name published before");
}
}  // namespace

Outcome zone_list(Call& call) {
  for (const ZoneRow& zone : call.depot().list())
    if (!call.put(json_of(zone))) break;
  return Done{};
}

Outcome zone_create(Call& call) {
  const auto name = read_zone_name(call.word(0));
  if (!name) return name.error();
  if (const auto there = call.depot().show(*name))
    return "zone " + name->to_text() + " exists already, with " + records_text(there->records) +
           "; `zone load` replaces them; nothing was changed";
  return call.has(1) ? create_from(call, *name, below(call.options().state_dir, call.word(1)))
                     : create_bare(call, *name);
}

Outcome zone_delete(Call& call) {
  const bool sure = call.take_flag("--yes");
  if (!call.has(0)) return std::string("usage: zone delete NAME --yes");
  const auto zone = existing_zone(call);
  if (!zone) return zone.error();
  if (!sure)
    return "this would delete zone " + zone->name.to_text() + " with " +
           records_text(zone->records) + "; add --yes if that is meant; nothing was changed";
  const auto deleted = call.depot().delete_zone(zone->name);
  if (!deleted) return deleted.error().text;
  call.put({{"zone", zone->name.to_text()}, {"deleted", true}, {"removed", zone->records}});
  return Done{};
}

Outcome zone_show(Call& call) {
  const auto zone = existing_zone(call);
  if (!zone) return zone.error();
  Json row = json_of(*zone);
  row["generation"] = zone->generation;
  call.put(row);
  return Done{};
}
}  // namespace windlass::auth
