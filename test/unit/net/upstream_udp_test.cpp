// UpstreamUdp on real loopback sockets: random connected ports, delivery, errors, the end of an
// ask.
#include "net/upstream_udp.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <catch2/catch.hpp>

#include "test/unit/net/support.hpp"

using namespace windlass;
using namespace windlass::net;
using namespace windlass::net::test;

namespace {
struct Sink final : UpstreamUdpSink {
  struct Reply {
    AskId id;
    std::string octets;
    std::int64_t mono_us;
  };
  std::function<void(AskId)> act = [](AskId) {};
  std::vector<Reply> got;
  std::vector<std::pair<AskId, int>> errors;
  void on_datagram(AskId id, std::span<const std::uint8_t> o, std::int64_t mono_us) override {
    got.push_back({id, text(o), mono_us});
    act(id);
  }
  void on_error(AskId id, int error) override {
    errors.emplace_back(id, error);
    act(id);
  }
};

struct Asking : Turning {
  SeededRng rng{1};
  Sink sink;
  Socket server{SOCK_DGRAM};
  std::unique_ptr<UpstreamUdp> udp;
  explicit Asking(UpstreamUdpOptions options = {})
      : udp(std::make_unique<UpstreamUdp>(loop, rng, sink, std::move(options))) {}
  Endpoint ask(std::uint64_t id) {
    REQUIRE(udp->ask(AskId{id}, server.endpoint(), octets("q")));
    server.in.clear();
    REQUIRE(until([&] { return server.receive() > 0; }));
    CHECK(text(server.in) == "q");
    return server.sender;
  }
};
}  // namespace

TEST_CASE("A question leaves, its answer is delivered with a time", "[net][upstream_udp]") {
  Asking t;
  const auto before = t.clock.now().mono_us;
  const Endpoint from = t.ask(7);
  REQUIRE(t.server.send_to(from, "a"));
  REQUIRE(t.until([&] { return t.sink.got.size() == 1; }));
  CHECK(t.sink.got[0].id == AskId{7});
  CHECK(t.sink.got[0].octets == "a");
  CHECK(t.sink.got[0].mono_us >= before);
  CHECK(t.sink.got[0].mono_us <= t.clock.now().mono_us);
  CHECK(t.udp->open() == 1);  // until the caller has judged
  t.udp->cancel(AskId{7});
  CHECK(t.udp->open() == 0);
}

TEST_CASE("Ports are spread over the whole range", "[net][upstream_udp]") {
  Asking t;
  std::set<std::uint16_t> ports;
  for (std::uint64_t id = 0; id < 300; ++id) {
    ports.insert(t.ask(id).port);
    t.udp->cancel(AskId{id});
  }
  CHECK(ports.size() >= 290);
  CHECK(*ports.begin() >= 1024);
  CHECK(*ports.begin() < 4000);
  CHECK(*ports.rbegin() > 62'000);
}

TEST_CASE("An ask's socket is connected and fragments nothing", "[net][upstream_udp]") {
  const bool v6 = GENERATE(false, true);
  const IpAddress one = *IpAddress::parse(v6 ? "::1" : "127.0.0.1");
  if (!bind_socket({one, 0}, {SOCK_DGRAM, false, false})) return;  // a machine without IPv6
  Asking t;
  t.server = Socket(SOCK_DGRAM, {one, 0});
  const Endpoint from = t.ask(1);
  int found = 0;
  for (int fd = 3; fd < 256; ++fd) {
    if (local_endpoint(fd) != from) continue;
    ++found;
    int value = -1;
    socklen_t length = sizeof value;
    REQUIRE(::getsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                         v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &value, &length) == 0);
    CHECK(value == (v6 ? IPV6_PMTUDISC_PROBE : IP_PMTUDISC_PROBE));
    CHECK(remote_endpoint(fd) == t.server.endpoint());
  }
  CHECK(found == 1);
}

TEST_CASE("Only the server itself reaches an ask", "[net][upstream_udp][negative]") {
  Asking t;
  const Endpoint from = t.ask(1);
  Socket other_port(SOCK_DGRAM);
  Socket other_address(SOCK_DGRAM, {*IpAddress::parse("127.0.0.9"), t.server.endpoint().port});
  (void)other_port.send_to(from, "forged");
  (void)other_address.send_to(from, "forged");
  t.for_ms(10);
  CHECK(t.sink.got.empty());
  REQUIRE(t.server.send_to(from, "true"));
  REQUIRE(t.until([&] { return t.sink.got.size() == 1; }));
  CHECK(t.sink.got[0].octets == "true");
}

TEST_CASE("A cancelled ask is closed at once and hears nothing", "[net][upstream_udp][negative]") {
  Asking t;
  const Endpoint from = t.ask(1);
  REQUIRE(t.server.send_to(from, "late"));
  t.udp->cancel(AskId{1});
  t.udp->cancel(AskId{1});
  CHECK_NOTHROW(Socket(SOCK_DGRAM, from));  // the port is free again
  t.for_ms(10);
  CHECK(t.sink.got.empty());
}

TEST_CASE("A server that is not there is an error of the ask, which stays open",
          "[net][upstream_udp][negative]") {
  Asking t;
  const Endpoint nobody = Socket(SOCK_DGRAM).endpoint();
  REQUIRE(t.udp->ask(AskId{1}, nobody, octets("q")));
  REQUIRE(t.until([&] { return t.sink.errors.size() == 1; }));
  CHECK(t.sink.errors[0] == std::pair{AskId{1}, ECONNREFUSED});
  CHECK(t.udp->open() == 1);
}

TEST_CASE("What cannot be asked is refused and leaves nothing open",
          "[net][upstream_udp][negative]") {
  UpstreamUdpOptions options;
  options.sockets_max = 1;
  Asking t(options);
  const auto broadcast =
      t.udp->ask(AskId{1}, {*IpAddress::parse("255.255.255.255"), 53}, octets("q"));
  REQUIRE_FALSE(broadcast);
  CHECK_FALSE(broadcast.error().text.empty());
  CHECK(t.udp->open() == 0);
  REQUIRE(t.ask(1).port != 0);
  const auto twice = t.udp->ask(AskId{1}, t.server.endpoint(), octets("q"));
  REQUIRE_FALSE(twice);
  CHECK(twice.error().system_error == EEXIST);
  const auto beyond = t.udp->ask(AskId{2}, t.server.endpoint(), octets("q"));
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().system_error == EMFILE);
  CHECK(t.udp->open() == 1);
}

TEST_CASE("A taken port is tried anew, a range with none free fails",
          "[net][upstream_udp][negative]") {
  Socket taken(SOCK_DGRAM, {*IpAddress::parse("0.0.0.0"), 0});
  UpstreamUdpOptions options;
  options.port_low = options.port_high = taken.endpoint().port;
  Asking t(options);
  const auto refused = t.udp->ask(AskId{1}, t.server.endpoint(), octets("q"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().system_error == EADDRINUSE);
  CHECK(t.udp->counters().port_retries == UpstreamUdp::port_tries_max);
  taken.fd.reset();
  CHECK(t.ask(1).port == options.port_low);
}

TEST_CASE("Asks leave from the configured addresses, each of them", "[net][upstream_udp]") {
  UpstreamUdpOptions options;
  options.sources = {*IpAddress::parse("127.0.0.2"), *IpAddress::parse("127.0.0.3"),
                     *IpAddress::parse("::1")};
  Asking t(options);
  std::set<std::string> seen;
  for (std::uint64_t id = 0; id < 30; ++id) seen.insert(t.ask(id).address.to_text());
  CHECK(seen == std::set<std::string>{"127.0.0.2", "127.0.0.3"});
}

TEST_CASE("A flood on one socket does not keep the others from their turn", "[net][upstream_udp]") {
  Asking t;
  const Endpoint flooded = t.ask(1), other = t.ask(2);
  for (int i = 0; i < 100; ++i) REQUIRE(t.server.send_to(flooded, "flood"));
  REQUIRE(t.server.send_to(other, "a"));
  REQUIRE(t.until([&] {
    return std::any_of(t.sink.got.begin(), t.sink.got.end(),
                       [](auto& r) { return r.octets == "a"; });
  }));
  CHECK(t.sink.got.size() <= 2 * UpstreamUdp::datagrams_per_turn_max + 1);
  REQUIRE(t.until([&] { return t.sink.got.size() == 101; }));
}

TEST_CASE("A callback may cancel, ask anew, or destroy everything",
          "[net][upstream_udp][negative]") {
  Asking t;
  const int what = GENERATE(0, 1, 2);
  const Endpoint one = t.ask(1), two = t.ask(2);
  t.sink.act = [&](AskId id) {
    if (what == 0) t.udp->cancel(AskId{1}), t.udp->cancel(AskId{2});
    if (what == 1) {
      t.udp->cancel(id);
      CHECK(t.udp->ask(id, t.server.endpoint(), octets("again")));
    }
    if (what == 2) t.udp.reset();
  };
  for (int i = 0; i < 3; ++i) {
    REQUIRE(t.server.send_to(one, "a"));
    REQUIRE(t.server.send_to(two, "b"));
  }
  REQUIRE(t.until([&] { return t.sink.got.size() == (what == 1 ? 2 : 1); }));
  t.for_ms(5);
  CHECK(t.sink.got.size() == (what == 1 ? 2 : 1));
}
