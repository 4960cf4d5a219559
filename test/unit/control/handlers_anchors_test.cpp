// anchors list, refresh and reload against a House whose keys are known.
#include <catch2/catch.hpp>

#include "control/handlers.hpp"
#include "test/support/fake_house.hpp"
#include "test/support/kept_reply.hpp"

using namespace windlass;
using namespace windlass::control;
using test::FakeHouse;
using test::run;
using validator::KeyState;

namespace {
const validator::AnchorKey pending_key{false, {1, 1, 3, 13, 9, 9}, 4711, 13};

validator::KeyChange change(std::optional<KeyState> from, std::optional<KeyState> to) {
  return {dns::Name(), pending_key, from, to};
}
}  // namespace

TEST_CASE("anchors list shows each key: state, tag, algorithm, since when, next check",
          "[control][handlers]") {
  FakeHouse house;
  CHECK(run(house, "anchors list")->rows.empty());
  house.trust = test::root_anchors();
  house.beside.push_back(
      {dns::Name(), {pending_key, KeyState::addpend, 1'700'000'000, 0, 60}, 1'699'999'200, 0});
  const auto list = run(house, "anchors list");
  REQUIRE(list->rows.size() == 3);
  CHECK(list->text(0, "zone") == ".");
  CHECK(list->number(0, "key_tag") == 20326);
  CHECK(list->number(0, "algorithm") == 8);
  CHECK(list->text(0, "state") == "valid");
  CHECK(list->text(0, "since") == "2023-11-03T08:26:40Z");
  CHECK(list->text(0, "checked") == "2023-11-14T22:00:00Z");
  CHECK(list->text(0, "next_check") == "2023-11-14T23:00:00Z");
  CHECK(list->text(0, "form") == "DS");
  CHECK(list->text(0, "data").starts_with("20326 8 2 "));
  CHECK(list->number(1, "key_tag") == 38696);
  CHECK(list->text(2, "state") == "addpend");
  CHECK(list->text(2, "trusted_from") == "2023-12-14T22:13:20Z");  // 30 days on
  CHECK(list->text(2, "next_check") == "never");
  CHECK(list->text(2, "form") == "DNSKEY");
}

TEST_CASE("anchors reload prints the keys before and after, and what the file did not change",
          "[control][handlers]") {
  FakeHouse house;
  house.trust = test::root_anchors();
  house.next_trust = house.trust->with_anchors({});
  house.dropped.push_back(change(KeyState::valid, std::nullopt));
  house.refused.push_back(change(KeyState::revoked, KeyState::revoked));
  const auto reload = run(house, "anchors reload");
  CHECK(reload->ok);
  REQUIRE(reload->rows.size() == 4);
  CHECK(reload->text(1, "when") == "before");
  CHECK(reload->text(2, "when") == "dropped");
  CHECK(reload->number(2, "key_tag") == 4711);
  CHECK(reload->text(2, "state") == "valid");
  CHECK(reload->text(3, "when") == "refused");
  CHECK(reload->text(3, "note").find("--force") != std::string::npos);
  CHECK(house.told.empty());
  house.next_trust = test::root_anchors();
  CHECK(run(house, "anchors reload", {"--force"})->ok);
  CHECK(house.told == std::vector<std::string>{"forced"});
}

TEST_CASE("a refused reload says why and keeps the anchors", "[control][handlers][negative]") {
  FakeHouse house;
  house.trust = test::root_anchors();
  const auto reload = run(house, "anchors reload");
  CHECK_FALSE(reload->ok);
  CHECK(reload->error.find("root.key:3") != std::string::npos);
  CHECK(run(house, "anchors list")->rows.size() == 2);
  house.next_trust = test::root_anchors();
  CHECK_FALSE(run(house, "anchors reload", {"-f"})->ok);
  CHECK(house.told.empty());
}

TEST_CASE("anchors refresh prints what changed, zone by zone", "[control][handlers]") {
  FakeHouse house;
  const auto org = dns::Name::literal("example.org.");
  house.refreshed = {
      {dns::Name(),
       {change(std::nullopt, KeyState::addpend), change(KeyState::valid, KeyState::revoked)},
       ""},
      {org, {}, ""}};
  const auto good = run(house, "anchors refresh");
  CHECK(good->ok);
  REQUIRE(good->rows.size() == 3);
  CHECK(good->text(0, "from") == "unknown");
  CHECK(good->text(0, "to") == "addpend");
  CHECK(good->text(1, "to") == "revoked");
  CHECK(good->text(2, "zone") == "example.org.");
  CHECK(good->text(2, "result") == "nothing changed");
}

TEST_CASE(
    "anchors refresh fails when a zone's keys are not there, and when there is nothing to ask",
    "[control][handlers][negative]") {
  FakeHouse house;
  CHECK(run(house, "anchors refresh")->error == "dnssec.auto_update is off");
  house.refreshed = {{dns::Name(), {}, ". DNSKEY: no RRSIG"}};
  const auto failed = run(house, "anchors refresh");
  CHECK_FALSE(failed->ok);
  CHECK(failed->text(0, "result") == ". DNSKEY: no RRSIG");
  CHECK(failed->error.find("1 of 1") != std::string::npos);
}
