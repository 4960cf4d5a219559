// Rebinding protection: private addresses leave answers, never the cache.
#include <catch2/catch.hpp>

#include "resolver/private_addresses.hpp"
#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Type;
using resolver::is_private;
using resolver::private_address_in;

namespace {
/// A root that answers for all names, with addresses of machines inside.
struct Evil final : public Servers {
  std::vector<Reply> on_question(const Endpoint&, bool tcp, std::span<const std::uint8_t> octets,
                                 const Now&) override {
    const auto query = decode(octets);
    Response response;
    const Name& name = query->question.name;
    const auto add = [&](Type type, std::initializer_list<Bytes> rdatas) {
      if (query->question.type != type) return;
      dns::RRsetBuilder builder(name, type);
      for (const Bytes& rdata : rdatas) (void)builder.add(rdata, 60);
      response.answer.push_back(builder.build());
    };
    const auto alias = [&](std::string_view to) {
      const Name target = Name::literal(to);
      dns::RRsetBuilder builder(name, Type::cname);
      (void)builder.add(target.wire(), 60);
      response.answer.push_back(builder.build());
    };
    const Name lower = name.lowercase();
    const std::string first(lower.first_label().begin(), lower.first_label().end());
    if (first == "inside") add(Type::a, {{10, 0, 0, 1}, {192, 168, 1, 1}});
    if (first == "mixed") add(Type::a, {{10, 0, 0, 1}, {192, 0, 2, 80}});
    if (first == "alias") alias("inside.corp.example.");
    if (first == "outwards") alias("inside.evil.example.");
    if (first == "mapped")
      add(Type::aaaa, {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 80}});
    if (first == "hint") {
      add(Type::https, {{0, 1, 0, 0, 4, 0, 8, 192, 0, 2, 80, 10, 0, 0, 1}});
      add(Type::a, {{192, 0, 2, 80}});
    }
    return {{0, write_response(*query, response, tcp), false}};
  }
};

NetOptions protecting(std::vector<Name> listed = {}) {
  NetOptions options = World().options();
  options.resolver.rebinding_protection = std::move(listed);
  options.resolver.minimisation = resolver::Minimisation::off;
  return options;
}

std::string data_of(const Decoded& answer) {
  std::string out;
  for (const auto& record : answer.in(dns::Section::answer)) out += to_text(record) + "\n";
  return out;
}

/// Both times, from the server and from the cache: nothing but `expected`, and a reason.
void is_blocked(FakeNet& net, std::string_view name, Type type, const std::string& expected,
                bool checking_disabled = false) {
  QuerySpec spec;
  spec.dnssec_ok = true;
  spec.cd = checking_disabled;
  for (int round = 0; round < 2; ++round) {
    INFO(name << " round " << round);
    const auto told = net.rebinding().size();
    const auto answer = net.resolve(name, type, spec);
    REQUIRE(answer);
    CHECK(answer->rcode == Rcode::noerror);
    CHECK(data_of(*answer) == expected);
    CHECK_FALSE(answer->header.ad);
    REQUIRE(answer->ede);
    CHECK(answer->ede->code == dns::EdeCode::blocked);
    CHECK(net.rebinding().size() == told + 1);
    CHECK(net.metrics().value(Metric::rebinding_blocked_total) == told + 1);
  }
}

void is_given(FakeNet& net, std::string_view name, Type type, const std::string& expected) {
  for (int round = 0; round < 2; ++round) {
    INFO(name << " round " << round);
    const auto answer = net.resolve(name, type);
    REQUIRE(answer);
    CHECK(data_of(*answer) == expected);
    CHECK_FALSE(answer->ede);
  }
  CHECK(net.rebinding().empty());
}
}  // namespace

TEST_CASE("What a private address is", "[rebinding]") {
  for (const std::string_view text : {"0.0.0.0",
                                      "0.1.2.3",
                                      "10.0.0.0",
                                      "10.255.255.255",
                                      "100.64.0.1",
                                      "100.127.255.255",
                                      "127.0.0.1",
                                      "169.254.1.1",
                                      "172.16.0.1",
                                      "172.31.255.255",
                                      "192.168.0.1",
                                      "::",
                                      "::1",
                                      "::10.0.0.1",
                                      "::ffff:10.0.0.1",
                                      "::ffff:192.0.2.1",
                                      "fc00::1",
                                      "fdff::1",
                                      "fe80::1",
                                      "febf::1",
                                      "64:ff9b::10.0.0.1",
                                      "64:ff9b:1::192.0.2.1",
                                      "2002:c0a8:101::1"}) {
    INFO(text);
    CHECK(is_private(ip(text)));
  }
}

TEST_CASE("What a private address is not [negative]", "[rebinding][negative]") {
  for (const std::string_view text :
       {"1.0.0.0",         "9.255.255.255", "11.0.0.0",           "100.63.255.255",   "100.128.0.0",
        "126.255.255.255", "128.0.0.0",     "169.253.1.1",        "172.15.255.255",   "172.32.0.0",
        "192.167.1.1",     "192.169.0.0",   "192.0.2.1",          "2001:db8::1",      "fbff::1",
        "fe00::1",         "fec0::1",       "64:ff9b::192.0.2.1", "2002:c000:201::1", "::1:0:0"}) {
    INFO(text);
    CHECK_FALSE(is_private(ip(text)));
  }
}

TEST_CASE("Behind the prefix of our own translator stands an IPv4 address", "[rebinding]") {
  const auto prefix = Prefix::parse("2001:db8:64::/96");
  CHECK(is_private(ip("2001:db8:64::10.1.2.3"), prefix));
  CHECK_FALSE(is_private(ip("2001:db8:64::192.0.2.1"), prefix));
  CHECK_FALSE(is_private(ip("2001:db8:64::10.1.2.3")));
  CHECK_FALSE(is_private(ip("2001:db8:65::10.1.2.3"), prefix));
}

TEST_CASE("Hints of HTTPS and SVCB are addresses too", "[rebinding]") {
  const Bytes both{0, 1, 1, 'x', 0, 0, 1, 0, 3, 2, 'h', '2', 0, 4, 0, 4, 192, 168, 1, 1};
  CHECK(private_address_in(Type::https, both) == ip("192.168.1.1"));
  CHECK(private_address_in(Type::svcb, both) == ip("192.168.1.1"));
  Bytes six{0, 1, 0, 0, 6, 0, 16};
  six.insert(six.end(), {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(private_address_in(Type::https, six) == ip("fd00::1"));
}

TEST_CASE("Hints that are none, or torn [negative]", "[rebinding][negative]") {
  const Bytes outside{0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 80};
  CHECK_FALSE(private_address_in(Type::https, outside));
  CHECK_FALSE(private_address_in(Type::txt, {}));
  CHECK_FALSE(private_address_in(Type::a, Bytes{10, 0, 0}));
  Bytes torn{0, 1, 1, 'x', 0, 0, 4, 0, 4, 10, 0, 0, 1};
  while (torn.size() > 1) {
    torn.pop_back();
    CHECK_FALSE(private_address_in(Type::https, torn));
  }
}

TEST_CASE("Private addresses leave an answer, other ones stay", "[rebinding]") {
  Evil evil;
  FakeNet net(protecting(), evil);
  is_blocked(net, "inside.evil.example.", Type::a, "");
  is_blocked(net, "mixed.evil.example.", Type::a, "mixed.evil.example. A 192.0.2.80\n");
  is_blocked(net, "mapped.evil.example.", Type::aaaa, "");
  is_blocked(net, "hint.evil.example.", Type::https, "");
  is_blocked(net, "inside.cd.example.", Type::a, "", true);
  CHECK(net.resolve("inside.evil.example.", Type::a)->ede->text ==
        "inside.evil.example. A: the private address 10.0.0.1 was taken out "
        "(recursion.rebinding_protection)");
  CHECK(data_of(*net.resolve("hint.evil.example.", Type::a)) ==
        "hint.evil.example. A 192.0.2.80\n");
  CHECK(net.leaks() == "");
}

TEST_CASE("What was cached under protection is whole when it is lifted", "[rebinding]") {
  Evil evil;
  FakeNet net(protecting(), evil);
  is_blocked(net, "mixed.evil.example.", Type::a, "mixed.evil.example. A 192.0.2.80\n");
  const auto asked = net.packets();
  const auto options = World().options();
  net.engine().reconfigure({std::make_shared<resolver::ResolverOptions>(options.resolver),
                            std::make_shared<validator::ValidatorOptions>(options.validator)});
  CHECK(data_of(*net.resolve("mixed.evil.example.", Type::a)) ==
        "mixed.evil.example. A 10.0.0.1\nmixed.evil.example. A 192.0.2.80\n");
  CHECK(net.packets() == asked);
}

TEST_CASE("Names that may hold private addresses, and the loopback names, hold them [negative]",
          "[rebinding][negative]") {
  Evil evil;
  FakeNet net(protecting({Name::literal("corp.example.")}), evil);
  is_given(net, "inside.corp.example.", Type::a,
           "inside.corp.example. A 10.0.0.1\ninside.corp.example. A 192.168.1.1\n");
  is_given(net, "alias.corp.example.", Type::a,
           "alias.corp.example. CNAME inside.corp.example.\n"
           "inside.corp.example. A 10.0.0.1\ninside.corp.example. A 192.168.1.1\n");
  is_given(net, "localhost.", Type::a, "localhost. A 127.0.0.1\n");
}

TEST_CASE("All names of a chain count: no alias into names that may, none out of them",
          "[rebinding]") {
  Evil evil;
  FakeNet net(protecting({Name::literal("corp.example.")}), evil);
  is_blocked(net, "alias.evil.example.", Type::a,
             "alias.evil.example. CNAME inside.corp.example.\n");
  is_blocked(net, "outwards.corp.example.", Type::a,
             "outwards.corp.example. CNAME inside.evil.example.\n");
}

TEST_CASE("Without the setting private addresses are given [negative]", "[rebinding][negative]") {
  Evil evil;
  auto options = protecting();
  options.resolver.rebinding_protection.reset();
  FakeNet net(options, evil);
  is_given(net, "mixed.evil.example.", Type::a,
           "mixed.evil.example. A 10.0.0.1\nmixed.evil.example. A 192.0.2.80\n");
}
