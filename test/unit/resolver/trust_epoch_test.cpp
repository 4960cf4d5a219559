// The trust epoch: whatever changes the anchors, no answer is given by what was judged before:
// not from the cache, not by a resolution under way, by no worker.
#include <catch2/catch.hpp>

#include "test/unit/resolver/signed_world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Type;
using validator::TrustAnchors;

namespace {
constexpr std::int64_t nta_end_s = 1'700'000'000 + 600;  // ManualClock begins 600 s earlier

enum class Seen { secure, insecure, bogus };
std::ostream& operator<<(std::ostream& out, Seen seen) {
  constexpr std::array<const char*, 3> words{"secure", "insecure", "bogus"};
  return out << words[static_cast<std::size_t>(seen)];
}

Seen seen(const std::optional<Decoded>& answer) {
  REQUIRE(answer);
  const bool told_of_nta =
      answer->ede && answer->ede->text.find("negative trust anchor") != std::string::npos;
  if (answer->rcode == Rcode::servfail) {
    CHECK_FALSE(told_of_nta);
    return Seen::bogus;
  }
  if (answer->header.ad) CHECK_FALSE(answer->ede);
  REQUIRE(answer->rcode == Rcode::noerror);
  REQUIRE(answer->in(dns::Section::answer).size() >= 1);
  return answer->header.ad ? Seen::secure : Seen::insecure;
}

/// One thing an operator, or time, does to the anchors, and what it does to the answer.
struct Change {
  const char* what;
  const char* name;
  Seen before, after;
  bool wall_passes = false;  ///< the change is that an NTA has ended
  bool fetches = false;      ///< keys or data that were not needed, or not believed, are asked for
};

constexpr std::array changes{
    Change{"anchor added", "www.example.org.", Seen::insecure, Seen::secure, false, true},
    Change{"anchor removed", "www.example.org.", Seen::secure, Seen::insecure},
    Change{"anchor revoked: another key stands in its place", "www.example.org.", Seen::secure,
           Seen::bogus, false, true},
    Change{"anchor put right", "www.example.org.", Seen::bogus, Seen::secure, false, true},
    Change{"NTA set", "www.broken.org.", Seen::bogus, Seen::insecure, false, true},
    Change{"NTA set over sound data", "www.example.org.", Seen::secure, Seen::insecure},
    Change{"NTA expired", "www.broken.org.", Seen::insecure, Seen::bogus, true, true},
    Change{"NTA expired over sound data", "www.example.org.", Seen::insecure, Seen::secure, true,
           true},
    Change{"NTA removed", "www.broken.org.", Seen::insecure, Seen::bogus, false, true},
    Change{"NTA removed from sound data", "www.example.org.", Seen::insecure, Seen::secure, false,
           true},
};

struct Sides {
  TrustAnchors::Ptr before, after;
};

Sides sides_of(const Change& change, const SignedWorld& world) {
  const std::string what = change.what;
  const auto root = world.anchor(".");
  auto wrong = root;
  wrong.keys[0].rdata.back() ^= 1;
  const Name nta_at = Name::literal(change.name).parent();
  const auto whole = TrustAnchors::make({root}, {});
  const auto negative = TrustAnchors::make({root}, {{nta_at, "why", nta_end_s, false}});
  if (what == "anchor added") {
    const auto none = TrustAnchors::make({}, {});
    return {none, none->with_anchors({root})};
  }
  if (what == "anchor removed") return {whole, whole->with_anchors({})};
  if (what.starts_with("anchor revoked")) return {whole, whole->with_anchors({wrong})};
  if (what == "anchor put right") {
    const auto broken = TrustAnchors::make({wrong}, {});
    return {broken, broken->with_anchors({root})};
  }
  if (what.starts_with("NTA set"))
    return {whole, whole->with_negative({{nta_at, "why", nta_end_s, false}})};
  return {negative, negative->with_negative({})};
}

Seen asked_at(FakeNet& net, const char* name, unsigned worker) {
  const auto client = net.ask(name, Type::a, with_do(), worker);
  net.run_until_answered(client);
  return seen(net.answer(client));
}

/// The clock, then the anchors of the workers from `first` on.
void change_at(FakeNet& net, const Change& change, const Sides& sides) {
  if (change.wall_passes) net.clock().set_wall(nta_end_s);
  net.set_anchors(sides.after);
}
}  // namespace

TEST_CASE("What the cache holds is judged again after each change, at every worker", "[epoch]") {
  for (const Change& change : changes) {
    INFO(change.what);
    SignedWorld world;
    const Sides sides = sides_of(change, world);
    CHECK(sides.after->epoch() > sides.before->epoch());
    auto options = world.options();
    options.anchors = sides.before;
    FakeNet net(options, world);
    for (unsigned i = 0; i < world.workers; ++i)
      CHECK(asked_at(net, change.name, i) == change.before);
    const auto packets = net.packets();
    change_at(net, change, sides);
    for (unsigned i = 0; i < world.workers; ++i)
      CHECK(asked_at(net, change.name, i) == change.after);
    if (!change.fetches) CHECK(net.packets() == packets);
    net.run();
    CHECK(net.leaks() == "");
  }
}

TEST_CASE("A resolution under way answers by the anchors at its end, whenever they change",
          "[epoch]") {
  for (const Change& change : changes) {
    SignedWorld world;
    const Sides sides = sides_of(change, world);
    for (unsigned events = 0;; ++events) {
      INFO(change.what << " after " << events << " events");
      auto options = world.options();
      options.anchors = sides.before;
      FakeNet net(options, world);
      const auto client = net.ask(change.name, Type::a, with_do());
      for (unsigned i = 0; i < events; ++i) (void)net.step();
      const bool answered = net.log(client).answers != 0;
      change_at(net, change, sides);
      net.run_until_answered(client);
      CHECK(seen(net.answer(client)) == (answered ? change.before : change.after));
      for (unsigned i = 0; i < world.workers; ++i)
        CHECK(asked_at(net, change.name, i) == change.after);
      net.run();
      CHECK(net.leaks() == "");
      if (answered) break;
    }
  }
}

TEST_CASE("A bogus verdict that waits for a better word falls with the anchors it was given under",
          "[epoch]") {
  SignedWorld world;
  auto options = world.options(1);
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  const auto negative =
      options.anchors->with_negative({{Name::literal("broken.org."), "", 0, true}});
  QuerySpec unjudged = with_do();
  unjudged.cd = true;
  for (unsigned events = 0;; ++events) {
    INFO("after " << events << " events");
    world.silent_types.clear();
    FakeNet net(options, world);
    REQUIRE(net.resolve("www.broken.org.", Type::a, unjudged)->rcode == Rcode::noerror);
    world.silent_types = {Type::a};  // what is fetched anew does not come
    const auto client = net.ask("www.broken.org.", Type::a, with_do());
    for (unsigned i = 0; i < events; ++i) (void)net.step();
    const bool answered = net.log(client).answers != 0;
    net.set_anchors(negative);
    net.run_until_answered(client);
    CHECK(seen(net.answer(client)) == (answered ? Seen::bogus : Seen::insecure));
    CHECK(net.bogus().empty() != answered);  // what was overtaken is not told to the log either
    net.run();
    CHECK(net.leaks() == "");
    if (answered) break;
  }
}

TEST_CASE("Once a worker knows of a change its clients hear nothing older from the others",
          "[epoch]") {
  for (const Change& change : changes) {
    SignedWorld world;
    const Sides sides = sides_of(change, world);
    for (unsigned told = 0; told < world.workers; ++told) {
      INFO(change.what << ", first told: worker " << told);
      auto options = world.options();
      options.anchors = sides.before;
      FakeNet net(options, world);
      for (unsigned i = 0; i < world.workers; ++i)
        CHECK(asked_at(net, change.name, i) == change.before);
      if (change.wall_passes) net.clock().set_wall(nta_end_s);
      const auto running =
          net.ask("other." + std::string(change.name).substr(4), Type::a, with_do(), told);
      net.engine(told).set_anchors(sides.after);
      CHECK(asked_at(net, change.name, told) == change.after);
      net.run_until_answered(running);
      CHECK(seen(net.answer(running)) == change.after);
      net.set_anchors(sides.after);
      for (unsigned i = 0; i < world.workers; ++i)
        CHECK(asked_at(net, change.name, i) == change.after);
      net.run();
      CHECK(net.leaks() == "");
    }
  }
}

TEST_CASE("Anchors that come late, after newer ones, change nothing", "[epoch][negative]") {
  SignedWorld world;
  auto options = world.options(1);
  const auto first = TrustAnchors::make({}, {});
  const auto second = first->with_anchors({world.anchor(".")});
  options.anchors = first;
  FakeNet net(options, world);
  net.engine().set_anchors(second);
  net.engine().set_anchors(first);
  CHECK(asked_at(net, "www.example.org.", 0) == Seen::secure);
}

TEST_CASE("A change elsewhere in the tree judges nothing again", "[epoch]") {
  SignedWorld world;
  auto options = world.options(1);
  options.anchors = TrustAnchors::make({world.anchor(".")}, {});
  FakeNet net(options, world);
  CHECK(asked_at(net, "www.example.org.", 0) == Seen::secure);
  const auto verdicts = net.metrics().value(Metric::dnssec_validations_total);
  const auto packets = net.packets();
  net.set_anchors(options.anchors->with_negative({{Name::literal("broken.org."), "", 0, true}}));
  CHECK(asked_at(net, "www.example.org.", 0) == Seen::secure);
  CHECK(net.metrics().value(Metric::dnssec_validations_total) == verdicts);
  CHECK(net.packets() == packets);
}

TEST_CASE("What was cached while an NTA stood without signatures is fetched anew", "[epoch]") {
  SignedWorld world;
  auto options = world.options(1);
  const auto whole = TrustAnchors::make({world.anchor(".")}, {});
  options.anchors = whole->with_negative({{Name::literal("example.org."), "", 0, false}});
  FakeNet net(options, world);
  Zone& zone = world.at("example.org.");
  const Zone sound = zone;
  zone.strip(Name::literal("www.example.org."), Type::a);
  CHECK(asked_at(net, "www.example.org.", 0) == Seen::insecure);
  zone = sound;
  net.set_anchors(options.anchors->with_negative({}));
  CHECK(asked_at(net, "www.example.org.", 0) == Seen::secure);
}

TEST_CASE("A failure that old anchors led to is not remembered", "[epoch][negative]") {
  SignedWorld world;
  auto options = world.options(1);
  auto wrong = world.anchor(".");
  wrong.keys[0].rdata.back() ^= 1;
  options.anchors = TrustAnchors::make({wrong}, {});
  const auto right = options.anchors->with_anchors({world.anchor(".")});
  for (unsigned events = 0;; ++events) {
    INFO("after " << events << " events");
    FakeNet net(options, world);
    const auto client = net.ask("www.example.org.", Type::a, with_do());
    for (unsigned i = 0; i < events; ++i) (void)net.step();
    if (net.log(client).answers != 0) break;
    net.set_anchors(right);
    net.run_until_answered(client);
    CHECK(asked_at(net, "www.example.org.", 0) == Seen::secure);
  }
}
