// Prefetch: what clients ask for near its end is fetched anew before it ends.
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

/// Knows www.example.org., whose TTL is 300, for so many seconds.
struct Known {
  World world;
  FakeNet net;

  explicit Known(std::int64_t for_s, const std::function<void(NetOptions&)>& change = nullptr)
      : net(options(change), world) {
    REQUIRE(ttl() == 300);
    net.run();
    net.run_for(for_s * second_us - net.clock().now().mono_us + net.log(0).answered_us);
  }
  NetOptions options(const std::function<void(NetOptions&)>& change) const {
    auto net_options = world.options();
    if (change) change(net_options);
    return net_options;
  }
  std::uint32_t ttl() {
    const auto answer = net.resolve("www.example.org.", Type::a);
    REQUIRE(answer->rcode == Rcode::noerror);
    REQUIRE(answer->in(Section::answer).size() == 1);
    return answer->in(Section::answer)[0].ttl;
  }
  std::uint64_t prefetched(Prefetched result) const {
    return net.metrics().value(Metric::cache_prefetch_total, static_cast<unsigned>(result));
  }
};
}  // namespace

TEST_CASE("A hit in the last tenth of a life fetches anew, behind its answer", "[prefetch]") {
  Known known(271);
  auto& net = known.net;
  const auto before = net.packets();
  CHECK(known.ttl() <= 30);
  net.run();
  CHECK(net.packets() - before == 1);
  CHECK(known.ttl() >= 299);
  CHECK(known.prefetched(Prefetched::fresh) == 1);
  CHECK(net.leaks() == "");
}

TEST_CASE("However many ask, it is fetched once", "[prefetch]") {
  Known known(275);
  auto& net = known.net;
  const auto before = net.packets();
  for (int i = 0; i < 200; ++i) net.ask("www.example.org.", Type::a);
  net.run();
  CHECK(net.packets() - before == 1);
  CHECK(known.prefetched(Prefetched::fresh) == 1);
}

TEST_CASE("Whichever workers hear it, it is fetched once", "[prefetch]") {
  Known known(275, [](NetOptions& o) { o.workers = 4; });
  auto& net = known.net;
  const auto before = net.packets();
  for (unsigned i = 0; i < 40; ++i) net.ask("www.example.org.", Type::a, {}, i % 4);
  net.run();
  CHECK(net.packets() - before == 1);
  CHECK(net.leaks() == "");
}

TEST_CASE("Before its last tenth, too short, switched off: nothing is fetched",
          "[prefetch][negative]") {
  const auto packets = [](Known known) {
    const auto before = known.net.packets();
    CHECK(known.ttl() <= 40);
    known.net.run();
    return known.net.packets() - before;
  };
  CHECK(packets(Known(265)) == 0);
  CHECK(packets(Known(275, [](NetOptions& o) {
          REQUIRE(o.resolver.limits.set(Limit::prefetch_life, 301));
        })) == 0);
  CHECK(packets(Known(275, [](NetOptions& o) { o.resolver.prefetch = false; })) == 0);
}

TEST_CASE("Who may not have recursion has nothing fetched", "[prefetch][negative]") {
  Known known(275);
  const auto before = known.net.packets();
  QuerySpec spec;
  spec.rd = false;
  CHECK(known.net.resolve("www.example.org.", Type::a, spec)->rcode == Rcode::refused);
  known.net.run();
  CHECK(known.net.packets() == before);
}

TEST_CASE("Servers that are away are asked once, and what is known lasts as long as it does",
          "[prefetch][negative]") {
  Known known(275);
  auto& net = known.net;
  known.world.unreachable = {ip("192.0.2.10")};
  CHECK(known.ttl() <= 25);
  net.run();
  const auto packets = net.packets();
  CHECK(known.prefetched(Prefetched::failed) == 1);
  for (int i = 0; i < 20; ++i) CHECK(known.ttl() <= 25);
  net.run();
  CHECK(net.packets() == packets);
}

TEST_CASE("background_rate bounds what is fetched", "[prefetch][negative]") {
  Known known(275,
              [](NetOptions& o) { REQUIRE(o.resolver.limits.set(Limit::background_rate, 1)); });
  auto& net = known.net;
  const resolver::ClientQuestion other{Name::literal("ns.example.org."), Type::aaaa};
  REQUIRE(net.in_background(other, [](auto&) {}));
  CHECK(known.ttl() <= 25);
  net.run();
  CHECK(known.prefetched(Prefetched::fresh) == 0);
  net.run_for(2 * second_us);
  CHECK(known.ttl() <= 25);
  net.run();
  CHECK(known.prefetched(Prefetched::fresh) == 1);
}

TEST_CASE("What was proven stays so while it is fetched anew, whatever comes", "[prefetch]") {
  SignedWorld world;
  auto options = world.options(1);
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  FakeNet net(options, world);
  const auto first = net.resolve("www.example.org.", Type::a, with_do());
  REQUIRE(first->header.ad);
  net.run();
  const std::int64_t ttl_s = first->in(Section::answer)[0].ttl;
  net.run_for((ttl_s - ttl_s / 20) * second_us);
  world.silent_types = {Type::dnskey};
  const auto client = net.ask("www.example.org.", Type::a, with_do());
  CHECK(net.answer(client)->header.ad);
  while (net.step()) {
    const auto answer = net.answer(net.ask("www.example.org.", Type::a, with_do()));
    CHECK((answer && answer->header.ad));
  }
}
