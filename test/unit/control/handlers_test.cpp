// Each command against a House whose state is known: what it answers, what it tells the House, what
// it refuses.
#include "control/handlers.hpp"

#include <catch2/catch.hpp>

#include "base/log.hpp"
#include "test/support/fake_house.hpp"
#include "test/support/kept_reply.hpp"

using namespace windlass;
using namespace windlass::control;
using test::FakeHouse;
using test::run;

namespace {
/// A positive A RRset of 192.0.2.1 with 300 s to live.
cache::EntryPtr address_entry(const dns::Name& name, std::int64_t age_ms) {
  dns::RRsetBuilder builder(name, dns::Type::a);
  const std::array<std::uint8_t, 4> rdata{192, 0, 2, 1};
  REQUIRE(builder.add(rdata, 300));
  auto entry = std::make_shared<cache::Entry>();
  entry->evidence.name = name;
  entry->evidence.type = dns::Type::a;
  entry->evidence.rrset = builder.build();
  entry->rank = cache::Rank::authoritative;
  entry->security = cache::Security::secure;
  entry->stored_age_ms = age_ms;
  entry->expires_age_ms = age_ms + 300'000;
  return entry;
}
}  // namespace

TEST_CASE("ping, version, status and ready say how things are", "[control][handlers]") {
  FakeHouse house;
  house.trust = test::root_anchors();
  CHECK(run(house, "ping")->text(0, "answer") == "pong");
  CHECK(run(house, "version")->text(0, "version") == "9.8.7");
  house.clock.advance_us(5'000'000);
  const auto status = run(house, "status");
  CHECK(status->ok);
  CHECK(status->number(0, "workers") == 2);
  CHECK(status->number(0, "uptime_seconds") == 5);
  CHECK(status->text(0, "configuration") == "built-in default");
  CHECK(status->number(0, "trust_anchors") == 2);
  CHECK(run(house, "ready")->ok);
}

TEST_CASE("ready fails with the reason", "[control][handlers][negative]") {
  FakeHouse house;
  house.is_ready = {false, "no worker listens yet"};
  CHECK(run(house, "ready")->error == "not ready: no worker listens yet");
}

TEST_CASE("stats takes a prefix with or without windlass_", "[control][handlers]") {
  FakeHouse house;
  house.workers[0]->count(Metric::queries_total, 0, 1, 3);
  house.workers[1]->count(Metric::queries_total, 0, 1, 4);
  const auto reply = run(house, "stats", {GENERATE("queries_total", "windlass_queries_total")});
  REQUIRE(reply->rows.size() == 1);
  CHECK(reply->text(0, "metric") == "windlass_queries_total{proto=\"udp\",family=\"6\"}");
  CHECK(std::get<double>(*find_field(reply->rows[0], "value")) == 7);
  CHECK(run(house, "stats", {"nothing"})->rows.empty());
}

TEST_CASE("config commands go to the House and tell what it says", "[control][handlers]") {
  FakeHouse house;
  CHECK(run(house, "config show")->rows.size() == 2);
  CHECK(run(house, "config show", {"log"})->text(0, "value") == "info");
  CHECK(run(house, "config check", {"good.yaml"})->text(0, "result") == "no errors");
  CHECK(run(house, "config reload")->text(0, "file") == "windlass.yaml");
  const auto broken = run(house, "config check", {"bad.yaml"});
  CHECK_FALSE(broken->ok);
  CHECK(broken->error.starts_with("bad.yaml:1:2: "));
}

TEST_CASE("log level sets the level, and refuses what is none", "[control][handlers]") {
  FakeHouse house;
  const auto before = Log::get().level();
  CHECK(run(house, "log level", {"debug"})->ok);
  CHECK(Log::get().level() == LogLevel::debug);
  CHECK_FALSE(run(house, "log level", {"loud"})->ok);
  CHECK(Log::get().level() == LogLevel::debug);
  Log::get().set_level(before);
}

TEST_CASE("shutdown answers before it tells the House", "[control][handlers]") {
  FakeHouse house;
  CHECK(run(house, "shutdown")->ok);
  CHECK(house.told == std::vector<std::string>{"shutdown"});
}

TEST_CASE("nta add takes a duration, a reason of several words, or neither",
          "[control][handlers]") {
  FakeHouse house;
  run(house, "nta add", {"example.org"});
  run(house, "nta add", {"example.org", "2h"});
  run(house, "nta add", {"example.org", "2h", "expired", "signatures"});
  run(house, "nta add", {"example.org", "expired"});
  CHECK(house.told == std::vector<std::string>{"nta add example.org. - ",
                                               "nta add example.org. 7200 ",
                                               "nta add example.org. 7200 expired signatures",
                                               "nta add example.org. - expired"});
  CHECK(run(house, "nta remove", {"example.org"})->ok);
}

TEST_CASE("nta add --force stands anywhere behind the command and is no reason",
          "[control][handlers]") {
  FakeHouse house;
  CHECK(run(house, "nta add", {"--force", "a.example."})->ok);
  CHECK(run(house, "nta add", {"b.example.", "--force", "2h", "why"})->ok);
  CHECK(run(house, "nta add", {"c.example.", "2h", "why", "--force"})->ok);
  const auto forced = run(house, "nta add", {"d.example.", "why", "--force", "so"});
  CHECK(house.told == std::vector<std::string>{"nta add a.example. -  forced",
                                               "nta add b.example. 7200 why forced",
                                               "nta add c.example. 7200 why forced",
                                               "nta add d.example. - why so forced"});
  REQUIRE(forced->rows.size() == 1);
  CHECK(forced->text(0, "checked") == "never: forced");
  CHECK_FALSE(run(house, "nta add", {"--force"})->ok);
}

TEST_CASE("nta add says when the anchor is lost at a restart", "[control][handlers]") {
  FakeHouse house;
  CHECK(run(house, "nta add", {"a.example."})->text(0, "lost_at_restart").empty());
  house.lost_at_restart = "cannot create state/negative-anchors: Read-only file system";
  CHECK(run(house, "nta add", {"a.example."})->text(0, "lost_at_restart") == house.lost_at_restart);
}

TEST_CASE("nta list: since, until, last look and what it found", "[control][handlers]") {
  FakeHouse house;
  const std::int64_t wall_s = house.now().wall_s;
  const auto name = [](const char* text) { return dns::Name::literal(text); };
  house.negative = {{{name("a."), "why", wall_s + 60, false}, wall_s},
                    {{name("b."), "why", wall_s + 60, false}, wall_s, false, wall_s, "bogus: old"},
                    {{name("c."), "", 0, true}, wall_s}};
  const auto list = run(house, "nta list");
  REQUIRE(list->rows.size() == 3);
  CHECK(list->text(0, "since").starts_with("2023-11-14T"));
  CHECK(list->text(0, "until").starts_with("2023-11-14T"));
  CHECK(list->text(0, "checked") == "not yet");
  CHECK(list->text(0, "found").empty());
  CHECK(list->text(1, "checked").starts_with("2023-11-14T"));
  CHECK(list->text(1, "found") == "bogus: old");
  CHECK(list->text(1, "reason") == "why");
  CHECK(list->text(1, "source") == "command");
  CHECK(list->text(2, "until") == "as configured");
  CHECK(list->text(2, "source") == "configuration");
}

TEST_CASE("nta refuses what is no name and lives that are too long",
          "[control][handlers][negative]") {
  FakeHouse house;
  CHECK_FALSE(run(house, "nta add", {"a..b"})->ok);
  CHECK_FALSE(run(house, "nta add", {""})->ok);
  const auto long_life = run(house, "nta add", {"example.org", "8d"});
  CHECK_FALSE(long_life->ok);
  CHECK(long_life->error.find("at most 7d (limit nta_lifetime_max)") != std::string::npos);
  CHECK_FALSE(run(house, "nta add", {"example.org", "0"})->ok);
  CHECK_FALSE(run(house, "nta remove", {"."})->ok);
  CHECK(house.told.empty());
}

TEST_CASE("durations on the command line", "[control][handlers]") {
  CHECK(handlers::parse_seconds("90") == 90);
  CHECK(handlers::parse_seconds("1d") == 86'400);
  CHECK_FALSE(
      handlers::parse_seconds(GENERATE("", "h", "1w", "-1", "1.5h", "99999999999999999999")));
}

TEST_CASE("cache lookup shows entries with what is left of their TTL", "[control][handlers]") {
  FakeHouse house;
  const auto name = dns::Name::literal("www.example.org.");
  REQUIRE(house.cache().store(0, address_entry(name, house.now().age_ms), house.now().age_ms));
  house.clock.advance_us(10'000'000);
  const auto reply = run(house, "cache lookup", {"WWW.example.org"});
  REQUIRE(reply->rows.size() == 1);
  CHECK(reply->number(0, "ttl") == 290);
  CHECK(reply->text(0, "security") == "secure");
  CHECK(reply->text(0, "rank") == "authoritative");
  CHECK(std::get<std::vector<std::string>>(*find_field(reply->rows[0], "data")) ==
        std::vector<std::string>{"192.0.2.1"});
  CHECK(run(house, "cache lookup", {"www.example.org", "AAAA"})->rows.empty());
  CHECK(run(house, "cache lookup", {"www.example.org", "a"})->rows.size() == 1);
}

TEST_CASE("cache flush goes to the House with the name", "[control][handlers]") {
  FakeHouse house;
  CHECK(run(house, "cache flush", {"example.org"})->text(0, "answer") == "forgot 1 entry");
  run(house, "cache flush", {"example.org", "--subtree"});
  run(house, "cache flush", {"--subtree", "example.org"});
  CHECK(run(house, "cache flush-all")->text(0, "answer") == "forgot 7 entries");
  CHECK(house.told == std::vector<std::string>{"flush example.org.", "flush example.org. subtree",
                                               "flush example.org. subtree", "flush all subtree"});
}

TEST_CASE("cache commands refuse wrong names, types and flags", "[control][handlers][negative]") {
  FakeHouse house;
  CHECK_FALSE(run(house, "cache lookup", {"a..b"})->ok);
  CHECK_FALSE(run(house, "cache lookup", {"example.org", "NOTYPE"})->ok);
  CHECK_FALSE(run(house, "cache flush", {"example.org", "--all"})->ok);
  CHECK_FALSE(run(house, "cache flush", {"--subtree"})->ok);
  CHECK_FALSE(run(house, "cache flush", {"--subtree", "--subtree"})->ok);
  CHECK(house.told.empty());
}

TEST_CASE("cache stats has a row a cache and one for the limit", "[control][handlers]") {
  FakeHouse house;
  const auto reply = run(house, "cache stats");
  REQUIRE(reply->rows.size() >= 2);
  CHECK(reply->text(reply->rows.size() - 1, "cache") == "limit");
  CHECK(reply->number(reply->rows.size() - 1, "octets") ==
        static_cast<std::int64_t>(house.cache().limit_octets()));
}

TEST_CASE("servers list shows round trips, and those of one zone on request",
          "[control][handlers]") {
  FakeHouse house;
  const auto now = house.now();
  auto& servers = house.cache().servers();
  servers.on_reply(*Endpoint::parse("192.0.2.1@53"), 20'000, now.mono_us);
  servers.on_reply(*Endpoint::parse("192.0.2.2@53"), 30'000, now.mono_us);
  servers.mark_lame(*Endpoint::parse("192.0.2.2@53"), dns::Name::literal("example."), now.mono_us);
  CHECK(run(house, "servers list")->rows.size() == 2);
  auto cut = std::make_shared<cache::Delegation>();
  cut->cut = dns::Name::literal("example.");
  cut->servers.push_back({dns::Name::literal("ns.example."), {*Endpoint::parse("192.0.2.2@53")}});
  cut->expires_age_ms = now.age_ms + 60'000;
  house.cache().store_delegation(0, cut, now.age_ms);
  const auto one = run(house, "servers list", {"www.example"});
  REQUIRE(one->rows.size() == 1);
  CHECK(one->text(0, "server") == "192.0.2.2@53");
  CHECK(one->text(0, "state") == "lame");
  CHECK(run(house, "servers list", {"other.test"})->rows.empty());
  auto forwarded = std::make_shared<cache::Delegation>(*cut);
  forwarded->servers[0].endpoints = {*Endpoint::parse("192.0.2.1@53")};
  house.more_cuts.push_back(forwarded);
  CHECK(run(house, "servers list", {"www.example"})->rows.size() == 2);
}

TEST_CASE("why answers later: questions, links in their order, the result", "[control][handlers]") {
  FakeHouse house;
  const auto reply = run(house, "why", {"www.example.org"});
  CHECK(house.told == std::vector<std::string>{"why www.example.org. A"});
  CHECK_FALSE(reply->ended);
  WhyView view;
  view.steps.resize(3);
  view.steps[0].kind = "ask", view.steps[0].rtt_us = 1500;
  view.steps[1].kind = "chain", view.steps[1].link = "anchor";
  view.steps[2].kind = "chain", view.steps[2].link = "dnskey", view.steps[2].failed = true;
  view.steps[2].ede = "7 (Signature Expired): example.org. DNSKEY";
  view.steps[2].by =
      WhyStep::Signature{4711, "RSASHA256", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"};
  view.security = "bogus";
  house.waiting_why(view);
  REQUIRE(reply->rows.size() == 4);
  CHECK(reply->ok);
  CHECK(std::get<double>(*find_field(reply->rows[0], "rtt_ms")) == 1.5);
  CHECK(reply->text(1, "link") == "anchor");
  CHECK(find_field(reply->rows[1], "key_tag") == nullptr);
  CHECK(reply->number(2, "key_tag") == 4711);
  CHECK(reply->text(2, "algorithm") == "RSASHA256");
  CHECK(reply->text(2, "inception") == "2026-01-01T00:00:00Z");
  CHECK(reply->text(2, "expiration") == "2026-02-01T00:00:00Z");
  CHECK(reply->text(2, "ede") == "7 (Signature Expired): example.org. DNSKEY");
  CHECK(find_field(reply->rows[2], "failed") != nullptr);
  CHECK(reply->text(3, "security") == "bogus");
}

TEST_CASE("why is told for whom", "[control][handlers]") {
  FakeHouse house;
  run(house, "why", {"a.example", "--view", "office"});
  run(house, "why", {"--client", "2001:db8::1", "b.example", "AAAA"});
  CHECK(house.told == std::vector<std::string>{"why a.example. A in office",
                                               "why b.example. AAAA at 2001:db8::1"});
}

TEST_CASE("why refuses an asker that is none, or two", "[control][handlers][negative]") {
  using Words = std::vector<std::string>;
  const auto [words, says] = GENERATE(table<Words, const char*>({
      {Words{"a.example", "--view"}, "a value is missing behind `--view`"},
      {Words{"--client", "a.example"}, "`a.example` is no address"},
      {Words{"a.example", "--client", "192.0.2.300"}, "`192.0.2.300` is no address"},
      {Words{"--view", "office"}, "usage: why NAME [TYPE]"},
      {Words{"a.example", "A", "IN"}, "usage: why NAME [TYPE]"},
      {Words{"--view", "a", "--client", "192.0.2.1"}, "expected one --view or --client"},
  }));
  CAPTURE(words);
  FakeHouse house;
  const auto reply = run(house, "why", words);
  CHECK(reply->error.find(says) != std::string::npos);
  CHECK(house.told.empty());
}

TEST_CASE("views list has all, or the one of a client", "[control][handlers]") {
  FakeHouse house;
  house.view_rows = {{"office", {"192.0.2.0/24"}, {"forward", "dns64"}, 4711}, {"lab", {}, {}, 0}};
  const auto all = run(house, "views list");
  REQUIRE(all->rows.size() == 2);
  CHECK(all->text(0, "view") == "office");
  CHECK(std::get<std::vector<std::string>>(*find_field(all->rows[0], "settings")).size() == 2);
  CHECK(all->number(0, "partition") == 4711);
  CHECK(run(house, "views list", {"192.0.2.1"})->rows.size() == 1);
  CHECK(run(house, "views list", {"office"})->error.find("no address") != std::string::npos);
}

TEST_CASE("why refuses meta types and tells a refusal", "[control][handlers][negative]") {
  FakeHouse house;
  CHECK_FALSE(run(house, "why", {"example.org", "AXFR"})->ok);
  CHECK(house.told.empty());
  const auto reply = run(house, "why", {"example.org", "TXT"});
  house.waiting_why(Refusal{"too many at once"});
  CHECK(reply->error == "too many at once");
}

TEST_CASE("resolutions lists what runs; help lists commands", "[control][handlers]") {
  FakeHouse house;
  house.running.push_back(
      {1, dns::Name::literal("example.org."), dns::Type::aaaa, "asking 192.0.2.1@53", 12, 3, 2});
  const auto reply = run(house, "resolutions");
  CHECK(reply->text(0, "type") == "AAAA");
  CHECK(reply->number(0, "waiters") == 2);
  CHECK(run(house, "help")->rows.size() == command_table().size());
  CHECK(run(house, "help", {"cache"})->rows.size() == 4);
  CHECK_FALSE(run(house, "help", {"cash"})->ok);
}
