#include "auth-plugin/commands/lookups.hpp"

#include "auth-plugin/amount.hpp"

namespace windlass::auth {
namespace {
const char* kind_text(ZoneKind kind) {
  switch (kind) {
    case ZoneKind::native:
      return "native";
    case ZoneKind::primary:
      return "primary";
    case ZoneKind::secondary:
      break;
  }
  return "secondary";
}

std::string state_text(const ZoneRow& zone) {
  if (zone.trouble.empty()) return zone.serving ? "serving" : "not served yet";
  return (zone.serving ? "serving what can be read: " : "not served: ") + zone.trouble;
}
}  // namespace

Worded<ZoneRow> existing_zone(const Call& call) {
  const auto name = read_zone_name(call.word(0));
  if (!name) return name.error();
  if (auto zone = call.depot().show(*name)) return *std::move(zone);
  const std::size_t count = call.depot().list().size();
  return "there is no zone " + name->to_text() + "; `zone list` shows the " +
         std::to_string(count) + " there " + (count == 1 ? "is" : "are");
}

Json json_of(const ZoneRow& zone) {
  return {{"zone", zone.name.to_text()}, {"kind", kind_text(zone.kind)},
          {"serial", zone.serial},       {"records", zone.records},
          {"names", zone.names},         {"presigned", zone.presigned},
          {"state", state_text(zone)}};
}

Json json_of(const dns::Name& zone, const Written& written) {
  return {{"zone", zone.to_text()},
          {"added", written.added},
          {"removed", written.removed},
          {"serial", written.serial},
          {"generation", written.generation}};
}

void put_warnings(const Call& call, const std::vector<Finding>& warnings,
                  const std::string& source) {
  for (const Finding& warning : warnings)
    if (!call.put({{"warning", text_of(warning, source, false)}})) return;
}

std::string missing_delegation(const Call& call, const dns::Name& zone) {
  const auto map = call.depot().zones();
  const ZoneFacts* const own = map->find(zone);
  const ZoneFacts* const above = own == nullptr ? nullptr : map->parent_of(*own);
  if (above == nullptr || !above->is_signed) return "";
  bool delegated = false;
  const auto note_ns = [&](const RRsetSlice& rrset) {
    delegated = delegated || rrset.type == dns::Type::ns;
    return !delegated;
  };
  for (dns::Name at = zone; at.is_below(above->name) && !delegated; at = at.parent()) {
    const auto done = call.depot().each_rrset_at(above->name, at, note_ns);
    if (!done) return done.error().text;
  }
  if (delegated) return "";
  const std::string parent = above->name.to_text();
  return parent + " is signed and does not delegate " + zone.to_text() +
         ": validators refuse its answers; add NS records for it where " + parent +
         " is signed, and `zone load` the result";
}

std::string refusal_text(const Call& call, const StoreError& error, const ZoneContent& content,
                         const std::string& source) {
  if (error.trouble != Trouble::refused) return error.text;
  const std::string first = call.put_finding_lines(lint(content), source);
  return unchanged(first.empty() ? error.text : first);
}

std::string unchanged(std::string text) {
  constexpr std::string_view end = "; nothing was changed";
  return text.ends_with(end) ? text : std::move(text.append(end));
}

std::string records_text(std::uint64_t count) {
  return grouped(count) + (count == 1 ? " record" : " records");
}
}  // namespace windlass::auth
