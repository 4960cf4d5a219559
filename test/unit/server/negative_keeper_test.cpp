// The negative trust anchors of a process: when they are looked at, what comes into force, what
// outlives the process, and what is left when files cannot be read or written.
#include "server/negative_keeper.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <unistd.h>

using namespace windlass;
using namespace windlass::server;
using dns::Name;
using resolver::NegativeLook;

namespace {
namespace fs = std::filesystem;

const NegativeLook sound{true, "secure"}, broken{false, "bogus: old"};

/// One process after the other over the same folder.
struct NegativeHouse {
  std::string folder = (fs::temp_directory_path() / "windlass-negative-XXXXXX").string();
  ManualClock clock;
  NegativeSettings settings;
  std::vector<std::pair<Name, NegativeTools::Looked>> looks;
  std::vector<std::string> published;  ///< names in force after each change
  std::unique_ptr<NegativeKeeper> keeper;

  NegativeHouse() {
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    settings.state_file = folder + "/negative-anchors";
  }
  ~NegativeHouse() { fs::remove_all(folder); }
  NegativeHouse(const NegativeHouse&) = delete;
  NegativeHouse& operator=(const NegativeHouse&) = delete;

  void start() {
    looks.clear();
    NegativeTools tools{
        [this](const Name& name, auto then) { looks.emplace_back(name, std::move(then)); },
        [this](auto anchors, const auto& then) {
          published.push_back(words(anchors));
          then();
        }};
    keeper = std::make_unique<NegativeKeeper>(std::move(tools), clock);
    keeper->configure(settings);
    keeper->restore();
  }
  static std::string words(const std::vector<validator::NegativeAnchor>& anchors) {
    std::string text;
    for (const auto& one : anchors) text += (text.empty() ? "" : " ") + one.name.to_text();
    return text;
  }
  std::string names() const { return words(keeper->anchors()); }
  /// The refusal; empty: it was added.
  std::string add(const char* name, std::optional<std::int64_t> life_s = {},
                  const std::string& reason = "", bool forced = false) {
    std::string refusal = "no answer";
    keeper->add({Name::literal(name), life_s, reason, forced}, [&](const auto& outcome) {
      refusal = outcome ? outcome->lost_at_restart : outcome.error().text;
    });
    return refusal;
  }
  std::string remove(const char* name) {
    std::string refusal = "no answer";
    keeper->remove(Name::literal(name),
                   [&](const auto& outcome) { refusal = outcome ? "" : outcome.error().text; });
    return refusal;
  }
  /// Ticks for so long; how many looks came.
  std::size_t tick_for(std::int64_t seconds) {
    const std::size_t before = looks.size();
    for (; seconds > 0; --seconds) {
      clock.advance_us(1'000'000);
      keeper->tick();
    }
    return looks.size() - before;
  }
  void looked(const std::optional<NegativeLook>& found) {
    REQUIRE_FALSE(looks.empty());
    const auto then = looks.front().second;
    looks.erase(looks.begin());
    then(found);
  }
  void write(const std::string& text) const { std::ofstream(settings.state_file) << text; }
  std::string kept() const {
    std::ostringstream text;
    text << std::ifstream(settings.state_file).rdbuf();
    return text.str();
  }
};
}  // namespace

TEST_CASE("NTAs added by command stand until their time is over", "[server][nta]") {
  NegativeHouse house;
  house.start();
  CHECK(house.add("a.", 100, "why", true).empty());
  CHECK(house.add("b.").empty());
  CHECK(house.names() == "a. b.");
  const auto standing = house.keeper->standing();
  REQUIRE(standing.size() == 2);
  CHECK(standing[0].anchor.reason == "why");
  CHECK(standing[0].forced);
  CHECK(standing[0].since_wall_s == house.clock.now().wall_s);
  CHECK(standing[0].anchor.until_wall_s == standing[0].since_wall_s + 100);
  CHECK(standing[1].anchor.until_wall_s == standing[1].since_wall_s + 3600);
  (void)house.tick_for(99);
  CHECK(house.names() == "a. b.");
  (void)house.tick_for(1);
  CHECK(house.names() == "b.");
  CHECK(house.published == std::vector<std::string>{"a.", "a. b.", "b."});
  CHECK(house.remove("b.").empty());
  CHECK(house.names().empty());
}

TEST_CASE("One added again replaces the one before", "[server][nta]") {
  NegativeHouse house;
  house.start();
  CHECK(house.add("a.", 100, "one", true).empty());
  CHECK(house.add("a.", 200, "two").empty());
  const auto standing = house.keeper->standing();
  REQUIRE(standing.size() == 1);
  CHECK(standing[0].anchor.reason == "two");
  CHECK_FALSE(standing[0].forced);
}

TEST_CASE("What nta add may not do changes nothing", "[server][nta][negative]") {
  NegativeHouse house;
  REQUIRE(house.settings.limits.set(Limit::nta_count, 2));
  house.start();
  CHECK(house.add("a.", 604'801).find("limit nta_lifetime_max") != std::string::npos);
  CHECK(house.add("a.", 0).find("nothing was changed") != std::string::npos);
  CHECK(house.add("a.", 60, std::string(257, 'r')).find("256 octets") != std::string::npos);
  for (const char* reason : {"told\thostmaster", "a\nb. 1 4000000000 forced injected", "\x7F"})
    CHECK(house.add("a.", 60, reason).find("control characters") != std::string::npos);
  CHECK(house.published.empty());
  CHECK_FALSE(fs::exists(house.settings.state_file));
  CHECK(house.add("a.").empty());
  CHECK(house.add("b.").empty());
  CHECK(house.add("c.").find("limit nta_count") != std::string::npos);
  CHECK(house.add("b.").empty());
  CHECK(house.remove("c.") == "no negative trust anchor at c.");
  CHECK(house.names() == "a. b.");
}

TEST_CASE("A look comes every nta_recheck, and one at a time", "[server][nta]") {
  NegativeHouse house;
  house.start();
  CHECK(house.add("a.", 36'000).empty());
  CHECK(house.add("forced.", 36'000, "", true).empty());
  CHECK(house.tick_for(299) == 0);
  CHECK(house.tick_for(1) == 1);
  CHECK(house.looks[0].first == Name::literal("a."));
  CHECK(house.tick_for(1000) == 0);  // it is under way
  house.looked(broken);
  CHECK(house.keeper->standing()[0].found == "bogus: old");
  CHECK(house.keeper->standing()[0].checked_wall_s == house.clock.now().wall_s);
  CHECK(house.tick_for(299) == 0);
  CHECK(house.tick_for(1) == 1);
  house.looked(std::nullopt);  // not now: soon again
  CHECK(house.tick_for(1) == 1);
}

TEST_CASE("What validates without its NTA loses it, at once and on disk", "[server][nta]") {
  NegativeHouse house;
  house.start();
  CHECK(house.add("a.", 36'000).empty());
  CHECK(house.add("b.", 36'000).empty());
  CHECK(house.tick_for(300) == 2);
  house.looked(sound);
  house.looked(broken);
  CHECK(house.published.back() == "b.");
  house.start();
  CHECK(house.names() == "b.");
}

TEST_CASE("A look at one that is gone, or was added anew since, says nothing",
          "[server][nta][negative]") {
  NegativeHouse house;
  house.start();
  CHECK(house.add("a.").empty());
  CHECK(house.add("b.").empty());
  CHECK(house.tick_for(300) == 2);
  CHECK(house.remove("a.").empty());
  CHECK(house.add("b.").empty());
  house.looked(sound);
  house.looked(sound);
  CHECK(house.names() == "b.");
  CHECK(house.keeper->standing()[0].found.empty());
}

TEST_CASE("Nothing is looked at while nothing is validated", "[server][nta][negative]") {
  NegativeHouse house;
  house.settings.looks = false;
  house.start();
  CHECK(house.add("a.").empty());
  CHECK(house.tick_for(1000) == 0);
}

TEST_CASE("Those of the configuration stand as long as it says so", "[server][nta]") {
  NegativeHouse house;
  const std::int64_t wall_s = house.clock.now().wall_s;
  house.settings.configured = {{Name::literal("a."), "by the book", 0, true},
                               {Name::literal("b."), "", wall_s + 400, true},
                               {Name::literal("over."), "", wall_s - 1, true}};
  house.start();
  CHECK(house.names() == "a. b.");
  CHECK(house.tick_for(300) == 2);
  house.looked(sound);
  house.looked(broken);
  CHECK(house.names() == "a. b.");  // needless, but not ours to end
  CHECK(house.keeper->standing()[0].found == "secure");
  CHECK(house.remove("a.").find("config reload") != std::string::npos);
  (void)house.tick_for(100);
  CHECK(house.names() == "a.");
  CHECK(house.add("a.", 50, "by hand").empty());
  REQUIRE(house.keeper->standing().size() == 1);
  CHECK_FALSE(house.keeper->standing()[0].anchor.configured);
  CHECK(house.remove("a.").empty());
  REQUIRE(house.keeper->standing().size() == 1);
  CHECK(house.keeper->standing()[0].anchor.configured);
  CHECK(house.kept().find("by the book") == std::string::npos);
}

TEST_CASE("A reload takes those that left the configuration, and no others", "[server][nta]") {
  NegativeHouse house;
  house.settings.configured = {{Name::literal("a."), "", 0, true},
                               {Name::literal("b."), "one", 0, true}};
  house.start();
  CHECK(house.add("c.").empty());
  CHECK(house.tick_for(300) == 3);
  for (int i = 0; i < 3; ++i) house.looked(broken);
  const std::int64_t since_s = house.keeper->standing()[2].since_wall_s;
  house.settings.configured = {{Name::literal("b."), "two", 0, true}};
  house.keeper->configure(house.settings);
  CHECK(house.names() == "c. b.");
  const auto b = house.keeper->standing()[1];
  CHECK(b.anchor.reason == "two");
  CHECK(b.found == "bogus: old");
  CHECK(b.since_wall_s == since_s);
}

TEST_CASE("A restart keeps what its time has not ended", "[server][nta]") {
  NegativeHouse house;
  house.start();
  CHECK(house.add("a.", 100, "they forgot: to sign; twice").empty());
  CHECK(house.add("b.", 7200, "kept dark", true).empty());
  house.clock.advance_us(101'000'000);
  house.start();
  REQUIRE(house.names() == "b.");
  const auto b = house.keeper->standing()[0];
  CHECK(b.anchor.reason == "kept dark");
  CHECK(b.anchor.until_wall_s == b.since_wall_s + 7200);
  CHECK(b.forced);
  CHECK(house.remove("b.").empty());
  house.start();
  CHECK(house.names().empty());
}

TEST_CASE("A state that cannot be read leaves everything validated, and is set aside",
          "[server][nta][negative]") {
  NegativeHouse house;
  house.write("a. 1 2 recheck\nb. 5 7 maybe\n");
  house.start();
  CHECK(house.names().empty());
  CHECK(fs::exists(house.settings.state_file + ".bad"));
  CHECK(house.add("a.").empty());
  house.start();
  CHECK(house.names() == "a.");
}

TEST_CASE("One that would end further off than any may is not restored: the clock was wrong",
          "[server][nta][negative]") {
  NegativeHouse house;
  const std::int64_t wall_s = house.clock.now().wall_s, far_s = wall_s + 400 * 86'400;
  house.write("a. " + std::to_string(far_s) + " " + std::to_string(far_s + 60) + " recheck \n" +
              "b. " + std::to_string(wall_s - 5) + " " + std::to_string(wall_s + 60) +
              " recheck \n");
  house.start();
  CHECK(house.names() == "b.");
}

TEST_CASE("Where the state cannot be written the NTA stands, and its adder is told",
          "[server][nta][negative]") {
  NegativeHouse house;
  fs::create_directories(house.settings.state_file + ".new/in the way");
  house.start();
  CHECK(house.add("a.").find("negative-anchors.new") != std::string::npos);
  CHECK(house.names() == "a.");
  fs::remove_all(house.settings.state_file + ".new");
  CHECK(house.add("b.").empty());
  house.start();
  CHECK(house.names() == "a. b.");
}
