// Reasons of resolver and front that no scenario can force: each from what brings it about.
#include <catch2/catch.hpp>

#include "resolver/front.hpp"
#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Rcode;
using dns::Type;

namespace {
const resolver::AnswerAction* answer_in(const std::vector<resolver::Action>& actions) {
  for (const auto& action : actions)
    if (const auto* answer = std::get_if<resolver::AnswerAction>(&action)) return answer;
  return nullptr;
}

const resolver::SendAction* send_in(const std::vector<resolver::Action>& actions) {
  for (const auto& action : actions)
    if (const auto* send = std::get_if<resolver::SendAction>(&action)) return send;
  return nullptr;
}

/// What a query of class CH gets.
std::optional<Decoded> chaos(FakeNet& net) {
  QuerySpec spec;
  spec.payload_octets = 1232;
  Bytes query = make_query(dns::Name::literal("www.example.org."), Type::a, spec);
  query[12 + 17 + 3] = 3;
  return net.answer(net.ask(query));
}
}  // namespace

TEST_CASE("no socket for a question: SERVFAIL says so, and the failure is not remembered",
          "[resolver][faults]") {
  World world;
  FakeNet net(world.options(), world);
  auto& engine = net.engine();
  const Now now = net.clock().now();
  (void)engine.begin({dns::Name::literal("www.example.org."), Type::a}, now);
  const auto sent = engine.take_actions();
  const auto* send = send_in(sent);
  REQUIRE(send);
  engine.on_no_room(send->id, now);
  const auto actions = engine.take_actions();
  const auto* answer = answer_in(actions);
  REQUIRE(answer);
  REQUIRE(answer->answer.ede);
  CHECK(answer->answer.ede->fault == Fault::no_socket);
  CHECK(answer->answer.ede->code == dns::EdeCode::not_ready);
  CHECK(net.resolve("www.example.org.", Type::a)->rcode == Rcode::noerror);
}

TEST_CASE("a name that a reload gives to other servers meanwhile: SERVFAIL says so",
          "[resolver][faults]") {
  World world;
  auto options = world.options();
  options.workers = 2;  // the question waits for its owner while the reload comes
  FakeNet net(options, world);
  auto forwarding = std::make_shared<resolver::ResolverOptions>(options.resolver);
  forwarding->forwards.push_back({dns::Name::literal("example.org."), {{ip("192.0.2.9"), 53}}});
  const auto validator = std::make_shared<validator::ValidatorOptions>(options.validator);
  unsigned told = 0;
  for (const unsigned worker : {0u, 1u}) {
    for (const char* name : {"a.example.org.", "b.example.org.", "c.example.org."}) {
      const auto client = net.ask(name, Type::a, {}, worker);
      for (const unsigned each : {0u, 1u}) net.engine(each).reconfigure({forwarding, validator});
      net.run_until_answered(client);
      const auto answer = net.answer(client);
      REQUIRE(answer);
      told += answer->ede && answer->ede->text == "the configuration changed" ? 1 : 0;
      for (const unsigned each : {0u, 1u})
        net.engine(each).reconfigure(
            {std::make_shared<resolver::ResolverOptions>(options.resolver), validator});
    }
  }
  CHECK(told > 0);
}

TEST_CASE("a class other than IN is refused with the reason", "[resolver][faults][negative]") {
  World world;
  FakeNet net(world.options(), world);
  const auto answer = chaos(net);
  REQUIRE(answer);
  CHECK(answer->rcode == Rcode::refused);
  REQUIRE(answer->ede);
  CHECK(answer->ede->code == dns::EdeCode::not_supported);
  CHECK(answer->ede->text == "only class IN is served here");
}
