#include "resolver/realms.hpp"

#include <catch2/catch.hpp>

using namespace windlass;
using namespace windlass::resolver;
using dns::Name;
using dns::Type;

namespace {
ConfiguredZone zone(std::string_view name, std::string_view server) {
  return {Name::literal(name), {*Endpoint::parse(server)}};
}
}  // namespace

TEST_CASE("a name belongs to the deepest configured zone above it") {
  ResolverOptions options;
  options.forwards = {zone("example.org.", "192.0.2.1"), zone("deep.example.org.", "192.0.2.2")};
  options.stubs = {zone("stub.example.org.", "192.0.2.3")};
  const Realms realms(options);
  const auto cut = [&](std::string_view name) {
    return realms.of(Name::literal(name), Type::a).delegation->cut;
  };
  CHECK(cut("www.example.org.") == Name::literal("example.org."));
  CHECK(cut("EXAMPLE.org.") == Name::literal("example.org."));
  CHECK(cut("a.deep.example.org.") == Name::literal("deep.example.org."));
  CHECK(cut("stub.example.org.") == Name::literal("stub.example.org."));
  CHECK(realms.of(Name::literal("example.com."), Type::a).delegation == nullptr);
  CHECK(realms.of(Name::literal("example.com."), Type::a).partition == 0);
  CHECK(realms.of(Name::literal("badexample.org."), Type::a).partition == 0);
}

TEST_CASE("a DS is asked where its parent is answered") {
  ResolverOptions options;
  options.forwards = {zone("example.org.", "192.0.2.1"), zone("deep.example.org.", "192.0.2.2")};
  const Realms realms(options);
  CHECK(realms.of(Name::literal("example.org."), Type::ds).partition == 0);
  CHECK(realms.of(Name::literal("deep.example.org."), Type::ds).delegation->cut ==
        Name::literal("example.org."));
  CHECK(realms.of(Name::literal("x.deep.example.org."), Type::ds).delegation->cut ==
        Name::literal("deep.example.org."));
}

TEST_CASE("a forwarder of everything answers for the root's DS as well") {
  ResolverOptions options;
  options.forwards = {zone(".", "192.0.2.1")};
  const Realms realms(options);
  CHECK(realms.of(Name{}, Type::ds).partition != 0);
  CHECK(realms.of(Name::literal("org."), Type::ds).partition != 0);
}

TEST_CASE("what a zone is decides its partition") {
  const auto partition = [](bool forward, std::string_view name, std::string_view server) {
    ResolverOptions options;
    (forward ? options.forwards : options.stubs) = {zone(name, server)};
    return Realms(options).of(Name::literal("www.example.org."), Type::a).partition;
  };
  const auto base = partition(true, "example.org.", "192.0.2.1");
  CHECK(base != 0);
  CHECK(partition(true, "EXAMPLE.ORG.", "192.0.2.1") == base);
  CHECK(partition(false, "example.org.", "192.0.2.1") != base);
  CHECK(partition(true, "org.", "192.0.2.1") != base);
  CHECK(partition(true, "example.org.", "192.0.2.2") != base);
  ResolverOptions first;
  first.forwards = {zone("example.org.", "192.0.2.1")};
  first.forwards[0].first = true;  // then it may hold what the public tree said
  CHECK(Realms(first).of(Name::literal("www.example.org."), Type::a).partition != base);
}

TEST_CASE("Thousands of zones at different depths are told apart") {
  ResolverOptions options;
  for (int i = 0; i < 3000; ++i) {
    const std::string name = "z" + std::to_string(i) + ".example.org.";
    options.forwards.push_back(zone(i % 3 == 0 ? "deep." + name : name, "192.0.2.1"));
  }
  const Realms realms(options);
  const auto cut = [&](const std::string& name) {
    const auto& realm = realms.of(Name::literal(name), Type::a);
    return realm.delegation ? realm.delegation->cut.to_text() : "";
  };
  CHECK(cut("www.z1.example.org.") == "z1.example.org.");
  CHECK(cut("z2999.example.org.") == "z2999.example.org.");
  CHECK(cut("a.b.DEEP.z2997.example.org.") == "deep.z2997.example.org.");
  CHECK(cut("www.z2997.example.org.").empty());
  CHECK(cut("z3000.example.org.").empty());
  CHECK(cut("org.").empty());
  CHECK(cut(".").empty());
}

TEST_CASE("The servers of a zone stand in the operator's order, with what was said of it") {
  ResolverOptions options;
  options.stubs = {zone("example.org.", "192.0.2.9")};
  options.stubs[0].servers.push_back(*Endpoint::parse("192.0.2.1@54"));
  options.stubs[0].tcp = options.stubs[0].first = true;
  const auto delegation = Realms(options).of(Name::literal("example.org."), Type::a).delegation;
  REQUIRE(delegation->servers.size() == 2);
  CHECK(delegation->servers[0].endpoints[0].to_text() == "192.0.2.9@53");
  CHECK(delegation->servers[1].endpoints[0].to_text() == "192.0.2.1@54");
  CHECK(delegation->tcp);
  CHECK(delegation->first);
  CHECK(delegation->by_operator());
  CHECK_FALSE(delegation->recursive_upstream());
}

TEST_CASE("the hints are a Delegation of the root that never ends") {
  ResolverOptions options;
  options.upstream_port = 5353;
  options.root_hints = {{Name::literal("k.example."),
                         {*IpAddress::parse("192.0.2.1"), *IpAddress::parse("2001:db8::1")}}};
  const auto hints = hint_delegation(options);
  CHECK(hints->cut.is_root());
  CHECK(hints->expires_age_ms == INT64_MAX);
  REQUIRE(hints->servers.size() == 1);
  CHECK(hints->servers[0].endpoints[0].to_text() == "192.0.2.1@5353");
  CHECK(hints->servers[0].endpoints[1].address.family == 6);
}
