#include "server/command_line.hpp"

#include <CLI/CLI.hpp>

namespace windlass::server {

CommandLine parse_command_line(int argc, char** argv) {
  CommandLine line;
  line.plugin_dir = WINDLASS_PLUGIN_DIR;
  CLI::App app{
      "Windlass: a recursive, DNSSEC-validating resolver.\n"
      "Without options it listens on loopback port 5300 and asks the root servers.",
      "windlass"};
  app.set_version_flag(
      "--version", std::string("windlass ") + WINDLASS_VERSION + " (" + WINDLASS_REVISION + ")");
  app.add_option("--config", line.config,
                 "Configuration file (windlass.yaml); built-in defaults without it")
      ->type_name("FILE");
  app.add_flag("--check-config", line.check_config,
               "Read the configuration and every file it names, ask its plugins, then exit");
  app.add_option("--plugin-dir", line.plugin_dir, "Where plugins named without a slash are found")
      ->type_name("DIR");
  app.add_option("--print-reference", line.print_reference, "Print a reference document and exit")
      ->type_name("TABLE")
      ->check(CLI::IsMember(
          {"settings", "commands", "metrics", "limits", "responses", "failures", "special_names"}));
  app.footer(
      "Control a running one with windlassctl. Exit codes: 0 done, 1 failed, 2 usage or "
      "configuration error.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    line.ends = true;
    line.code = app.exit(error) == 0 ? 0 : 2;
  }
  return line;
}
}  // namespace windlass::server
