// The trust anchors of a process: when their zones are asked, what comes into force, what outlives
// the process, and what is left when files cannot be read or written.
#include "server/anchor_keeper.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "test/unit/validator/anchor_story.hpp"

using namespace windlass;
using namespace windlass::server;
using namespace windlass::test;
using dns::Name;
using validator::Anchor;
using validator::KeyState;

namespace {
namespace fs = std::filesystem;
constexpr std::int64_t hour_s = 3600, day_s = 24 * hour_s;

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// A folder that goes with the test.
struct Folder {
  std::string path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "windlass-anchors-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

/// One process after the other over the same folder; the story is the zone "example.org." as its
/// servers have it.
struct House {
  Folder folder;
  ManualClock clock;
  SeededRng rng{11};
  AnchorSettings settings{true, folder.path + "/trust-anchors", {}, {}};
  std::vector<std::pair<Name, std::function<void(const KeysReply&)>>> asked;
  std::vector<std::vector<Anchor>> published;
  std::unique_ptr<AnchorKeeper> keeper;
  Story story;
  Key a = Key::make(15), b = Key::make(15);

  void start(const std::vector<Anchor>& file) {
    asked.clear();
    published.clear();
    AnchorTools tools{[this](const Name& zone, auto then) { asked.emplace_back(zone, then); },
                      [this](auto anchors) { published.push_back(std::move(anchors)); }};
    keeper = std::make_unique<AnchorKeeper>(std::move(tools), clock, rng);
    keeper->configure(settings);
    keeper->begin(file);
  }
  std::vector<Anchor> file_of(const Key& key) const {
    return {{story.zone.zone, {as_ds(key, story.zone.zone)}}};
  }
  /// Ticks for so long; how many questions came.
  std::size_t tick_for(std::int64_t seconds) {
    const std::size_t before = asked.size();
    for (; seconds > 0; --seconds) {
      clock.advance_us(1'000'000);
      keeper->tick();
    }
    return asked.size() - before;
  }
  /// The same, once an hour is enough.
  std::size_t hours(std::int64_t hours) {
    const std::size_t before = asked.size();
    for (; hours > 0; --hours) {
      clock.advance_us(hour_s * 1'000'000);
      keeper->tick();
    }
    return asked.size() - before;
  }
  void reply(const KeysReply& with) {
    REQUIRE_FALSE(asked.empty());
    auto [zone, then] = asked.front();
    asked.erase(asked.begin());
    then(with);
  }
  void reply(const std::vector<Key>& keys, const std::vector<Key>& signers,
             std::uint32_t ttl = 2 * 86'400) {
    story.wall_s = clock.now().wall_s;
    Signing how;
    how.ttl = ttl;
    reply(KeysReply(story.rrset(keys, signers, how)));
  }
  /// "4711 valid ..." in the order known.
  std::string keys() const {
    std::string text;
    for (const auto& view : keeper->keys())
      text +=
          std::to_string(view.key.key.key_tag) + " " + std::string(name_of(view.key.state)) + " ";
    return text;
  }
  std::string words(const Key& key, const char* state) const {
    return std::to_string(key.tag()) + " " + state + " ";
  }
  validator::AnchorState kept() const {
    const auto state = validator::AnchorState::parse(text_of(settings.state_file));
    REQUIRE(state);
    return *state;
  }
};
}  // namespace

TEST_CASE("A start brings the file's keys into force and writes them down", "[server][anchors]") {
  House house;
  house.start(house.file_of(house.a));
  REQUIRE(house.keeper->anchors().size() == 1);
  CHECK(house.keeper->anchors()[0].keys[0].key_tag == house.a.tag());
  CHECK(house.kept().anchors()[0].keys == house.keeper->anchors()[0].keys);
  CHECK(house.asked.empty());  // nothing is asked but by ticks
}

TEST_CASE("A zone is asked soon after a start, and then as RFC 5011 says", "[server][anchors]") {
  House house;
  house.start(house.file_of(house.a));
  CHECK(house.tick_for(9) == 0);
  CHECK(house.tick_for(51) == 1);
  CHECK(house.tick_for(600) == 0);  // its reply is awaited
  const std::int64_t asked_at = house.clock.now().wall_s;
  house.reply({house.a}, {house.a});
  const auto view = house.keeper->keys().at(0);
  CHECK(view.checked_wall_s == asked_at);
  CHECK(view.next_wall_s > asked_at + 21 * hour_s);  // half the TTL, less up to a tenth
  CHECK(view.next_wall_s <= asked_at + day_s);
  CHECK(house.hours(21) == 0);
  CHECK(house.hours(4) == 1);
}

TEST_CASE("A zone that does not answer is asked again, no oftener than once an hour",
          "[server][anchors][negative]") {
  House house;
  house.start(house.file_of(house.a));
  house.tick_for(60);
  house.reply(KeysReply(std::string("nobody answers")));
  CHECK(house.keeper->anchors().size() == 1);
  CHECK(house.tick_for(3599) == 0);
  CHECK(house.tick_for(1) == 1);
  house.reply({house.a}, {house.a});
  house.hours(24);
  house.reply(KeysReply(std::string("nobody answers")));  // a tenth of the TTL by now
  CHECK(house.hours(4) == 0);
  CHECK(house.hours(1) == 1);
  CHECK(house.published.size() == 1);  // the DS became a key; failures published nothing
}

TEST_CASE("A key rolls over years and restarts, with nobody's help", "[server][anchors]") {
  House house;
  house.start(house.file_of(house.a));
  house.tick_for(60);
  house.reply({house.a, house.b}, {house.a});
  CHECK(house.keys() == house.words(house.a, "valid") + house.words(house.b, "addpend"));
  for (int day = 0; day < 31; ++day) {
    if (day == 10) house.start(house.file_of(house.a));  // a restart
    if (house.hours(25) > 0) house.reply({house.a, house.b}, {house.a});
  }
  CHECK(house.keys() == house.words(house.a, "valid") + house.words(house.b, "valid"));
  CHECK(house.published.back().at(0).keys.size() == 2);
  house.hours(25);
  house.reply({revoked(house.a), house.b}, {revoked(house.a), house.b});
  REQUIRE(house.published.back().at(0).keys.size() == 1);
  CHECK(house.published.back()[0].keys[0].key_tag == house.b.tag());
  house.start(house.file_of(house.a));  // the same old file: the state rules
  CHECK(house.keys() == house.words(house.a, "revoked") + house.words(house.b, "valid"));
  CHECK(house.keeper->anchors()[0].keys[0].key_tag == house.b.tag());
}

TEST_CASE("A changed file rules at a restart, but what is revoked stays so", "[server][anchors]") {
  House house;
  auto both = house.file_of(house.a);
  both[0].keys.push_back(as_ds(house.b, house.story.zone.zone));
  house.start(both);
  house.tick_for(60);
  house.reply({revoked(house.a), house.b}, {revoked(house.a), house.b});
  const Key c = Key::make(13);
  auto changed = both;
  changed[0].keys.push_back(as_ds(c, house.story.zone.zone));
  house.start(changed);
  CHECK(house.keys() ==
        house.words(house.a, "revoked") + house.words(house.b, "valid") + house.words(c, "valid"));
}

TEST_CASE("A file of nothing but revoked keys takes no trust away", "[server][anchors][negative]") {
  House house;
  auto both = house.file_of(house.a);
  both[0].keys.push_back(as_ds(house.b, house.story.zone.zone));
  house.start(both);
  house.tick_for(60);
  house.reply({revoked(house.a), house.b}, {revoked(house.a), house.b});
  const auto refused = house.keeper->propose(house.file_of(house.a), false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().find("--force") != std::string::npos);
  house.start(house.file_of(house.a));
  CHECK(house.keys() == house.words(house.a, "revoked") + house.words(house.b, "valid"));
  auto forced = house.keeper->propose(house.file_of(house.a), true);
  REQUIRE(forced);
  house.keeper->take(*std::move(forced));
  CHECK(house.keys() == house.words(house.a, "valid"));
}

TEST_CASE("A state file that cannot be read is set aside; the anchor file counts",
          "[server][anchors][negative]") {
  House house;
  for (const char* text : {"", "nonsense\n", "windlass-anchors 1\nsource ab"}) {
    std::ofstream(house.settings.state_file) << text;
    house.start(house.file_of(house.a));
    CHECK(house.keys() == house.words(house.a, "valid"));
    CHECK(text_of(house.settings.state_file + ".bad") == text);
    CHECK(house.kept().zones.size() == 1);
  }
  fs::remove(house.settings.state_file);
  fs::remove(house.settings.state_file + ".bad");
  fs::create_directory(house.settings.state_file);
  house.start(house.file_of(house.a));
  CHECK(house.keys() == house.words(house.a, "valid"));
  CHECK(house.kept().zones.size() == 1);
}

TEST_CASE("Where nothing can be written all works from memory", "[server][anchors][negative]") {
  House house;
  std::ofstream(house.folder.path + "/file") << "no folder";
  house.settings.state_file = house.folder.path + "/file/trust-anchors";
  house.start(house.file_of(house.a));
  house.tick_for(60);
  house.reply({house.a, house.b}, {house.a});
  CHECK(house.keys() == house.words(house.a, "valid") + house.words(house.b, "addpend"));
  house.settings.state_file = house.folder.path + "/trust-anchors";
  house.keeper->configure(house.settings);
  house.keeper->begin(house.file_of(house.a));  // a reload with another folder
  CHECK(house.kept().zones.size() == 1);
}

TEST_CASE("Without auto_update the file alone counts, and no state is read or written",
          "[server][anchors]") {
  House house;
  house.start(house.file_of(house.a));
  house.tick_for(60);
  house.reply({house.a, house.b}, {house.a});
  const std::string kept = text_of(house.settings.state_file);
  house.settings.updates = false;
  house.start(house.file_of(house.a));
  CHECK(house.keys() == house.words(house.a, "valid"));
  CHECK(house.hours(100) == 0);
  CHECK(house.keeper->keys()[0].next_wall_s == 0);
  CHECK(text_of(house.settings.state_file) == kept);
  bool told = false;
  house.keeper->refresh([&](const auto& outcome) {
    told = true;
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().text.find("dnssec.auto_update") != std::string::npos);
  });
  CHECK(told);
  house.settings.updates = true;
  house.keeper->configure(house.settings);  // a reload that turns it on again
  house.keeper->begin(house.file_of(house.a));
  CHECK(house.keys() == house.words(house.a, "valid") + house.words(house.b, "addpend"));
}

TEST_CASE("Without validation nothing is asked", "[server][anchors]") {
  House house;
  house.settings.validator.validation = false;
  house.start(house.file_of(house.a));
  CHECK(house.hours(100) == 0);
}

TEST_CASE("anchors refresh asks every zone at once and waits for all", "[server][anchors]") {
  House house;
  auto file = house.file_of(house.a);
  for (const char* name : {"a.", "b.", "c.", "d.", "e."})
    file.push_back({Name::literal(name), {as_ds(house.b, Name::literal(name))}});
  house.start(file);
  std::vector<control::AnchorRefresh> results;
  const auto take = [&](const auto& outcome) {
    REQUIRE(outcome);
    results = *outcome;
  };
  house.keeper->refresh(take);
  CHECK(house.asked.size() == 4);  // under way at once
  CHECK(house.asked[0].first == house.story.zone.zone);
  house.reply({house.a, house.b}, {house.a});
  for (int i = 0; i < 5; ++i) {
    CHECK(results.empty());
    house.reply(KeysReply(std::string("nobody answers")));
  }
  CHECK(house.asked.empty());
  REQUIRE(results.size() == 6);
  CHECK(results[0].trouble.empty());
  REQUIRE(results[0].changes.size() == 1);
  CHECK(results[0].changes[0].to == KeyState::addpend);
  CHECK(results[5].trouble == "nobody answers");
  CHECK(house.hours(1) > 0);  // those that failed
}

TEST_CASE("A refresh joins a question under way, and survives a reload that drops the zone",
          "[server][anchors]") {
  House house;
  house.start(house.file_of(house.a));
  house.tick_for(60);
  REQUIRE(house.asked.size() == 1);
  int told = 0;
  std::string trouble;
  for (int i = 0; i < 2; ++i)
    house.keeper->refresh([&](const auto& outcome) { ++told, trouble = outcome->at(0).trouble; });
  CHECK(house.asked.size() == 1);
  house.keeper->begin({});
  house.reply({house.a}, {house.a});
  CHECK(told == 2);
  CHECK(trouble == "no longer a trust anchor");
  CHECK(house.keeper->anchors().empty());
}

TEST_CASE("Hundreds of zones are asked one a second, four at a time", "[server][anchors]") {
  House house;
  std::vector<Anchor> file;
  for (int i = 0; i < 300; ++i) {
    const Name zone = Name::literal("z" + std::to_string(i) + ".example.");
    file.push_back({zone, {as_ds(house.a, zone)}});
  }
  house.start(file);
  house.tick_for(60);
  CHECK(house.asked.size() == 4);
  for (int i = 0; i < 100; ++i) {
    house.reply(KeysReply(std::string("nobody answers")));
    CHECK(house.tick_for(1) == 1);
  }
}

TEST_CASE("Plans of before hold across a restart, unless the clock was far off",
          "[server][anchors]") {
  House house;
  house.start(house.file_of(house.a));
  house.tick_for(60);
  house.reply({house.a}, {house.a});
  const auto next = house.keeper->keys()[0].next_wall_s;
  house.start(house.file_of(house.a));
  CHECK(house.keeper->keys()[0].next_wall_s == next);
  CHECK(house.hours(20) == 0);
  house.clock.step_wall(-3650 * day_s);  // what was planned is now ten years away
  house.start(house.file_of(house.a));
  CHECK(house.tick_for(60) == 1);
}

TEST_CASE("A step of the wall clock moves no plan of a running process", "[server][anchors]") {
  House house;
  house.start(house.file_of(house.a));
  house.tick_for(60);
  house.reply({house.a}, {house.a});
  house.clock.step_wall(-400 * day_s);
  CHECK(house.hours(20) == 0);
  CHECK(house.hours(5) == 1);
  house.reply({house.b}, {house.b});  // and no forged key helps
  CHECK(house.keys() == house.words(house.a, "valid"));
}

TEST_CASE("When all keys of a zone are revoked it is asked no more", "[server][anchors]") {
  House house;
  house.start(house.file_of(house.a));
  house.tick_for(60);
  house.reply({revoked(house.a), house.b}, {revoked(house.a), house.b});
  CHECK(house.keeper->anchors().empty());
  CHECK(house.published.back().empty());
  CHECK(house.hours(1000) == 0);
  CHECK(house.keeper->keys()[0].next_wall_s == 0);
  house.keeper->refresh([&](const auto& outcome) { CHECK(outcome->empty()); });
}
