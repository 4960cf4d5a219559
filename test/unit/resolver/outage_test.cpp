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

TEST_CASE("Where the root stays silent a client's own servers end it", "[outage]") {
  Outage outage;
  auto& net = outage.net;
  REQUIRE(net.resolve("www.stub.", Type::a)->rcode == Rcode::noerror);
  net.run_for(61 * second_us);
  outage.silence();
  outage.ask_for(20);
  REQUIRE(net.cache().servers().offline());
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
