// StreamServer: Unix and TCP clients, their limits and ends; the socket file in all its states.
#include "net/stream_server.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/un.h>

#include "test/unit/net/support.hpp"

using namespace windlass;
using namespace windlass::net;
using namespace windlass::net::test;

namespace {
struct Sink final : StreamSink {
  std::function<void(StreamServer&, ConnectionId, const std::string&)> act;
  std::vector<ConnectionId> opened, closed;
  std::string got;
  void on_opened(StreamServer&, ConnectionId id) override { opened.push_back(id); }
  void on_data(StreamServer& from, ConnectionId id, std::span<const std::uint8_t> o) override {
    got += text(o);
    if (act) act(from, id, text(o));
  }
  void on_closed(StreamServer&, ConnectionId id) override { closed.push_back(id); }
};

struct Folder {
  std::string path = "/tmp/windlass-test-XXXXXX";
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Folder() {
    ::unlink(file().c_str());
    ::rmdir(path.c_str());
  }
  std::string file() const { return path + "/socket"; }
};

struct Serving : Turning {
  Folder folder;
  Sink sink;
  StreamOptions options;
  StreamServer::Owned server;
  void listen() {
    auto made = StreamServer::listen_unix(loop, folder.file(), 0600, sink, options);
    REQUIRE(made);
    server = *std::move(made);
  }
  Socket client() {
    Socket c{Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)}};
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, folder.file().c_str(), sizeof to.sun_path - 1);
    CHECK(::connect(c.fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    return c;
  }
  mode_t mode() const {
    struct stat s {};
    return ::stat(folder.file().c_str(), &s) == 0 ? s.st_mode & 07777 : 0;
  }
};
}  // namespace

TEST_CASE("Octets pass both ways over a Unix socket with the given mode", "[net][stream]") {
  Serving t;
  t.listen();
  CHECK(t.mode() == 0600);
  Socket c = t.client();
  REQUIRE(c.send(octets("status\n")));
  REQUIRE(t.until([&] { return t.sink.got == "status\n"; }));
  CHECK(t.server->write(t.sink.opened.at(0), "well\n"));
  REQUIRE(t.until([&] { return c.has("well\n"); }));
  c.fd.reset();
  REQUIRE(t.until([&] { return t.sink.closed.size() == 1; }));
  CHECK(t.server->clients() == 0);
  t.server.reset();
  CHECK(t.mode() == 0);  // the file is gone
}

TEST_CASE("Octets pass both ways over TCP", "[net][stream]") {
  Turning t;
  Sink sink;
  sink.act = [](StreamServer& s, ConnectionId id, const std::string& o) {
    CHECK(s.write(id, o));
    s.close_after_write(id);
  };
  auto server = StreamServer::listen_tcp(t.loop, loopback(), sink);
  REQUIRE(server);
  Socket c = tcp_client((*server)->endpoint());
  REQUIRE(t.until([&] { return c.send(octets("GET /")); }));
  REQUIRE(t.until([&] { return c.ended(); }));
  CHECK(text(c.in) == "GET /");
  CHECK(sink.closed.size() == 1);
}

TEST_CASE("close_after_write sends a long answer whole, then ends", "[net][stream]") {
  Serving t;
  t.listen();
  Socket c = t.client();
  REQUIRE(t.until([&] { return t.sink.opened.size() == 1; }));
  const std::string answer(3'000'000, 'x');
  CHECK(t.server->write(t.sink.opened[0], answer));
  t.server->close_after_write(t.sink.opened[0]);
  CHECK_FALSE(t.server->write(t.sink.opened[0], "late"));
  REQUIRE(t.until([&] { return c.ended(); }));
  CHECK(c.in.size() == answer.size());
}

TEST_CASE("A client that ended its side still gets what is written", "[net][stream]") {
  Serving t;
  t.sink.act = [](StreamServer& s, ConnectionId id, const std::string&) {
    CHECK(s.write(id, "answer"));
  };
  t.listen();
  Socket c = t.client();
  REQUIRE(c.send(octets("q")));
  REQUIRE(::shutdown(c.fd.get(), SHUT_WR) == 0);
  REQUIRE(t.until([&] { return c.ended(); }));
  CHECK(text(c.in) == "answer");
}

TEST_CASE("A live socket is refused, a stale one replaced", "[net][stream][negative]") {
  Serving t;
  t.listen();
  const auto second = StreamServer::listen_unix(t.loop, t.folder.file(), 0600, t.sink);
  REQUIRE_FALSE(second);
  CHECK(second.error().text ==
        "cannot listen on " + t.folder.file() + ": another process is listening there");
  t.server.reset();
  {
    // What a killed process leaves: a bound file that nobody listens on.
    Fd dead{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::strncpy(at.sun_path, t.folder.file().c_str(), sizeof at.sun_path - 1);
    REQUIRE(::bind(dead.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  }
  t.listen();
  Socket c = t.client();
  REQUIRE(t.until([&] { return t.sink.opened.size() >= 1; }));
}

TEST_CASE("What is no socket, no folder or too long a path is refused and left alone",
          "[net][stream][negative]") {
  Serving t;
  std::ofstream(t.folder.file()) << "precious";
  const auto file = StreamServer::listen_unix(t.loop, t.folder.file(), 0600, t.sink);
  REQUIRE_FALSE(file);
  CHECK(file.error().text ==
        "cannot listen on " + t.folder.file() + ": a file is there that is no socket");
  std::string content;
  std::ifstream(t.folder.file()) >> content;
  CHECK(content == "precious");
  const auto nowhere =
      StreamServer::listen_unix(t.loop, t.folder.path + "/no/socket", 0600, t.sink);
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().system_error == ENOENT);
  CHECK_FALSE(StreamServer::listen_unix(t.loop, "/tmp/" + std::string(108, 'x'), 0600, t.sink));
  CHECK_FALSE(StreamServer::listen_unix(t.loop, "", 0600, t.sink));
}

TEST_CASE("A file that took the socket's place survives the server", "[net][stream][negative]") {
  Serving t;
  t.listen();
  REQUIRE(::unlink(t.folder.file().c_str()) == 0);
  std::ofstream(t.folder.file()) << "precious";
  t.server.reset();
  CHECK(t.mode() != 0);
}

TEST_CASE("A taken TCP address is refused in plain words", "[net][stream][negative]") {
  Turning t;
  Sink sink;
  const Server other;
  const auto taken = StreamServer::listen_tcp(t.loop, other.endpoint(), sink);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().text ==
        "cannot listen on " + other.endpoint().to_text() + " (tcp): address already in use");
}

TEST_CASE("More clients than allowed are closed at once", "[net][stream][negative]") {
  Serving t;
  t.options.clients = 1;
  t.listen();
  Socket first = t.client(), second = t.client();
  REQUIRE(t.until([&] { return second.ended(); }));
  CHECK_FALSE(first.ended());
  CHECK(t.server->refused() == 1);
  CHECK(t.sink.opened.size() == 1);
  first.fd.reset();
  REQUIRE(t.until([&] { return t.server->clients() == 0; }));
  Socket third = t.client();
  REQUIRE(t.until([&] { return t.sink.opened.size() == 2; }));
}

TEST_CASE("A client that says nothing, or reads nothing, is closed", "[net][stream][negative]") {
  Serving t;
  const bool reads = GENERATE(true, false);
  if (reads)
    t.options.idle_ms = 60;
  else
    t.options.write_queue_octets = 500'000;
  t.listen();
  Socket c = t.client();
  REQUIRE(t.until([&] { return t.sink.opened.size() == 1; }));
  if (!reads) {
    CHECK(t.server->write(t.sink.opened[0], std::string(400'000, 'x')));
    CHECK_FALSE(t.server->write(t.sink.opened[0], std::string(400'000, 'x')));
  }
  CHECK(t.sink.closed.empty());
  REQUIRE(t.until([&] { return t.sink.closed.size() == 1; }));
}

TEST_CASE("Calls for a gone client do nothing", "[net][stream][negative]") {
  Serving t;
  t.listen();
  Socket c = t.client();
  REQUIRE(t.until([&] { return t.sink.opened.size() == 1; }));
  const auto id = t.sink.opened[0];
  t.server->close(id);
  CHECK(t.sink.closed.empty());
  CHECK_FALSE(t.server->write(id, "late"));
  t.server->close_after_write(id);
  t.server->close(id);
  REQUIRE(t.until([&] { return c.ended(); }));
}

TEST_CASE("A callback may destroy the server or close its client", "[net][stream][negative]") {
  Serving t;
  const bool server_too = GENERATE(false, true);
  t.sink.act = [&](StreamServer& s, ConnectionId id, const std::string&) {
    CHECK(s.write(id, "lost"));
    if (server_too)
      t.server.reset();
    else
      s.close(id);
  };
  t.listen();
  Socket c = t.client();
  REQUIRE(c.send(octets("q")));
  REQUIRE(t.until([&] { return c.ended(); }));
  CHECK(t.sink.closed.empty());
}
