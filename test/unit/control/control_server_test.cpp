// The protocol over a real Unix socket: replies in order, errors that keep the connection, bounds
// that end it.
#include "control/control_server.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "test/support/fake_house.hpp"
#include "test/support/stream_client.hpp"

using namespace windlass;
using namespace windlass::control;
using test::StreamClient;

namespace {
struct Served {
  SystemClock clock;
  net::Loop loop{clock};
  test::FakeHouse house;
  std::string folder = std::string(P_tmpdir) + "/windlass-test-XXXXXX", path;
  std::unique_ptr<ControlServer> server;

  explicit Served(std::int64_t line_octets = 65'536) {
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    path = folder + "/control.sock";
    house.bounds.set(Limit::control_line_octets, line_octets);
    house.bounds.set(Limit::control_clients, 2);
    auto listening = ControlServer::listen(loop, house, path, 0600, 5);
    if (!listening) FAIL(listening.error().text);
    server = *std::move(listening);
  }
  /// Long enough for clients to be looked after.
  void turn() {
    for (int i = 0; i < 50; ++i) loop.run_turn(), ::usleep(1000);
  }
  ~Served() {
    server.reset();
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
  }
};
}  // namespace

TEST_CASE("A request gets its rows and a last line", "[control][server]") {
  Served served;
  struct stat status {};
  REQUIRE(::stat(served.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  StreamClient wire(served.loop, served.path);
  REQUIRE(wire.send("{\"command\":\"ping\"}\n"));
  CHECK(wire.line() == "{\"answer\":\"pong\"}");
  CHECK(wire.line() == "{\"ok\":true}");
}

TEST_CASE("Requests that come in pieces or together are answered in order", "[control][server]") {
  Served served;
  StreamClient wire(served.loop, served.path);
  for (const char octet : std::string("{\"command\":\"ping\"}\n")) REQUIRE(wire.send({&octet, 1}));
  REQUIRE(wire.send("\r\n{\"command\":\"version\"}\n{\"command\":\"ping\"}\n"));
  CHECK(wire.line() == "{\"answer\":\"pong\"}");
  CHECK(wire.line() == "{\"ok\":true}");
  CHECK(wire.line().find("\"version\":\"9.8.7\"") != std::string::npos);
  CHECK(wire.line() == "{\"ok\":true}");
  CHECK(wire.line() == "{\"answer\":\"pong\"}");
}

TEST_CASE("A command that waits holds back the next of its connection, not of others",
          "[control][server]") {
  Served served;
  StreamClient wire(served.loop, served.path), other(served.loop, served.path);
  REQUIRE(
      wire.send("{\"command\":\"why\",\"arguments\":[\"example.org\"]}\n{\"command\":\"ping\"}\n"));
  REQUIRE(other.send("{\"command\":\"ping\"}\n"));
  CHECK(other.line() == "{\"answer\":\"pong\"}");
  CHECK(wire.received().empty());
  REQUIRE(served.house.waiting_why);
  served.house.waiting_why(WhyView{});
  CHECK(wire.line().find("\"kind\":\"result\"") != std::string::npos);
  CHECK(wire.line() == "{\"ok\":true}");
  CHECK(wire.line() == "{\"answer\":\"pong\"}");
}

TEST_CASE("A client that ends its side still gets its answers", "[control][server]") {
  Served served;
  StreamClient wire(served.loop, served.path);
  REQUIRE(
      wire.send("{\"command\":\"why\",\"arguments\":[\"example.org\"]}\n{\"command\":\"ping\"}"));
  wire.end();
  for (int turn = 0; turn < 50; ++turn) served.loop.run_turn();
  REQUIRE(served.house.waiting_why);
  served.house.waiting_why(Refusal{"no"});
  CHECK(wire.closed());
  CHECK(wire.received() ==
        "{\"ok\":false,\"error\":\"no\"}\n{\"answer\":\"pong\"}\n{\"ok\":true}\n");
}

TEST_CASE("An answer may come when the client or the server is gone",
          "[control][server][negative]") {
  Served served;
  {
    StreamClient wire(served.loop, served.path);
    REQUIRE(wire.send("{\"command\":\"why\",\"arguments\":[\"example.org\"]}\n"));
    for (int turn = 0; turn < 50; ++turn) served.loop.run_turn();
  }
  for (int turn = 0; turn < 50; ++turn) served.loop.run_turn();
  REQUIRE(served.house.waiting_why);
  served.house.waiting_why(WhyView{});
  StreamClient wire(served.loop, served.path);
  REQUIRE(wire.send("{\"command\":\"why\",\"arguments\":[\"example.org\"]}\n"));
  for (int turn = 0; turn < 50; ++turn) served.loop.run_turn();
  served.server.reset();
  served.house.waiting_why(WhyView{});
  CHECK(wire.closed());
}

TEST_CASE("Nonsense is answered with an error and the connection goes on",
          "[control][server][negative]") {
  Served served;
  StreamClient wire(served.loop, served.path);
  REQUIRE(wire.send("hello\n{\"command\":\"pink\"}\n{\"command\":\"ping\"}\n"));
  CHECK(wire.line().find("\"error\":\"not a JSON object") != std::string::npos);
  CHECK(wire.line().find("did you mean `ping`?") != std::string::npos);
  CHECK(wire.line() == "{\"answer\":\"pong\"}");
}

TEST_CASE("A line without end is refused and the connection closed",
          "[control][server][negative]") {
  Served served(1024);
  StreamClient wire(served.loop, served.path);
  wire.send(std::string(1025, 'x'));
  CHECK(wire.closed());
  CHECK(wire.received().find(
            "more than 1024 octets of requests are waiting (limit control_line_octets)") !=
        std::string::npos);
  StreamClient next(served.loop, served.path);
  REQUIRE(next.send("{\"command\":\"ping\"}\n"));
  CHECK(next.line() == "{\"answer\":\"pong\"}");
}

TEST_CASE("Clients beyond the limit are turned away", "[control][server][negative]") {
  Served served;
  StreamClient one(served.loop, served.path), two(served.loop, served.path);
  REQUIRE(one.send("{\"command\":\"ping\"}\n"));
  REQUIRE(two.send("{\"command\":\"ping\"}\n"));
  CHECK(one.line() == "{\"answer\":\"pong\"}");
  CHECK(two.line() == "{\"answer\":\"pong\"}");
  StreamClient three(served.loop, served.path);
  CHECK(three.closed());
  CHECK(
      three.received() ==
      "{\"ok\":false,\"error\":\"more than 2 connections (limit control_clients); try again\"}\n");
}

TEST_CASE("A line that does not end in time ends its connection", "[control][server][negative]") {
  Served served;
  StreamClient half(served.loop, served.path), idle(served.loop, served.path);
  REQUIRE(half.send("{\"command\":"));
  REQUIRE(idle.send("{\"command\":\"ping\"}\n"));
  CHECK(idle.line() == "{\"answer\":\"pong\"}");
  CHECK(idle.line() == "{\"ok\":true}");
  served.house.clock.advance_us(9'000'000);
  REQUIRE(half.send("\"ping\""));  // an octet now and then does not help
  served.turn();
  CHECK(half.received().empty());
  served.house.clock.advance_us(2'000'000);
  served.turn();
  CHECK(half.closed());
  CHECK(half.received().find("no whole line came within 10 s") != std::string::npos);
  REQUIRE(idle.send("{\"command\":\"ping\"}\n"));  // between commands a client may rest
  CHECK(idle.line() == "{\"answer\":\"pong\"}");
}

std::string lines_of(std::size_t octets) {
  std::string out;
  while (out.size() < octets) out += std::string(99, 'x') + "\n";
  return out;
}

/// A client that has asked for more than its socket holds and reads none of it.
struct Unread {
  Served served;
  StreamClient client{served.loop, served.path};
  std::shared_ptr<ReplyPipe> pipe;
  Unread() {
    served.house.brought = {{"play on", "", 0, 0, Shape::lines, ""}};
    REQUIRE(client.send("{\"command\":\"play on\"}\n"));
    served.turn();
    pipe = served.house.pipe;
    REQUIRE(pipe);
    REQUIRE(pipe->put(lines_of(ReplyPipe::octets_most)));
    served.turn();
  }
  void after(std::int64_t s) {
    served.house.clock.advance_us(s * 1'000'000);
    served.turn();
  }
};

TEST_CASE("Who takes nothing of a running command's reply is cut off",
          "[control][server][negative]") {
  Unread held;
  held.after(59);
  CHECK(held.pipe->open());
  held.after(2);
  CHECK_FALSE(held.pipe->open());  // the command ends, and others have their turn
  CHECK(held.client.closed());
  CHECK(held.client.received().find("the reader of this reply was too slow") != std::string::npos);
}

// As slowly as it shows: octets count as taken when the write they belong to has gone out.
TEST_CASE("Octets taken now and then do not hold a command up for ever",
          "[control][server][negative]") {
  Unread held;
  std::int64_t s = 0;
  for (; s < 3600 && held.pipe->open(); s += 50) {
    std::size_t taken = 0;
    for (int turn = 0; turn < 1000 && taken < 400'000; ++turn) {
      taken += held.client.take(400'000 - taken);
      held.served.loop.run_turn();
    }
    held.after(50);
    if (held.pipe->open()) (void)held.pipe->put(lines_of(400'000));
  }
  CHECK(s >= 550);
  CHECK(s <= 700);
}

TEST_CASE("A reply whose command has ended waits longer for its reader", "[control][server]") {
  Unread held;
  held.pipe->end(true, "");
  held.after(100);
  CHECK(held.pipe->open());
  held.after(550);
  CHECK_FALSE(held.pipe->open());
}

TEST_CASE("A taken path is refused by name", "[control][server][negative]") {
  Served served;
  const auto second = ControlServer::listen(served.loop, served.house, served.path, 0600);
  REQUIRE_FALSE(second);
  CHECK(second.error().text.find(served.path) != std::string::npos);
}
