#pragma once
/// What the writer does for its callers, each into a Commit. A job checks all it can before its
/// first write, so that a refusal spoils nothing for the jobs beside it.
#include "auth-plugin/write/commit.hpp"
namespace windlass::auth {

/// Called from inside long jobs with a line for people; false: stop.
using Tick = std::function<bool(const std::string& line)>;

/// Depot::edit_zone, all or none.
StoreResult<Written> run_edit(Commit& commit, const dns::Name& zone,
                              const std::vector<Edit>& edits);
/// `content` nullptr: SOA and NS, with a serial that was never published.
StoreResult<Written> run_create(Commit& commit, const dns::Name& zone, ZoneKind kind,
                                const ZoneContent* content, const Tick& tick);
/// Alone in its commit.
StoreResult<Written> run_load(Commit& commit, const dns::Name& zone, const ZoneContent& content,
                              const Tick& tick);
StoreResult<Written> run_delete(Commit& commit, const dns::Name& zone);
/// All zones of a backup, alone in its commit: those that are not in it go, the others are made
/// equal to it; serials of zones we sign ourselves go forward.
StoreResult<Written> run_restore(Commit& commit, const TruthTables& backup, const Tick& tick);

/// SOA and NS alone, nearly as RFC 6303 section 3 has them for empty zones: `SOA @ nobody.invalid.
/// SERIAL 3600 1200 604800 300`, and `NS localhost.`, which wants no address in the zone.
ZoneContent first_content(const dns::Name& zone, std::uint32_t serial);
/// All findings of a content, or a refusal that names the first error.
StoreResult<std::vector<Finding>> lint_or_refuse(const ZoneContent& content);
}  // namespace windlass::auth
