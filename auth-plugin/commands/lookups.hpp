#pragma once
/// What most commands begin with: the zone that the first word names.
#include "auth-plugin/commands/call.hpp"
#include "auth-plugin/commands/words.hpp"
namespace windlass::auth {

/// The zone, there; or why not.
Worded<ZoneRow> existing_zone(const Call& call);
/// A zone as rows show it.
Json json_of(const ZoneRow& zone);
/// What a write did, as rows show it: zone, added, removed, serial, generation.
Json json_of(const dns::Name& zone, const Written& written);
/// Rows `warning` behind the row of a write.
void put_warnings(const Call& call, const std::vector<Finding>& warnings,
                  const std::string& source);
/// The text with "; nothing was changed" at its end, once.
std::string unchanged(std::string text);
/// What is wrong when a signed local zone above `zone` has no NS on the way to it, or when that
/// cannot be read; empty: nothing.
std::string missing_delegation(const Call& call, const dns::Name& zone);
/// Why content was not taken. A refusal puts a row for each finding, the text is the first error's.
std::string refusal_text(const Call& call, const StoreError& error, const ZoneContent& content,
                         const std::string& source);
/// "1 record", "12 records"
std::string records_text(std::uint64_t count);
}  // namespace windlass::auth
