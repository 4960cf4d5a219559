// What workers get from plugins, and what mistakes of plugins come to.
#include <catch2/catch.hpp>

#include "dns/message_view.hpp"
#include "dns/name.hpp"
#include "test/unit/octets.hpp"
#include "test/unit/server/plugin_folder.hpp"

namespace {
using Catch::Matchers::Contains;
using namespace windlass;
using test::Bytes;
using test::plugin_settings;
using test::PluginFolder;
using Verdict = resolver::LocalZones::Verdict;

Bytes query_for(const std::string& name, std::uint8_t type = 1) {
  Bytes query = test::from_hex("abcd 0100 0001 0000 0000 0000");
  const auto wire = dns::Name::literal(name);
  query.insert(query.end(), wire.wire().begin(), wire.wire().end());
  for (const std::uint8_t octet : {std::uint8_t{0}, type, std::uint8_t{0}, std::uint8_t{1}})
    query.push_back(octet);
  return query;
}

std::string script(const std::string& more) {
  return R"({"zone":"home.example.")" + more + "}";
}

/// One worker and the plugins it asks.
struct Stage {
  explicit Stage(const std::vector<std::string>& scripts) {
    const std::string path = folder.plugin();
    std::vector<conf::PluginSettings> plugins;
    for (const auto& one : scripts) plugins.push_back(plugin_settings(path, one));
    limits.set(Limit::plugin_errors, 3);
    auto loaded = server::PluginSet::load(plugins, {"", ""}, limits);
    if (!loaded) throw std::runtime_error(loaded.error().text);
    set = *loaded;
    worker = set->enter(0, metrics, clock);
  }
  explicit Stage(const std::string& more = "") : Stage(std::vector<std::string>{script(more)}) {}

  Verdict ask(const std::string& name, std::size_t limit_octets = 1232) {
    const Bytes query = query_for(name);
    written = 0;
    resolver::LocalZones::Reply reply;
    const auto verdict = worker->answer({query, limit_octets}, out, reply);
    written = reply.written;
    return verdict;
  }
  std::uint64_t calls(unsigned verdict) const {
    return metrics.value(Metric::plugin_calls_total, verdict);
  }
  bool breaker_open() const { return metrics.value(Metric::plugin_breaker_open) == 1; }

  PluginFolder folder;
  Limits limits;
  Metrics metrics;
  ManualClock clock;
  std::shared_ptr<server::PluginSet> set;
  std::unique_ptr<resolver::LocalZones> worker;
  Bytes out = Bytes(65'535);
  std::size_t written = 0;
};

constexpr unsigned not_mine = 0, done = 1, error = 4;

TEST_CASE("A plugin answers its zone with AA, in the case asked", "[server][plugin]") {
  Stage stage;
  REQUIRE(stage.ask("wWw.Home.example.") == Verdict::done);
  const auto reply = dns::MessageView::parse(std::span(stage.out).first(stage.written));
  REQUIRE(reply);
  CHECK(reply->header().id() == 0xABCD);
  CHECK(reply->header().aa());
  CHECK(reply->header().rd());
  CHECK(reply->header().ra());
  CHECK(reply->header().ancount() == 1);
  CHECK(reply->question().name.to_text() == "wWw.Home.example.");
  CHECK(test::to_hex(std::span(stage.out).first(stage.written).last(4)) == "c0000235");
  CHECK(stage.calls(done) == 1);
}

TEST_CASE("A plugin is not asked for names outside its zone", "[server][plugin][negative]") {
  Stage stage;
  for (const char* name : {".", "example.", "xhome.example.", "home.example.org.", "home.exampl.",
                           "www.away.example."})
    CHECK(stage.ask(name) == Verdict::not_mine);
  CHECK(stage.calls(done) + stage.calls(not_mine) + stage.calls(error) == 0);
}

TEST_CASE("The plugin with the closest zone is asked, whatever the order", "[server][plugin]") {
  const std::string outer = R"({"zone":"example.","address":"192.0.2.1"})",
                    inner = R"({"zone":"a.example.","address":"192.0.2.2"})";
  Stage stage(GENERATE_COPY(std::vector{outer, inner}, std::vector{inner, outer}));
  REQUIRE(stage.ask("x.a.example.") == Verdict::done);
  CHECK(stage.out[stage.written - 1] == 2);
  REQUIRE(stage.ask("x.b.example.") == Verdict::done);
  CHECK(stage.out[stage.written - 1] == 1);
}

TEST_CASE("A question without a plain name goes past the plugins", "[server][plugin][negative]") {
  Stage stage(std::vector<std::string>{R"({"zone":"."})"});
  const Bytes pointer = test::from_hex("abcd 0100 0001 0000 0000 0000 c004 0001 0001");
  const Bytes cut = test::from_hex("abcd 0100 0001 0000 0000 0000 03777777");
  const Bytes no_class = test::from_hex("abcd 0100 0001 0000 0000 0000 00 0001");
  resolver::LocalZones::Reply reply;
  for (const Bytes& query : {pointer, cut, no_class})
    CHECK(stage.worker->answer({query, 1232}, stage.out, reply) == Verdict::not_mine);
  CHECK(stage.ask("www.example.") == Verdict::done);
}

TEST_CASE("Verdicts that end the matter are passed on", "[server][plugin]") {
  CHECK(Stage(R"(,"act":"drop")").ask("home.example.") == Verdict::drop);
  Stage stage(R"(,"act":"not_mine")");
  CHECK(stage.ask("home.example.") == Verdict::not_mine);
  CHECK(stage.calls(not_mine) == 1);
}

TEST_CASE("What a plugin must not do is an error, and nothing is written",
          "[server][plugin][negative]") {
  const std::string act =
      GENERATE("short", "long", "stranger", "odd", "referral", "chase", "pending", "error");
  Stage stage(R"(,"act":")" + act + "\"");
  CHECK(stage.ask("home.example.") == Verdict::error);
  CHECK(stage.written == 0);
  CHECK(stage.calls(error) == 1);
  CHECK_FALSE(stage.breaker_open());
}

TEST_CASE("The limit is the client's, not the buffer's", "[server][plugin][negative]") {
  Stage stage;
  CHECK(stage.ask("home.example.", 40) == Verdict::error);  // the scripted plugin sets no TC
  CHECK(stage.ask("home.example.", 512) == Verdict::done);
}

TEST_CASE("Errors in a row open the breaker; after its time one try closes it",
          "[server][plugin][negative]") {
  Stage stage(R"(,"act":"error","times":4)");
  for (int i = 0; i < 3; ++i) CHECK(stage.ask("home.example.") == Verdict::error);
  CHECK(stage.breaker_open());
  CHECK_THAT(stage.set->describe().front(), Contains("passed by on 1 workers"));
  CHECK(stage.ask("home.example.") == Verdict::error);
  CHECK(stage.calls(error) == 3);  // the plugin was not asked
  CHECK(stage.ask("www.example.org.") == Verdict::not_mine);
  stage.clock.advance_us(5'000'000);
  CHECK(stage.ask("home.example.") == Verdict::error);  // the fourth: open for as long again
  CHECK(stage.calls(error) == 4);
  stage.clock.advance_us(4'999'999);
  CHECK(stage.ask("home.example.") == Verdict::error);
  CHECK(stage.calls(error) == 4);
  stage.clock.advance_us(1);
  CHECK(stage.ask("home.example.") == Verdict::done);
  CHECK_FALSE(stage.breaker_open());
}

TEST_CASE("One plugin's open breaker leaves the others alone", "[server][plugin][negative]") {
  Stage stage(std::vector<std::string>{R"({"zone":"a.example.","act":"error"})",
                                       R"({"zone":"b.example."})"});
  for (int i = 0; i < 3; ++i) CHECK(stage.ask("a.example.") == Verdict::error);
  CHECK(stage.breaker_open());
  CHECK(stage.ask("b.example.") == Verdict::done);
  CHECK(stage.breaker_open());
}

TEST_CASE("A plugin's life: batches around answers, the end after the last worker",
          "[server][plugin]") {
  const PluginFolder notes;
  Stage stage(R"(,"trace":")" + notes / "trace" + "\"");
  stage.ask("www.example.org.");
  stage.ask("home.example.");
  stage.worker->end_batch();
  stage.worker->end_batch();
  stage.ask("home.example.");
  CHECK_THAT(stage.set->describe().front(), Contains("play: scripted 1.2.3 (") &&
                                                Contains("2 answers asked, 0 errors") &&
                                                Contains("answers_total 2, batches_total 2"));
  stage.set.reset();
  CHECK(notes.traced() == "create enter begin end begin");
  stage.worker.reset();
  CHECK(notes.traced() == "create enter begin end begin end leave quiesce destroy");
}

TEST_CASE("A worker a plugin does not let in goes on without it, and asks again",
          "[server][plugin][negative]") {
  Stage stage(R"(,"absent":1)");
  CHECK(stage.breaker_open());
  CHECK(stage.ask("home.example.") == Verdict::not_mine);
  stage.worker->end_batch();
  stage.clock.advance_us(5'000'000);
  CHECK(stage.ask("home.example.") == Verdict::done);
  CHECK_FALSE(stage.breaker_open());
}
}  // namespace
