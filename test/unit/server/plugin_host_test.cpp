// What workers get from plugins, and what mistakes of plugins come to.
#include <chrono>
#include <mutex>
#include <thread>

#include <catch2/catch.hpp>

#include "dns/message_view.hpp"
#include "dns/name.hpp"
#include "server/plugin_pending.hpp"
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
    limits.set(Limit::plugin_commands, 2);
    auto loaded = server::PluginSet::load(plugins, {"", ""}, limits, desk);
    if (!loaded) throw std::runtime_error(loaded.error().text);
    set = *loaded;
    worker = set->enter(0, metrics, clock);
  }
  explicit Stage(const std::string& more = "") : Stage(std::vector<std::string>{script(more)}) {}

  Verdict ask(const std::string& name, std::size_t limit_octets = 1232, std::uint8_t type = 1) {
    const Bytes query = query_for(name, type);
    written = 0;
    resolver::LocalZones::Reply reply;
    const auto verdict = worker->answer({query, limit_octets, &peer, ticket}, out, reply);
    kept = reply.kept;
    written = reply.written;
    next = reply.next;
    return verdict;
  }
  std::uint64_t calls(unsigned verdict) const {
    return metrics.value(Metric::plugin_calls_total, verdict);
  }
  bool breaker_open() const { return metrics.value(Metric::plugin_breaker_open) == 1; }

  PluginFolder folder;
  std::shared_ptr<server::PluginDesk> desk = std::make_shared<server::PluginDesk>();
  Limits limits;
  Metrics metrics;
  ManualClock clock;
  std::shared_ptr<server::PluginSet> set;
  std::unique_ptr<resolver::LocalZones> worker;
  Bytes out = Bytes(65'535);
  std::size_t written = 0;
  const Endpoint peer = *Endpoint::parse("192.0.2.7@4711");
  std::uint64_t ticket = 0;
  dns::Name next;
  bool kept = false;
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

TEST_CASE("Referral, chase and pending are passed on with what belongs to them",
          "[server][plugin]") {
  Stage away(R"(,"act":"chase","alias":"www.away.example.")");
  REQUIRE(away.ask("home.example.") == Verdict::chase);
  CHECK(away.next.to_text() == "www.away.example.");
  CHECK(away.written > 40);
  CHECK(away.calls(3) == 1);
  Stage below(R"(,"act":"referral")");
  CHECK(below.ask("home.example.") == Verdict::referral);
  CHECK(below.written > 0);
  Stage later(R"(,"act":"mute")");
  later.ticket = 77;
  CHECK(later.ask("home.example.") == Verdict::pending);
  CHECK(later.written == 0);
}

TEST_CASE("What a plugin completes comes to the desk with its ticket, twice if it errs",
          "[server][plugin][pending]") {
  Stage stage(R"(,"act":"twice")");
  std::mutex guard;
  std::vector<server::PluginCompletion> done_later;
  const std::uint64_t ticket = (std::uint64_t{3} << 48) | 5;
  stage.desk->open({[&](unsigned worker, server::PluginCompletion one) {
                      const std::lock_guard lock(guard);
                      CHECK(worker == 3);
                      done_later.push_back(std::move(one));
                      return true;
                    },
                    nullptr});
  stage.ticket = ticket;
  REQUIRE(stage.ask("home.example.") == Verdict::pending);
  const auto count = [&] {
    const std::lock_guard lock(guard);
    return done_later.size();
  };
  for (int i = 0; i < 500 && count() < 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  stage.desk->close();
  REQUIRE(done_later.size() == 2);
  CHECK(done_later[0].ticket == ticket);
  CHECK(done_later[0].message.size() > 12);
}

TEST_CASE("A ticket is taken out once, by whoever comes first",
          "[server][plugin][pending][negative]") {
  Limits limits;
  limits.set(Limit::plugin_pending, 2);
  limits.set(Limit::plugin_pending_time, 100);
  server::PluginPending<int> pending(2, limits);
  CHECK(pending.next_deadline_us() == pending.never);
  CHECK_FALSE(pending.expired(pending.never));
  const auto one = pending.offer(), two = pending.offer();
  CHECK(server::worker_of_ticket(one) == 2);
  CHECK(one != two);
  CHECK_FALSE(pending.take(one));
  pending.open(one, 1, 0);
  pending.open(two, 2, 50);
  CHECK(pending.full());
  CHECK(pending.take(one) == 1);
  CHECK_FALSE(pending.take(one));
  CHECK(pending.next_deadline_us() == 100'050);
  CHECK_FALSE(pending.expired(100'049));
  CHECK(pending.expired(100'050) == 2);
  CHECK_FALSE(pending.take(two));
  pending.open(one, 1, 0);
  pending.forget_if([](int client) { return client == 1; });
  CHECK(pending.empty());
}

/// The number of answers the plugin has made, as it says in TXT.
std::string made(Stage& stage, const std::string& name = "home.example.") {
  REQUIRE(stage.ask(name, 1232, 16) == Verdict::done);
  return std::string(stage.out.begin() + static_cast<std::ptrdiff_t>(stage.written - 1),
                     stage.out.begin() + static_cast<std::ptrdiff_t>(stage.written));
}

TEST_CASE("An answer is kept until its generation, its TTL or its reload ends",
          "[server][plugin][answer_cache]") {
  Stage stage(R"(,"keep":30)");
  CHECK(made(stage) == "1");
  CHECK(made(stage, "HOME.example.") == "1");
  CHECK(stage.kept);
  CHECK(stage.metrics.value(Metric::cache_hits_total) == 1);
  CHECK(stage.calls(done) == 1);
  auto pipe = std::make_shared<control::ReplyPipe>(nullptr);
  stage.set->commanded("play bump")->run_command("play bump", {}, *pipe);
  CHECK(made(stage) == "2");
  CHECK(made(stage) == "2");
  stage.worker->end_batch();
  stage.clock.advance_us(29'000'000);
  CHECK(made(stage) == "2");
  stage.worker->end_batch();
  stage.clock.advance_us(1'000'000);
  CHECK(made(stage) == "3");
}

TEST_CASE("Answers a plugin does not offer are made anew each time",
          "[server][plugin][answer_cache][negative]") {
  Stage stage;
  CHECK(made(stage) == "1");
  CHECK(made(stage) == "2");
  CHECK_FALSE(stage.kept);
  CHECK(stage.metrics.value(Metric::cache_hits_total) == 0);
}

/// AXFR of the zone, opened.
std::unique_ptr<resolver::LocalZones::Stream> transfer(Stage& stage, Verdict& verdict) {
  const Bytes query = query_for("home.example.", 252);
  resolver::LocalZones::Reply reply;
  std::unique_ptr<resolver::LocalZones::Stream> stream;
  verdict = stage.worker->stream({query, 65'535, &stage.peer}, stage.out, reply, stream);
  stage.written = reply.written;
  return stream;
}

TEST_CASE("A zone transfer comes message by message, and may outlive its worker's set",
          "[server][plugin][stream]") {
  const PluginFolder notes;
  Stage stage(R"(,"messages":3,"octets":5000,"trace":")" + notes / "trace" + "\"");
  Verdict verdict{};
  auto stream = transfer(stage, verdict);
  REQUIRE(verdict == Verdict::done);
  REQUIRE(stream);
  stage.worker.reset();
  stage.set.reset();
  for (int i = 0; i < 3; ++i) {
    const auto part = stream->next(stage.out);
    REQUIRE(part);
    CHECK(part->written == 5000);
    CHECK(part->last == (i == 2));
    CHECK(dns::MessageView::parse(std::span(stage.out).first(part->written)));
  }
  stream.reset();
  CHECK(notes.traced() == "create enter begin open end close leave quiesce destroy");
}

TEST_CASE("A transfer that fails, is refused, is not the plugin's, or is one too many",
          "[server][plugin][stream][negative]") {
  Verdict verdict{};
  Stage broken(R"(,"act":"broken")");
  auto stream = transfer(broken, verdict);
  REQUIRE(stream);
  CHECK(stream->next(broken.out));
  CHECK_FALSE(stream->next(broken.out));
  Stage refusing(R"(,"act":"closed")");
  CHECK_FALSE(transfer(refusing, verdict));
  CHECK(verdict == Verdict::done);
  CHECK((refusing.out[3] & 0xF) == 5);
  CHECK(refusing.written > 12);
  Stage other(R"(,"act":"not_mine")");
  CHECK_FALSE(transfer(other, verdict));
  CHECK(verdict == Verdict::not_mine);
  Stage busy;
  std::vector<std::unique_ptr<resolver::LocalZones::Stream>> open;
  for (int i = 0; i < 32; ++i) open.push_back(transfer(busy, verdict));
  CHECK_FALSE(transfer(busy, verdict));
  CHECK(verdict == Verdict::error);
  open.pop_back();
  CHECK(transfer(busy, verdict));
}

/// What a command says: lines, then how it ended.
std::string said(Stage& stage, const std::string& command, const std::vector<std::string>& words) {
  control::ReplyPipe pipe(nullptr);
  stage.set->commanded(command)->run_command(command, words, pipe);
  const auto all = pipe.take(1u << 20);
  REQUIRE(all.ended);
  return all.lines + (all.ok ? "ok" : all.error);
}

TEST_CASE("Commands of a plugin: rows, a refusal, a row that is no JSON",
          "[server][plugin][commands][negative]") {
  Stage stage;
  CHECK(stage.set->commands().size() == 6);
  CHECK(stage.set->commanded("play sing") == nullptr);
  CHECK(said(stage, "play say", {"hello", "/tmp/x"}) ==
        "{\"word\":\"hello\",\"file\":\"/tmp/x\"}\nok");
  CHECK(said(stage, "play say", {"no"}) == "it will not say no");
  CHECK_THAT(said(stage, "play torn", {}), Contains("a row that is no JSON object"));
}

TEST_CASE("A command runs beside one that stands still", "[server][plugin][commands]") {
  Stage stage;
  control::ReplyPipe full(nullptr);
  const auto plugin = stage.set->commanded("play count");
  std::thread filling([&] { plugin->run_command("play count", {"1000000"}, full); });
  CHECK(said(stage, "play say", {"me", ""}) == "{\"word\":\"me\",\"file\":\"\"}\nok");
  CHECK_FALSE(full.take(1000).ended);
  full.close();
  filling.join();
}

TEST_CASE("A command whose client has gone stops; one more than may run waits for its turn",
          "[server][plugin][commands][negative]") {
  Stage stage;
  control::ReplyPipe gone(nullptr), full(nullptr), other(nullptr), next(nullptr);
  gone.close();
  const auto plugin = stage.set->commanded("play count");
  plugin->run_command("play count", {"1000000"}, gone);
  std::thread filling([&] { plugin->run_command("play count", {"1000000"}, full); });
  std::thread second([&] { plugin->run_command("play count", {"1000000"}, other); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  std::thread waiting([&] { plugin->run_command("play say", {"me"}, next); });
  std::string progress;
  for (int i = 0; i < 500 && progress.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    progress = next.take(1000).progress;
  }
  CHECK(progress == "waiting for `play count` to end");
  CHECK_FALSE(full.take(1000).ended);  // it stands still at a full pipe
  full.close();
  filling.join();
  waiting.join();
  other.close();
  second.join();
  CHECK(next.take(1000).ok);
}

TEST_CASE("Jobs and timers run on threads of their own; none after the end",
          "[server][plugin][jobs]") {
  server::PluginJobs jobs(2, 3);
  std::atomic<int> ran{0};
  for (int i = 0; i < 3; ++i) CHECK(jobs.run([&] { ++ran; }));
  CHECK(jobs.run_after(20, [&] { ran += 10; }));
  CHECK(jobs.run_after(3'600'000, [&] { ran += 1000; }));
  for (int i = 0; i < 500 && ran < 13; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(ran == 13);
  jobs.stop();
  CHECK(ran == 13);
  CHECK_FALSE(jobs.run([&] { ++ran; }));
  CHECK_FALSE(jobs.finish([&] { ++ran; }));
  CHECK_FALSE(jobs.run_after(0, [&] { ++ran; }));
}

TEST_CASE("More jobs than may wait are refused, what must end is not",
          "[server][plugin][jobs][negative]") {
  server::PluginJobs jobs(1, 2);
  std::mutex held;
  std::atomic<int> ran{0};
  {
    const std::lock_guard lock(held);
    CHECK(jobs.run([&] {
      const std::lock_guard wait(held);
      ++ran;
    }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(jobs.run([&] { ++ran; }));
    CHECK(jobs.run([&] { ++ran; }));
    CHECK_FALSE(jobs.run([&] { ++ran; }));
    CHECK(jobs.finish([&] { ++ran; }));
  }
  for (int i = 0; i < 500 && ran < 4; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(ran == 4);
}

TEST_CASE("What a plugin must not do is an error, and nothing is written",
          "[server][plugin][negative]") {
  const std::string act = GENERATE("short", "long", "stranger", "odd", "lost", "pending", "error");
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
