// Outages of our own, as the engine lives through them: thirteen root servers in as many networks
// fall silent together and come back together.
#include <catch2/catch.hpp>

#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Type;

namespace {
constexpr std::int64_t second_us = 1'000'000;
constexpr unsigned roots = 13;
constexpr const char* stub_server = "10.200.0.1";

std::string root(unsigned i) {
  return "10." + std::to_string(i + 1) + ".0.1";
}

struct Outage {
  World world;
  FakeNet net;
  unsigned asked = 0;

  explicit Outage(unsigned workers = 1) : net(options(workers), world) {
    CHECK(net.resolve("www.tent.", Type::a)->rcode == Rcode::noerror);
    net.run();
  }
  NetOptions options(unsigned workers) {
    NetOptions net_options = world.options();
    net_options.workers = workers;
    net_options.resolver.root_hints.clear();
    for (unsigned i = 0; i < roots; ++i) {
      world.zone(".", root(i),
                 "@ SOA a. h. 1 2 3 4 60\n@ NS a.\na. A 10.1.0.1\nwww.tent. 60 A 192.0.2.80\n");
      const std::string name = std::string(1, static_cast<char>('a' + i)) + ".";
      net_options.resolver.root_hints.push_back({Name::literal(name), {ip(root(i))}});
    }
    world.zone("stub.", stub_server,
               "@ SOA a h 1 2 3 4 60\n@ NS a\na A 10.200.0.1\nwww 60 A 192.0.2.81\n");
    net_options.resolver.stubs = {{Name::literal("stub."), {{ip(stub_server), 53}}}};
    return net_options;
  }
  void silence() {
    world.silent.insert(ip(stub_server));
    for (unsigned i = 0; i < roots; ++i) world.silent.insert(ip(root(i)));
  }
  /// A name nobody has asked for, each second, for so long.
  void ask_for(unsigned seconds) {
    for (unsigned i = 0; i < seconds; ++i) {
      const std::string number = std::to_string(++asked);
      net.ask("n" + number + ".test" + number + ".", Type::a);
      net.run_for(second_us);
    }
  }
  /// One timeout may be of a question that was sent while it lasted.
  unsigned dead() {
    unsigned count = 0;
    for (const auto& row :
         net.cache().servers().rows(net.clock().now().mono_us, net.engine().limits()))
      count += row.view.dead || row.view.timeouts_in_row > 1 ? 1 : 0;
    return count;
  }
};
}  // namespace

TEST_CASE("Ten minutes without any server leave no mark on any", "[outage]") {
  const unsigned workers = GENERATE(1u, 4u);
  Outage outage(workers);
  auto& net = outage.net;
  outage.silence();
  outage.ask_for(600);
  CHECK(net.outages() == std::pair(1u, 0u));
  CHECK(net.cache().servers().offline());
  outage.world.silent.clear();
  const auto back_us = net.clock().now().mono_us;
  while (net.cache().servers().offline() && net.clock().now().mono_us - back_us < 90 * second_us)
    net.run_for(second_us / 10);
  CHECK(net.clock().now().mono_us - back_us <= 61 * second_us);
  CHECK(net.outages() == std::pair(1u, 1u));
  CHECK(outage.dead() == 0);
  CHECK(net.resolve("n1.test1.", Type::a)->rcode == Rcode::nxdomain);  // its failure is forgotten
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("While it lasts what is kept is given at once, and little is sent", "[outage]") {
  Outage outage;
  auto& net = outage.net;
  net.run_for(61 * second_us);
  outage.silence();
  outage.ask_for(20);
  REQUIRE(net.cache().servers().offline());
  const auto client = net.ask("www.tent.", Type::a);
  net.run_until_answered(client);
  CHECK(net.answer(client)->ede->code == dns::EdeCode::stale_answer);
  CHECK(net.log(client).answered_us == net.log(client).asked_us);
  net.run_for(60 * second_us);
  const auto packets = net.packets();
  net.run_for(600 * second_us);
  CHECK(net.packets() - packets <= 11 * 16);  // one probe a minute
  CHECK(net.packets() - packets >= 9);
  outage.world.silent.clear();
  net.run();
  CHECK(net.outages() == std::pair(1u, 1u));
  CHECK(net.leaks() == "");
}

TEST_CASE("Where the root stays silent a client's own servers end it that were silent too",
          "[outage]") {
  Outage outage;
  auto& net = outage.net;
  REQUIRE(net.resolve("www.stub.", Type::a)->rcode == Rcode::noerror);
  net.run_for(61 * second_us);
  outage.silence();
  outage.ask_for(20);
  REQUIRE(net.cache().servers().offline());
  net.ask("other.stub.", Type::a);
  net.run_for(5 * second_us);
  outage.world.silent.erase(ip(stub_server));
  for (int i = 0; i < 60 && net.cache().servers().offline(); ++i) {
    CHECK(net.resolve("www.stub.", Type::a)->rcode == Rcode::noerror);
    net.run_for(5 * second_us);
  }
  CHECK_FALSE(net.cache().servers().offline());
  outage.world.silent.clear();
  net.run();
}

TEST_CASE("Seven silent root servers are dead, not an outage", "[outage][negative]") {
  Outage outage;
  auto& net = outage.net;
  outage.silence();
  for (unsigned i = 7; i < roots; ++i) outage.world.silent.erase(ip(root(i)));
  outage.ask_for(120);
  CHECK(net.outages() == std::pair(0u, 0u));
  CHECK(outage.dead() >= 1);
  net.run();
}

namespace {
/// Ten zones below the root, each with a server of its own at both families.
struct TwoFamilies {
  static constexpr unsigned zones = 10;
  World world;
  FakeNet net;
  unsigned asked = 0;

  TwoFamilies() : net(options(), world) {}
  static std::string v4(unsigned i) { return "10." + std::to_string(i) + ".0.1"; }
  static std::string v6(unsigned i) { return "2001:" + std::to_string(i) + "::1"; }
  NetOptions options() {
    NetOptions net_options = world.options();
    net_options.resolver.root_hints = {{Name::literal("ns."), {ip(v4(0)), ip(v6(0))}}};
    std::string root = "@ SOA ns. h. 1 2 3 4 60\n@ NS ns.\nns. A " + v4(0) + "\n";
    for (unsigned i = 1; i <= zones; ++i) {
      const std::string apex = "t" + std::to_string(i) + ".";
      root += apex + " NS ns." + apex + "\nns." + apex + " A " + v4(i) + "\nns." + apex + " AAAA " +
              v6(i) + "\n";
      for (const std::string& address : {v4(i), v6(i)})
        world.zone(apex, address, "@ SOA ns h 1 2 3 4 60\n@ NS ns\n*.www A 192.0.2.80\n");
    }
    for (const std::string& address : {v4(0), v6(0)}) world.zone(".", address, root);
    return net_options;
  }
  void silence(std::string (*address)(unsigned), unsigned count = zones + 1) {
    for (unsigned i = 0; i < count; ++i) world.silent.insert(ip(address(i)));
  }
  /// A name nobody asked for in each zone, `rounds` times; all are answered.
  void ask(unsigned rounds) {
    for (unsigned i = 0; i < rounds * zones; ++i) {
      const std::string name =
          "n" + std::to_string(++asked) + ".www.t" + std::to_string(i % zones + 1);
      CHECK(net.resolve(name + ".", Type::a)->rcode == Rcode::noerror);
      net.run_for(second_us / 5);
    }
  }
  std::uint64_t packets(std::string (*address)(unsigned)) const {
    std::uint64_t sum = 0;
    for (unsigned i = 0; i <= zones; ++i) sum += net.packets_to(ip(address(i)));
    return sum;
  }
};
}  // namespace

TEST_CASE("An address family that leads nowhere is noticed, and asked no more", "[outage]") {
  TwoFamilies t;
  t.silence(TwoFamilies::v6);
  t.ask(10);
  CHECK(t.net.family_outages() == std::pair(1u, 0u));
  CHECK(t.net.outages() == std::pair(0u, 0u));
  CHECK(t.net.cache().servers().offline(6));
  CHECK_FALSE(t.net.cache().servers().offline(4));
  const auto before = t.packets(TwoFamilies::v6);
  const auto began_us = t.net.clock().now().mono_us;
  t.ask(30);
  const auto passed_s = (t.net.clock().now().mono_us - began_us) / second_us;
  CAPTURE(passed_s);
  CHECK(passed_s >= 60);
  CHECK(t.packets(TwoFamilies::v6) - before <= 8);  // who asks whether they are back

  t.world.silent.clear();
  for (int i = 0; i < 40 && t.net.cache().servers().offline(6); ++i) t.ask(1);
  CHECK(t.net.family_outages() == std::pair(1u, 1u));
  CHECK_FALSE(t.net.cache().servers().offline(6));
  const auto back = t.packets(TwoFamilies::v6);
  t.ask(10);
  CHECK(t.packets(TwoFamilies::v6) > back);
}

TEST_CASE("Where there is no other, a family that is offline is asked", "[outage]") {
  TwoFamilies t;
  t.silence(TwoFamilies::v6);
  t.ask(10);
  REQUIRE(t.net.cache().servers().offline(6));
  t.world.zone("t1.", TwoFamilies::v4(1),
               "@ SOA ns h 1 2 3 4 60\n@ NS ns\nsix NS ns.six\nns.six AAAA 2001:66::1\n");
  t.world.zone("six.t1.", "2001:66::1", "@ SOA ns h 1 2 3 4 60\n@ NS ns\nwww A 192.0.2.86\n");
  CHECK(t.net.resolve("www.six.t1.", Type::a)->rcode == Rcode::noerror);
  CHECK(t.net.family_outages() == std::pair(1u, 1u));
}

TEST_CASE("Too few networks, or both families, are no outage of one", "[outage][negative]") {
  TwoFamilies t;
  SECTION("Seven networks of IPv6") {
    t.silence(TwoFamilies::v6, 7);
    t.ask(20);
    CHECK(t.net.family_outages() == std::pair(0u, 0u));
  }
  SECTION("Everybody") {
    t.ask(2);
    t.silence(TwoFamilies::v4);
    t.silence(TwoFamilies::v6);
    for (unsigned i = 0; i < 200; ++i) {
      t.net.ask("m" + std::to_string(i) + ".www.t" + std::to_string(i % 10 + 1) + ".", Type::a);
      t.net.run_for(second_us / 5);
    }
    CHECK(t.net.outages() == std::pair(1u, 0u));
    CHECK_FALSE(t.net.cache().servers().offline(4));
    CHECK_FALSE(t.net.cache().servers().offline(6));
    t.world.silent.clear();
    t.net.run();
  }
}
