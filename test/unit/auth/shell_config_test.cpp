// The module as the loader sees it, and its configuration: each mistake with the place of the
// value.
#include <catch2/catch.hpp>

#include "auth-plugin/amount.hpp"
#include "auth-plugin/config.hpp"
#include "auth-plugin/zone/times.hpp"
#include "test/unit/auth/shell_host.hpp"

using namespace windlass;
using namespace windlass::test;

TEST_CASE("the module names itself and gives every call") {
  const windlass_plugin& plugin = auth_plugin();
  CHECK(plugin.major == WINDLASS_PLUGIN_MAJOR);
  CHECK(std::string(plugin.name) == "auth");
  CHECK(plugin.control != nullptr);
  CHECK(plugin.stream_open != nullptr);
  CHECK(plugin.generations != nullptr);
  for (std::uint32_t i = 0; i < plugin.counter_count; ++i)
    CHECK(std::string(plugin.counters[i]).ends_with("_total"));
}

TEST_CASE("the module refuses another major [negative]") {
  void* const module = ::dlopen(WINDLASS_AUTH_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  REQUIRE(module != nullptr);
  auto* const entry =
      reinterpret_cast<windlass_plugin_entry*>(::dlsym(module, WINDLASS_PLUGIN_SYMBOL));
  REQUIRE(entry != nullptr);
  CHECK(entry(WINDLASS_PLUGIN_MAJOR + 1, 0) == nullptr);
  CHECK(entry(WINDLASS_PLUGIN_MAJOR, 9) != nullptr);
}

TEST_CASE("schema and commands are JSON") {
  const Json schema = Json::parse(auth_plugin().config_schema);
  for (const char* key :
       {"store", "map_size", "group_commit", "default_ttl", "transfer_allow", "zones"})
    CHECK(schema["properties"].contains(key));
  const Json commands = Json::parse(auth_plugin().commands);
  CHECK(commands.size() == 15);
  for (const Json& row : commands) {
    CHECK(row["least"] <= row["most"]);
    CHECK(row["most"] <= 64);  // the host's bound
    CHECK(row["help"] != "");
    const std::string shape = row["shape"];
    CHECK((shape == "fields" || shape == "table" || shape == "lines"));
  }
}

TEST_CASE("a whole configuration is read") {
  const auto options = auth::read_options(
      R"({"store": "z", "map_size": "2G", "group_commit": "20ms", "default_ttl": "1h30m",
          "transfer_allow": ["192.0.2.53", "2001:db8::/32"],
          "zones": [{"name": "home.arpa", "file": "home.zone"}, {"name": "lab.example."}]})",
      "/var/lib/windlass");
  REQUIRE(options);
  CHECK(options->store == "z");
  CHECK(options->map_octets == std::uint64_t{2} << 30);
  CHECK(options->group_commit_ms == 20);
  CHECK(options->default_ttl == 5400);
  REQUIRE(options->transfer_allow.size() == 2);
  CHECK(options->transfer_allow[0].to_text() == "192.0.2.53/32");
  REQUIRE(options->zones.size() == 2);
  CHECK(options->zones[0].zone.to_text() == "home.arpa.");
  CHECK(options->zones[1].file.empty());
  CHECK(auth::below("/var/lib/windlass", "home.zone") == "/var/lib/windlass/home.zone");
  CHECK(auth::below("/var/lib/windlass", "/etc/home.zone") == "/etc/home.zone");
  CHECK(auth::read_options("{}", ""));
  CHECK(checked(R"({"default_ttl": 300, "map_size": 1048576})").said == 0);
}

TEST_CASE("each mistake of a configuration has its pointer [negative]") {
  struct Row {
    const char *json, *pointer, *text;
  };
  const Row row = GENERATE(values<Row>(
      {{"[]", "", "a map of settings"},
       {"{", "", "not JSON"},
       {R"({"stor": "x"})", "/stor", "unknown key `stor`"},
       {R"({"a/b~": 1})", "/a~1b~0", "unknown key"},
       {R"({"store": ""})", "/store", "name of a folder"},
       {R"({"store": 7})", "/store", "got 7"},
       {R"({"map_size": "64X"})", "/map_size", "a size from 1M"},
       {R"({"map_size": "1k"})", "/map_size", "a size from 1M"},
       {R"({"map_size": "99999999999999999999G"})", "/map_size", "a size"},
       {R"({"group_commit": "-5ms"})", "/group_commit", "a duration"},
       {R"({"group_commit": "2s"})", "/group_commit", "a duration"},
       {R"({"default_ttl": "1x"})", "/default_ttl", "a TTL"},
       {R"({"default_ttl": 2147483648})", "/default_ttl", "a TTL"},
       {R"({"transfer_allow": "all"})", "/transfer_allow", "a list"},
       {R"({"transfer_allow": ["192.0.2.1", "192.0.2.0/33"]})", "/transfer_allow/1", "prefix"},
       {R"({"zones": {}})", "/zones", "a list of zones"},
       {R"({"zones": ["home.arpa."]})", "/zones/0", "a map"},
       {R"({"zones": [{"file": "x"}]})", "/zones/0", "without `name`"},
       {R"({"zones": [{"name": "a..b"}]})", "/zones/0/name", "a zone name"},
       {R"({"zones": [{"name": "a."}, {"name": "b.", "fil": "x"}]})", "/zones/1/fil",
        "unknown key `fil`"},
       {R"({"zones": [{"name": "a.example"}, {"name": "A.example."}]})", "/zones/1", "twice"}}));
  CAPTURE(row.json);
  const Refusal fault = checked(row.json);
  CHECK(fault.said != 0);
  CHECK(fault.pointer == row.pointer);
  CHECK_THAT(fault.text, Catch::Contains(row.text));
}

TEST_CASE("a zone file that is not there is found by the check, unless the store has the zone") {
  StateFolder folder;
  const std::string json = R"({"map_size": "64M", "zones": [{"name": "lab.example."},)"
                           R"({"name": "home.arpa.", "file": "home.zone"}]})";
  Refusal fault = checked(json, folder.path());
  CHECK(fault.said != 0);
  CHECK(fault.pointer == "/zones/1/file");
  CHECK_THAT(fault.text, Catch::StartsWith(folder / "home.zone: cannot open the file: No such"));
  std::filesystem::create_directory(folder / "home.zone");
  CHECK_THAT(checked(json, folder.path()).text, Catch::EndsWith("expected a regular file"));
  std::filesystem::remove(folder / "home.zone");
  folder.put("home.zone", home_zone);
  CHECK(checked(json, folder.path()).text == "");
  {
    AuthHost host(folder, json);
    REQUIRE(host.fault.text == "");
    std::filesystem::remove(folder / "home.zone");
    CHECK(checked(json, folder.path()).text == "");
    REQUIRE(host.command({"zone", "set", "home.arpa.", "new", "A", "60", "192.0.2.9"}).ok());
  }
  CHECK(checked(json, folder.path()).text == "");
}

TEST_CASE("amounts are read") {
  CHECK(auth::read_ttl("0") == 0u);
  CHECK(auth::read_ttl("1W2d") == 777'600u);
  CHECK(auth::read_octets("64G") == std::uint64_t{64} << 30);
  CHECK(auth::read_milliseconds("2s") == 2000u);
  CHECK(auth::grouped(0) == "0");
  CHECK(auth::grouped(999) == "999");
  CHECK(auth::grouped(1'200'000) == "1,200,000");
}

TEST_CASE("what is no amount is refused [negative]") {
  const char* const text = GENERATE("", "h", "1hh", "-1", "1 h", "2147483648", "4000w", "1h x");
  CAPTURE(text);
  CHECK_FALSE(auth::read_ttl(text));
  CHECK_FALSE(auth::read_octets("18446744073709551615k"));
  CHECK_FALSE(auth::read_octets("G"));
}

TEST_CASE("zones of the configuration are imported once") {
  StateFolder folder;
  folder.put("home.zone", home_zone);
  const std::string json =
      R"({"map_size": "64M", "zones": [{"name": "home.arpa.", "file": "home.zone"}]})";
  {
    AuthHost host(folder, json);
    REQUIRE(host.fault.text == "");
    REQUIRE(host.command({"zone", "set", "home.arpa.", "new", "A", "60", "192.0.2.9"}).ok());
  }
  AuthHost host(folder, json);
  REQUIRE(host.fault.text == "");
  CHECK(host.ask({"new.home.arpa."}).answers() == 1);
}

TEST_CASE("a configured zone file that is faulty stops the start with its place [negative]") {
  StateFolder folder;
  folder.put("home.zone", "www A 192.0.2.300\n");
  AuthHost host(folder, R"({"map_size": "64M", "zones": [{"name": "a.example."},)"
                        R"({"name": "home.arpa.", "file": "home.zone"}]})");
  CHECK(host.fault.said != 0);
  CHECK(host.fault.pointer == "/zones/1/file");
  CHECK_THAT(host.fault.text, Catch::Contains("home.zone:1:"));
}

TEST_CASE("a store that cannot be made stops the start [negative]") {
  StateFolder folder;
  folder.put("zones", "a file where the folder should be");
  AuthHost host(folder);
  CHECK(host.fault.said != 0);
  CHECK(host.fault.pointer == "/store");
}
