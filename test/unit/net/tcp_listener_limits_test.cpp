// The bounds of TcpListener: clients, addresses, pipeline, write queue, and time in all its kinds.
#include <sys/resource.h>

#include "test/unit/net/tcp_fixture.hpp"

using namespace windlass;
using namespace windlass::net;
using namespace windlass::net::test;

TEST_CASE("More clients than allowed: the longest idle one makes room", "[net][tcp][limits]") {
  TcpTurning t;
  t.options.limits.clients = 2;
  t.listen();
  Socket first = t.client();
  REQUIRE(t.until([&] { return t.listener->connections() == 1; }));
  Socket second = t.client();
  REQUIRE(t.until([&] { return t.listener->connections() == 2; }));
  Socket third = t.asking();
  REQUIRE(t.until([&] { return first.ended(); }));
  CHECK_FALSE(second.ended());
  CHECK(t.listener->connections() == 2);
  CHECK(t.listener->counters().evicted == 1);
  CHECK(t.listener->counters().refused == 0);
}

TEST_CASE("More clients than allowed and none idle: the new one is refused",
          "[net][tcp][limits][negative]") {
  TcpTurning t;
  const bool by_address = GENERATE(false, true);
  (by_address ? t.options.limits.clients_per_address : t.options.limits.clients) = 2;
  t.listen();
  Socket first = t.asking(), second = t.asking();
  Socket third = t.client();
  REQUIRE(t.until([&] { return third.ended(); }));
  CHECK(t.listener->counters().refused == 1);
  CHECK_FALSE(first.ended());
  CHECK_FALSE(second.ended());
  // A place that became free is given again.
  t.listener->close(t.sink.got[0].id);
  Socket fourth = t.asking();
  CHECK(t.listener->connections() == 2);
}

TEST_CASE("An address at its limit does not touch the connections of others",
          "[net][tcp][limits]") {
  TcpTurning t;
  t.options.limits.clients_per_address = 1;
  t.listen();
  Socket other(SOCK_STREAM, {*IpAddress::parse("127.0.0.9"), 0});
  (void)other.connect(t.listener->endpoint());
  REQUIRE(t.until([&] { return t.listener->connections() == 1; }));
  Socket first = t.client();
  REQUIRE(t.until([&] { return t.listener->connections() == 2; }));
  Socket second = t.asking();
  REQUIRE(t.until([&] { return first.ended(); }));
  CHECK_FALSE(other.ended());
}

TEST_CASE("Listeners that share a table share its limits", "[net][tcp][limits]") {
  TcpTurning t;
  t.options.limits.clients = 1;
  t.options.clients = make_tcp_clients();
  t.listen();
  auto second = TcpListener::listen(t.loop, loopback(), t.sink, t.options);
  REQUIRE(second);
  Socket first = t.client();
  REQUIRE(t.until([&] { return t.listener->connections() == 1; }));
  Socket refused = tcp_client((*second)->endpoint());
  REQUIRE(t.until([&] { return refused.ended(); }));
  t.listener.reset();
  Socket admitted = tcp_client((*second)->endpoint());
  REQUIRE(t.until([&] { return (*second)->connections() == 1; }));
}

TEST_CASE("A full pipeline is read on as answers are given", "[net][tcp][limits]") {
  TcpTurning t;
  t.options.limits.pipeline = 3;
  t.listen();
  Socket c = t.client();
  Octets piece;
  for (int i = 0; i < 10; ++i)
    for (const auto o : framed(std::to_string(i))) piece.push_back(o);
  REQUIRE(t.until([&] { return c.send(piece); }));
  REQUIRE(t.until([&] { return t.sink.got.size() == 3; }));
  t.for_ms(10);
  CHECK(t.sink.got.size() == 3);
  t.listener->settle(t.sink.got[0].id);
  REQUIRE(t.until([&] { return t.sink.got.size() == 4; }));
  t.for_ms(10);
  CHECK(t.sink.got.size() == 4);
  t.echo();
  for (int i = 0; i < 3; ++i) t.listener->settle(t.sink.got[0].id);
  REQUIRE(t.until([&] { return t.sink.got.size() == 10; }));
  CHECK(t.sink.got[9].octets == "9");
}

TEST_CASE("More frames in one read than one turn delivers all arrive", "[net][tcp][limits]") {
  TcpTurning t;
  t.listen();
  t.echo();
  Socket c = t.client();
  Octets piece;
  for (int i = 0; i < 1000; ++i)
    for (const auto o : framed("q")) piece.push_back(o);
  REQUIRE(t.until([&] { return c.send(piece); }));
  REQUIRE(t.until([&] { return c.has(text(piece)); }));
}

TEST_CASE("A client that does not read is read no further", "[net][tcp][limits][negative]") {
  TcpTurning t;
  t.options.limits.write_queue_octets = 10'000;
  t.listen();
  constexpr std::size_t questions = 700;  // more than the kernel's buffers take
  const std::string large(20'000, 'x');
  t.sink.act = [&](TcpListener& l, const TcpRecorder::Question& q) {
    CHECK(l.send(q.id, octets(large)));
  };
  Socket c = t.client();
  Octets piece;
  for (std::size_t i = 0; i < questions; ++i)
    for (const auto o : framed("q")) piece.push_back(o);
  REQUIRE(t.until([&] { return c.send(piece); }));
  t.for_ms(100);
  const auto stalled = t.sink.got.size();
  CHECK(stalled < questions);
  CHECK(t.listener->queued_octets(t.sink.got[0].id) < 10'000 + 2 * (large.size() + 2));
  std::size_t read = 0;  // the slow reader comes back, and gets all
  REQUIRE(t.until(
      [&] {
        while (c.receive() > 0) read += std::exchange(c.in, {}).size();
        return read == questions * (large.size() + 2);
      },
      60'000));
}

/// Sends `count` messages of 60,000 octets, each when there is room for it.
static void send_piecewise(TcpTurning& t, std::size_t& sent, std::size_t count) {
  t.sink.room = [&sent, count](TcpListener& l, ConnectionId id) {
    ++sent;
    const bool last = sent == count;
    CHECK(l.send(id, Octets(60'000), last ? TcpListener::Answer::last : TcpListener::Answer::more));
    if (!last) l.ask_room(id);
  };
  t.listener->ask_room(t.sink.got[0].id);
}

TEST_CASE("A long answer is sent piece by piece, as the client takes it", "[net][tcp][limits]") {
  TcpTurning t;
  t.options.limits.write_queue_octets = GENERATE(1024u, 65'536u);
  t.listen();
  Socket c = t.asking();
  constexpr std::size_t count = 300;
  std::size_t sent = 0, read = 0;
  send_piecewise(t, sent, count);
  REQUIRE(t.until(
      [&] {
        while (const auto got = c.receive()) {
          if (got < 0) break;
          read += static_cast<std::size_t>(got);
        }
        return read == count * 60'002;
      },
      20'000));
  CHECK(sent == count);
  CHECK(t.sink.rooms == static_cast<int>(count));
}

TEST_CASE("A client that does not read is given no more than has room, and closed in time",
          "[net][tcp][limits][negative]") {
  TcpTurning t;
  t.options.limits.message_ms = 300;
  t.listen();
  Socket c = t.asking();
  std::size_t sent = 0;
  send_piecewise(t, sent, 10'000);
  REQUIRE(t.until([&] { return t.sink.closed.size() == 1; }));
  CHECK(sent < 1000);  // what the two kernels' buffers took
  const int rooms = t.sink.rooms;
  t.listener->ask_room(t.sink.got[0].id);
  t.for_ms(50);
  CHECK(t.sink.rooms == rooms);  // a gone connection never has room
}

TEST_CASE("Answers far beyond the write queue close the connection",
          "[net][tcp][limits][negative]") {
  TcpTurning t;
  t.options.limits.write_queue_octets = 1024;
  t.listen();
  Socket c = t.asking();
  const Octets large(60'000);
  bool sent = true;
  for (int i = 0; i < 200 && sent; ++i)
    sent = t.listener->send(t.sink.got[0].id, large, TcpListener::Answer::more);
  CHECK_FALSE(sent);
  CHECK(t.sink.closed.empty());
  REQUIRE(t.until([&] { return t.sink.closed.size() == 1; }));
  CHECK(t.listener->counters().overflowed == 1);
}

TEST_CASE("Idle connections are closed, those that wait for an answer not", "[net][tcp][limits]") {
  TcpTurning t;
  t.options.limits.idle_ms = 100;
  t.listen();
  Socket idle = t.client(), busy = t.asking();
  REQUIRE(t.until([&] { return idle.ended(); }));
  t.for_ms(100);
  CHECK_FALSE(busy.ended());
  CHECK(t.listener->send(t.sink.got[0].id, octets("a")));
  REQUIRE(t.until([&] { return busy.ended(); }));
  CHECK(t.listener->counters().idle_closed == 2);
}

TEST_CASE("An idle time of its own lengthens a connection's life", "[net][tcp][limits]") {
  TcpTurning t;
  t.options.limits.idle_ms = 100;
  t.listen();
  t.echo();
  Socket kept = t.asking(), usual = t.asking();
  t.listener->set_idle_ms(t.sink.got[0].id, 60'000);
  REQUIRE(t.until([&] { return usual.ended(); }));
  t.for_ms(100);
  CHECK_FALSE(kept.ended());
}

TEST_CASE("One message takes its time at most, however steadily it drips",
          "[net][tcp][limits][negative]") {
  TcpTurning t;
  t.options.limits.message_ms = 150;
  t.listen();
  Socket c = t.client();
  const Octets message = framed(std::string(1000, 'x'));
  std::size_t sent = 0;
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(t.until([&] {
    if (c.send(std::span(message).subspan(sent, 1))) ++sent;
    t.for_ms(5);
    return c.ended();
  }));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::milliseconds(1500));
  CHECK(t.listener->counters().message_timeouts == 1);
  CHECK(t.sink.got.empty());
}

TEST_CASE("A client that never takes its answer is closed in time",
          "[net][tcp][limits][negative]") {
  TcpTurning t;
  t.options.limits.message_ms = 150;
  t.options.limits.write_queue_octets = 16'000'000;
  t.listen();
  Socket c = t.asking();
  for (int i = 0; i < 200; ++i)
    CHECK(t.listener->send(t.sink.got[0].id, Octets(60'000), TcpListener::Answer::more));
  REQUIRE(t.until([&] { return t.sink.closed.size() == 1; }));
  CHECK(t.listener->counters().message_timeouts == 1);
}

TEST_CASE("Without descriptors nothing spins, and service returns with them",
          "[net][tcp][limits][negative]") {
  TcpTurning t;
  t.listen();
  t.echo();
  std::vector<Socket> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(SOCK_STREAM);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  const Fd next{::dup(0)};
  none.rlim_cur = static_cast<rlim_t>(next.get());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  for (auto& c : clients) (void)c.connect(t.listener->endpoint());
  const bool all_ended = t.until([&] {
    return std::all_of(clients.begin(), clients.end(), [](auto& c) { return c.ended(); });
  });
  const auto turns = t.loop.times().turns;
  Timer timer(t.loop);
  timer.start(50, [&] { t.loop.stop(); });
  t.loop.run();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(all_ended);
  CHECK(t.loop.times().turns - turns < 10);
  CHECK(t.listener->counters().accepted == 0);
  Socket later = t.asking();
  REQUIRE(t.until([&] { return later.has(text(framed("q"))); }));
}

TEST_CASE("Without even a spare descriptor others are served meanwhile",
          "[net][tcp][limits][negative]") {
  TcpTurning t;
  t.listen();
  t.echo();
  Socket client(SOCK_STREAM);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 3;  // none that is closed can be had again
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  (void)client.connect(t.listener->endpoint());
  const auto turns = t.loop.times().turns;
  Timer timer(t.loop);
  timer.start(50, [&] { t.loop.stop(); });
  t.loop.run();  // it returns
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(t.loop.times().turns - turns < 10);
  CHECK(t.listener->counters().accepted == 0);
  CHECK(t.listener->counters().accept_errors > 0);
  REQUIRE(t.until([&] { return client.send(framed("q")); }));
  REQUIRE(t.until([&] { return client.has(text(framed("q"))); }));  // it has waited
}
