#pragma once
/// What `windlass` was started with.
#include <string>
namespace windlass::server {

struct CommandLine {
  std::string config;  ///< empty: the built-in default
  std::string plugin_dir;
  std::string
      print_reference;  ///< settings, commands, metrics, limits, responses, failures, special_names
  bool check_config = false;
  bool ends = false;  ///< help, version or a usage error was printed: exit with `code`
  int code = 0;
};
CommandLine parse_command_line(int argc, char** argv);
}  // namespace windlass::server
