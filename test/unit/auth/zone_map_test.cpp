// ZoneMap: the closest zone of any name, judged by a plain search over all zones.
#include "auth-plugin/zone_map.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "base/rng.hpp"

using namespace windlass;
using namespace windlass::auth;
using dns::Name;

namespace {
ZoneMap map_of(const std::vector<std::string>& names) {
  std::vector<ZoneFacts> zones;
  for (const std::string& name : names) {
    ZoneFacts facts;
    facts.zid = zones.size() + 1;
    facts.name = Name::literal(name);
    zones.push_back(facts);
  }
  return ZoneMap(std::move(zones));
}

std::string closest(const ZoneMap& map, std::string_view name) {
  const ZoneFacts* zone = map.closest(Name::literal(name).wire());
  return zone == nullptr ? "none" : zone->name.to_text();
}
}  // namespace

TEST_CASE("The closest zone covers the name", "[auth][zone_map]") {
  const ZoneMap map = map_of({"example.org.", "sub.example.org.", "a.b.example.net.", "arpa."});
  CHECK(closest(map, "example.org.") == "example.org.");
  CHECK(closest(map, "www.example.org.") == "example.org.");
  CHECK(closest(map, "WWW.Sub.EXAMPLE.org.") == "sub.example.org.");
  CHECK(closest(map, "x.a.b.example.net.") == "a.b.example.net.");
  CHECK(closest(map, "1.0.0.127.in-addr.arpa.") == "arpa.");
}

TEST_CASE("Names of others are not ours", "[auth][zone_map][negative]") {
  const ZoneMap map = map_of({"example.org.", "a.b.example.net."});
  for (const char* name : {".", "org.", "net.", "example.net.", "b.example.net.", "xexample.org.",
                           "example.org.com.", "c.b.example.net."})
    CHECK(closest(map, name) == "none");
  CHECK(closest(map_of({}), "example.org.") == "none");
  CHECK(closest(map_of({}), ".") == "none");
}

TEST_CASE("The root zone covers all that is not another's", "[auth][zone_map]") {
  const ZoneMap map = map_of({".", "example.org."});
  CHECK(closest(map, ".") == ".");
  CHECK(closest(map, "org.") == ".");
  CHECK(closest(map, "www.example.org.") == "example.org.");
}

TEST_CASE("find is exact, parent_of is strictly above", "[auth][zone_map]") {
  const ZoneMap map = map_of({"example.org.", "a.b.example.org.", "net."});
  REQUIRE(map.find(Name::literal("EXAMPLE.org.")) != nullptr);
  CHECK(map.find(Name::literal("EXAMPLE.org."))->zid == 1);
  CHECK(map.find(Name::literal("www.example.org.")) == nullptr);
  CHECK(map.find(Name::literal("org.")) == nullptr);
  const ZoneFacts* child = map.find(Name::literal("a.b.example.org."));
  REQUIRE(child != nullptr);
  REQUIRE(map.parent_of(*child) != nullptr);
  CHECK(map.parent_of(*child)->name == Name::literal("example.org."));
  CHECK(map.parent_of(*map.find(Name::literal("net."))) == nullptr);
}

TEST_CASE("Octets that are no name belong to nobody", "[auth][zone_map][negative]") {
  const ZoneMap map = map_of({".", "example.org."});
  const Name whole = Name::literal("www.example.org.");
  for (std::size_t octets = 0; octets < whole.size_octets(); ++octets) {
    const std::vector<std::uint8_t> part(
        whole.wire().begin(), whole.wire().begin() + static_cast<std::ptrdiff_t>(octets));
    CHECK(map.closest(part) == nullptr);
  }
  std::vector<std::uint8_t> pointer{3, 'w', 'w', 'w', 0xC0, 0x00};
  CHECK(map.closest(pointer) == nullptr);
  std::vector<std::uint8_t> endless(400, 1);
  CHECK(map.closest(endless) == nullptr);
}

TEST_CASE("Random names fall to the zone a plain search finds", "[auth][zone_map]") {
  SeededRng random(4343);
  const auto draw = [&](std::uint32_t most) {
    std::string text;
    for (std::uint32_t labels = 1 + random.below(most); labels > 0; --labels)
      text += std::string(1 + random.below(2) * 11, "abcA"[random.below(4)]) + ".";
    return Name::literal(text).lowercase();
  };
  for (int round = 0; round < 30; ++round) {
    std::vector<std::string> names;
    for (int i = 0; i < 40; ++i) {
      const std::string name = draw(4).to_text();
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    const ZoneMap map = map_of(names);
    for (int i = 0; i < 500; ++i) {
      const Name name = draw(6);
      std::string expected = "none";
      for (std::size_t labels = name.label_count(); labels > 0 && expected == "none"; --labels)
        if (std::find(names.begin(), names.end(), name.suffix(labels).to_text()) != names.end())
          expected = name.suffix(labels).to_text();
      if (closest(map, name.to_text()) != expected) FAIL(name.to_text() << " " << expected);
    }
  }
  SUCCEED();
}

TEST_CASE("A hundred thousand zones are all found", "[auth][zone_map]") {
  std::vector<ZoneFacts> zones(100'000);
  for (std::size_t i = 0; i < zones.size(); ++i) {
    zones[i].zid = i;
    zones[i].name = Name::literal("zone" + std::to_string(i) + ".example.org.");
  }
  const ZoneMap map(std::move(zones));
  std::size_t found = 0;
  for (std::size_t i = 0; i < 100'000; ++i) {
    const Name name = Name::literal("www.zone" + std::to_string(i) + ".example.org.");
    const ZoneFacts* zone = map.closest(name.wire());
    found += zone != nullptr && zone->zid == i;
  }
  CHECK(found == 100'000);
  CHECK(closest(map, "zone100000.example.org.") == "none");
}
