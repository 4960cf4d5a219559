// What a resolver says of itself: CHAOS TXT (RFC 4892) and NSID (RFC 5001).
#include <catch2/catch.hpp>

#include "resolver/front.hpp"
#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Class;
using dns::Name;
using dns::Rcode;
using dns::Type;

namespace {
Bytes question(std::string_view name, Type type, Class klass, bool nsid = false) {
  Bytes out(512);
  dns::MessageBuilder builder(out, out.size());
  builder.header({.id = 7, .rd = true});
  builder.question({Name::literal(name), type, klass});
  builder.opt({});
  const auto message = builder.finish();
  Bytes octets(message.begin(), message.end());
  if (!nsid) return octets;
  octets[octets.size() - 1] = 4;  // RDLENGTH
  octets.insert(octets.end(), {0, 3, 0, 0});
  return octets;
}

struct Host {
  World world;
  NetOptions options = world.options();
  std::unique_ptr<FakeNet> net;

  FakeNet& started() {
    if (!net) net = std::make_unique<FakeNet>(options, world);
    return *net;
  }
  Bytes ask(const Bytes& query) {
    const auto client = started().ask(query);
    started().run_until_answered(client);
    return started().log(client).octets;
  }
  Decoded answer(std::string_view name, Type type = Type::txt, Class klass = Class::ch) {
    const auto decoded = decode(ask(question(name, type, klass)));
    REQUIRE(decoded);
    return *decoded;
  }
};

std::string nsid_in(const Bytes& octets) {
  const auto view = dns::MessageView::parse(octets);
  REQUIRE(view);
  const auto opt = view->opt();
  REQUIRE(opt);
  const auto option = dns::find_option(*opt, dns::Option::nsid);
  return option ? std::string(option->octets.begin(), option->octets.end()) : "none";
}
}  // namespace

TEST_CASE("Version and name are told as the operator has them", "[identity]") {
  Host host;
  host.options.resolver.identity.version = "sturdy";
  host.options.resolver.identity.name = "ns1";
  for (const auto& [name, text] : {std::pair{"version.bind.", "\6sturdy"},
                                   {"VERSION.server.", "\6sturdy"},
                                   {"hostname.bind.", "\3ns1"},
                                   {"id.server.", "\3ns1"}}) {
    INFO(name);
    const Decoded answer = host.answer(name);
    CHECK(answer.rcode == Rcode::noerror);
    CHECK(answer.header.aa);
    CHECK_FALSE(answer.header.ad);
    const auto& records = answer.in(dns::Section::answer);
    REQUIRE(records.size() == 1);
    CHECK(records[0].type == Type::txt);
    CHECK(records[0].ttl == 0);
    CHECK(std::string(records[0].rdata.begin(), records[0].rdata.end()) == text);
  }
  CHECK(host.net->packets() == 0);
}

TEST_CASE("Unless the operator says so nothing is told [negative]", "[identity][negative]") {
  Host host;
  SECTION("not set") {
    for (const auto* name : {"version.bind.", "version.server.", "hostname.bind.", "id.server."}) {
      const Decoded answer = host.answer(name);
      CHECK(answer.rcode == Rcode::refused);
      CHECK(answer.in(dns::Section::answer).empty());
    }
    CHECK(nsid_in(host.ask(question("localhost.", Type::a, Class::in, true))) == "none");
  }
  SECTION("another name, type or class") {
    host.options.resolver.identity = {"v", "n", "i"};
    CHECK(host.answer("authors.bind.").rcode == Rcode::refused);
    CHECK(host.answer("x.version.bind.").rcode == Rcode::refused);
    CHECK(host.answer("version.bind.", Type::a).rcode == Rcode::refused);
    CHECK(host.answer("version.bind.", Type::txt, Class::hs).rcode == Rcode::refused);
    CHECK(host.answer("version.bind.", Type::txt, Class::in).rcode == Rcode::nxdomain);
  }
  SECTION("one set, the other not") {
    host.options.resolver.identity.name = "ns1";
    CHECK(host.answer("version.bind.").rcode == Rcode::refused);
    CHECK(host.answer("id.server.").rcode == Rcode::noerror);
  }
}

TEST_CASE("NSID is told to who asks for it, with any answer", "[identity]") {
  Host host;
  const std::string text(128, 'n');
  host.options.resolver.identity.nsid = text;
  CHECK(nsid_in(host.ask(question("www.example.org.", Type::a, Class::in, true))) == text);
  CHECK(nsid_in(host.ask(question("x.test.", Type::a, Class::in, true))) == text);
  CHECK(nsid_in(host.ask(question("www.example.org.", Type::tkey, Class::in, true))) == text);
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b') + ".";
  CHECK(nsid_in(host.ask(question(longest, Type::tkey, Class::in, true))) == text);
}

TEST_CASE("NSID is not told to who does not ask for it [negative]", "[identity][negative]") {
  Host host;
  host.options.resolver.identity.nsid = "ns1";
  CHECK(nsid_in(host.ask(question("www.example.org.", Type::a, Class::in))) == "none");
}
