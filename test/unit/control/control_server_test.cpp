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
    auto listening = ControlServer::listen(loop, house, path, 0600);
    if (!listening) FAIL(listening.error().text);
    server = *std::move(listening);
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
}

TEST_CASE("A taken path is refused by name", "[control][server][negative]") {
  Served served;
  const auto second = ControlServer::listen(served.loop, served.house, served.path, 0600);
  REQUIRE_FALSE(second);
  CHECK(second.error().text.find(served.path) != std::string::npos);
}
