// `views`: what a view says is read by the forms of the top level, and every mistake is told where
// it stands.
#include <catch2/catch.hpp>

#include "conf/table.hpp"
#include "test/unit/conf/loading.hpp"

using namespace windlass;
using namespace windlass::conf;

namespace {
const char* const two = R"(
views:
  - name: office
    clients: [192.0.2.0/24, "2001:db8:6::/48"]
    forward: [{zone: corp.example., servers: ["192.0.2.53@5353"], tcp: true}]
    stub: []
    local_zones: [corp.example., home.arpa.]
    dns64: "64:ff9b::/96"
    rebinding_protection: [corp.example.]
    special_names: false
    special_names_except: [test.]
    rate_limits: false
  - {name: boss, clients: [192.0.2.7], local_zones: all, dns64: off, rebinding_protection: off}
)";
}  // namespace

TEST_CASE("A view is read member by member", "[conf][views]") {
  const auto settings = load(two);
  if (!settings) FAIL(settings.error().to_text());
  const auto& views = settings->resolver.views;
  REQUIRE(views.size() == 2);
  const auto& office = views[0];
  CHECK(office.name == "office");
  REQUIRE(office.clients.size() == 2);
  CHECK(office.clients[1].to_text() == "2001:db8:6::/48");
  REQUIRE(office.forwards);
  CHECK(office.forwards->front().servers.front().port == 5353);
  CHECK(office.forwards->front().tcp);
  REQUIRE(office.stubs);
  CHECK(office.stubs->empty());
  CHECK(office.local_zones->size() == 2);
  CHECK((*office.dns64)->length_bits == 96);
  CHECK((*office.rebinding_protection)->size() == 1);
  CHECK(office.special_names == false);
  CHECK(office.special_names_except->size() == 1);
  CHECK_FALSE(office.rate_limits);
  const auto& boss = views[1];
  CHECK_FALSE(boss.forwards);
  CHECK_FALSE(boss.stubs);
  CHECK_FALSE(boss.local_zones);
  CHECK((boss.dns64 && !*boss.dns64));
  CHECK((boss.rebinding_protection && !*boss.rebinding_protection));
  CHECK_FALSE(boss.special_names);
  CHECK(boss.rate_limits);
  CHECK(said_by(boss) == std::vector<std::string>{"dns64", "rebinding_protection"});
  CHECK(said_by(office).size() == 8);
}

TEST_CASE("What is shown of views reads back, and a change of any member is a change",
          "[conf][views]") {
  const auto settings = load(two);
  REQUIRE(settings);
  std::string shown_as;
  for (const auto& setting : shown(*settings))
    if (setting.path == "views") shown_as = setting.value;
  const auto again = load("views: " + shown_as + "\n");
  if (!again) FAIL(again.error().to_text());
  CHECK(difference(*settings, *again).changed.empty());
  for (const char* const part :
       {"office", "192.0.2.0/24", "5353", "tcp: true", "home.arpa.", "ff9b", "[test.]",
        "rate_limits: false", "192.0.2.7", "stub: []"}) {
    CAPTURE(part);
    std::string other = two;
    const auto at = other.find(part);
    REQUIRE(at != other.npos);
    other.replace(at, std::string(part).size(),
                  part == std::string("office")         ? "bureau"
                  : part == std::string("192.0.2.0/24") ? "192.0.3.0/24"
                  : part == std::string("5353")         ? "5354"
                  : part == std::string("tcp: true")    ? "tcp: false"
                  : part == std::string("home.arpa.")   ? "b.example."
                  : part == std::string("ff9b")         ? "ff9c"
                  : part == std::string("[test.]")      ? "[]"
                  : part == std::string("192.0.2.7")    ? "192.0.2.8"
                  : part == std::string("stub: []")     ? "stub: [{zone: b., servers: [192.0.2.1]}]"
                                                        : "rate_limits: true");
    const auto changed = load(other);
    if (!changed) FAIL(changed.error().to_text());
    const auto change = difference(*settings, *changed);
    CHECK(change.changed == std::vector<std::string>{"views"});
    CHECK(change.needs_restart.empty());
  }
}

TEST_CASE("A longer prefix inside of another view's is fine", "[conf][views]") {
  CHECK(
      load("views:\n  - {name: a, clients: [192.0.2.0/24, 0.0.0.0/0, \"::/0\"]}\n"
           "  - {name: b, clients: [192.0.2.0/25, 192.0.2.0]}\n"));
}

TEST_CASE("A mistake in a view is told with its place", "[conf][views][negative]") {
  check_told(GENERATE(values<Mistake>({
      {"views: office\n", 1, 8, "WL-CONF-006", "a list of {name, clients,"},
      {"views: [office]\n", 1, 9, "WL-CONF-006", "a map like {name: ...}"},
      {"views: [{clients: [192.0.2.1]}]\n", 1, 9, "WL-CONF-009", "`name` is missing"},
      {"views: [{name: a}]\n", 1, 9, "WL-CONF-009", "`clients` is missing"},
      {"views: [{name: a, clients: []}]\n", 1, 9, "WL-CONF-006", "`views[0].clients` is empty"},
      {"views: [{name: a b, clients: [192.0.2.1]}]\n", 1, 16, "WL-CONF-006", "a word of letters"},
      {"views: [{name: -a, clients: [192.0.2.1]}]\n", 1, 16, "WL-CONF-006", "a word of letters"},
      {"views: [{name: a, clients: [192.0.2.1/33]}]\n", 1, 29, "WL-CONF-006",
       "`views[0].clients` is `192.0.2.1/33`"},
      {"views: [{name: a, clients: [192.0.2.1/24]}]\n", 1, 28, "WL-CONF-008",
       "`192.0.2.1/24` in `views[0].clients` has bits set behind its length"},
      {"views:\n  - {name: a, clients: [192.0.2.0/24]}\n  - {name: b, clients: [192.0.2.9, "
       "192.0.2.0/24]}\n",
       3, 24, "WL-CONF-008", "`192.0.2.0/24` in `views[1].clients` is in the view a too"},
      {"views: [{name: a, clients: [\"::1\", 192.0.2.1, \"::1\"]}]\n", 1, 28, "WL-CONF-008",
       "is there a second time"},
      {"views:\n  - {name: a, clients: [192.0.2.1]}\n  - {name: a, clients: [192.0.2.2]}\n", 3, 5,
       "WL-CONF-008", "this name is in `views` a second time"},
      {"views: [{name: a, clients: [192.0.2.1], forwards: []}]\n", 1, 41, "WL-CONF-003",
       "unknown key `forwards` in `views`; did you mean `forward`?"},
      {"views: [{name: a, clients: [192.0.2.1], acces: []}]\n", 1, 41, "WL-CONF-003",
       "unknown key `acces` in `views`"},
      {"views:\n  - name: a\n    clients: [192.0.2.1]\n    forward:\n      - {zone: b., servers: "
       "[192.0.2.1]}\n      - {zone: B, servers: [192.0.2.2]}\n",
       6, 9, "WL-CONF-008", "this zone is in `views[0].forward` a second time"},
      {"views:\n  - name: a\n    clients: [192.0.2.1]\n    forward: [{zone: b., servers: "
       "[192.0.2.1]}]\n    stub: [{zone: b., servers: [192.0.2.1]}]\n",
       5, 12, "WL-CONF-008", "b. is in `views[0].forward` and in `views[0].stub`"},
      {"views:\n  - name: a\n    clients: [192.0.2.1]\n    stub: [{zone: b., servers: "
       "[192.0.2.1]}]\nforward: [{zone: b., servers: [192.0.2.1]}]\n",
       4, 12, "WL-CONF-008", "b. is in `forward` and in `views[0].stub`"},
      {"views:\n  - {name: a, clients: [192.0.2.1]}\n  - name: b\n    clients: [192.0.2.2]\n    "
       "forward: [{zone: b., servers: [192.0.2.1@0]}]\n",
       5, 36, "WL-CONF-006", "a server in `views[1].forward` is `192.0.2.1@0`"},
      {"views: [{name: a, clients: [192.0.2.1], forward: [{zone: b., servers: "
       "[127.0.0.1@5300]}]}]\n",
       1, 51, "WL-CONF-008", "where Windlass itself listens"},
      {"views: [{name: a, clients: [192.0.2.1], local_zones: some}]\n", 1, 54, "WL-CONF-006",
       "`views[0].local_zones` is `some`; expected all, or a list of domain names"},
      {"views: [{name: a, clients: [192.0.2.1], local_zones: [a..b]}]\n", 1, 55, "WL-CONF-006",
       "`views[0].local_zones` is `a..b`"},
      {"views: [{name: a, clients: [192.0.2.1], dns64: \"64:ff9b::/97\"}]\n", 1, 48, "WL-CONF-006",
       "`views[0].dns64` is `64:ff9b::/97`; expected off, or an IPv6 prefix"},
      {"views: [{name: a, clients: [192.0.2.1], special_names: maybe}]\n", 1, 56, "WL-CONF-006",
       "`views[0].special_names` is `maybe`; expected true or false"},
      {"views: [{name: a, clients: [192.0.2.1], rate_limits: 5}]\n", 1, 54, "WL-CONF-006",
       "`views[0].rate_limits` is `5`"},
  })));
}
