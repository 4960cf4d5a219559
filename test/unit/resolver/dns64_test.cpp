// DNS64 (RFC 6147) and its addresses (RFC 6052).
#include "resolver/dns64.hpp"

#include <catch2/catch.hpp>

#include "test/unit/resolver/signed_internet.hpp"
#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Section;
using dns::Type;

namespace {
Prefix prefix(std::string_view text) {
  return *Prefix::parse(text);
}

const std::string apex = "example.org.";

/// example.org. is signed; its names are told apart by what addresses they have.
struct Translating {
  SignedInternet internet;
  NetOptions options;

  explicit Translating(std::string_view nat64 = "64:ff9b::/96") {
    internet.add(apex,
                 "www 300 A 192.0.2.80\nshort 20 A 192.0.2.81\n"
                 "both 300 A 192.0.2.82\nboth 300 AAAA 2001:db8::82\n"
                 "mapped 300 A 192.0.2.83\nmapped 300 AAAA ::ffff:192.0.2.83\n"
                 "partly 300 A 192.0.2.84\npartly 300 AAAA ::ffff:192.0.2.84\n"
                 "partly 300 AAAA 2001:db8::84\n"
                 "alias 300 CNAME www\ninside 300 A 10.0.0.1\ntext 300 TXT \"here\"\n");
    options = internet.options();
    options.resolver.dns64.prefix = prefix(nat64);
    options.resolver.dns64.exclude = {prefix("::ffff:0:0/96")};
  }
};

std::string data_of(const Decoded& answer) {
  std::string out;
  for (const auto& record : answer.in(Section::answer))
    if (record.type != Type::rrsig) out += to_text(record) + "\n";
  return out;
}

QuerySpec flags(bool dnssec_ok, bool cd = false, bool ad = false) {
  QuerySpec spec;
  spec.dnssec_ok = dnssec_ok, spec.cd = cd, spec.ad = ad;
  return spec;
}

std::string aaaa(FakeNet& net, const std::string& name, const QuerySpec& spec = {}) {
  const auto answer = net.resolve(name, Type::aaaa, spec);
  REQUIRE(answer);
  CHECK(answer->rcode == Rcode::noerror);
  return data_of(*answer);
}
}  // namespace

TEST_CASE("Addresses of all prefix lengths, as RFC 6052 2.4 has them", "[dns64]") {
  const IpAddress ipv4 = ip("192.0.2.33");
  for (const auto& [net, address] : {std::pair{"2001:db8::/32", "2001:db8:c000:221::"},
                                     {"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
                                     {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
                                     {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
                                     {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
                                     {"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"},
                                     {"64:ff9b::/96", "64:ff9b::c000:221"}}) {
    INFO(net);
    REQUIRE(resolver::is_translation_prefix(prefix(net)));
    CHECK(resolver::translated(prefix(net), ipv4) == ip(address));
    CHECK(resolver::translated_back(prefix(net), ip(address)) == ipv4);
  }
}

TEST_CASE("Prefixes that no translator has [negative]", "[dns64][negative]") {
  for (const auto* net : {"64:ff9b::/95", "64:ff9b::/128", "64:ff9b::/0", "2001:db8::/33",
                          "2001:db8:0:0:100::/96", "192.0.2.0/24"}) {
    INFO(net);
    CHECK_FALSE(resolver::is_translation_prefix(prefix(net)));
  }
  CHECK_FALSE(resolver::translated_back(prefix("64:ff9b::/96"), ip("64:ff9c::1")));
}

TEST_CASE("A name without an AAAA gets one made of its A", "[dns64]") {
  Translating world;
  FakeNet net(world.options, world.internet);
  CHECK(aaaa(net, "www." + apex) == "www.example.org. AAAA 64:ff9b::c000:250\n");
  const auto asked = net.packets();
  CHECK(aaaa(net, "www." + apex) == "www.example.org. AAAA 64:ff9b::c000:250\n");
  CHECK(net.packets() == asked);
  CHECK(aaaa(net, "alias." + apex) ==
        "alias.example.org. CNAME www.example.org.\nwww.example.org. AAAA 64:ff9b::c000:250\n");
  CHECK(aaaa(net, "ipv4only.arpa.") ==
        "ipv4only.arpa. AAAA 64:ff9b::c000:aa\nipv4only.arpa. AAAA 64:ff9b::c000:ab\n");
  CHECK(net.metrics().value(Metric::dns64_answers_total) == 4);
  CHECK(data_of(*net.resolve("www." + apex, Type::a)) == "www.example.org. A 192.0.2.80\n");
  CHECK(net.leaks() == "");
}

TEST_CASE("The TTL is the lesser of the A's and that of the absence", "[dns64]") {
  Translating world;
  FakeNet net(world.options, world.internet);
  const auto ttl = [&](const std::string& name) {
    return net.resolve(name, Type::aaaa)->in(Section::answer).at(0).ttl;
  };
  CHECK(ttl("www." + apex) <= 60);  // the SOA's minimum
  CHECK(ttl("www." + apex) > 20);
  CHECK(ttl("short." + apex) <= 20);
  CHECK(ttl("ipv4only.arpa.") == 10'800);
}

TEST_CASE("What has an address, or does not exist, stays as it is [negative]",
          "[dns64][negative]") {
  Translating world;
  FakeNet net(world.options, world.internet);
  CHECK(aaaa(net, "both." + apex) == "both.example.org. AAAA 2001:db8::82\n");
  CHECK(aaaa(net, "text." + apex).empty());
  CHECK(aaaa(net, "inside." + apex).empty());  // RFC 6052 3.1
  const auto absent = net.resolve("absent." + apex, Type::aaaa, flags(true));
  CHECK(absent->rcode == Rcode::nxdomain);
  CHECK(absent->header.ad);
  CHECK(data_of(*net.resolve("www." + apex, Type::txt)).empty());
  CHECK(net.metrics().value(Metric::dns64_answers_total) == 0);
}

TEST_CASE("A prefix of the network's own stands for private addresses too", "[dns64]") {
  Translating world("2001:db8:64::/96");
  FakeNet net(world.options, world.internet);
  CHECK(aaaa(net, "inside." + apex) == "inside.example.org. AAAA 2001:db8:64::a00:1\n");
}

TEST_CASE("Excluded AAAA count as none, and never reach the client", "[dns64]") {
  Translating world;
  FakeNet net(world.options, world.internet);
  for (int round = 0; round < 2; ++round) {
    CHECK(aaaa(net, "mapped." + apex) == "mapped.example.org. AAAA 64:ff9b::c000:253\n");
    const auto partly = net.resolve("partly." + apex, Type::aaaa, flags(true));
    CHECK(data_of(*partly) == "partly.example.org. AAAA 2001:db8::84\n");
    CHECK_FALSE(partly->header.ad);
  }
}

TEST_CASE("AD on what is made: with DO alone, when absence and address were proven", "[dns64]") {
  Translating world;
  FakeNet net(world.options, world.internet);
  for (int round = 0; round < 2; ++round) {
    const auto made = net.resolve("www." + apex, Type::aaaa, flags(true));
    CHECK(made->header.ad);
    for (const auto& record : made->in(Section::answer)) CHECK(record.type != Type::rrsig);
    CHECK(made->in(Section::authority).empty());
    CHECK_FALSE(net.resolve("www." + apex, Type::aaaa, flags(false, false, true))->header.ad);
    CHECK(net.resolve("both." + apex, Type::aaaa, flags(false, false, true))->header.ad);
  }
}

TEST_CASE("Who sets CD and DO gets what was found", "[dns64]") {
  Translating world;
  FakeNet net(world.options, world.internet);
  const auto raw = net.resolve("www." + apex, Type::aaaa, flags(true, true));
  CHECK(data_of(*raw).empty());
  CHECK(raw->rcode == Rcode::noerror);
  CHECK(aaaa(net, "www." + apex, flags(false, true)) ==
        "www.example.org. AAAA 64:ff9b::c000:250\n");
}

TEST_CASE("What is bogus is not made better [negative]", "[dns64][negative]") {
  Translating world;
  const bool absence = GENERATE(true, false);
  world.internet.tamper(apex, [absence](const dns::Question& question, Response& response) {
    const Type spoiled = absence ? Type::aaaa : Type::a;
    if (question.type != spoiled) return;
    auto& section = absence ? response.authority : response.answer;
    for (auto& rrset : section) rrset = rrset->without_signatures();
  });
  FakeNet net(world.options, world.internet);
  for (int round = 0; round < 2; ++round) {
    const auto answer = net.resolve("www." + apex, Type::aaaa);
    CHECK(answer->rcode == Rcode::servfail);
    REQUIRE(answer->ede);
    CHECK(answer->ede->fault == Fault::none);
    CHECK(static_cast<int>(answer->ede->code) >= 6);
    CHECK(data_of(*answer).empty());
  }
}

TEST_CASE("When servers fail for AAAA the A is sought (RFC 6147 5.1.2)", "[dns64]") {
  Translating world;
  world.internet.tamper(apex, [](const dns::Question& question, Response& response) {
    if (question.type == Type::aaaa) response = Response{}, response.rcode = Rcode::servfail;
  });
  FakeNet net(world.options, world.internet);
  const auto answer = net.resolve("www." + apex, Type::aaaa, flags(true));
  CHECK(data_of(*answer) == "www.example.org. AAAA 64:ff9b::c000:250\n");
  CHECK_FALSE(answer->header.ad);
}

TEST_CASE("When servers fail for the A too the client hears of it [negative]",
          "[dns64][negative]") {
  Translating world;
  world.internet.tamper(apex, [](const dns::Question& question, Response& response) {
    if (question.type == Type::a) response = Response{}, response.rcode = Rcode::servfail;
  });
  FakeNet net(world.options, world.internet);
  CHECK(net.resolve("www." + apex, Type::aaaa)->rcode == Rcode::servfail);
  CHECK(net.leaks() == "");
}

TEST_CASE("Reverse names of the prefix lead to those of IPv4", "[dns64]") {
  Translating world("2001:db8:122:344::/64");
  FakeNet net(world.options, world.internet);
  // 2001:db8:122:344:c0:2:2100::, and 192.0.2.0/24 is a special name
  const std::string name =
      "0.0.0.0.0.0.0.0.0.0.1.2.2.0.0.0.0.c.0.0.4.4.3.0.2.2.1.0.8.b.d.0.1.0.0.2.ip6.arpa.";
  const std::string whole =
      "0.0.0.0.0.0.1.2.2.0.0.0.0.c.0.0.4.4.3.0.2.2.1.0.8.b.d.0.1.0.0.2.ip6.arpa.";
  const auto answer = net.resolve(whole, Type::ptr);
  CHECK(answer->rcode == Rcode::nxdomain);
  CHECK(data_of(*answer) == whole + " CNAME 33.2.0.192.in-addr.arpa.\n");
  CHECK(data_of(*net.resolve(name, Type::ptr)).empty());
  CHECK(data_of(*net.resolve(whole, Type::txt)).empty());
}

TEST_CASE("Without a prefix nothing is made [negative]", "[dns64][negative]") {
  Translating world;
  world.options.resolver.dns64.prefix.reset();
  FakeNet net(world.options, world.internet);
  CHECK(aaaa(net, "www." + apex).empty());
  CHECK(aaaa(net, "mapped." + apex) == "mapped.example.org. AAAA ::ffff:192.0.2.83\n");
}

TEST_CASE("Who is served by DNS64", "[dns64]") {
  resolver::Dns64Options options;
  options.prefix = prefix("64:ff9b::/96");
  options.clients = {prefix("2001:db8::/32")};
  const resolver::Dns64 dns64(options);
  const IpAddress inside = ip("2001:db8::1"), outside = ip("192.0.2.1");
  CHECK(dns64.serves(&inside, Type::aaaa, false, true));
  CHECK(dns64.serves(&inside, Type::aaaa, true, false));
  CHECK_FALSE(dns64.serves(&inside, Type::aaaa, true, true));
  CHECK_FALSE(dns64.serves(&inside, Type::a, false, false));
  CHECK_FALSE(dns64.serves(&outside, Type::aaaa, false, false));
}
