// windlass: reads the command line and the configuration, then hands over to the Daemon.
#include <csignal>
#include <cstdio>

#include "conf/settings.hpp"
#include "conf/table.hpp"
#include "control/failures.hpp"
#include "control/reference.hpp"
#include "server/command_line.hpp"
#include "server/daemon.hpp"

namespace {
using namespace windlass;

constexpr int failed = 1, wrong_configuration = 2;

int complain(const std::string& text, int code) {
  std::fprintf(stderr, "windlass: %s\n", text.c_str());
  return code;
}

std::string reference(const std::string& table) {
  if (table == "settings") return conf::settings_reference();
  if (table == "commands") return control::commands_reference();
  if (table == "metrics") return control::metrics_reference();
  if (table == "limits") return control::limits_reference();
  if (table == "failures") return control::failures_reference();
  if (table == "special_names") return control::special_names_reference();
  return control::responses_reference();
}

/// The configuration with every file it names proven readable.
conf::Loaded<conf::Settings> load(const std::string& file) {
  auto settings =
      file.empty() ? conf::Loaded<conf::Settings>(conf::defaults()) : conf::load_file(file);
  if (!settings) return settings;
  if (const auto hints = conf::load_root_hints(settings->root_hints); !hints) return hints.error();
  if (const auto anchors = conf::load_anchors(settings->trust_anchors); !anchors)
    return anchors.error();
  return settings;
}
}  // namespace

int main(int argc, char** argv) {
  const server::CommandLine line = server::parse_command_line(argc, argv);
  if (line.ends) return line.code;
  if (!line.print_reference.empty())
    return std::fputs(reference(line.print_reference).c_str(), stdout) < 0 ? failed : 0;
  auto settings = load(line.config);
  if (!settings) return complain(settings.error().to_text(), wrong_configuration);
  if (line.check_config) {
    const server::PluginPlaces places{line.plugin_dir, settings->state_dir};
    const auto plugins = server::PluginSet::check(settings->plugins, places);
    if (!plugins) return complain(plugins.error().text, wrong_configuration);
    std::printf("%s: good\n", line.config.empty() ? "built-in configuration" : line.config.c_str());
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);
  server::Daemon daemon(*std::move(settings), line.plugin_dir);
  if (const auto started = daemon.start(); !started) return complain(started.error(), failed);
  daemon.run();
  return 0;
}
