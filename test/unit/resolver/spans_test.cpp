// What a whole engine asks of a zone whose gaps it has seen: figures are questions sent, not time.
#include <functional>
#include <set>

#include <catch2/catch.hpp>

#include "dns/nsec3.hpp"
#include "test/support/fake_net.hpp"
#include "test/support/zone.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Type;

namespace {
using Tamper = std::function<void(const dns::Question&, Response&)>;

/// A signed root that holds all names itself.
struct OneZone final : Servers {
  Zone zone{Name{}};
  Key key = Key::seeded(1);
  Tamper tamper;

  OneZone(const std::string& records, const Denial& denial) {
    zone.add_text("@ SOA ns. h. 1 2 3 4 3600\n@ NS ns.\nns. A 192.0.2.1\n" + records);
    zone.sign({key}, {}, denial);
  }
  NetOptions options() {
    NetOptions net;
    net.resolver.root_hints = {{Name::literal("ns."), {*IpAddress::parse("192.0.2.1")}}};
    net.resolver.priming = false;
    const Name root;
    net.anchors = validator::TrustAnchors::make(
        {{root, {{true, key.ds(root), key.tag(), key.algorithm()}}}}, {});
    return net;
  }
  std::vector<Reply> on_question(const Endpoint&, bool tcp, std::span<const std::uint8_t> octets,
                                 const Now&) override {
    const auto query = decode(octets);
    if (!query) return {};
    Response response = zone.answer(query->question.name, query->question.type);
    if (tamper) tamper(query->question, response);
    return {{0, write_response(*query, response, tcp), false}};
  }
};

Denial by_nsec3(std::uint16_t iterations = 0) {
  Denial denial{Denial::Kind::nsec3, {}, false};
  denial.nsec3.iterations = iterations;
  return denial;
}

std::string random_label(Rng& rng) {
  std::string label;
  for (int i = 0; i < 12; ++i) label += static_cast<char>('a' + rng.below(26));
  return label;
}

/// A realistic zone: names all over, every other one a delegation.
std::vector<std::string> labels_of(unsigned names) {
  SeededRng rng(3);
  std::vector<std::string> labels;
  for (unsigned i = 0; i < names; ++i) labels.push_back(random_label(rng));
  return labels;
}
std::string records_of(const std::vector<std::string>& labels) {
  std::string text;
  for (std::size_t i = 0; i < labels.size(); ++i)
    text += labels[i] + (i % 2 == 0 ? ". A 192.0.2.9\n" : ". NS ns.elsewhere.\n");
  return text;
}

/// A resolver in front of such a zone.
struct Asker {
  unsigned names;
  OneZone world;
  FakeNet net;
  SeededRng rng{7};

  Asker(unsigned many, const Denial& denial, unsigned workers = 1)
      : names(many), world(records_of(labels_of(names)), denial), net(options(workers), world) {}
  NetOptions options(unsigned workers) {
    NetOptions options = world.options();
    options.workers = workers;
    options.cache.size_octets = 256u << 20;
    return options;
  }
  void ask(const std::string& label) {
    QuerySpec spec;
    spec.dnssec_ok = true;
    const auto answer = net.resolve(label + ".", Type::a, spec);
    REQUIRE(answer);
    REQUIRE(answer->rcode == Rcode::nxdomain);
    REQUIRE(answer->header.ad);
  }
  /// Asks one name in each gap between NSEC3 records that any of so many random names meets: what
  /// asking all of them would teach.
  void warm_up(unsigned drawn, std::uint16_t iterations = 0) {
    const auto hash_of = [&](const std::string& name) {
      return dns::nsec3_hash(Name::literal(name), {}, iterations);
    };
    std::set<dns::Nsec3Hash> ring{hash_of("."), hash_of("ns.")}, met;
    for (const std::string& label : labels_of(names)) ring.insert(hash_of(label + "."));
    for (unsigned i = 0; i < drawn; ++i) {
      const std::string label = random_label(rng);
      const auto next = ring.lower_bound(hash_of(label + "."));
      if (met.insert(next == ring.end() ? *ring.begin() : *next).second) ask(label);
    }
  }
  /// Questions sent for each of so many random names.
  double questions_each(unsigned asked) {
    const std::uint64_t before = net.packets();
    for (unsigned i = 0; i < asked; ++i) ask(random_label(rng));
    return static_cast<double>(net.packets() - before) / asked;
  }
};
}  // namespace

TEST_CASE("Random names under a zone of a thousand names known by its NSEC3: next to no question",
          "[resolver][spans][figures]") {
  Asker asker(1000, by_nsec3());
  asker.warm_up(100'000);
  CHECK(asker.questions_each(10'000) <= 0.001);
}

TEST_CASE("Random names under a zone of a thousand names known by its NSEC: no question",
          "[resolver][spans][figures]") {
  Asker asker(1000, {});
  for (const std::string& label : labels_of(1000)) asker.ask(label + "-");  // right behind it
  asker.ask("-");
  asker.ask("ns-");
  CHECK(asker.questions_each(3000) == 0);
}

TEST_CASE("Workers share what they have seen", "[resolver][spans]") {
  Asker asker(20, by_nsec3(5), 4);
  asker.warm_up(20'000, 5);
  CHECK(asker.questions_each(400) == 0);
}

TEST_CASE("Zones that opted out, or are signed as they are asked, are asked for each name",
          "[resolver][spans][negative]") {
  Denial opted_out = by_nsec3();
  opted_out.nsec3.opt_out = true;
  OneZone world(records_of(labels_of(20)), opted_out);
  FakeNet net(world.options(), world);
  SeededRng rng(7);
  for (int i = 0; i < 100; ++i)
    CHECK(net.resolve(random_label(rng) + ".", Type::a)->rcode == Rcode::nxdomain);
  CHECK(net.packets() >= 100);
  // What is kept of them: hosts and the apex, no delegation.
  CHECK(net.cache().spans().size() <= 12);
}

TEST_CASE("Minimally covering records do not fill the cache", "[resolver][spans][negative]") {
  OneZone world("www. A 192.0.2.80\n", by_nsec3());
  const SignedZone signer(".", {world.key});
  world.tamper = [&](const dns::Question& question, Response& response) {
    if (response.rcode != Rcode::nxdomain) return;
    const std::string name = question.name.to_text();
    response.authority = {signer.soa(), signer.nsec3(".", {Type::soa, Type::ns}),
                          signer.nsec3_over(name), signer.nsec3_over("*.")};
  };
  FakeNet net(world.options(), world);
  SeededRng rng(7);
  for (int i = 0; i < 200; ++i)
    CHECK(net.resolve(random_label(rng) + ".", Type::a)->rcode == Rcode::nxdomain);
  CHECK(net.cache().spans().size() == 0);
  CHECK(net.packets() >= 200);
}

TEST_CASE("Hashes of deductions leave half to the proof of what servers say",
          "[resolver][spans][limits]") {
  OneZone world("a.b.c.d.e.f.g.h. A 192.0.2.80\n", by_nsec3(50));
  NetOptions options = world.options();
  REQUIRE(options.resolver.limits.set(Limit::nsec3_hashes, 12));
  FakeNet net(options, world);
  // Each label of the existing name is one more hash before the gap is reached.
  for (const char* name : {"x.", "y.h.", "y.g.h.", "y.e.f.g.h.", "y.b.c.d.e.f.g.h."}) {
    const auto answer = net.resolve(name, Type::a);
    REQUIRE(answer);
    CHECK(answer->rcode == Rcode::nxdomain);
  }
}
