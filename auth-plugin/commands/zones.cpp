#include "auth-plugin/commands/lookups.hpp"
#include "auth-plugin/commands/table.hpp"

namespace windlass::auth {

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
  const std::string file = call.has(1) ? below(call.options().state_dir, call.word(1)) : "";
  const auto content = file.empty() ? empty_zone(*name)
                                    : zone_from_file(*name, file, call.options().default_ttl,
                                                     call.host(), call.progress_line());
  if (!content) return content.error().to_text() + "; no zone was created";
  call.progress("writing " + records_text(content->record_count()));
  const auto written = call.depot().create_zone(*name, ZoneKind::native, &*content);
  if (!written) return refusal_text(call, written.error(), *content, file);
  Json row = json_of(*name, *written);
  row["records"] = content->record_count();
  call.put(row);
  put_warnings(call, written->warnings, file);
  return Done{};
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
