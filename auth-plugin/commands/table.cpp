#include "auth-plugin/commands/table.hpp"

#include <algorithm>
#include <array>

namespace windlass::auth {
namespace {
constexpr unsigned many = 64;  ///< what the host takes; a TXT of 60 strings is 15 kB

constexpr std::array<CommandRow, 15> rows{{
    {"zone list", "", 0, 0, "table", "the local zones: serial, records, what is wrong with each",
     zone_list},
    {"zone create", "NAME [FILE]", 1, 2, "fields",
     "a new zone, from a zone file or with SOA and NS alone", zone_create},
    {"zone load", "NAME FILE", 2, 2, "fields",
     "replaces all records of a zone by those of a zone file; a faulty file changes nothing",
     zone_load},
    {"zone export", "NAME [FILE]", 1, 2, "lines", "writes a zone as a zone file", zone_export},
    {"zone delete", "NAME --yes", 1, 2, "fields", "deletes a zone and all its records",
     zone_delete},
    {"zone check", "NAME FILE", 2, 2, "table",
     "reads a zone file as `zone load` would, says what is wrong with it, changes nothing",
     zone_check},
    {"zone show", "NAME", 1, 1, "fields", "one zone: serial, counts, generation, state", zone_show},
    {"zone records", "NAME [OWNER [TYPE]]", 1, 3, "table",
     "the records of a zone, of a name in it, of one type there", zone_records},
    {"zone set", "NAME OWNER TYPE TTL RDATA... [--add]", 5, many, "fields",
     "replaces the records of a type at a name by this one; --add keeps the others", zone_set},
    {"zone unset", "NAME OWNER [TYPE [RDATA...]]", 2, many, "fields",
     "removes a record, all of a type at a name, or the whole name", zone_unset},
    {"zone backup", "FOLDER", 1, 1, "fields",
     "copies all zones into a new folder while they are served", zone_backup},
    {"zone restore", "FOLDER --yes", 1, 2, "fields",
     "puts the zones of a backup in place of all zones", zone_restore},
    {"store verify", "", 0, 0, "fields", "walks every page of the store in a process of its own",
     store_verify},
    {"store rebuild", "", 0, 0, "fields", "makes serve.mdb anew from the records in zones.mdb",
     store_rebuild},
    {"store stats", "", 0, 0, "fields", "sizes, transactions and times of the store", store_stats},
}};

Json json_of(const CommandRow& row) {
  return {{"name", row.name}, {"arguments", row.arguments}, {"least", row.least},
          {"most", row.most}, {"shape", row.shape},         {"help", row.help}};
}

std::vector<std::string> words_of(const windlass_command& command) {
  std::vector<std::string> words;
  for (std::uint32_t i = 0; i < command.word_count; ++i)
    words.emplace_back(command.words[i] == nullptr ? "" : command.words[i]);
  return words;
}

Outcome run_row(const CommandRow& row, Instance& instance, const windlass_command& command,
                std::vector<std::string> words) {
  words.erase(words.begin(), words.begin() + 2);
  Call call(instance, command, std::move(words));
  if (call.words().size() < row.least || call.words().size() > row.most)
    return "usage: " + std::string(row.name) + " " + row.arguments;
  if (instance.is_quiet())
    return std::string("this configuration is being replaced; try again, nothing was changed");
  return row.run(call);
}
}  // namespace

const char* commands_json() {
  static const std::string text = [] {
    Json list = Json::array();
    for (const CommandRow& row : rows) list.push_back(json_of(row));
    return list.dump();
  }();
  return text.c_str();
}

Outcome run_command(Instance& instance, const windlass_command& command) {
  auto words = words_of(command);
  const std::string name = words.size() < 2 ? std::string() : words[0] + " " + words[1];
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const CommandRow& r) { return name == r.name; });
  if (row != rows.end()) return run_row(*row, instance, command, std::move(words));
  return "unknown command" + (name.empty() ? std::string() : " `" + name + "`") +
         ": expected zone list, create, load, export, delete, check, show, records, set, unset, "
         "backup, restore; store verify, rebuild, stats";
}
}  // namespace windlass::auth
