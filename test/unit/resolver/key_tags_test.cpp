// Key tag queries (RFC 8145) and the root key sentinel (RFC 8509).
#include <algorithm>

#include <catch2/catch.hpp>

#include "test/unit/resolver/signed_world.hpp"
#include "validator/key_tag_names.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Type;
using validator::TrustAnchors;

namespace {
/// Questions of type NULL, as sent.
std::vector<std::string> signals(const SignedWorld& world) {
  std::vector<std::string> names;
  for (const auto& question : world.asked)
    if (question.type == Type::null) names.push_back(question.name.to_text());
  return names;
}

std::string hex_tag(const validator::Anchor& anchor) {
  return validator::key_tag_query(anchor)->to_text();
}

NetOptions signalling(const SignedWorld& world) {
  NetOptions options = world.options();
  options.validator.key_tag_signal = true;
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  return options;
}

std::string sentinel(bool is, unsigned tag, const char* zone) {
  const std::string digits = std::to_string(100'000 + tag).substr(1);
  return std::string(is ? "root-key-sentinel-is-ta-" : "root-key-sentinel-not-ta-") + digits + "." +
         zone;
}
}  // namespace

TEST_CASE("The servers of an anchor's zone hear its key tags when its keys were asked for",
          "[keytags]") {
  SignedWorld world;
  auto options = signalling(world);
  options.anchors = TrustAnchors::make({world.anchor("."), world.anchor("example.org.")}, {});
  FakeNet net(options, world);
  CHECK(net.resolve("www.example.org.", Type::a, with_do())->header.ad);
  net.run();
  auto heard = signals(world);
  std::ranges::sort(heard);
  std::vector<std::string> expected{hex_tag(world.anchor(".")),
                                    hex_tag(world.anchor("example.org."))};
  std::ranges::sort(expected);
  CHECK(heard == expected);  // and none of org., which has no anchor of its own
  CHECK(net.leaks() == "");
}

TEST_CASE("Key tags are told no oftener than the DNSKEY lasts, and anew when they change",
          "[keytags]") {
  SignedWorld world;
  const auto options = signalling(world);
  FakeNet net(options, world);
  const auto ask = [&] {
    CHECK(net.resolve("www.example.org.", Type::a, with_do())->rcode == Rcode::noerror);
    net.run();
  };
  ask();
  CHECK(signals(world).size() == 1);
  (void)net.cache().flush_all();
  for (unsigned i = 0; i < world.workers; ++i) net.engine(i).forget_keys();
  ask();
  CHECK(signals(world).size() == 1);
  auto both = world.anchor(".");
  both.keys.push_back(both.keys[0]);
  both.keys[1].key_tag = static_cast<std::uint16_t>(both.keys[0].key_tag ^ 1);
  net.set_anchors(options.anchors->with_anchors({both}));
  (void)net.cache().flush_all();
  ask();
  REQUIRE(signals(world).size() == 2);
  CHECK(signals(world)[1] == hex_tag(both));
  net.run_for(3'601'000'000);  // the TTL of the DNSKEY
  ask();
  CHECK(signals(world).size() == 3);
}

TEST_CASE("What is said to a key tag query is neither believed nor kept", "[keytags][negative]") {
  SignedWorld world;
  FakeNet net(signalling(world), world);
  CHECK(net.resolve("www.example.org.", Type::a, with_do())->header.ad);
  net.run();
  const Name asked = Name::literal(hex_tag(world.anchor(".")));
  REQUIRE(signals(world).size() == 1);
  CHECK(net.cache().lookup(asked).empty());
  const auto packets = net.packets();
  const auto answer = net.resolve(hex_tag(world.anchor(".")), Type::null, with_do());
  CHECK(answer->rcode == Rcode::nxdomain);  // a client's own question is one like any other
  CHECK(answer->header.ad);
  CHECK(net.packets() > packets);
  CHECK(signals(world).size() == 2);
}

TEST_CASE("Nobody hears of key tags when that is off, without validation, or for other zones",
          "[keytags][negative]") {
  SignedWorld world;
  auto options = signalling(world);
  const auto silent = [&] {
    FakeNet net(options, world);
    CHECK(net.resolve("www.example.org.", Type::a, with_do())->rcode == Rcode::noerror);
    CHECK(net.resolve(".", Type::dnskey, with_do())->rcode == Rcode::noerror);
    net.run();
    CHECK(signals(world).empty());
  };
  SECTION("off") {
    options.validator.key_tag_signal = false;
    silent();
  }
  SECTION("no validation") {
    options.validator.validation = false;
    silent();
  }
  SECTION("no anchor of the root") {
    options.anchors = TrustAnchors::make({world.anchor("broken.org.")}, {});
    silent();
  }
}

TEST_CASE("A server that does not answer a key tag query fails nobody", "[keytags][negative]") {
  SignedWorld world;
  world.silent_types = {Type::null};
  FakeNet net(signalling(world), world);
  CHECK(net.resolve("www.example.org.", Type::a, with_do())->header.ad);
  net.run();
  CHECK_FALSE(signals(world).empty());
  CHECK(signals(world).size() <= 16);
  CHECK(net.leaks() == "");
  CHECK(net.resolve("other.example.org.", Type::a, with_do())->header.ad);
}

TEST_CASE("The root key sentinel: four cases, from servers and from the cache, at every worker",
          "[sentinel]") {
  SignedWorld world;
  const unsigned trusted = world.anchor(".").keys[0].key_tag, other = trusted ^ 1u;
  for (const bool is : {true, false})
    for (const unsigned tag : {trusted, other})
      world.add("example.org.", sentinel(is, tag, "example.org."));
  auto options = world.options();
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  FakeNet net(options, world);
  for (int round = 0; round < 3; ++round)
    for (unsigned worker = 0; worker < world.workers; ++worker)
      for (const bool is : {true, false})
        for (const unsigned tag : {trusted, other})
          for (const Type type : {Type::a, Type::aaaa}) {
            INFO(sentinel(is, tag, "") << " round " << round);
            const auto client = net.ask(sentinel(is, tag, "example.org."), type, with_do(), worker);
            net.run_until_answered(client);
            const auto answer = net.answer(client);
            const bool withheld = (tag == trusted) != is;
            CHECK(answer->rcode == (withheld ? Rcode::servfail : Rcode::noerror));
            CHECK(answer->header.ad == !withheld);
            if (withheld) CHECK(answer->in(dns::Section::answer).empty());
            if (withheld) CHECK(answer->ede->text.find(std::to_string(tag)) != std::string::npos);
            if (!withheld && type == Type::a)
              CHECK(answer->in(dns::Section::answer).size() == 2);  // and its RRSIG
            if (round > 0) CHECK(net.log(client).from_cache);
          }
}

TEST_CASE("The sentinel follows the anchors in force", "[sentinel][epoch]") {
  SignedWorld world;
  const unsigned trusted = world.anchor(".").keys[0].key_tag, coming = trusted ^ 1u;
  const std::string name = sentinel(true, coming, "example.org.");
  world.add("example.org.", name);
  auto options = world.options();
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  FakeNet net(options, world);
  CHECK(net.resolve(name, Type::a, with_do())->rcode == Rcode::servfail);
  auto both = world.anchor(".");
  both.keys.push_back(both.keys[0]);
  both.keys[1].key_tag = static_cast<std::uint16_t>(coming);
  const auto more = options.anchors->with_anchors({both});
  net.set_anchors(more);
  CHECK(net.resolve(name, Type::a, with_do())->rcode == Rcode::noerror);
  net.set_anchors(more->with_anchors(options.anchors->anchors()));
  CHECK(net.resolve(name, Type::a, with_do())->rcode == Rcode::servfail);
}

TEST_CASE("The sentinel says nothing of what is not proven secure from the root",
          "[sentinel][negative]") {
  SignedWorld world;
  const unsigned trusted = world.anchor(".").keys[0].key_tag;
  const std::string at = sentinel(false, trusted, "example.org.");
  world.add("example.org.", at);
  auto options = world.options(1);
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  QuerySpec spec = with_do();
  Type type = Type::a;
  const auto is_twice = [&](Rcode expected) {  // the second time from the cache
    FakeNet net(options, world);
    CHECK(net.resolve(at, type, spec)->rcode == expected);
    CHECK(net.resolve(at, type, spec)->rcode == expected);
  };
  SECTION("CD") {
    spec.cd = true;
    is_twice(Rcode::noerror);
  }
  SECTION("CD, of what is cached as secure") {
    FakeNet net(options, world);
    CHECK(net.resolve(at, type, spec)->rcode == Rcode::servfail);
    spec.cd = true;
    CHECK(net.resolve(at, type, spec)->rcode == Rcode::noerror);
  }
  SECTION("another type") {
    type = Type::txt;
    is_twice(Rcode::noerror);
  }
  SECTION("switched off") {
    options.validator.sentinel = false;
    is_twice(Rcode::noerror);
  }
  SECTION("no anchors") {
    options.anchors = TrustAnchors::make({}, {});
    is_twice(Rcode::noerror);
  }
  SECTION("below a negative anchor") {
    options.anchors =
        options.anchors->with_negative({{Name::literal("example.org."), "", 0, true}});
    is_twice(Rcode::noerror);
  }
  SECTION("below another anchor than the root's") {
    options.anchors = TrustAnchors::make({world.anchor("."), world.anchor("example.org.")}, {});
    is_twice(Rcode::noerror);
  }
  SECTION("with all of that right") {
    is_twice(Rcode::servfail);
  }
}

TEST_CASE("A sentinel's alias is judged by its first name; a denial is an answer too",
          "[sentinel]") {
  SignedWorld world;
  const unsigned trusted = world.anchor(".").keys[0].key_tag, other = trusted ^ 1u;
  const std::string is_other = sentinel(true, other, "example.org.");
  world.add("example.org.", is_other, "CNAME www");
  auto options = world.options(1);
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  FakeNet net(options, world);
  CHECK(net.resolve(is_other, Type::a, with_do())->rcode == Rcode::servfail);
  CHECK(net.resolve(is_other, Type::a, with_do())->rcode == Rcode::servfail);
  CHECK(net.resolve(sentinel(true, other, "org."), Type::a, with_do())->rcode == Rcode::servfail);
  CHECK(net.resolve(sentinel(false, other, "org."), Type::a, with_do())->rcode == Rcode::nxdomain);
  CHECK(net.resolve(sentinel(true, trusted, "org."), Type::a, with_do())->rcode == Rcode::nxdomain);
}
