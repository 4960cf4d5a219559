// Stale answers (RFC 8767): who gets them, what of them is still signed, and what goes on behind.
#include <catch2/catch.hpp>

#include "test/unit/resolver/signed_world.hpp"
#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Section;
using dns::Type;
using validator::TrustAnchors;

namespace {
constexpr std::int64_t second_us = 1'000'000;

unsigned count(const Decoded& answer, Section section, Type type) {
  const auto& records = answer.in(section);
  return static_cast<unsigned>(
      std::count_if(records.begin(), records.end(), [&](auto& r) { return r.type == type; }));
}

bool told_stale(const Decoded& answer) {
  return answer.ede && (answer.ede->code == dns::EdeCode::stale_answer ||
                        answer.ede->code == dns::EdeCode::stale_nxdomain);
}

/// Knows www.example.org. (TTL 300), which has ended; the servers say nothing any more. A try takes
/// as long as a client waits.
struct Outage {
  World world;
  FakeNet net;

  explicit Outage(std::int64_t background_rate = 50) : net(options(background_rate), world) {
    REQUIRE(net.resolve("www.example.org.", Type::a)->rcode == Rcode::noerror);
    net.run();
    net.run_for(301 * second_us);
    world.silent = {ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.10")};
  }
  NetOptions options(std::int64_t background_rate) const {
    auto net_options = world.options();
    auto& limits = net_options.resolver.limits;
    REQUIRE(limits.set(Limit::first_timeout, 3000));
    REQUIRE(limits.set(Limit::timeout_min, 3000));
    REQUIRE(limits.set(Limit::background_rate, background_rate));
    return net_options;
  }
};
}  // namespace

TEST_CASE("A stale answer is signed as it was, with a TTL of its own", "[stale]") {
  SignedWorld world;
  auto options = world.options(1);
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  FakeNet net(options, world);
  REQUIRE(net.resolve("www.example.org.", Type::a, with_do())->header.ad);
  REQUIRE(net.resolve("none.example.org.", Type::a, with_do())->header.ad);
  net.run_for(86'401 * second_us);
  world.silent_types = {Type::a, Type::aaaa, Type::ns, Type::ds, Type::dnskey};
  const auto data = net.resolve("www.example.org.", Type::a, with_do());
  CHECK(told_stale(*data));
  CHECK(data->header.ad);
  CHECK(count(*data, Section::answer, Type::rrsig) == 1);
  for (const auto& record : data->in(Section::answer)) CHECK(record.ttl == 30);
  const auto denial = net.resolve("none.example.org.", Type::a, with_do());
  CHECK(denial->rcode == Rcode::nxdomain);
  CHECK(denial->header.ad);
  CHECK(count(*denial, Section::authority, Type::nsec) >= 1);
  net.run();
  CHECK(net.metrics().value(Metric::cache_stale_served_total) == 2);
  CHECK(net.leaks() == "");
}

TEST_CASE("Past the end of its signatures a stale answer is neither secure nor signed",
          "[stale][negative]") {
  SignedWorld world;
  auto options = world.options(1);
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  FakeNet net(options, world);
  REQUIRE(net.resolve("www.example.org.", Type::a, with_do())->header.ad);
  REQUIRE(net.resolve("none.example.org.", Type::a, with_do())->header.ad);
  net.run_for(86'401 * second_us);
  net.clock().step_wall(std::int64_t{10} * 365 * 86'400);
  world.silent_types = {Type::a, Type::aaaa, Type::ns, Type::ds, Type::dnskey};
  const auto data = net.resolve("www.example.org.", Type::a, with_do());
  CHECK(told_stale(*data));
  CHECK_FALSE(data->header.ad);
  CHECK(count(*data, Section::answer, Type::a) == 1);
  CHECK(count(*data, Section::answer, Type::rrsig) == 0);
  const auto denial = net.resolve("none.example.org.", Type::a, with_do());
  CHECK(denial->rcode == Rcode::nxdomain);
  CHECK_FALSE(denial->header.ad);
  CHECK(count(*denial, Section::authority, Type::soa) == 1);
  CHECK(count(*denial, Section::authority, Type::rrsig) == 0);
  CHECK(count(*denial, Section::authority, Type::nsec) == 0);
}

TEST_CASE("Of those who wait for the same, one goes on behind its answer", "[stale]") {
  Outage outage;
  auto& net = outage.net;
  std::vector<FakeNet::ClientId> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(net.ask("www.example.org.", Type::a));
  net.run_for(1'900'000);
  for (const auto client : clients) {
    CHECK(net.log(client).answers == 1);
    CHECK(told_stale(*net.answer(client)));
    CHECK(net.log(client).answered_us - net.log(client).asked_us == 1'800'000);
  }
  CHECK(net.engine().requests() == 0);
  CHECK(net.engine().held().requests == 1);
  CHECK(net.engine().held().running == 1);
  outage.world.silent.clear();
  net.run();
  const auto packets = net.packets();
  const auto fresh = net.resolve("www.example.org.", Type::a);
  CHECK_FALSE(told_stale(*fresh));
  CHECK(net.packets() == packets);
  for (const auto client : clients) CHECK(net.log(client).answers == 1);
  CHECK(net.leaks() == "");
}

TEST_CASE("Where background_rate is used up nothing goes on behind", "[stale][negative]") {
  Outage outage(1);
  auto& net = outage.net;
  REQUIRE(net.in_background({Name::literal("other.example.org."), Type::a}, [](auto&) {}));
  net.run_for(500'000);
  const auto client = net.ask("www.example.org.", Type::a);
  net.run_for(1'850'000);
  CHECK(told_stale(*net.answer(client)));
  CHECK(net.engine().held().running <= 2);  // the one of our own, and what the next client began
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("What goes on behind ends when the worker does", "[stale]") {
  Outage outage;
  auto& net = outage.net;
  const auto client = net.ask("www.example.org.", Type::a);
  net.run_for(1'900'000);
  REQUIRE(net.engine().held().requests == 1);
  net.engine().drop_behind();
  CHECK(net.engine().held().requests == 0);
  net.run();
  CHECK(net.log(client).answers == 1);
  CHECK(told_stale(*net.resolve("www.example.org.", Type::a)));  // carries out what is left
  CHECK(net.leaks() == "");
}

TEST_CASE("A client that goes away before is not answered, nor is anything kept for it",
          "[stale][negative]") {
  Outage outage;
  auto& net = outage.net;
  const auto client = net.ask("www.example.org.", Type::a);
  net.run_for(1'000'000);
  net.cancel(client);
  net.run();
  CHECK(net.log(client).answers == 0);
  CHECK(net.leaks() == "");
}

TEST_CASE("Work of the resolver's own hears nothing stale", "[stale][negative]") {
  Outage outage;
  auto& net = outage.net;
  std::optional<resolver::Answer> heard;
  REQUIRE(net.in_background({Name::literal("www.example.org."), Type::a},
                            [&](const auto& answer) { heard = answer; }));
  net.run();
  REQUIRE(heard);
  CHECK(heard->rcode == Rcode::servfail);
  CHECK(net.metrics().value(Metric::cache_stale_served_total) == 0);
}

TEST_CASE("A reload that turns stale answers off is heeded at once", "[stale][negative]") {
  Outage outage;
  auto& net = outage.net;
  CHECK(told_stale(*net.resolve("www.example.org.", Type::a)));
  auto off = std::make_shared<resolver::ResolverOptions>(outage.world.options().resolver);
  off->serve_stale = false;
  auto unjudged = std::make_shared<validator::ValidatorOptions>();
  unjudged->validation = false;
  net.run();
  net.engine().reconfigure({off, unjudged});
  CHECK(net.resolve("www.example.org.", Type::a)->rcode == Rcode::servfail);
}

TEST_CASE("Flushed data is not given as stale", "[stale][negative]") {
  Outage outage;
  auto& net = outage.net;
  net.cache().flush(Name::literal("www.example.org."), false);
  CHECK(net.resolve("www.example.org.", Type::a)->rcode == Rcode::servfail);
}

TEST_CASE("stale_after 0: nobody waits at all", "[stale]") {
  Outage outage;
  auto& net = outage.net;
  auto at_once = std::make_shared<resolver::ResolverOptions>(outage.options(50).resolver);
  REQUIRE(at_once->limits.set(Limit::stale_after, 0));
  auto unjudged = std::make_shared<validator::ValidatorOptions>();
  unjudged->validation = false;
  net.engine().reconfigure({at_once, unjudged});
  outage.world.silent.clear();
  const auto client = net.ask("www.example.org.", Type::a);
  net.run_until_answered(client);
  CHECK(told_stale(*net.answer(client)));
  CHECK(net.log(client).answered_us == net.log(client).asked_us);
  net.run();
  CHECK_FALSE(told_stale(*net.resolve("www.example.org.", Type::a)));
}
