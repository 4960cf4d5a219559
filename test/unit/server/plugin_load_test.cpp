// Which files become plugins, and what is said of the others.
#include <catch2/catch.hpp>

#include "test/unit/server/plugin_folder.hpp"

namespace {
using Catch::Matchers::Contains;
using namespace windlass;
using test::load_error;
using test::plugin_settings;
using test::PluginFolder;

TEST_CASE("A plugin is found by its path, and by its bare name in the plugin directory",
          "[server][plugin]") {
  const PluginFolder folder;
  const std::string path = folder.plugin();
  CHECK(load_error({plugin_settings(path)}) == "loaded");
  CHECK(load_error({plugin_settings("scripted_plugin.so")}, folder / "") == "loaded");
}

TEST_CASE("A bare name is looked up nowhere else", "[server][plugin][negative]") {
  const PluginFolder folder;
  folder.plugin();
  CHECK_THAT(load_error({plugin_settings("scripted_plugin.so")}),
             Contains("/nonexistent/scripted_plugin.so: No such file"));
}

TEST_CASE("A plugin of a younger minor version is loaded", "[server][plugin]") {
  const PluginFolder folder;
  CHECK(load_error({plugin_settings(folder.plugin("_younger"))}) == "loaded");
}

TEST_CASE("A module that does not shake hands is refused: which, and why",
          "[server][plugin][negative]") {
  struct Row {
    const char *flaw, *cause;
  };
  const auto row =
      GENERATE(Row{"_abi2", "it speaks plugin ABI 2.0, this windlass speaks 1.0"},
               Row{"_symbol", "it exports no windlass_plugin_v1"},
               Row{"_refuses", "it refuses plugin ABI 1.0"}, Row{"_short", "its descriptor has"},
               Row{"_lacks", "its descriptor lacks"},
               Row{"_commands", "row 1 of its table of commands has no `shape`"});
  const PluginFolder folder;
  const std::string path = folder.plugin(row.flaw), error = load_error({plugin_settings(path)});
  CHECK_THAT(error, Contains("plugin play: " + path + ": ") && Contains(row.cause));
  CHECK(error.find('\n') == error.npos);
}

TEST_CASE("What is no module is refused", "[server][plugin][negative]") {
  const PluginFolder folder;
  const std::string path = folder / "nonsense";
  std::ofstream(path) << "no module\n";
  PluginFolder::mode(path, 0644);
  CHECK_THAT(load_error({plugin_settings(path)}), Contains(path + ": cannot be loaded: "));
  CHECK_THAT(load_error({plugin_settings(folder / "")}), Contains("is no regular file"));
}

TEST_CASE("A file or folder that others can write is refused, sticky or not",
          "[server][plugin][negative]") {
  const PluginFolder folder;
  const std::string path = folder.plugin();
  const auto [of_file, of_folder] = GENERATE(std::pair{0775u, 0755u}, std::pair{0757u, 0755u},
                                             std::pair{0755u, 0770u}, std::pair{0755u, 01777u});
  PluginFolder::mode(path, of_file);
  PluginFolder::mode(folder / "", of_folder);
  CHECK_THAT(load_error({plugin_settings(path)}),
             Contains("not trusted: ") && Contains("is writable by others"));
  PluginFolder::mode(path, 0755);
  PluginFolder::mode(folder / "", 0755);
  CHECK(load_error({plugin_settings(path)}) == "loaded");
}

TEST_CASE("Folders above count too; there the sticky bit is enough", "[server][plugin][negative]") {
  const PluginFolder folder;
  std::filesystem::create_directory(folder / "inner");
  PluginFolder::mode(folder / "inner", 0755);
  const std::string path = folder / "inner/plugin.so";
  std::filesystem::copy_file(folder.plugin(), path);
  PluginFolder::mode(path, 0755);
  PluginFolder::mode(folder / "", 0777);
  CHECK_THAT(load_error({plugin_settings(path)}), Contains("is writable by others"));
  PluginFolder::mode(folder / "", 01777);
  CHECK(load_error({plugin_settings(path)}) == "loaded");
}

TEST_CASE("A link is followed, and both its place and its target are looked at",
          "[server][plugin][negative]") {
  const PluginFolder safe, open;
  const std::string link = open / "link.so";
  std::filesystem::create_symlink(safe.plugin(), link);
  CHECK(load_error({plugin_settings(link)}) == "loaded");
  PluginFolder::mode(open / "", 0777);
  CHECK_THAT(load_error({plugin_settings(link)}), Contains("is writable by others"));
}

TEST_CASE("A configuration the plugin refuses is named with its place",
          "[server][plugin][negative]") {
  const PluginFolder folder;
  auto settings = plugin_settings(folder.plugin(), R"({"zone":"a..b"})");
  settings.positions = {{"", 3, 5}, {"/zone", 4, 11}};
  CHECK_THAT(load_error({settings}),
             Contains("configuration refused: this is no zone name (at /zone, line 4, column 11)"));
  settings.config_json = "{}";
  CHECK_THAT(load_error({settings}), Contains("configuration refused: no zone given"));
}

TEST_CASE("When one plugin cannot start, those before it are ended", "[server][plugin][negative]") {
  const PluginFolder folder;
  const std::string path = folder.plugin();
  const auto first =
      plugin_settings(path, R"({"zone":"home.example.","trace":")" + folder / "trace" + R"("})");
  const auto second = plugin_settings(path, R"({"zone":"lan.example.","refuse":"no\nstore"})");
  CHECK_THAT(load_error({first, second}), Contains("cannot start: no") && !Contains("\n"));
  CHECK(folder.traced() == "create quiesce destroy");
}

TEST_CASE("A check asks modules about their settings and makes nothing", "[server][plugin]") {
  const PluginFolder folder;
  const std::string path = folder.plugin();
  const auto good =
      plugin_settings(path, R"({"zone":"home.example.","trace":")" + folder / "trace" + R"("})");
  CHECK(server::PluginSet::check({good}, {"", ""}));
  CHECK(folder.traced().empty());
  const auto bad = server::PluginSet::check({good, plugin_settings(path, "{}")}, {"", ""});
  REQUIRE_FALSE(bad);
  CHECK_THAT(bad.error().text, Contains("configuration refused: no zone given"));
}

TEST_CASE("A second set shares what is unchanged and makes the rest anew", "[server][plugin]") {
  const PluginFolder folder;
  const std::string path = folder.plugin();
  const auto named = [&](const std::string& name, const std::string& more) {
    auto settings = plugin_settings(path, R"({"zone":")" + name + R"(.example.","trace":")" +
                                              folder / "trace" + "\"" + more + "}");
    settings.name = name;
    return settings;
  };
  const auto first = server::PluginSet::load({named("a", ""), named("b", "")}, {"", ""}, Limits{});
  REQUIRE(first);
  const auto second = server::PluginSet::load({named("a", ""), named("b", R"(,"unready":2)")},
                                              {"", ""}, Limits{}, nullptr, first->get());
  REQUIRE(second);
  CHECK(folder.traced() == "create create create");
  CHECK((*second)->wait_ready([] { return false; }));
}

TEST_CASE("A set that is refused or late leaves the one before alone",
          "[server][plugin][negative]") {
  const PluginFolder folder;
  const std::string path = folder.plugin();
  const auto before = server::PluginSet::load({plugin_settings(path)}, {"", ""}, Limits{});
  REQUIRE(before);
  const auto next = [&](const conf::PluginSettings& settings) {
    Limits limits;
    limits.set(Limit::plugin_ready_time, 1);
    return server::PluginSet::load({settings}, {"", ""}, limits, nullptr, before->get());
  };
  const auto moved = next(plugin_settings(folder / "other.so"));
  REQUIRE_FALSE(moved);
  CHECK_THAT(moved.error().text, Contains("that needs a restart"));
  const auto refused = next(plugin_settings(path, R"({"zone":"a.example.","refuse":"no store"})"));
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().text, Contains("cannot start: no store"));
  const auto late = next(plugin_settings(path, R"({"zone":"a.example.","unready":1000})"));
  REQUIRE(late);
  const auto waited = (*late)->wait_ready([] { return false; });
  REQUIRE_FALSE(waited);
  CHECK_THAT(waited.error().text, Contains("not ready within 1 s"));
  CHECK_FALSE((*late)->wait_ready([] { return true; }));
  CHECK_THAT((*before)->describe().front(), Contains("ready"));
}
}  // namespace
