// Views: whose settings count for an address, and which names share their data with whom.
#include "resolver/views.hpp"

#include <catch2/catch.hpp>

#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::resolver;
using dns::Name;
using dns::Type;

namespace {
ConfiguredZone zone(std::string_view name, std::string_view server) {
  return {Name::literal(name), {*Endpoint::parse(server)}};
}
ViewOptions view(std::string name, std::vector<std::string_view> prefixes) {
  ViewOptions made;
  made.name = std::move(name);
  for (const auto prefix : prefixes) made.clients.push_back(*Prefix::parse(prefix));
  return made;
}
std::string named(const Views& views, std::string_view address) {
  const ViewPtr& found = views.of(*IpAddress::parse(address));
  return found ? found->name : "none";
}
cache::Partition partition(const Views& views, const View& of, std::string_view name,
                           Type type = Type::a) {
  return views.partition_of(of, Name::literal(name), type);
}
const Name corp = Name::literal("corp.example.");
}  // namespace

TEST_CASE("The longest prefix that holds an address names its view", "[views]") {
  ResolverOptions options;
  options.views = {view("wide", {"192.0.0.0/8", "2001:db8::/32"}), view("net", {"192.0.2.0/25"}),
                   view("host", {"192.0.2.7", "2001:db8::7"}), view("odd", {"192.0.2.96/27"})};
  const Views views(options);
  CHECK(named(views, "192.0.2.7") == "host");
  CHECK(named(views, "192.0.2.8") == "net");
  CHECK(named(views, "192.0.2.97") == "odd");
  CHECK(named(views, "192.0.2.127") == "odd");
  CHECK(named(views, "192.0.2.95") == "net");
  CHECK(named(views, "192.0.2.128") == "wide");
  CHECK(named(views, "2001:db8::7") == "host");
  CHECK(named(views, "2001:db8::8") == "wide");
  CHECK(views.named("net")->name == "net");
  CHECK(views.all().size() == 4);
}

TEST_CASE("Every length of prefix holds its own addresses and no other", "[views]") {
  for (const bool six : {false, true})
    for (unsigned length = 0; length <= (six ? 128u : 32u); ++length) {
      CAPTURE(six, length);
      ViewOptions one = view("one", {});
      IpAddress base = *IpAddress::parse(six ? "2001:db8:a5a5:a5a5::" : "192.0.2.0");
      for (std::size_t bit = length; bit < base.size_octets() * 8; ++bit)
        base.octets[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> (bit % 8)));
      one.clients = {{base, static_cast<std::uint8_t>(length)}};
      ResolverOptions options;
      options.views = {one};
      const Views views(options);
      IpAddress last = base, other = base;
      for (std::size_t bit = length; bit < base.size_octets() * 8; ++bit)
        last.octets[bit / 8] |= static_cast<std::uint8_t>(0x80u >> (bit % 8));
      CHECK(views.of(base) != nullptr);
      CHECK(views.of(last) != nullptr);
      if (length == 0) continue;
      other.octets[(length - 1) / 8] ^= static_cast<std::uint8_t>(0x80u >> ((length - 1) % 8));
      CHECK(views.of(other) == nullptr);
    }
}

TEST_CASE("An address in no prefix, or of the other family, is in no view", "[views][negative]") {
  ResolverOptions options;
  CHECK(Views(options).of(*IpAddress::parse("192.0.2.1")) == nullptr);
  options.views = {view("four", {"0.0.0.0/0"}), view("net", {"2001:db8::/64"})};
  const Views views(options);
  CHECK(named(views, "2001:db8:0:1::1") == "none");
  CHECK(named(views, "::") == "none");
  CHECK(named(views, "0.0.0.0") == "four");
  CHECK(views.named("six") == nullptr);
  CHECK(views.named("") == nullptr);
}

TEST_CASE("Public data is one for all, what a view asks others for is its own", "[views]") {
  ResolverOptions options;
  options.views = {view("a", {"192.0.2.1"}), view("b", {"192.0.2.2"}), view("c", {"192.0.2.3"}),
                   view("d", {"192.0.2.4"})};
  options.views[0].forwards = {zone("corp.example.", "192.0.2.53")};
  options.views[1].forwards = {zone("corp.example.", "192.0.2.54")};
  options.views[2].forwards = {zone("corp.example.", "192.0.2.53")};
  options.views[2].clients.push_back(*Prefix::parse("192.0.2.5"));
  const Views views(options);
  const View &a = *views.named("a"), &b = *views.named("b"), &c = *views.named("c"),
             &d = *views.named("d");
  for (const View* one : {&a, &b, &c, &d, &views.top()}) {
    CHECK(partition(views, *one, "www.example.org.") == 0);
    CHECK(partition(views, *one, "corp.example.", Type::ds) == 0);
  }
  CHECK(partition(views, a, "www.corp.example.") != 0);
  CHECK(partition(views, a, "www.corp.example.") != partition(views, b, "www.corp.example."));
  CHECK(partition(views, a, "www.corp.example.") == partition(views, c, "www.corp.example."));
  CHECK(partition(views, d, "www.corp.example.") == 0);
  CHECK(d.scope == 0);
}

TEST_CASE("A realm of the same servers is another where something above it differs",
          "[views][negative]") {
  ResolverOptions options;
  options.forwards = {zone("corp.example.", "192.0.2.53")};
  options.views = {view("a", {"192.0.2.1"}), view("b", {"192.0.2.2"}), view("c", {"192.0.2.3"})};
  options.views[0].stubs = {zone("example.", "192.0.2.60")};
  options.views[1].local_zones = {corp};
  options.views[2].rebinding_protection = {std::vector<Name>{}};
  const Views views(options);
  const auto of = [&](const View& one) { return partition(views, one, "www.corp.example."); };
  const auto top = of(views.top());
  CHECK(top != 0);
  CHECK(of(*views.named("a")) != top);
  CHECK(of(*views.named("b")) != top);
  CHECK(of(*views.named("a")) != of(*views.named("b")));
  CHECK(of(*views.named("c")) == top);  // it changes answers, not what names mean
}

TEST_CASE("What the top level asks others for is not public data of a view that does not",
          "[views]") {
  ResolverOptions options;
  options.forwards = {zone("corp.example.", "192.0.2.53")};
  options.views = {view("a", {"192.0.2.1"})};
  options.views[0].forwards.emplace();
  const Views views(options);
  const View& a = *views.named("a");
  CHECK(partition(views, a, "www.corp.example.") == a.scope);
  CHECK(a.scope != 0);
  CHECK(partition(views, a, "corp.example.", Type::ds) == 0);
  CHECK(partition(views, a, "www.example.") == 0);
  CHECK(&views.nobody() == &views.top());
}

TEST_CASE("Where the top level forwards everything, public data is found without", "[views]") {
  ResolverOptions options;
  options.forwards = {zone(".", "192.0.2.53")};
  options.stubs = {zone("lab.example.", "192.0.2.60")};
  options.views = {view("a", {"192.0.2.1"}), view("b", {"192.0.2.2"})};
  options.views[0].forwards.emplace();
  const Views views(options);
  const View &a = *views.named("a"), &b = *views.named("b");
  CHECK(views.nobody().realms.of(Name{}, Type::ns).delegation == nullptr);
  CHECK(views.nobody().realms.of(Name::literal("lab.example."), Type::a).delegation == nullptr);
  CHECK(partition(views, a, "www.example.org.") == 0);
  CHECK(partition(views, a, "www.lab.example.") != 0);
  CHECK(partition(views, a, "www.lab.example.") !=
        partition(views, views.top(), "www.lab.example."));
  CHECK(partition(views, b, "www.example.org.") ==
        partition(views, views.top(), "www.example.org."));
}

TEST_CASE("A name that is special for others is no public one for a view", "[views]") {
  ResolverOptions options;
  options.views = {view("a", {"192.0.2.1"}), view("b", {"192.0.2.2"})};
  options.views[0].special_names_except = {Name::literal("test.")};
  options.views[1].special_names = false;
  const Views views(options);
  const View &a = *views.named("a"), &b = *views.named("b");
  CHECK(partition(views, a, "www.test.") == a.scope);
  CHECK(partition(views, b, "www.test.") == b.scope);
  CHECK(a.scope != b.scope);
  CHECK(partition(views, views.top(), "www.test.") == 0);
  CHECK(partition(views, a, "www.example.org.") == 0);
}

TEST_CASE("A view says over, and has the rest of the top level", "[views]") {
  ResolverOptions options;
  options.forwards = {zone("corp.example.", "192.0.2.53")};
  options.rebinding_protection = {corp};
  options.dns64.prefix = Prefix::parse("64:ff9b::/96");
  options.dns64.clients = {*Prefix::parse("192.0.2.9")};
  options.views = {view("a", {"192.0.2.1"}), view("b", {"192.0.2.2"})};
  options.views[0].stubs = {zone("lab.example.", "192.0.2.60")};
  options.views[1].rebinding_protection.emplace(std::nullopt);
  options.views[1].dns64.emplace(Prefix::parse("2001:db8:64::/96"));
  options.views[1].local_zones = {Name::literal("home.arpa.")};
  const Views views(options);
  const View &a = *views.named("a"), &b = *views.named("b");
  CHECK(a.realms.of(corp, Type::a).delegation != nullptr);
  CHECK(a.realms.of(Name::literal("lab.example."), Type::a).delegation != nullptr);
  CHECK(a.rebinding_protection->size() == 1);
  CHECK_FALSE(b.rebinding_protection.has_value());
  const auto one = *IpAddress::parse("192.0.2.1"), two = *IpAddress::parse("192.0.2.2");
  CHECK_FALSE(a.dns64.serves(&one, Type::aaaa, false, false));
  CHECK(b.dns64.serves(&two, Type::aaaa, false, false));
  CHECK(a.sees_local(corp));
  CHECK_FALSE(b.sees_local(corp));
  CHECK(b.sees_local(Name::literal("home.arpa.")));
  CHECK(b.sees_local(Name::literal("sub.home.arpa.")));
  CHECK(a.rate_limits);
}

TEST_CASE("The closest cuts are those of every view", "[views]") {
  cache::Cache cache(cache::CacheOptions{}, HashKey{1, 2});
  ResolverOptions options;
  options.forwards = {zone("corp.example.", "192.0.2.53")};
  options.views = {view("a", {"192.0.2.1"}), view("b", {"192.0.2.2"})};
  options.views[0].forwards = {zone("example.", "192.0.2.54")};
  options.views[1].forwards.emplace();
  const Views views(options);
  const auto known = [&](cache::Partition at, std::string_view cut, std::string_view server) {
    auto delegation = std::make_shared<cache::Delegation>();
    delegation->cut = Name::literal(cut);
    delegation->servers.push_back({Name::literal("ns."), {*Endpoint::parse(server)}});
    delegation->expires_age_ms = 1000;
    cache.store_delegation(at, delegation, 0);
  };
  known(0, "example.", "192.0.2.1");
  known(views.named("b")->scope, "corp.example.", "192.0.2.2");
  std::vector<std::string> servers;
  for (const auto& cut : closest_cuts(views, cache, Name::literal("www.corp.example."), 0))
    servers.push_back(cut->servers.front().endpoints.front().to_text());
  CHECK(servers == std::vector<std::string>{"192.0.2.53@53", "192.0.2.54@53", "192.0.2.2@53"});
}

TEST_CASE("No view hears of another, whoever asks first and on whatever worker", "[views]") {
  const unsigned workers = GENERATE(1u, 4u);
  const bool together = GENERATE(false, true);
  CAPTURE(workers, together);
  test::World world;
  for (int i = 0; i < 3; ++i)
    world.zone("corp.example.org.", "192.0.2." + std::to_string(101 + i),
               "@ SOA ns h 1 2 3 4 60\n@ NS ns\nns A 192.0.2.99\n* 60 A 192.0.2." +
                   std::to_string(201 + i) + "\n");
  world.zone("example.org.", "192.0.2.10",
             "@ SOA ns h 1 2 3 4 60\n@ NS ns\nns A 192.0.2.10\n*.corp 60 A 192.0.2.200\n");
  test::NetOptions how = world.options();
  how.workers = workers;
  for (int i = 0; i < 3; ++i) {
    const std::string number = std::to_string(i + 1);
    ViewOptions one = view("v" + number, {"198.51.100." + number});
    one.stubs = {zone("corp.example.org.", "192.0.2." + std::to_string(101 + i))};
    how.resolver.views.push_back(one);
  }
  test::FakeNet net(how, world);
  std::vector<std::pair<test::FakeNet::ClientId, int>> asked;
  for (int i = 0; i < 120; ++i) {
    const int who = (i * 7) % 4;  // 0: in no view
    const std::string name = "n" + std::to_string(i / 12) + ".corp.example.org.";
    const auto id = net.ask(name, Type::a, {}, static_cast<unsigned>(i) % workers,
                            *IpAddress::parse("198.51.100." + std::to_string(who)));
    if (!together) net.run_until_answered(id);
    asked.emplace_back(id, who);
  }
  net.run();
  for (const auto& [id, who] : asked) {
    const auto answer = net.answer(id);
    REQUIRE(answer);
    REQUIRE(answer->in(dns::Section::answer).size() == 1);
    CHECK(to_text(answer->in(dns::Section::answer)[0])
              .ends_with(" 192.0.2." + std::to_string(200 + who)));
  }
  for (int i = 0; i < 3; ++i)
    CHECK(net.packets_to(test::ip("192.0.2." + std::to_string(101 + i))) >= 10);
  CHECK(net.leaks() == "");
}
