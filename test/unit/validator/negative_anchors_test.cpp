// Negative trust anchors added by command: when they are looked at again, and the text that keeps
// them.
#include "validator/negative_anchors.hpp"

#include <catch2/catch.hpp>

using namespace windlass;
using namespace windlass::validator;
using dns::Name;

namespace {
FollowedNegative added(const char* name, const char* reason, std::int64_t since, std::int64_t until,
                       bool forced = false) {
  return {{Name::literal(name), reason, until, false}, since, forced};
}

std::string error_of(const std::string& text) {
  const auto parsed = parse_negative_text(text);
  return parsed ? "none" : parsed.error().what;
}
}  // namespace

TEST_CASE("An NTA is looked at again every so often, a forced one never", "[validator][nta]") {
  FollowedNegative anchor = added("org.", "", 1000, 5000);
  CHECK_FALSE(recheck_due(anchor, 1000, 300));
  CHECK_FALSE(recheck_due(anchor, 1299, 300));
  CHECK(recheck_due(anchor, 1300, 300));
  anchor.checked_wall_s = 1300;
  CHECK_FALSE(recheck_due(anchor, 1599, 300));
  CHECK(recheck_due(anchor, 1600, 300));
  CHECK(recheck_due(anchor, 1299, 300));  // the clock went back
  anchor.forced = true;
  CHECK_FALSE(recheck_due(anchor, 1'000'000, 300));
}

TEST_CASE("What is written is read again", "[validator][nta]") {
  FollowedNegative configured = added("net.", "stands in the configuration", 1, 2);
  configured.anchor.configured = true;
  const std::vector<FollowedNegative> all{added("example.org.", "they forgot to sign", 100, 3700),
                                          configured, added(".", "", 5, 9, true),
                                          added("a\\032b\\.c.org.", "; odd   name ", 7, 8)};
  const std::string text = negative_text(all);
  const auto read = parse_negative_text(text);
  REQUIRE(read);
  REQUIRE(read->size() == 3);
  CHECK((*read)[0].anchor.name == Name::literal("example.org."));
  CHECK((*read)[0].anchor.reason == "they forgot to sign");
  CHECK((*read)[0].since_wall_s == 100);
  CHECK((*read)[0].anchor.until_wall_s == 3700);
  CHECK_FALSE((*read)[0].forced);
  CHECK_FALSE((*read)[0].anchor.configured);
  CHECK((*read)[1].anchor.name.is_root());
  CHECK((*read)[1].anchor.reason.empty());
  CHECK((*read)[1].forced);
  CHECK((*read)[2].anchor.name == all[3].anchor.name);
  CHECK((*read)[2].anchor.reason == "; odd   name ");
  CHECK(negative_text(*read) == negative_text(*parse_negative_text(negative_text(*read))));
  REQUIRE(parse_negative_text(""));
  CHECK(parse_negative_text("")->empty());
}

TEST_CASE("What was not written so is refused with its line", "[validator][nta][negative]") {
  const auto twice = parse_negative_text("; a\n\norg. 1 2 recheck x\norg. 1 2 forced\n");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().line == 4);
  for (const char* line :
       {"org.\n", "org. 1\n", "org. 1 2\n", "org. 2 1 recheck\n", "org. 1 1 recheck\n",
        "org. -1 2 recheck\n", "org. 0 2 recheck\n", "org. a 2 recheck\n", "org. 1 2x recheck\n",
        "org. 1 2 maybe\n", "org. 1 99999999999999999999 recheck\n", "a..b 1 2 recheck\n",
        " org. 1 2 recheck\n", "org.  1 2 recheck\n", "org. 1 2 recheck a\tb\n",
        "org. 1 2 recheck"})
    CHECK(error_of(line) != "none");
}

TEST_CASE("Every short form of the text is the lines before the cut, or refused",
          "[validator][nta][negative]") {
  const std::string text = negative_text(
      {added("example.org.", "one", 100, 3700), added("example.net.", "two", 200, 3800, true)});
  for (std::size_t octets = 0; octets < text.size(); ++octets) {
    const auto read = parse_negative_text(text.substr(0, octets));
    const bool at_line_end = octets == 0 || text[octets - 1] == '\n';
    CHECK(static_cast<bool>(read) == at_line_end);
    if (read) CHECK(read->size() <= 1);
  }
}
