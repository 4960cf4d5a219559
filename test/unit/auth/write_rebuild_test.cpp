// serve.mdb made anew: what is stopped or fails in the middle changes nothing, no zone is lost for
// want of its rows, and files that are no files neither hang nor refuse a start.
#include <fstream>

#include <sys/stat.h>

#include "auth-plugin/write/bytes.hpp"
#include "auth-plugin/write/recover.hpp"
#include "auth/write_support.hpp"
using namespace windlass;
using namespace windlass::auth;
using namespace windlass::auth::test;
using Catch::Contains;
using dns::Type;

namespace {
namespace fs = std::filesystem;
const std::vector<std::string> zone_names = {"example.org.", "example.net.", "example.com."};

/// A closed store of three zones.
void fill(const DepotOptions& options) {
  auto depot = open(options);
  for (const std::string& zone : zone_names) {
    const auto content = zone_of(zone, std::string(apex_lines) + "www A 192.0.2.10\n");
    must(depot->create_zone(name(zone), ZoneKind::native, &content));
  }
}

void open_files_of(const DepotOptions& options, StoreFiles& files) {
  const auto begun = open_store(options, files, {});
  INFO((begun ? std::string() : begun.error().text));
  REQUIRE(begun);
}

/// Says stop before the zone behind `zones` zones.
Tick stop_after(unsigned zones) {
  return [zones](const std::string&) mutable { return zones-- != 0; };
}

void check_served(Depot& depot) {
  for (const std::string& zone : zone_names) {
    INFO(zone);
    REQUIRE(depot.zones()->find(name(zone)) != nullptr);
    CHECK(served(depot, zone, "www." + zone, Type::a) == Bytes{192, 0, 2, 10});
  }
}

std::string refusal_of(const DepotOptions& options) {
  const auto depot = Depot::open(options, {});
  REQUIRE_FALSE(depot);
  return depot.error().text;
}
}  // namespace

TEST_CASE("a rebuild of a bad serve.mdb that is stopped changes nothing", "[write][negative]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  fill(options);
  {
    StoreFiles files;
    open_files_of(options, files);
    const auto old = files.serve.env;
    const ServeMeta meta = files.meta;
    old->mark_bad("a test");
    const auto stopped = rebuild_store(files, options, stop_after(1));
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().trouble == Trouble::cancelled);
    CHECK(files.serve.env == old);
    CHECK(files.meta.next_generation == meta.next_generation);
    CHECK_FALSE(fs::exists(folder.path() + "/serve.mdb.new"));
    CHECK_FALSE(fs::exists(folder.path() + "/serve.mdb.bad"));
    CHECK(close_store(files));
  }
  auto depot = open(options);
  check_served(*depot);
  must(depot->edit_zone(name("example.net."), {set("x.example.net.", Type::a, {{192, 0, 2, 7}})}));
  check_served(*depot);
}

TEST_CASE("a new serve.mdb takes the place of a bad one when it is whole", "[write]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  fill(options);
  {
    StoreFiles files;
    open_files_of(options, files);
    const std::uint64_t generation = files.meta.next_generation;
    files.serve.env->mark_bad("a test");
    CHECK(must(rebuild_store(files, options, {})) == "rebuilt 3 zones");
    CHECK_FALSE(files.serve.env->is_bad());
    CHECK(files.serve.env->path() == folder.path() + "/serve.mdb");
    CHECK(files.serve.env->is_in_place());
    CHECK(fs::exists(folder.path() + "/serve.mdb.bad"));
    CHECK_FALSE(fs::exists(folder.path() + "/serve.mdb.new"));
    for (const ZoneLive& zone : files.zones.all()) CHECK(zone.state.generation >= generation);
    CHECK(close_store(files));
  }
  auto depot = open(options);
  CHECK(depot->stats().start == "in use");
  check_served(*depot);
}

TEST_CASE("a new serve.mdb that cannot be opened leaves the old one", "[write][negative]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  fill(options);
  StoreFiles files;
  open_files_of(options, files);
  files.serve.env->mark_bad("a test");
  fs::create_directory(folder.path() + "/serve.mdb.new");
  CHECK_FALSE(rebuild_store(files, options, {}));
  REQUIRE(files.serve.env != nullptr);
  CHECK(ServeReader::open(files.serve.env).error().trouble == Trouble::damaged);
  fs::remove(folder.path() + "/serve.mdb.new");
  CHECK(rebuild_store(files, options, {}));
}

TEST_CASE("an environment that is not there is an error", "[write][negative]") {
  CHECK_FALSE(ServeReader::open(nullptr));
  CHECK_FALSE(WriteTransaction::begin(nullptr));
  CHECK_FALSE(ReadTransaction::begin(nullptr));
}

TEST_CASE("a zone of which serve.mdb has no state is compiled at the start", "[write]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  fill(options);
  {
    StoreFiles files;
    open_files_of(options, files);
    auto txn = must(WriteTransaction::begin(files.serve.env));
    must(txn.del(files.serve.state, Key(zid_of(name("example.net."))).octets()));
    must(txn.put(files.serve.state, Key(zid_of(name("example.com."))).octets(), Bytes(3, 9)));
    must(txn.commit());
    must(close_store(files));
  }
  auto depot = open(options);
  CHECK(depot->stats().start == "replayed 0 owners, 2 whole zones");
  check_served(*depot);
}

TEST_CASE("no generation comes twice when a rebuild ends with the process", "[write]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  fill(options);
  std::uint64_t highest = 0;
  {
    StoreFiles files;
    open_files_of(options, files);
    CHECK_FALSE(rebuild_store(files, options, stop_after(2)));
    for (const ZoneLive& zone : files.zones.all())
      highest = std::max(highest, zone.state.generation);
  }  // not closed: as if killed
  auto depot = open(options);
  const auto written = must(
      depot->edit_zone(name("example.net."), {set("x.example.net.", Type::a, {{192, 0, 2, 7}})}));
  CHECK(written.generation > highest);
}

TEST_CASE("a load that changes nothing leaves serve.mdb level with the truth", "[write]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  fill(options);
  {
    auto depot = open(options);
    const auto content = zone_of("example.org.", std::string(apex_lines) + "www A 192.0.2.10\n");
    must(depot->load_zone(name("example.org."), content, {}));
    must(depot->load_zone(name("example.org."), content, {}));
    CHECK(depot->stats().applied_txn == depot->stats().truth_txn);
  }
  CHECK(open(options)->stats().start == "in use");
}

TEST_CASE("zones.mdb gone: what was made from it is not thrown away", "[write][negative]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  const std::string truth = folder.path() + "/zones.mdb";
  fill(options);
  fs::rename(truth, truth + ".away");
  const std::string text = refusal_of(options);
  CHECK_THAT(text, Contains("zones.mdb: missing") && Contains("3 zones") && Contains("backup") &&
                       Contains("begin anew"));
  CHECK_FALSE(fs::exists(truth));
  fs::remove(folder.path() + "/serve.mdb");
  CHECK_THAT(refusal_of(options), Contains("local.mdb"));
  fs::rename(truth + ".away", truth);
  check_served(*open(options));
  for (const char* file : {"/zones.mdb", "/serve.mdb", "/local.mdb"})
    fs::remove(folder.path() + file);
  CHECK(open(options)->stats().start == "new");
  fs::remove(truth);  // nothing was in it
  CHECK(open(options)->list().empty());
}

TEST_CASE("zones.mdb removed or replaced while it is open: writes are refused",
          "[write][negative]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  const std::string truth = folder.path() + "/zones.mdb";
  fill(options);
  auto depot = open(options);
  const auto write = [&depot] {
    return depot->edit_zone(name("example.org."),
                            {set("x.example.org.", Type::a, {{192, 0, 2, 7}})});
  };
  fs::rename(truth, truth + ".away");
  for (int round = 0; round < 2; ++round) {
    const auto written = write();
    REQUIRE_FALSE(written);
    CHECK_THAT(written.error().text, Contains("removed or replaced") && Contains("zone backup"));
    if (round == 0) fs::copy_file(truth + ".away", truth);
  }
  CHECK(node_of(*depot, "example.org.", "x.example.org.").empty());
  must(depot->backup(folder.path() + "/saved", {}));
  fs::rename(truth + ".away", truth);
  CHECK(write());
}

TEST_CASE("what is no file in place of a store's file neither hangs nor is written to",
          "[write][negative]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  fill(options);
  const auto make_pipe = [](const std::string& path) {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  };
  const auto make_folder = [](const std::string& path) { fs::create_directories(path + "/in"); };
  const auto make_link = [](const std::string& path) { fs::create_symlink("/nowhere/at", path); };
  const std::vector<std::function<void(const std::string&)>> makers = {make_pipe, make_folder,
                                                                       make_link, make_folder};
  for (const auto& make : makers) {
    for (const char* file : {"/serve.mdb", "/serve.mdb-lock"}) {
      INFO(file);
      fs::remove(folder.path() + file);
      make(folder.path() + file);
      auto depot = open(options);
      CHECK(depot->stats().start.starts_with("rebuilt 3 zones"));
      check_served(*depot);
    }
  }
  for (const auto& make : {makers[0], makers[1]}) {
    const std::string truth = folder.path() + "/zones.mdb";
    fs::rename(truth, folder.path() + "/away");
    make(truth);
    CHECK_THAT(refusal_of(options), Contains("/zones.mdb") && Contains("not a regular file"));
    fs::remove_all(truth);
    fs::rename(folder.path() + "/away", truth);
  }
  for (const auto& make : {makers[0], makers[1]}) {
    fs::remove(folder.path() + "/local.mdb");
    make(folder.path() + "/local.mdb");
    check_served(*open(options));  // begun anew: what stood there is local.mdb.bad
  }
}

TEST_CASE("a rebuild says how far it has come inside a large zone, and stops there",
          "[write][rebuild]") {
  const Folder folder;
  const DepotOptions options = options_for(folder);
  constexpr unsigned names = 120'000;
  ZoneContent content(name("example.org."));
  const auto apex = zone_of("example.org.", apex_lines);
  for (std::size_t i = 0; i < apex.size(); ++i)
    bytes::each_rdata(apex[i].rdatas, [&](Octets rdata) {
      const auto owner = dns::Name::from_proven(apex[i].owner_wire);
      REQUIRE(content.add(owner, apex[i].type, apex[i].ttl, rdata));
    });
  for (unsigned i = 0; i < names; ++i) {
    const std::string label = "h" + std::to_string(i);
    const auto owner = content.zone().with_label(bytes::of(label));
    REQUIRE(content.add(*owner, Type::a, 60, Bytes{192, 0, 2, 1}));
  }
  content.seal();
  const auto depot = open(options);
  must(depot->create_zone(content.zone(), ZoneKind::native, &content));
  std::vector<std::string> said;
  CHECK(depot->rebuild([&](const std::string& line) { return said.push_back(line), true; }));
  CHECK(said == std::vector<std::string>{"rebuilding example.org.",
                                         "rebuilding example.org.: 50,000 records, 41 %",
                                         "rebuilding example.org.: 100,000 records, 83 %"});
  const auto stopped =
      depot->rebuild([](const std::string& line) { return line.find(" %") == line.npos; });
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().trouble == Trouble::cancelled);
  CHECK(served(*depot, "example.org.", "h7.example.org.", Type::a) == Bytes{192, 0, 2, 1});
}
