#pragma once
/// The commands of the plugin: one row each. The descriptor's `commands` and control() come from
/// it; a new command is one row and one function.
#include "auth-plugin/commands/call.hpp"
namespace windlass::auth {

struct CommandRow {
  const char* name;       ///< "zone load"
  const char* arguments;  ///< "NAME FILE": FILE and FOLDER are absolute when they come here
  unsigned least, most;   ///< words behind the name, flags among them
  const char* shape;      ///< "fields", "table" or "lines"
  const char* help;
  Outcome (*run)(Call& call);
};

/// JSON array of the rows, for windlass_plugin.commands.
const char* commands_json();
/// Finds, checks the number of words, runs. The error: one line for windlass_fault.
Outcome run_command(Instance& instance, const windlass_command& command);

// zones.cpp: what zones there are
Outcome zone_list(Call& call);
Outcome zone_create(Call& call);
Outcome zone_delete(Call& call);
Outcome zone_show(Call& call);
// files.cpp: zone files in and out
Outcome zone_load(Call& call);
Outcome zone_export(Call& call);
Outcome zone_check(Call& call);
// records.cpp: what is in a zone
Outcome zone_records(Call& call);
Outcome zone_set(Call& call);
Outcome zone_unset(Call& call);
// store.cpp: the store as a whole
Outcome zone_backup(Call& call);
Outcome zone_restore(Call& call);
Outcome store_verify(Call& call);
Outcome store_rebuild(Call& call);
Outcome store_stats(Call& call);
}  // namespace windlass::auth
