// Forward and stub zones behind a whole engine: whom it asks of the servers that the operator
// named, in which order, beside whom, for how long; what becomes of dead ones; the way past them.
#include <catch2/catch.hpp>

#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Type;
using resolver::ConfiguredZone;

namespace {
constexpr std::int64_t ms = 1000, second_us = 1'000'000;
constexpr const char *first_server = "10.1.0.1", *second_server = "10.2.0.1";

/// Servers of corp.example.org., each of which says who it is, and may be slow or wrong; the public
/// tree has a corp.example.org. of its own.
struct Forwarders final : Servers {
  Forwarders() {
    serve(first_server, "192.0.2.101");
    serve(second_server, "192.0.2.102");
    tree.zone("example.org.", "192.0.2.10",
              "@ SOA ns h 1 2 3 4 60\n@ NS ns\nns A 192.0.2.10\nwww A 192.0.2.80\n*.corp 60 A "
              "192.0.2.100\n");
  }
  void serve(std::string_view server, std::string_view says) {
    tree.zone("corp.example.org.", server,
              "@ SOA ns h 1 2 3 4 60\n@ NS ns\nns A 192.0.2.99\n* 60 A " + std::string(says) +
                  "\nnone TXT x\nout CNAME www.example.org.\n");
  }
  std::vector<Reply> on_question(const Endpoint& server, bool tcp,
                                 std::span<const std::uint8_t> octets, const Now& now) override {
    const auto query = decode(octets);
    const bool by_operator = server.address.octets[0] == 10;
    if (by_operator) {
      times[server.address].push_back(now.mono_us);
      over_tcp += tcp ? 1 : 0, over_udp += tcp ? 0 : 1;
      forms.insert({query->header.rd, query->header.cd, query->dnssec_ok});
      same_case = same_case && query->question.name.same_case(query->question.name.lowercase());
    }
    auto replies = tree.on_question(server, tcp, octets, now);
    for (auto& reply : replies) {
      if (slow_us.contains(server.address)) reply.delay_us = slow_us[server.address];
      if (by_operator && failing.contains(server.address))
        reply.octets[3] = static_cast<std::uint8_t>((reply.octets[3] & 0xF0) | 2);
    }
    return replies;
  }
  std::size_t asked(const char* server) { return times[ip(server)].size(); }

  World tree;
  std::map<IpAddress, std::int64_t> slow_us;
  std::set<IpAddress> failing;
  std::map<IpAddress, std::vector<std::int64_t>> times;
  std::set<std::array<bool, 3>> forms;  ///< RD, CD, DO
  unsigned over_tcp = 0, over_udp = 0;
  bool same_case = true;
};

ConfiguredZone corp(std::vector<const char*> servers) {
  ConfiguredZone zone{Name::literal("corp.example.org."), {}};
  for (const char* server : servers) zone.servers.push_back({ip(server), 53});
  return zone;
}

/// Nobody is explored: choices are as they would be most of the time.
NetOptions options(const Forwarders& servers, ConfiguredZone zone, bool stub = false,
                   unsigned workers = 1) {
  NetOptions net = servers.tree.options();
  net.workers = workers;
  net.resolver.limits.set(Limit::server_explore, 0);
  (stub ? net.resolver.stubs : net.resolver.forwards).push_back(std::move(zone));
  return net;
}

std::string name(int number) {
  return "n" + std::to_string(number) + ".corp.example.org.";
}
/// Who gave this answer: the address in it.
std::string said(const std::optional<Decoded>& answer) {
  if (!answer || answer->rcode != Rcode::noerror || answer->in(dns::Section::answer).empty())
    return "nobody";
  return to_text(answer->in(dns::Section::answer).back())
      .substr(answer->question.name.to_text().size());
}
bool is_of(const std::optional<Decoded>& answer, std::string_view address) {
  return said(answer).ends_with(address);
}
std::int64_t took_us(const FakeNet& net, FakeNet::ClientId client) {
  return net.log(client).answered_us - net.log(client).asked_us;
}
}  // namespace

TEST_CASE("Of servers equally fast the operator's first is asked", "[forwarding]") {
  const bool stub = GENERATE(false, true), turned = GENERATE(false, true);
  Forwarders servers;
  const std::vector<const char*> order =
      turned ? std::vector{second_server, first_server} : std::vector{first_server, second_server};
  NetOptions how = options(servers, corp(order), stub);
  how.least_way_us = how.most_way_us = 5 * ms;
  FakeNet net(how, servers);
  for (int i = 0; i < 20; ++i) CHECK(is_of(net.resolve(name(i), Type::a), turned ? "102" : "101"));
  CHECK(servers.asked(order[0]) == 20);
  CHECK(servers.asked(order[1]) == 0);
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("A forwarder is told to recurse and not to judge, a stub's server neither",
          "[forwarding]") {
  const bool stub = GENERATE(false, true), judges = GENERATE(false, true);
  Forwarders servers;
  NetOptions how = options(servers, corp({first_server}), stub);
  how.validator.validation = judges;
  FakeNet net(how, servers);
  for (int i = 0; i < 5; ++i) CHECK(is_of(net.resolve(name(i), Type::a), "101"));
  CHECK(servers.forms == std::set<std::array<bool, 3>>{{!stub, !stub && judges, true}});
  CHECK_FALSE(servers.same_case);
}

TEST_CASE("A whole name goes to a forwarder, label by label to a stub's server", "[forwarding]") {
  const bool stub = GENERATE(false, true);
  Forwarders servers;
  FakeNet net(options(servers, corp({first_server}), stub), servers);
  CHECK(is_of(net.resolve("a.b.c.corp.example.org.", Type::a), "101"));
  CHECK(servers.asked(first_server) == (stub ? 3u : 1u));
}

TEST_CASE("Where the first is silent the second is asked beside it, soon nobody waits for it",
          "[forwarding]") {
  const bool stub = GENERATE(false, true);
  const unsigned workers = GENERATE(1u, 4u);
  Forwarders servers;
  servers.tree.silent.insert(ip(first_server));
  FakeNet net(options(servers, corp({first_server, second_server}), stub, workers), servers);
  for (int i = 0; i < 10; ++i) {
    const auto client = net.ask(name(i), Type::a);
    net.run_until_answered(client);
    CHECK(is_of(net.answer(client), "102"));
    CHECK(took_us(net, client) <= 400 * ms + 2 * 20 * ms + 10 * ms);
    if (i >= 4) CHECK(took_us(net, client) <= 2 * 20 * ms + 10 * ms);
  }
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("The first good answer counts, be it overdue", "[forwarding]") {
  Forwarders servers;
  servers.slow_us[ip(first_server)] = 600 * ms;
  servers.slow_us[ip(second_server)] = 3000 * ms;
  FakeNet net(options(servers, corp({first_server, second_server})), servers);
  const auto client = net.ask(name(1), Type::a);
  net.run_until_answered(client);
  CHECK(is_of(net.answer(client), "101"));
  CHECK(servers.asked(second_server) == 1);
  CHECK(took_us(net, client) <= 650 * ms);
  net.run();
  CHECK(net.log(client).answers == 1);
  CHECK(net.leaks() == "");
}

TEST_CASE("A bad answer that is overdue waits for the good one", "[forwarding][negative]") {
  Forwarders servers;
  servers.slow_us[ip(first_server)] = 500 * ms;
  servers.failing.insert(ip(first_server));
  servers.slow_us[ip(second_server)] = 300 * ms;
  FakeNet net(options(servers, corp({first_server, second_server})), servers);
  CHECK(is_of(net.resolve(name(1), Type::a), "102"));
  CHECK(servers.asked(first_server) == 1);
  CHECK(servers.asked(second_server) == 1);
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("A bad answer in time: the next server at once", "[forwarding][negative]") {
  Forwarders servers;
  servers.failing.insert(ip(first_server));
  FakeNet net(options(servers, corp({first_server, second_server})), servers);
  const auto client = net.ask(name(1), Type::a);
  net.run_until_answered(client);
  CHECK(is_of(net.answer(client), "102"));
  CHECK(took_us(net, client) <= 4 * 20 * ms + 10 * ms);
}

TEST_CASE("One forwarder that takes its time is waited for", "[forwarding]") {
  Forwarders servers;
  FakeNet net(options(servers, corp({first_server})), servers);
  for (int i = 0; i < 20; ++i) REQUIRE(is_of(net.resolve(name(i), Type::a), "101"));
  const auto before = servers.asked(first_server);
  servers.slow_us[ip(first_server)] = GENERATE(300, 1500, 3500) * ms;
  const auto client = net.ask(name(100), Type::a);
  net.run_until_answered(client);
  CHECK(is_of(net.answer(client), "101"));
  CHECK(took_us(net, client) <= servers.slow_us[ip(first_server)] + 50 * ms);
  CHECK(servers.asked(first_server) - before <= 3);
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("When all are silent the client hears so, and they are asked three times each",
          "[forwarding][negative]") {
  const bool tcp = GENERATE(false, true);
  Forwarders servers;
  servers.tree.silent = {ip(first_server), ip(second_server)};
  ConfiguredZone zone = corp({first_server, second_server});
  zone.tcp = tcp;
  FakeNet net(options(servers, zone), servers);
  const auto client = net.ask(name(1), Type::a);
  net.run_until_answered(client);
  const auto answer = net.answer(client);
  CHECK(answer->rcode == Rcode::servfail);
  REQUIRE(answer->ede);
  CHECK(answer->ede->code == dns::EdeCode::no_reachable_authority);
  CHECK(net.log(client).upstream_queries <= 6);
  CHECK(servers.asked(first_server) <= 5);  // with those that ask whether it is back
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("What is asked beside is paid for", "[forwarding][negative]") {
  Forwarders servers;
  servers.tree.silent = {ip(first_server), ip(second_server)};
  NetOptions how = options(servers, corp({first_server, second_server}));
  how.resolver.limits.set(Limit::upstream_queries, 2);
  FakeNet net(how, servers);
  CHECK(net.resolve(name(1), Type::a)->rcode == Rcode::servfail);
  CHECK(net.packets() == 2);
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("A dead server is asked ever more seldom, and comes back", "[forwarding]") {
  const unsigned workers = GENERATE(1u, 4u);
  Forwarders servers;
  NetOptions how = options(servers, corp({first_server, second_server}), false, workers);
  how.least_way_us = how.most_way_us = 5 * ms;
  FakeNet net(how, servers);
  servers.tree.silent.insert(ip(first_server));
  int number = 0;
  const auto ask_for = [&](int seconds) {
    for (int i = 0; i < 2 * seconds; ++i) {
      net.ask(name(++number), Type::a);
      net.run_for(second_us / 2);
    }
  };
  ask_for(10);
  const auto before = servers.asked(first_server);
  ask_for(600);
  CHECK(servers.asked(first_server) - before >= 9);
  CHECK(servers.asked(first_server) - before <= 20);
  servers.tree.silent.clear();
  ask_for(70);
  CHECK(is_of(net.resolve(name(++number), Type::a), "101"));
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("A zone over TCP is asked over nothing else", "[forwarding]") {
  const bool stub = GENERATE(false, true);
  Forwarders servers;
  ConfiguredZone zone = corp({first_server, second_server});
  zone.tcp = true;
  FakeNet net(options(servers, zone, stub), servers);
  for (int i = 0; i < 5; ++i) CHECK(is_of(net.resolve(name(i), Type::a), "101"));
  CHECK(servers.over_tcp == 5);
  CHECK(servers.over_udp == 0);
  CHECK(net.resolve("www.example.org.", Type::a)->rcode == Rcode::noerror);
  CHECK(net.packets() > 5);  // the public tree is asked as ever
}

TEST_CASE("With first the public tree answers when none of them does", "[forwarding]") {
  const bool stub = GENERATE(false, true), refuses = GENERATE(false, true);
  Forwarders servers;
  if (refuses)
    servers.failing = {ip(first_server), ip(second_server)};
  else
    servers.tree.silent = {ip(first_server), ip(second_server)};
  ConfiguredZone zone = corp({first_server, second_server});
  zone.first = true;
  FakeNet net(options(servers, zone, stub), servers);
  for (int i = 0; i < 10; ++i) {
    const auto client = net.ask(name(i), Type::a);
    net.run_until_answered(client);
    CHECK(is_of(net.answer(client), "100"));
    CHECK(took_us(net, client) < (i >= 5 ? 400 : 1300) * ms);
    // What is found so is the zone's alone.
    CHECK_FALSE(net.cache().find(Name::literal(name(i)), Type::a, 0, net.clock().now().age_ms));
  }
  if (!refuses) {
    servers.tree.silent.clear();
    net.run_for(130 * second_us);
    net.resolve(name(98), Type::a);
    net.run_for(second_us);
    CHECK(is_of(net.resolve(name(99), Type::a), "101"));
  }
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("With first what they deny is denied", "[forwarding][negative]") {
  Forwarders servers;
  servers.tree.zone("corp.example.org.", "10.3.0.1", "@ SOA ns h 1 2 3 4 60\n@ NS ns\n");
  ConfiguredZone zone = corp({"10.3.0.1"});
  zone.first = true;
  FakeNet net(options(servers, zone), servers);
  CHECK(net.resolve(name(1), Type::a)->rcode == Rcode::nxdomain);
  CHECK(net.packets() == 1);
}

TEST_CASE("An alias that leads out of a forward zone is followed where it leads", "[forwarding]") {
  Forwarders servers;
  FakeNet net(options(servers, corp({first_server})), servers);
  CHECK(is_of(net.resolve("out.corp.example.org.", Type::a), "80"));
  CHECK(net.packets_to(ip("192.0.2.10")) > 0);
  CHECK(servers.asked(first_server) == 1);
}

TEST_CASE("A reload that names other servers asks them at once", "[forwarding]") {
  const unsigned workers = GENERATE(1u, 4u);
  Forwarders servers;
  const NetOptions how = options(servers, corp({first_server}), false, workers);
  FakeNet net(how, servers);
  CHECK(is_of(net.resolve(name(1), Type::a), "101"));
  const auto load = [&](std::vector<ConfiguredZone> zones) {
    auto next = std::make_shared<resolver::ResolverOptions>(how.resolver);
    next->forwards = std::move(zones);
    for (unsigned i = 0; i < workers; ++i)
      net.engine(i).reconfigure(
          {next, std::make_shared<validator::ValidatorOptions>(how.validator)});
  };
  load({corp({second_server})});
  CHECK(is_of(net.resolve(name(1), Type::a), "102"));
  load({});
  CHECK(is_of(net.resolve(name(1), Type::a), "100"));
  ConfiguredZone zone = corp({first_server});
  zone.first = true;
  load({zone});
  CHECK(is_of(net.resolve(name(1), Type::a), "101"));
  CHECK(servers.asked(first_server) == 2);  // another partition: fetched anew
}
