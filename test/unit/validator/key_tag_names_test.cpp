// Names that speak of key tags: the key tag query (RFC 8145 5) and the sentinel (RFC 8509 3).
#include "validator/key_tag_names.hpp"

#include <catch2/catch.hpp>

using namespace windlass;
using namespace windlass::validator;
using dns::Name;

namespace {
Anchor anchor(const char* zone, const std::vector<std::uint16_t>& tags) {
  Anchor made{Name::literal(zone), {}};
  for (const std::uint16_t tag : tags)
    made.keys.push_back({true, {static_cast<std::uint8_t>(tag >> 8), 0, 13, 2, 1}, tag, 13});
  return made;
}

std::string query_of(const Anchor& anchor) {
  const auto name = key_tag_query(anchor);
  return name ? name->to_text() : "none";
}
}  // namespace

TEST_CASE("A key tag query names all tags in ascending order, in four hex digits",
          "[validator][keytags]") {
  CHECK(query_of(anchor(".", {20326})) == "_ta-4f66.");
  CHECK(query_of(anchor(".", {38696, 20326})) == "_ta-4f66-9728.");
  CHECK(query_of(anchor("example.org.", {42, 65535, 0})) == "_ta-0000-002a-ffff.example.org.");
  CHECK(query_of(anchor(".", {7, 7, 7})) == "_ta-0007.");
  CHECK(key_tag_query(anchor(".", {0xABCD}))->same_case(Name::literal("_ta-abcd.")));
}

TEST_CASE("A key tag query has one label of at most 63 octets, or is none",
          "[validator][keytags][negative]") {
  std::vector<std::uint16_t> tags;
  for (std::uint16_t tag = 100; tag > 0; --tag) tags.push_back(tag);
  const auto many = key_tag_query(anchor(".", tags));
  REQUIRE(many);
  CHECK(many->first_label().size() == 63);
  CHECK(many->to_text().starts_with("_ta-0001-0002-"));
  CHECK_FALSE(key_tag_query(anchor(".", {})));
  const std::string label(60, 'a');
  const std::string deep = label + "." + label + "." + label + "." + label + ".";
  CHECK_FALSE(key_tag_query(anchor(deep.c_str(), {1, 2, 3})));
}

TEST_CASE("A sentinel's label is read whatever the case of its letters", "[validator][keytags]") {
  const auto is = sentinel_of(Name::literal("root-key-sentinel-is-ta-20326.example.org."));
  REQUIRE(is);
  CHECK((is->is && is->key_tag == 20326));
  const auto isnt = sentinel_of(Name::literal("Root-Key-Sentinel-NOT-ta-00042."));
  REQUIRE(isnt);
  CHECK((!isnt->is && isnt->key_tag == 42));
  CHECK(sentinel_of(Name::literal("root-key-sentinel-is-ta-65535.")));
  CHECK(sentinel_of(Name::literal("root-key-sentinel-is-ta-00000.")));
}

TEST_CASE("What is not exactly a sentinel is a name like any other",
          "[validator][keytags][negative]") {
  const std::string whole = "root-key-sentinel-is-ta-20326";
  for (std::size_t octets = 1; octets < whole.size(); ++octets)
    CHECK_FALSE(sentinel_of(Name::literal(whole.substr(0, octets) + ".org.")));
  for (const char* name :
       {".", "org.", "root-key-sentinel-is-ta-203260.org.", "root-key-sentinel-is-ta-65536.",
        "root-key-sentinel-is-ta-99999.", "root-key-sentinel-is-ta-+2032.",
        "root-key-sentinel-is-ta-2032a.", "root-key-sentinel-is-ta- 2032.",
        "root-key-sentinel-no-ta-20326.", "root-key-sentinel-is-ta-4f66.",
        "xroot-key-sentinel-is-ta-20326.", "root-key-sentinel-is-ta-20326x.",
        "a.root-key-sentinel-is-ta-20326.org.", "is-ta-20326.", "kskroll-sentinel-is-ta-20326."}) {
    INFO(name);
    const auto read = Name::from_text(name);
    if (read) CHECK_FALSE(sentinel_of(*read));
  }
}

TEST_CASE("The four cases of RFC 8509 3.2", "[validator][keytags]") {
  const Anchor root = anchor(".", {20326, 38696});
  CHECK_FALSE(withholds({true, 20326}, root));
  CHECK(withholds({true, 12345}, root));
  CHECK(withholds({false, 38696}, root));
  CHECK_FALSE(withholds({false, 12345}, root));
}
