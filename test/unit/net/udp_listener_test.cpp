// UdpListener on real loopback sockets: batches in, answers out, from the address that was asked.
#include "net/udp_listener.hpp"

#include <functional>

#include <catch2/catch.hpp>

#include "test/unit/net/support.hpp"

using namespace windlass;
using namespace windlass::net;
using namespace windlass::net::test;

namespace {
struct Sink final : UdpSink {
  std::function<void(UdpListener&, const Peer&, std::span<const std::uint8_t>)> act;
  std::function<void(UdpListener&)> end = [](UdpListener&) {};
  std::vector<std::string> got;
  std::vector<Peer> peers;
  int batches = 0;

  void on_datagram(UdpListener& from, const Peer& peer, std::span<const std::uint8_t> o) override {
    got.push_back(text(o));
    peers.push_back(peer);
    if (act) act(from, peer, o);
  }
  void on_batch_end(UdpListener& from) override {
    ++batches;
    end(from);
  }
};

UdpListener::Owned listen(Turning& t, Sink& sink, const Endpoint& at = loopback()) {
  auto made = UdpListener::bind(t.loop, at, sink);
  REQUIRE(made);
  return *std::move(made);
}

void echo(UdpListener& l, const Peer& p, std::span<const std::uint8_t> o) {
  CHECK(l.send(p, o));
}
}  // namespace

TEST_CASE("Datagrams come in batches and are answered in one", "[net][udp]") {
  Turning t;
  Sink sink;
  sink.act = echo;
  const auto listener = listen(t, sink);
  Socket client(SOCK_DGRAM);
  for (int i = 0; i < 100; ++i) REQUIRE(client.send_to(listener->endpoint(), std::to_string(i)));
  int answers = 0;
  REQUIRE(t.until([&] {
    while (client.receive() > 0) ++answers;
    return answers == 100;
  }));
  CHECK(sink.got.front() == "0");
  CHECK(sink.got.back() == "99");
  CHECK(sink.batches == 2);  // 64 and 36
  CHECK(sink.peers.front().remote == client.endpoint());
  CHECK(sink.peers.front().local == loopback().address);
  CHECK(client.sender == listener->endpoint());
  CHECK(listener->counters().received == 100);
  CHECK(listener->counters().sent == 100);
}

TEST_CASE("An answer given later goes out with the turn; more than a batch of them too",
          "[net][udp]") {
  Turning t;
  Sink sink;
  const auto listener = listen(t, sink);
  Socket client(SOCK_DGRAM);
  REQUIRE(client.send_to(listener->endpoint(), "q"));
  REQUIRE(t.until([&] { return sink.got.size() == 1; }));
  const Octets answer = octets("a");
  for (int i = 0; i < 70; ++i) CHECK(listener->send(sink.peers[0], answer));
  CHECK(client.in.empty());
  REQUIRE(t.until([&] { return client.has(std::string(70, 'a')); }));
}

TEST_CASE("A wildcard socket answers from the address that was asked", "[net][udp]") {
  Turning t;
  Sink sink;
  sink.act = echo;
  const auto listener = listen(t, sink, {*IpAddress::parse("0.0.0.0"), 0});
  Socket client(SOCK_DGRAM);
  const Endpoint second{*IpAddress::parse("127.0.0.7"), listener->endpoint().port};
  REQUIRE(client.send_to(second, "q"));
  REQUIRE(t.until([&] { return client.has("q"); }));
  CHECK(client.sender == second);
  CHECK(sink.peers[0].local == second.address);
}

TEST_CASE("IPv6 wildcard sockets do the same and leave IPv4 alone", "[net][udp]") {
  Turning t;
  Sink six_sink, four_sink;
  six_sink.act = echo;
  auto six = UdpListener::bind(t.loop, {*IpAddress::parse("::"), 0}, six_sink);
  if (!six && six.error().system_error == EAFNOSUPPORT) return;  // a machine without IPv6
  REQUIRE(six);
  const auto port = (*six)->endpoint().port;
  CHECK(UdpListener::bind(t.loop, {*IpAddress::parse("0.0.0.0"), port}, four_sink));
  const IpAddress one = *IpAddress::parse("::1");
  Socket client(SOCK_DGRAM, {one, 0});
  REQUIRE(client.send_to({one, port}, "q"));
  REQUIRE(t.until([&] { return client.has("q"); }));
  CHECK(client.sender == Endpoint{one, port});
  CHECK(six_sink.peers[0].local == one);
}

TEST_CASE("Workers share an address; a bound descriptor is taken over", "[net][udp]") {
  Turning t;
  Sink sink;
  const auto first = listen(t, sink);
  const auto second = listen(t, sink, first->endpoint());
  CHECK(second->endpoint() == first->endpoint());
  Socket bound(SOCK_DGRAM);
  const Endpoint at = bound.endpoint();
  auto adopted = UdpListener::adopt(t.loop, bound.fd.release(), sink);
  REQUIRE(adopted);
  CHECK((*adopted)->endpoint() == at);
  Socket client(SOCK_DGRAM);
  REQUIRE(client.send_to(at, "q"));
  REQUIRE(t.until([&] { return sink.got.size() == 1; }));
}

TEST_CASE("A taken or foreign address is refused in plain words", "[net][udp][negative]") {
  Turning t;
  Sink sink;
  Socket other(SOCK_DGRAM);
  const auto taken = UdpListener::bind(t.loop, other.endpoint(), sink);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().text ==
        "cannot listen on " + other.endpoint().to_text() + " (udp): address already in use");
  CHECK(taken.error().system_error == EADDRINUSE);
  const auto foreign = UdpListener::bind(t.loop, {*IpAddress::parse("192.0.2.1"), 0}, sink);
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().system_error == EADDRNOTAVAIL);
}

TEST_CASE("check_free finds another sharing socket", "[net][udp][negative]") {
  Turning t;
  Sink sink;
  const auto first = listen(t, sink);
  UdpOptions options;
  options.check_free = true;
  const auto second = UdpListener::bind(t.loop, first->endpoint(), sink, options);
  REQUIRE_FALSE(second);
  CHECK(second.error().system_error == EADDRINUSE);
}

TEST_CASE("A descriptor that is no socket is refused", "[net][udp][negative]") {
  Turning t;
  Sink sink;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const Fd writer{ends[1]};
  Sink unused;
  const auto listener = UdpListener::adopt(t.loop, ends[0], unused);
  CHECK_FALSE(listener);
}

TEST_CASE("Oversized datagrams and answers are dropped and counted, the next one is served",
          "[net][udp][negative]") {
  Turning t;
  Sink sink;
  sink.act = echo;
  const auto listener = listen(t, sink);
  Socket client(SOCK_DGRAM);
  const std::string largest(UdpListener::datagram_octets_max, 'x');
  REQUIRE(client.send_to(listener->endpoint(), largest + "x"));
  REQUIRE(client.send_to(listener->endpoint(), largest));
  REQUIRE(t.until([&] { return client.has(largest); }));
  CHECK(listener->counters().oversized == 1);
  CHECK_FALSE(listener->send(sink.peers[0], Octets(UdpListener::datagram_octets_max + 1)));
  CHECK(listener->counters().sent == 1);
}

TEST_CASE("An answer that cannot be sent does not hold up the others", "[net][udp][negative]") {
  Turning t;
  Sink sink;
  const auto listener = listen(t, sink);
  Socket client(SOCK_DGRAM);
  REQUIRE(client.send_to(listener->endpoint(), "q"));
  REQUIRE(t.until([&] { return sink.got.size() == 1; }));
  Peer nowhere = sink.peers[0];
  nowhere.remote.port = 0;
  CHECK(listener->send(nowhere, octets("lost")));
  CHECK(listener->send(sink.peers[0], octets("a")));
  listener->flush();
  REQUIRE(t.until([&] { return client.has("a"); }));
  CHECK(listener->counters().send_errors == 1);
  CHECK(listener->counters().sent == 1);
}

TEST_CASE("What the kernel drops is counted", "[net][udp]") {
  Turning t;
  Sink sink;
  UdpOptions options;
  options.receive_buffer_octets = 4096;
  auto listener = UdpListener::bind(t.loop, loopback(), sink, options);
  REQUIRE(listener);
  Socket client(SOCK_DGRAM);
  const std::string one(1000, 'x');
  for (int i = 0; i < 50; ++i) REQUIRE(client.send_to((*listener)->endpoint(), one));
  t.for_ms(20);
  const auto before = sink.got.size();
  REQUIRE(before < 50);
  REQUIRE(client.send_to((*listener)->endpoint(), one));  // brings the counter along
  REQUIRE(t.until([&] { return sink.got.size() == before + 1; }));
  CHECK((*listener)->counters().kernel_drops == 50 - before);
}

TEST_CASE("Draining: nothing more is read, answers still leave", "[net][udp]") {
  Turning t;
  Sink sink;
  const auto listener = listen(t, sink);
  Socket client(SOCK_DGRAM);
  REQUIRE(client.send_to(listener->endpoint(), "q"));
  REQUIRE(t.until([&] { return sink.got.size() == 1; }));
  listener->stop_receiving();
  REQUIRE(client.send_to(listener->endpoint(), "late"));
  CHECK(listener->send(sink.peers[0], octets("a")));
  REQUIRE(t.until([&] { return client.has("a"); }));
  CHECK(sink.got.size() == 1);
}

TEST_CASE("A datagram's callback may destroy the listener", "[net][udp][negative]") {
  Turning t;
  Sink sink;
  UdpListener::Owned listener = listen(t, sink);
  const bool at_end = GENERATE(false, true);
  std::string seen;
  if (at_end)
    sink.end = [&](UdpListener&) { listener.reset(); };
  else
    sink.act = [&](UdpListener&, const Peer&, std::span<const std::uint8_t> o) {
      listener.reset();
      seen = text(o);  // still readable: valid during the call
    };
  Socket client(SOCK_DGRAM);
  for (const auto* q : {"one", "two"}) REQUIRE(client.send_to(listener->endpoint(), q));
  REQUIRE(t.until([&] { return listener == nullptr; }));
  CHECK(sink.got.size() == (at_end ? 2 : 1));
  CHECK(seen == (at_end ? "" : "one"));
}
