// Keys: their order is the order of names, they read back, and nothing else does.
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "auth-plugin/store/key.hpp"
#include "base/rng.hpp"

using namespace windlass;
using namespace windlass::auth;
using dns::Name;

namespace {
constexpr Zid zid = 0x0102030405060708;

const std::vector<std::string> odd_labels{
    "a",          "b",          "A",          "z",         "\\000", "\\001",
    "\\002",      "\\000\\000", "\\255",      "*",         "-",     "a\\000",
    "a\\001",     "a\\000b",    "\\001a",     "aa",        "ab",    "\\001\\001",
    "\\255\\255", "_tcp",       "\\000\\001", "\\001\\002"};

std::string odd_name(SeededRng& rng, unsigned labels_most) {
  std::string text;
  for (unsigned left = rng.below(labels_most + 1); left > 0; --left)
    text += odd_labels[rng.below(static_cast<std::uint32_t>(odd_labels.size()))] + ".";
  return text;
}

Key node_key(const Name& zone, const Name& owner) {
  const auto key = Key::node(zid, zone, owner);
  REQUIRE(key);
  return *key;
}

Errc fault_of_key(std::vector<std::uint8_t> behind_zid) {
  std::vector<std::uint8_t> key{1, 2, 3, 4, 5, 6, 7, 8};
  key.insert(key.end(), behind_zid.begin(), behind_zid.end());
  const auto parts = read_key(key, Name::literal("example.org"));
  REQUIRE_FALSE(parts);
  return parts.error().code;
}

std::vector<std::uint8_t> behind_zid(const Key& key) {
  return {key.octets().begin() + 8, key.octets().end()};
}
}  // namespace

TEST_CASE("Key: the octets of node, subtree and record", "[auth][key]") {
  const Name zone = Name::literal("example.org");
  const Name owner = Name::literal("B.\\000\\001a.Example.org");
  using V = std::vector<std::uint8_t>;
  CHECK(zid_in(node_key(zone, owner).octets()) == zid);
  CHECK(behind_zid(node_key(zone, owner)) == V{1, 1, 1, 2, 'a', 0, 'b', 0, 0});
  CHECK(behind_zid(*Key::subtree(zid, zone, owner)) == V{1, 1, 1, 2, 'a', 0, 'b', 0});
  CHECK(behind_zid(*Key::record(zid, zone, owner, dns::Type{0x0102})) ==
        V{1, 1, 1, 2, 'a', 0, 'b', 0, 0, 1, 2});
  CHECK(behind_zid(node_key(zone, zone)) == V{0});
  CHECK(behind_zid(node_key(Name{}, Name{})) == V{0});
}

TEST_CASE("Key: octet order is RFC 4034's order of names", "[auth][key]") {
  SeededRng rng(1);
  for (const char* apex : {"example.org", ".", "\\000.\\001"}) {
    const Name zone = Name::literal(apex);
    const std::string ending = zone.is_root() ? "" : zone.to_text();
    const auto any = [&] {
      const std::string text = odd_name(rng, 5) + ending;
      return text.empty() ? zone : Name::literal(text);
    };
    for (int round = 0; round < 20'000; ++round) {
      const Name a = any(), b = any();
      INFO(a.to_text() << " and " << b.to_text());
      const auto by_key = node_key(zone, a) <=> node_key(zone, b);
      REQUIRE((by_key < 0) == (a.canonical_order(b) < 0));
      REQUIRE((by_key == 0) == (a == b));
      REQUIRE(begins_with(node_key(zone, a).octets(), subtree_of(node_key(zone, b).octets())) ==
              a.is_at_or_below(b));
      if (a != b)
        REQUIRE(common_labels(node_key(zone, a).octets(), node_key(zone, b).octets()) ==
                a.common_labels(b) - zone.label_count());
    }
  }
}

TEST_CASE("Key: records of one owner stand by type, before the names below it", "[auth][key]") {
  const Name zone = Name::literal("example.org"), owner = Name::literal("a.example.org");
  const Key first = *Key::record(zid, zone, owner, dns::Type{1});
  const Key second = *Key::record(zid, zone, owner, dns::Type{0x0100});
  const Key below = *Key::record(zid, zone, Name::literal("\\000.a.example.org"), dns::Type{1});
  CHECK(first < second);
  CHECK(second < below);
  CHECK(Key(zid) < first);
  CHECK(below < Key(zid + 1));
}

TEST_CASE("Key: reads back as the lower case owner and type", "[auth][key]") {
  SeededRng rng(2);
  const Name zone = Name::literal("Example.ORG");
  for (int round = 0; round < 2000; ++round) {
    const Name owner = Name::literal(odd_name(rng, 6) + "example.org.");
    const auto node = read_key(node_key(zone, owner).octets(), zone);
    const Key key = *Key::record(zid, zone, owner, dns::Type{0xABCD});
    const auto record = read_key(key.octets(), zone);
    REQUIRE(node);
    REQUIRE(record);
    CHECK(node->owner.same_case(owner.lowercase()));
    CHECK(node->zid == zid);
    CHECK(node->type == dns::Type::none);
    CHECK(record->owner == owner);
    CHECK(record->type == dns::Type{0xABCD});
    CHECK(labels_in(key.octets()) == owner.label_count() - 2);
  }
}

TEST_CASE("Key: a name too long for a key is refused, and sought in its place",
          "[auth][key][negative]") {
  const auto nuls = [](int count) {
    std::string label;
    while (count-- > 0) label += "\\000";
    return label + ".";
  };
  const std::string text = nuls(63) + nuls(63) + nuls(63);
  const Name fits = Name::literal(nuls(49) + text + "example.org");
  const Name long_name = Name::literal(nuls(61) + text);
  REQUIRE(fits.size_octets() == 255);
  REQUIRE(long_name.size_octets() == 255);
  CHECK(Key::node(zid, Name::literal("example.org"), fits));
  CHECK(Key::node(zid, Name{}, long_name).error().code == Errc::no_space);
  bool whole = true;
  const Key cut = Key::sought(zid, Name{}, long_name, whole);
  CHECK_FALSE(whole);
  CHECK(cut.octets().size() == Key::max_octets);
  CHECK(node_key(Name{}, Name::literal(text)) < cut);
  CHECK(cut < node_key(Name{}, Name::literal("a." + text)));
}

TEST_CASE("read_key: damaged keys", "[auth][key][negative]") {
  const Name zone = Name::literal("example.org");
  CHECK(read_key({}, zone).error().code == Errc::truncated);
  CHECK(fault_of_key({}) == Errc::truncated);
  CHECK(fault_of_key({'a'}) == Errc::truncated);
  CHECK(fault_of_key({'a', 0}) == Errc::truncated);
  CHECK(fault_of_key({'a', 1}) == Errc::truncated);
  CHECK(fault_of_key({'a', 1, 3, 0, 0}) == Errc::bad_label);
  CHECK(fault_of_key({'A', 0, 0}) == Errc::bad_label);
  CHECK(fault_of_key({'a', 0, 0, 1}) == Errc::trailing);
  CHECK(fault_of_key({'a', 0, 0, 1, 2, 3}) == Errc::trailing);
  std::vector<std::uint8_t> label(64, 'a');
  label.insert(label.end(), {0, 0});
  CHECK(fault_of_key(label) == Errc::bad_label);
  std::vector<std::uint8_t> deep;
  for (int i = 0; i < 130; ++i) deep.insert(deep.end(), {'a', 0});
  deep.push_back(0);
  CHECK(fault_of_key(deep) == Errc::name_too_long);
  CHECK(zid_in(std::vector<std::uint8_t>(7)) == 0);
  CHECK(labels_in({}) == 0);
}

TEST_CASE("zid_of: the digest of the lower case name and its view", "[auth][key]") {
  // SHA-256 of 07 "example" 03 "org" 00, and of the same with "inside" behind it.
  CHECK(zid_of(Name::literal("Example.ORG")) == zid_of(Name::literal("example.org")));
  CHECK(zid_of(Name::literal("example.org")) == 0x640cf2756b8440ae);
  CHECK(zid_of(Name::literal("example.org"), "inside") == 0x6442d9a0460171a5);
}
