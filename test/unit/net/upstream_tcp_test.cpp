// UpstreamTcp against scripted servers on loopback: reuse, limits, broken and closed connections.
#include "net/upstream_tcp.hpp"

#include <functional>

#include <catch2/catch.hpp>

#include "test/unit/net/support.hpp"

using namespace windlass;
using namespace windlass::net;
using namespace windlass::net::test;

namespace {
struct Sink final : UpstreamTcpSink {
  std::function<void(AskId)> act = [](AskId) {};
  std::vector<std::pair<AskId, std::string>> got;
  std::vector<std::pair<AskId, int>> errors;
  void on_frame(AskId id, std::span<const std::uint8_t> o, std::int64_t) override {
    got.emplace_back(id, text(o));
    act(id);
  }
  void on_error(AskId id, int error) override {
    errors.emplace_back(id, error);
    act(id);
  }
};

struct Asking : Turning {
  Sink sink;
  Server server;
  std::unique_ptr<UpstreamTcp> tcp;
  explicit Asking(UpstreamTcpLimits limits = {10'000, 10})
      : tcp(std::make_unique<UpstreamTcp>(loop, sink, UpstreamTcpOptions{limits, {}})) {}
  void ask(std::uint64_t id, const std::string& q) {
    REQUIRE(tcp->ask(AskId{id}, server.endpoint(), octets(q)));
  }
  /// The server's connection number `n` has received exactly this question.
  void expect(std::size_t n, const std::string& q) {
    REQUIRE(until([&] {
      server.accept();
      return server.peers.size() > n && server.peers[n].has(text(framed(q)));
    }));
    server.peers[n].in.clear();
  }
  void answer(std::size_t n, const std::string& a) {
    const auto before = sink.got.size();
    REQUIRE(server.peers.at(n).send(framed(a)));
    REQUIRE(until([&] { return sink.got.size() > before; }));
  }
  void exchange(std::uint64_t id, std::size_t n) {
    ask(id, "q");
    expect(n, "q");
    answer(n, "a");
    tcp->done(AskId{id});
  }
};
Octets first_octets(Octets o, std::size_t count) {
  return o.resize(count), o;
}
}  // namespace

TEST_CASE("A question is answered, its connection kept and used again", "[net][upstream_tcp]") {
  Asking t;
  t.exchange(1, 0);
  CHECK(t.sink.got[0] == std::pair{AskId{1}, std::string("a")});
  CHECK(t.tcp->idle() == 1);
  t.exchange(2, 0);
  CHECK(t.sink.got[1].first == AskId{2});
  CHECK(t.tcp->open() == 1);
  CHECK(t.tcp->counters().connects == 1);
  CHECK(t.tcp->counters().reuses == 1);
}

TEST_CASE("Several frames may come until the caller is done", "[net][upstream_tcp]") {
  Asking t;
  t.ask(1, "q");
  t.expect(0, "q");
  t.answer(0, "one");
  t.answer(0, "two");
  CHECK(t.sink.got.size() == 2);
  CHECK(t.tcp->idle() == 0);
}

TEST_CASE("An answer octet by octet is one frame", "[net][upstream_tcp]") {
  Asking t;
  t.ask(1, "q");
  t.expect(0, "q");
  for (const auto o : framed("drip")) {
    CHECK(t.sink.got.empty());
    REQUIRE(t.server.peers[0].send({&o, 1}));
    t.for_ms(2);
  }
  REQUIRE(t.until([&] { return t.sink.got.size() == 1; }));
  CHECK(t.sink.got[0].second == "drip");
}

TEST_CASE("Idle connections end with their time", "[net][upstream_tcp]") {
  Asking t({50, 10});
  t.exchange(1, 0);
  CHECK(t.tcp->idle() == 1);
  REQUIRE(t.until([&] { return t.tcp->open() == 0; }));
  CHECK(t.server.peers[0].ended());
  t.exchange(2, 1);
  t.tcp->close_idle();
  CHECK(t.tcp->open() == 0);
}

TEST_CASE("With an idle time of 0 no connection is kept", "[net][upstream_tcp]") {
  Asking t({0, 1});
  t.ask(1, "q");
  t.ask(2, "second");  // waits, and may have the connection of the first
  t.expect(0, "q");
  t.answer(0, "a");
  t.tcp->done(AskId{1});
  t.expect(0, "second");
  t.answer(0, "a");
  t.tcp->done(AskId{2});
  CHECK(t.tcp->open() == 0);
}

TEST_CASE("A cancelled ask closes its connection, before and after it stands",
          "[net][upstream_tcp][negative]") {
  Asking t;
  t.ask(1, "q");
  t.tcp->cancel(AskId{1});
  CHECK(t.tcp->open() == 0);
  t.ask(2, "q2");
  const bool first_was_seen = [&] {
    (void)t.until(
        [&] {
          t.server.accept();
          return t.server.peers.size() == 2;
        },
        200);
    return t.server.peers.size() == 2;
  }();
  const std::size_t n = first_was_seen ? 1 : 0;
  t.expect(n, "q2");
  t.tcp->cancel(AskId{2});
  REQUIRE(t.until([&] { return t.server.peers[n].ended(); }));
  t.tcp->cancel(AskId{2});
  t.tcp->done(AskId{99});
  CHECK(t.sink.got.empty());
  CHECK(t.sink.errors.empty());
}

TEST_CASE("Nobody listens: the ask fails", "[net][upstream_tcp][negative]") {
  Asking t;
  t.server.fd.reset();
  const Endpoint nobody = Socket(SOCK_STREAM).endpoint();
  REQUIRE(t.tcp->ask(AskId{1}, nobody, octets("q")));
  REQUIRE(t.until([&] { return t.sink.errors.size() == 1; }));
  CHECK(t.sink.errors[0] == std::pair{AskId{1}, ECONNREFUSED});
  CHECK(t.tcp->open() == 0);
  REQUIRE(t.tcp->ask(AskId{1}, nobody, octets("q")));  // the id is free again
}

TEST_CASE("A server that closes without an answer fails the ask", "[net][upstream_tcp][negative]") {
  Asking t;
  t.ask(1, "q");
  t.expect(0, "q");
  REQUIRE(t.server.peers[0].send(first_octets(framed("half"), 3)));
  t.server.peers.clear();
  REQUIRE(t.until([&] { return t.sink.errors.size() == 1; }));
  CHECK(t.sink.errors[0].first == AskId{1});
  CHECK(t.tcp->counters().retries == 0);
}

TEST_CASE("A kept connection that turns out closed is replaced, once", "[net][upstream_tcp]") {
  Asking t;
  t.exchange(1, 0);
  t.server.peers[0].fd.reset();  // closed by the server; not noticed yet
  t.ask(2, "again");
  t.expect(1, "again");
  CHECK(t.tcp->counters().retries == 1);
  CHECK(t.sink.errors.empty());
  t.server.peers[1].fd.reset();  // and the fresh one too
  REQUIRE(t.until([&] { return t.sink.errors.size() == 1; }));
  CHECK(t.sink.errors[0].first == AskId{2});
}

TEST_CASE("A kept connection that breaks within an answer is not replaced",
          "[net][upstream_tcp][negative]") {
  Asking t;
  t.exchange(1, 0);
  t.ask(2, "again");
  t.expect(0, "again");
  REQUIRE(t.server.peers[0].send(first_octets(framed("half"), 3)));
  t.for_ms(10);
  t.server.peers[0].fd.reset();
  REQUIRE(t.until([&] { return t.sink.errors.size() == 1; }));
  CHECK(t.tcp->counters().retries == 0);
}

TEST_CASE("An idle connection on which the server talks or ends is closed",
          "[net][upstream_tcp][negative]") {
  Asking t;
  const bool talks = GENERATE(false, true);
  t.exchange(1, 0);
  if (talks)
    REQUIRE(t.server.peers[0].send(framed("unasked")));
  else
    t.server.peers[0].fd.reset();
  REQUIRE(t.until([&] { return t.tcp->open() == 0; }));
  CHECK(t.sink.got.size() == 1);
  CHECK(t.sink.errors.empty());
}

TEST_CASE("Octets behind an answer are not taken for the next one's",
          "[net][upstream_tcp][negative]") {
  Asking t;
  t.sink.act = [&](AskId id) { t.tcp->done(id); };
  t.ask(1, "q");
  t.expect(0, "q");
  Octets both = framed("a");
  for (const auto o : framed("forged")) both.push_back(o);
  REQUIRE(t.server.peers[0].send(both));
  REQUIRE(t.until([&] { return t.sink.got.size() == 1; }));
  CHECK(t.tcp->idle() == 0);
  t.ask(2, "q2");
  t.expect(1, "q2");
  CHECK(t.sink.got.size() == 1);
}

TEST_CASE("More asks than connections allowed wait their turn", "[net][upstream_tcp]") {
  Asking t({10'000, 2});
  for (std::uint64_t id = 0; id < 4; ++id) t.ask(id, std::to_string(id));
  CHECK(t.tcp->open() == 2);
  t.expect(0, "0");
  t.expect(1, "1");
  t.answer(0, "a0");
  t.tcp->done(AskId{0});
  t.expect(0, "2");
  t.tcp->cancel(AskId{1});  // its place goes to the last one, on a connection of its own
  t.expect(2, "3");
  CHECK(t.tcp->open() == 2);
}

TEST_CASE("A waiting ask can be cancelled; too many are refused", "[net][upstream_tcp][negative]") {
  Asking t({10'000, 1});
  t.ask(0, "q");
  for (std::uint64_t id = 1; id <= UpstreamTcp::waiting_max; ++id) t.ask(id, "w");
  const auto refused = t.tcp->ask(AskId{1000}, t.server.endpoint(), octets("w"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().system_error == EAGAIN);
  t.tcp->cancel(AskId{1});
  CHECK(t.tcp->ask(AskId{1000}, t.server.endpoint(), octets("w")));
  const auto twice = t.tcp->ask(AskId{1000}, t.server.endpoint(), octets("w"));
  REQUIRE_FALSE(twice);
  CHECK(twice.error().system_error == EEXIST);
  const auto long_one = t.tcp->ask(AskId{1001}, t.server.endpoint(), Octets(65'536));
  REQUIRE_FALSE(long_one);
  CHECK(long_one.error().system_error == EMSGSIZE);
}

TEST_CASE("Asks that wait for a dead server all fail, each once", "[net][upstream_tcp][negative]") {
  Asking t({10'000, 1});
  const Endpoint nobody = Socket(SOCK_STREAM).endpoint();
  for (std::uint64_t id = 0; id < 5; ++id) REQUIRE(t.tcp->ask(AskId{id}, nobody, octets("q")));
  REQUIRE(t.until([&] { return t.sink.errors.size() == 5; }));
  CHECK(t.tcp->open() == 0);
}

TEST_CASE("A callback may finish, ask, cancel, or destroy everything",
          "[net][upstream_tcp][negative]") {
  Asking t;
  const int what = GENERATE(0, 1, 2);
  t.ask(1, "q");
  t.expect(0, "q");
  t.sink.act = [&](AskId id) {
    if (what == 0) t.tcp->cancel(id);
    if (what == 1) t.tcp->done(id), t.ask(2, "next");
    if (what == 2) t.tcp.reset();
  };
  REQUIRE(t.server.peers[0].send(framed("a")));
  REQUIRE(t.until([&] { return t.sink.got.size() == 1; }));
  if (what == 1) t.expect(0, "next");
  t.for_ms(5);
  CHECK(t.sink.got.size() == 1);
}

TEST_CASE("An error's callback may destroy everything while others wait",
          "[net][upstream_tcp][negative]") {
  Asking t({10'000, 1});
  const Endpoint nobody = Socket(SOCK_STREAM).endpoint();
  for (std::uint64_t id = 0; id < 3; ++id) REQUIRE(t.tcp->ask(AskId{id}, nobody, octets("q")));
  t.sink.act = [&](AskId) { t.tcp.reset(); };
  REQUIRE(t.until([&] { return t.tcp == nullptr; }));
  t.for_ms(5);
  CHECK(t.sink.errors.size() == 1);
}
