// TcpListener on real loopback sockets: frames in any cut, answers in any order, connections that
// end.
#include "test/unit/net/tcp_fixture.hpp"

using namespace windlass;
using namespace windlass::net;
using namespace windlass::net::test;

TEST_CASE("Frames are delivered and answered, also several in one piece", "[net][tcp]") {
  TcpTurning t;
  t.listen();
  t.echo();
  Socket c = t.client();
  Octets piece = framed("one");
  for (const auto o : framed("two")) piece.push_back(o);
  REQUIRE(t.until([&] { return c.send(piece); }));
  REQUIRE(t.until([&] { return c.has(text(piece)); }));
  CHECK(t.sink.got.at(0).peer.remote == c.endpoint());
  CHECK(t.sink.got.at(0).peer.local == t.listener->endpoint().address);
  CHECK(t.sink.got.at(0).id == t.sink.got.at(1).id);
  CHECK(t.listener->counters().received == 2);
  CHECK(t.listener->counters().sent == 2);
}

TEST_CASE("A frame that comes octet by octet is delivered once, whole", "[net][tcp]") {
  TcpTurning t;
  t.listen();
  t.echo();
  Socket c = t.client();
  for (const auto o : framed("slow")) {
    CHECK(t.sink.got.empty());
    REQUIRE(t.until([&] { return c.send({&o, 1}); }));
    t.for_ms(2);
  }
  REQUIRE(t.until([&] { return c.has(text(framed("slow"))); }));
}

TEST_CASE("Answers go out in the order they are given", "[net][tcp]") {
  TcpTurning t;
  t.listen();
  Socket c = t.asking("first");
  REQUIRE(c.send(framed("second")));
  REQUIRE(t.until([&] { return t.sink.got.size() == 2; }));
  const auto id = t.sink.got[0].id;
  CHECK(t.listener->send(id, octets("2")));
  CHECK(t.listener->send(id, octets("1")));
  REQUIRE(t.until([&] { return c.has(text(framed("2")) + text(framed("1"))); }));
}

TEST_CASE("The largest frame passes both ways", "[net][tcp]") {
  TcpTurning t;
  t.options.limits.write_queue_octets = 1024;
  t.listen();
  t.echo();
  Socket c = t.client();
  const Octets frame = framed(std::string(65'535, 'x'));
  std::size_t sent = 0;
  REQUIRE(t.until([&] {
    const auto n = ::send(c.fd.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (n > 0) sent += static_cast<std::size_t>(n);
    (void)c.receive();
    return c.in.size() == frame.size();
  }));
  CHECK(c.in == frame);
}

TEST_CASE("An answer beyond 65535 octets is refused", "[net][tcp][negative]") {
  TcpTurning t;
  t.listen();
  Socket c = t.asking();
  CHECK_FALSE(t.listener->send(t.sink.got[0].id, Octets(65'536)));
  CHECK(t.listener->send(t.sink.got[0].id, octets("a")));
  REQUIRE(t.until([&] { return c.has(text(framed("a"))); }));
}

TEST_CASE("A client that ends its side still gets its answers, then the end", "[net][tcp]") {
  TcpTurning t;
  t.listen();
  Socket c = t.asking();
  REQUIRE(::shutdown(c.fd.get(), SHUT_WR) == 0);
  t.for_ms(10);
  REQUIRE(t.listener->connections() == 1);
  CHECK(t.listener->send(t.sink.got[0].id, octets("a")));
  REQUIRE(t.until([&] { return c.ended(); }));
  CHECK(text(c.in) == text(framed("a")));
  CHECK(t.sink.closed == std::vector{t.sink.got[0].id});
}

TEST_CASE("Half a frame and then the end is no question", "[net][tcp][negative]") {
  TcpTurning t;
  t.listen();
  const Octets whole = framed("abc");
  const auto length = GENERATE(range<std::size_t>(0, 5));
  CAPTURE(length);
  Socket c = t.client();
  if (length > 0) REQUIRE(t.until([&] { return c.send(std::span(whole).first(length)); }));
  REQUIRE(t.until([&] { return t.listener->connections() == 1; }));
  REQUIRE(::shutdown(c.fd.get(), SHUT_WR) == 0);
  REQUIRE(t.until([&] { return t.listener->connections() == 0; }));
  CHECK(t.sink.got.empty());
  CHECK(t.sink.closed.empty());
}

TEST_CASE("Answers to a gone connection are ignored, its id names no other",
          "[net][tcp][negative]") {
  TcpTurning t;
  t.listen();
  { const Socket c = t.asking(); }
  const auto gone = t.sink.got.at(0).id;
  t.listener->settle(gone);  // until then the client may only have ended its side
  REQUIRE(t.until([&] { return t.sink.closed.size() == 1; }));
  Socket other = t.asking();
  CHECK(t.sink.got[1].id != gone);
  CHECK_FALSE(t.listener->send(gone, octets("a")));
  t.listener->settle(gone);
  t.listener->close(gone);
  CHECK(t.listener->connections() == 1);
}

TEST_CASE("A client that resets while answers are under way is just gone", "[net][tcp][negative]") {
  TcpTurning t;
  t.listen();
  Socket c = t.asking();
  const linger reset{1, 0};
  ::setsockopt(c.fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  c.fd.reset();
  (void)t.listener->send(t.sink.got[0].id, octets("a"));
  REQUIRE(t.until([&] { return t.sink.closed.size() == 1; }));
  CHECK(t.listener->connections() == 0);
}

TEST_CASE("A frame's callback may close the connection and still read the frame",
          "[net][tcp][negative]") {
  TcpTurning t;
  t.listen();
  std::string seen;
  t.sink.act = [&](TcpListener& l, const TcpRecorder::Question& q) {
    l.close(q.id);
    seen = q.octets;
  };
  Socket c = t.client();
  Octets both = framed("one");
  for (const auto o : framed("two")) both.push_back(o);
  REQUIRE(t.until([&] { return c.send(both); }));
  REQUIRE(t.until([&] { return c.ended(); }));
  CHECK(t.sink.got.size() == 1);
  CHECK(seen == "one");
  CHECK(t.sink.closed.empty());  // close() by the owner is no news to it
}

TEST_CASE("A callback may destroy the listener with all its connections", "[net][tcp][negative]") {
  TcpTurning t;
  t.listen();
  const Socket other = t.asking();
  const bool answers_first = GENERATE(false, true);
  t.sink.act = [&](TcpListener& l, const TcpRecorder::Question& q) {
    if (answers_first) CHECK(l.send(q.id, octets("a")));
    t.listener.reset();
  };
  Socket c = t.client();
  REQUIRE(t.until([&] { return c.send(framed("q")); }));
  REQUIRE(t.until([&] { return t.listener == nullptr; }));
  REQUIRE(t.until([&] { return c.ended(); }));
}

TEST_CASE("Draining: idle ones are closed, others after their answer, new ones refused",
          "[net][tcp]") {
  TcpTurning t;
  t.listen();
  Socket busy = t.asking();
  Socket idle = t.client();
  REQUIRE(t.until([&] { return t.listener->connections() == 2; }));
  t.listener->stop_accepting();
  t.listener->close_idle();
  REQUIRE(t.until([&] { return idle.ended(); }));
  CHECK(t.listener->connections() == 1);
  CHECK(t.listener->send(t.sink.got[0].id, octets("a")));
  REQUIRE(t.until([&] { return busy.ended(); }));
  CHECK(text(busy.in) == text(framed("a")));
  Socket late(SOCK_STREAM);
  (void)late.connect(t.listener->endpoint());
  REQUIRE(t.until([&] { return late.ended(); }));
}

TEST_CASE("Several frames may answer one question", "[net][tcp]") {
  TcpTurning t;
  t.options.limits.pipeline = 1;
  t.listen();
  Socket c = t.asking("first");
  REQUIRE(c.send(framed("second")));
  const auto id = t.sink.got[0].id;
  CHECK(t.listener->send(id, octets("1"), TcpListener::Answer::more));
  t.for_ms(10);
  CHECK(t.sink.got.size() == 1);
  CHECK(t.listener->send(id, octets("2")));
  REQUIRE(t.until([&] { return t.sink.got.size() == 2; }));
}

TEST_CASE("A taken address is refused in plain words; sharing ones are found by check_free",
          "[net][tcp][negative]") {
  TcpTurning t;
  const Server other;
  const auto taken = TcpListener::listen(t.loop, other.endpoint(), t.sink);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().text ==
        "cannot listen on " + other.endpoint().to_text() + " (tcp): address already in use");
  t.listen();
  CHECK(TcpListener::listen(t.loop, t.listener->endpoint(), t.sink));
  t.options.check_free = true;
  CHECK_FALSE(TcpListener::listen(t.loop, t.listener->endpoint(), t.sink, t.options));
}
