// The resolver's own work: its pace, and looks below negative trust anchors (RFC 7646).
#include <catch2/catch.hpp>

#include "resolver/negative_look.hpp"
#include "resolver/pace.hpp"
#include "test/unit/resolver/signed_world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Type;
using validator::NegativeAnchor;
using validator::TrustAnchors;

namespace {
NegativeAnchor negative(const char* name) {
  return {Name::literal(name), "", 1'800'000'000, false};
}

resolver::NegativeLook look(FakeNet& net, const NegativeAnchor& anchor, const TrustAnchors& all) {
  std::optional<resolver::NegativeLook> seen;
  REQUIRE(net.in_background(resolver::look_below(anchor.name, all),
                            [&](const auto& answer) { seen = resolver::look_at(answer); }));
  net.run();
  REQUIRE(seen);
  return *seen;
}
}  // namespace

TEST_CASE("A pace lets so many begin a second, and saves no more than a second's", "[background]") {
  resolver::Pace pace;
  std::int64_t now_us = 5'000'000;
  const auto taken = [&](int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += pace.take(10, now_us) ? 1 : 0;
    return count;
  };
  CHECK(taken(30) == 10);
  now_us += 500'000;
  CHECK(taken(30) == 5);
  now_us += 99'999;
  CHECK(taken(30) == 0);
  now_us += 1;
  CHECK(taken(30) == 1);
  now_us += 3'600'000'000;
  CHECK(taken(30) == 10);
  now_us -= 10'000'000;
  CHECK(taken(30) == 0);
}

TEST_CASE("background_rate bounds what begins, and is counted", "[background]") {
  SignedWorld world;
  auto options = world.options(1);
  REQUIRE(options.resolver.limits.set(Limit::background_rate, 2));
  FakeNet net(options, world);
  const resolver::ClientQuestion question{Name::literal("www.example.org."), Type::a};
  unsigned answers = 0;
  const auto done = [&](const resolver::Answer&) { ++answers; };
  CHECK(net.in_background(question, done));
  CHECK(net.in_background(question, done));
  CHECK_FALSE(net.in_background(question, done));
  CHECK(net.metrics().value(Metric::limit_exceeded_total,
                            static_cast<unsigned>(Limit::background_rate),
                            static_cast<unsigned>(LimitMode::enforce)) == 1);
  net.run();
  CHECK(answers == 2);
  net.run_for(1'000'000);
  CHECK(net.in_background(question, done));
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("A look below an NTA sees whether the zone validates without it", "[background][nta]") {
  SignedWorld world;
  const auto broken = negative("broken.org."), sound = negative("example.org."),
             above = negative("org."), inside = negative("deep.www.example.org.");
  auto options = world.options();
  options.anchors = TrustAnchors::make({world.anchor(".")}, {broken, sound, above, inside});
  FakeNet net(options, world);
  const auto bogus = look(net, broken, *options.anchors);
  CHECK_FALSE(bogus.needless);
  CHECK(bogus.found.starts_with("bogus: "));
  CHECK(look(net, sound, *options.anchors).found == "secure");
  CHECK(look(net, sound, *options.anchors).needless);
  CHECK(look(net, above, *options.anchors).needless);
  CHECK(look(net, inside, *options.anchors).needless);  // a proven NXDOMAIN is an answer
  const auto none = TrustAnchors::make({}, {broken});
  CHECK(look(net, broken, *none).found == "insecure");
  CHECK(net.leaks() == "");
}

TEST_CASE("A zone that cannot be asked keeps its NTA", "[background][nta][negative]") {
  SignedWorld world;
  auto options = world.options(1);
  options.resolver.root_hints = {{Name::literal("ns."), {*IpAddress::parse("192.0.2.99")}}};
  options.anchors = TrustAnchors::make({world.anchor(".")}, {negative("example.org.")});
  FakeNet net(options, world);
  const auto seen = look(net, negative("example.org."), *options.anchors);
  CHECK_FALSE(seen.needless);
  CHECK(seen.found.starts_with("no answer: "));
}

TEST_CASE("A look below an NTA leaves nothing behind: clients are still answered under it",
          "[background][nta]") {
  SignedWorld world;
  auto options = world.options(1);
  options.anchors = TrustAnchors::make({world.anchor(".")}, {negative("broken.org.")});
  FakeNet net(options, world);
  const auto bogus = [&] { return look(net, negative("broken.org."), *options.anchors); };
  CHECK(bogus().found.starts_with("bogus"));
  CHECK(net.resolve("www.broken.org.", Type::a, with_do())->rcode == Rcode::noerror);
  CHECK(net.resolve("broken.org.", Type::soa, with_do())->rcode == Rcode::noerror);
  const auto packets = net.packets();
  CHECK(bogus().found.starts_with("bogus"));  // not from what the clients' questions left either
  CHECK(net.packets() > packets);
  CHECK(net.engine().key_count() == 0);
}
