#include "resolver/engine.hpp"

#include <catch2/catch.hpp>

#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Rcode;
using dns::Type;

TEST_CASE("a name is resolved from the hints down, then from the cache") {
  World world;
  FakeNet net(world.options(), world);
  const auto answer = net.resolve("www.example.org.", Type::a);
  REQUIRE(answer);
  CHECK(answer->rcode == Rcode::noerror);
  REQUIRE(answer->in(dns::Section::answer).size() == 1);
  CHECK(net.packets() == 3);
  const auto again = net.ask("WWW.example.org.", Type::a);
  CHECK(net.log(again).from_cache);
  CHECK(net.packets() == 3);
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("equal questions join, whichever worker hears them") {
  World world;
  auto options = world.options();
  options.workers = 4;
  FakeNet net(options, world);
  for (unsigned i = 0; i < 40; ++i) net.ask("www.example.org.", Type::a, {}, i % 4);
  net.run();
  CHECK(net.packets() == 3);
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(net.log(i).answers == 1);
    CHECK(net.answer(i)->rcode == Rcode::noerror);
  }
  CHECK(net.leaks() == "");
}

TEST_CASE("a client is answered at request_time at the latest, with the last trouble") {
  World world;
  auto options = world.options();
  REQUIRE(options.resolver.limits.set(Limit::request_time, 500));
  world.silent = {ip("192.0.2.66")};
  FakeNet net(options, world);
  const auto client = net.ask("www.dead.org.", Type::a);
  net.run();
  REQUIRE(net.log(client).answers == 1);
  CHECK(net.log(client).answered_us - net.log(client).asked_us == 500'000);
  const auto answer = net.answer(client);
  CHECK(answer->rcode == Rcode::servfail);
  REQUIRE(answer->ede);
  CHECK(answer->ede->code == dns::EdeCode::no_reachable_authority);
  CHECK(answer->ede->text.find("500 ms") != std::string::npos);
  CHECK(net.leaks() == "");
}

TEST_CASE("a deadline is no failure of the question") {
  World world;
  auto options = world.options();
  REQUIRE(options.resolver.limits.set(Limit::request_time, 100));
  world.delay_us = 60'000;
  FakeNet net(options, world);
  CHECK(net.resolve("www.example.org.", Type::a)->rcode == Rcode::servfail);
  net.run();
  world.delay_us = 0;
  CHECK(net.resolve("www.example.org.", Type::a)->rcode == Rcode::noerror);
}

TEST_CASE("dead servers cost a bounded number of tries, and the failure is remembered") {
  World world;
  world.silent = {ip("192.0.2.66")};
  FakeNet net(world.options(), world);
  CHECK(net.resolve("www.dead.org.", Type::a)->rcode == Rcode::servfail);
  const Limits limits;
  CHECK(net.packets_to(ip("192.0.2.66")) ==
        static_cast<std::uint64_t>(limits[Limit::server_tries]));
  const auto client = net.ask("www.dead.org.", Type::a);
  net.run_until_answered(client);
  CHECK(net.answer(client)->rcode == Rcode::servfail);
  CHECK(net.log(client).upstream_queries == 0);
}

TEST_CASE(
    "a zone whose servers have been silent for long costs a probe now and then, until they are "
    "back") {
  World world;
  world.silent = {ip("192.0.2.66")};
  FakeNet net(world.options(), world);
  unsigned asked = 0;
  const auto name = [&] { return "n" + std::to_string(++asked) + ".dead.org."; };
  for (int i = 0; i < 6; ++i) CHECK(net.resolve(name(), Type::a)->rcode == Rcode::servfail);
  const auto before = net.packets_to(ip("192.0.2.66"));
  std::int64_t slow = 0;
  for (int i = 0; i < 600; ++i) {
    const auto client = net.ask(name(), Type::a);
    const auto began_us = net.clock().now().mono_us;
    net.run_until_answered(client);
    const auto answer = net.answer(client);
    CHECK(answer->rcode == Rcode::servfail);
    REQUIRE(answer->ede);
    CHECK(answer->ede->code == dns::EdeCode::no_reachable_authority);
    slow += net.clock().now().mono_us - began_us > 1000 ? 1 : 0;
    net.run_for(1'000'000);
  }
  CHECK(slow <= 14);  // who asks for all
  CHECK(net.packets_to(ip("192.0.2.66")) - before <= 14);

  world.zone("dead.org.", "192.0.2.66", "@ SOA ns h 1 2 3 4 60\n@ NS ns\n* 300 A 192.0.2.80\n");
  world.silent.clear();
  int tries = 0;
  while (net.resolve("same.dead.org.", Type::a)->rcode != Rcode::noerror && ++tries < 100)
    net.run_for(1'000'000);
  CHECK(tries <= 66);  // the greatest time between probes, and the failure of the name itself
}

TEST_CASE("what one client has spent is not held against another that waits for the same") {
  // Both zones have servers without glue; each client may look one up.
  unsigned spent = 0;
  for (unsigned events = 0; events < 40; ++events) {
    INFO("the second asks after " << events << " events");
    World world;
    world.delay_us = 10'000;
    world.zone("org.", "192.0.2.2",
               "@ SOA ns h 1 2 3 4 60\n@ NS ns\nns A 192.0.2.2\nexample NS ns.example\n"
               "ns.example A 192.0.2.10\none NS ns1.example\ntwo NS ns2.example\n");
    world.zone("example.org.", "192.0.2.10",
               "@ SOA ns h 1 2 3 4 60\n@ NS ns\nns A 192.0.2.10\nns1 A 192.0.2.21\n"
               "ns2 A 192.0.2.22\n");
    world.zone("one.org.", "192.0.2.21",
               "@ SOA ns1.example.org. h 1 2 3 4 60\n@ NS ns1.example.org.\n"
               "www CNAME www.two.org.\n");
    world.zone("two.org.", "192.0.2.22",
               "@ SOA ns2.example.org. h 1 2 3 4 60\n@ NS ns2.example.org.\nwww A 192.0.2.80\n");
    auto options = world.options();
    options.resolver.limits.set(Limit::glueless_lookups, 1);
    FakeNet net(options, world);
    const auto chain = net.ask("www.one.org.", Type::a);
    for (unsigned i = 0; i < events; ++i) (void)net.step();
    const auto client = net.ask("www.two.org.", Type::a);
    net.run_until_answered(client);
    CHECK(net.answer(client)->rcode == Rcode::noerror);
    net.run();
    spent += net.answer(chain)->rcode == Rcode::servfail ? 1 : 0;
    CHECK(net.leaks() == "");
  }
  CHECK(spent > 0);
}

TEST_CASE("an unreachable server is not tried twice") {
  World world;
  world.unreachable = {ip("192.0.2.66")};
  FakeNet net(world.options(), world);
  const auto answer = net.resolve("www.dead.org.", Type::a);
  CHECK(answer->rcode == Rcode::servfail);
  CHECK(answer->ede->code == dns::EdeCode::network_error);
  CHECK(net.packets_to(ip("192.0.2.66")) == 1);
}

TEST_CASE("the last client to go away takes the work along") {
  World world;
  FakeNet net(world.options(), world);
  const auto one = net.ask("www.example.org.", Type::a),
             other = net.ask("www.example.org.", Type::a);
  net.cancel(one);
  CHECK(net.engine().resolutions() == 1);
  net.cancel(other);
  CHECK(net.engine().resolutions() == 0);
  CHECK(net.leaks() == "");
  net.run();  // the reply that still comes finds nobody
  CHECK(net.packets() == 1);
}

TEST_CASE("a client that goes away does not take the others' work along") {
  World world;
  FakeNet net(world.options(), world);
  const auto one = net.ask("www.example.org.", Type::a),
             other = net.ask("www.example.org.", Type::a);
  net.cancel(one);
  net.run();
  CHECK(net.log(one).answers == 0);
  CHECK(net.answer(other)->rcode == Rcode::noerror);
}

TEST_CASE("when the payer is spent the next one pays, and each hears its own reason") {
  World world;
  auto options = world.options();
  REQUIRE(options.resolver.limits.set(Limit::request_time, 1000));
  world.delay_us = 250'000;
  FakeNet net(options, world);
  const auto first = net.ask("www.example.org.", Type::a);
  net.run_for(800'000);
  const auto second = net.ask("www.example.org.", Type::a);
  net.run_for(300'000);
  CHECK(net.log(first).answers == 1);
  net.run();
  CHECK(net.answer(second)->rcode == Rcode::noerror);
  CHECK(net.leaks() == "");
}

TEST_CASE("abandon answers all that wait, once") {
  World world;
  FakeNet net(world.options(), world);
  const Now now = net.clock().now();
  auto& engine = net.engine();
  for (int i = 0; i < 5; ++i)
    (void)engine.begin({dns::Name::literal("www.example.org."), Type::a}, now);
  engine.abandon({dns::EdeCode::not_ready, "the end"}, now);
  unsigned answers = 0;
  for (const auto& action : engine.take_actions()) {
    const auto* answer = std::get_if<resolver::AnswerAction>(&action);
    if (!answer) continue;
    ++answers;
    CHECK(answer->answer.rcode == Rcode::servfail);
    CHECK(answer->answer.ede->text == "the end");
  }
  CHECK(answers == 5);
  const auto held = engine.held();
  CHECK(held.requests + held.resolutions + held.asks + held.tickets == 0);
}

TEST_CASE("priming asks the root for its servers and says so") {
  World world;
  auto options = world.options();
  options.resolver.priming = true;
  FakeNet net(options, world);
  CHECK(net.resolve("www.example.org.", Type::a)->rcode == Rcode::noerror);
  net.run();
  CHECK(net.primed() == 1);
  CHECK(net.packets() == 4);
  const auto root =
      net.cache().deepest(dns::Name::literal("nowhere."), 0, net.clock().now().age_ms);
  REQUIRE(root);
  CHECK(root->cut.is_root());
  CHECK(root->source == cache::DelegationSource::referral);
}

TEST_CASE("why: a traced question joins nobody, reads no cache and tells each step") {
  World world;
  FakeNet net(world.options(), world);
  REQUIRE(net.resolve("www.example.org.", Type::a));
  auto& engine = net.engine();
  resolver::ClientQuestion question{dns::Name::literal("www.example.org."), Type::a};
  question.trace = true;
  std::shared_ptr<resolver::Trace> trace;
  const auto id = engine.begin(question, net.clock().now());
  // Hand over its questions by hand.
  for (int turn = 0; turn < 10 && !trace; ++turn) {
    for (auto& action : engine.take_actions()) {
      if (auto* send = std::get_if<resolver::SendAction>(&action)) {
        for (const auto& reply :
             world.on_question(send->to, send->tcp, send->octets, net.clock().now())) {
          net.clock().advance_us(1000);
          engine.on_message(send->id, reply.octets, net.clock().now());
        }
      } else if (auto* answer = std::get_if<resolver::AnswerAction>(&action)) {
        CHECK(answer->id == id);
        CHECK(answer->answer.rcode == Rcode::noerror);
        trace = answer->trace;
      }
    }
  }
  REQUIRE(trace);
  REQUIRE(trace->steps.size() == 3);
  CHECK(trace->steps[0].cut == ".");
  CHECK(trace->steps[0].result == "referral to org. (no DS)");
  CHECK(trace->steps[2].cut == "example.org.");
  CHECK(trace->steps[2].result == "answer");
  CHECK(trace->steps[2].round_trip_us == 1000);
}

TEST_CASE("rows show what runs") {
  World world;
  FakeNet net(world.options(), world);
  net.ask("www.example.org.", Type::a);
  net.clock().advance_us(700);
  const auto rows = net.engine().rows(net.clock().now());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].key.name == dns::Name::literal("www.example.org."));
  CHECK(rows[0].state == resolver::State::asking);
  CHECK(rows[0].cut == ".");
  CHECK(rows[0].age_us == 700);
  CHECK(rows[0].server == "192.0.2.1@53");
}

TEST_CASE("a limit that stops a request is named to its client and counted") {
  World world;
  auto options = world.options();
  REQUIRE(options.resolver.limits.set(Limit::upstream_queries, 2));
  FakeNet net(options, world);
  const auto client = net.ask("www.example.org.", Type::a);
  net.run();
  const auto answer = net.answer(client);
  CHECK(answer->rcode == Rcode::servfail);
  CHECK(answer->ede->text.find("upstream_queries (2)") != std::string::npos);
  CHECK(net.log(client).upstream_queries == 2);
  CHECK(net.packets() == 2);
  CHECK(net.metrics().value(Metric::limit_exceeded_total,
                            static_cast<unsigned>(Limit::upstream_queries),
                            static_cast<unsigned>(LimitMode::enforce)) == 1);
  // The next one goes on where the first one had to stop.
  CHECK(net.resolve("www.example.org.", Type::a)->rcode == Rcode::noerror);
}

TEST_CASE("a server that only ever let us wait is not the best of the band") {
  World world;
  auto options = world.options();
  options.resolver.root_hints = {{dns::Name::literal("ns."), {ip("192.0.2.1"), ip("192.0.2.66")}}};
  REQUIRE(options.resolver.limits.set(Limit::server_explore, 0));
  world.silent = {ip("192.0.2.66")};
  FakeNet net(options, world);
  for (int i = 0; i < 30; ++i) {
    CHECK(net.resolve("name" + std::to_string(i) + ".", Type::a)->rcode == Rcode::nxdomain);
    net.run_for(1'000'000);
  }
  CHECK(net.packets_to(ip("192.0.2.66")) <= 2);
}
