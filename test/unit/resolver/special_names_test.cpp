// Special names: answered here, asked of nobody, unless the operator has them elsewhere.
#include "resolver/special_names.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "dns/rdata.hpp"
#include "test/unit/resolver/world.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Type;
using resolver::SpecialBelow;
using validator::Anchor;
using validator::TrustAnchors;

namespace {
/// World, and servers that would tell tales about special names.
World talking_world() {
  World world;
  world.zone("home.arpa.", "192.0.2.40", "@ SOA ns h 1 2 3 4 60\nnas A 192.0.2.41\n");
  world.zone("10.in-addr.arpa.", "192.0.2.50", "@ SOA ns h 1 2 3 4 60\n1.0.0 PTR nas.home.arpa.\n");
  return world;
}

resolver::ConfiguredZone configured(std::string_view name, std::string_view server) {
  return {Name::literal(name), {*Endpoint::parse(server)}};
}

/// All names that the table's rows stand for.
std::vector<std::pair<std::string, resolver::SpecialRow>> all_names() {
  std::vector<std::pair<std::string, resolver::SpecialRow>> names;
  for (const auto& row : resolver::special_table()) {
    if (row.last == 0) names.emplace_back(std::string(row.name), row);
    for (unsigned n = row.first; row.last != 0 && n <= row.last; ++n)
      names.emplace_back(std::to_string(n) + "." + std::string(row.name), row);
  }
  return names;
}

/// Answered without a packet, as RFC 6303 3 has it.
void is_answered_here(FakeNet& net, const std::string& name, Type type, Rcode rcode,
                      bool data = false) {
  INFO(name << " " << dns::to_text(type));
  const auto before = net.packets();
  QuerySpec spec;
  spec.dnssec_ok = true;
  const auto answer = net.resolve(name, type, spec);
  REQUIRE(answer);
  net.run();
  CHECK(net.packets() == before);
  CHECK(answer->rcode == rcode);
  CHECK(answer->header.aa);
  CHECK_FALSE(answer->header.ad);
  CHECK(answer->in(dns::Section::answer).empty() == !data);
  const auto& authority = answer->in(dns::Section::authority);
  REQUIRE(authority.size() == (data ? 0 : 1));
  if (data) return;
  CHECK(authority[0].type == Type::soa);
  CHECK(Name::literal(name).is_at_or_below(authority[0].owner));
  CHECK(authority[0].ttl == 10'800);
}

std::string data_of(FakeNet& net, std::string_view name, Type type) {
  std::string out;
  const auto answer = net.resolve(name, type);
  for (const auto& record : answer->in(dns::Section::answer)) out += to_text(record) + "\n";
  return out;
}

/// Whether anybody was asked, directly or not.
bool leaks(FakeNet& net, std::string_view name, Type type = Type::a) {
  const auto before = net.packets();
  (void)net.resolve(name, type);
  net.run();
  return net.packets() != before;
}
}  // namespace

TEST_CASE("Every row of special names is answered here, at and below its name", "[special]") {
  const unsigned workers = GENERATE(1u, 4u);
  World world = talking_world();
  auto options = world.options();
  options.workers = workers;
  FakeNet net(options, world);
  std::size_t names = 0;
  for (const auto& [name, row] : all_names()) {
    ++names;
    is_answered_here(net, name, Type::soa, Rcode::noerror, true);
    is_answered_here(net, name, Type::ns, Rcode::noerror, true);
    is_answered_here(net, name, Type::any, Rcode::noerror, true);
    is_answered_here(net, name, Type::mx, Rcode::noerror);
    is_answered_here(net, name, Type::dnskey, Rcode::noerror);
    const Rcode below = row.below == SpecialBelow::nothing ? Rcode::nxdomain : Rcode::noerror;
    for (const std::string lower : {"x.", "9.9.", "_dns._udp.deep."})
      for (const Type type : {Type::txt, Type::ds, Type::dnskey, Type::svcb})
        is_answered_here(net, lower + name, type, below);
  }
  CHECK(names == 30 + 16 + 64);
  CHECK(net.packets() == 0);
  CHECK(net.leaks() == "");
}

TEST_CASE("What special names hold", "[special]") {
  World world = talking_world();
  FakeNet net(world.options(), world);
  CHECK(data_of(net, "localhost.", Type::a) == "localhost. A 127.0.0.1\n");
  CHECK(data_of(net, "LocalHost.", Type::aaaa) == "localhost. AAAA ::1\n");
  CHECK(data_of(net, "www.localhost.", Type::a) == "www.localhost. A 127.0.0.1\n");
  CHECK(data_of(net, "1.0.0.127.in-addr.arpa.", Type::ptr) ==
        "1.0.0.127.in-addr.arpa. PTR localhost.\n");
  CHECK(data_of(net, "ipv4only.arpa.", Type::a) ==
        "ipv4only.arpa. A 192.0.0.170\nipv4only.arpa. A 192.0.0.171\n");
  CHECK(data_of(net, "171.0.0.192.in-addr.arpa.", Type::ptr) ==
        "171.0.0.192.in-addr.arpa. PTR ipv4only.arpa.\n");
  is_answered_here(net, "ipv4only.arpa.", Type::aaaa, Rcode::noerror);
  is_answered_here(net, "0.0.127.in-addr.arpa.", Type::ptr, Rcode::noerror);
  is_answered_here(net, "2.0.0.127.in-addr.arpa.", Type::ptr, Rcode::nxdomain);
  const auto soa = net.resolve("home.arpa.", Type::soa)->in(dns::Section::answer);
  const auto view = dns::SoaView::parse(soa.at(0).rdata);
  REQUIRE(view);
  CHECK(view->mname == Name::literal("home.arpa."));
  CHECK(view->rname == Name::literal("nobody.invalid."));
  CHECK(view->minimum == 10'800);
  CHECK(net.packets() == 0);
}

TEST_CASE("An extended error tells why a special name is denied", "[special]") {
  World world = talking_world();
  FakeNet net(world.options(), world);
  const auto denied = net.resolve("nas.home.arpa.", Type::a);
  REQUIRE(denied->ede);
  CHECK(denied->ede->code == dns::EdeCode::synthesized);
  CHECK(denied->ede->text ==
        "home.arpa. is a special name (RFC 8375): answered here, asked of nobody");
  CHECK_FALSE(net.resolve("localhost.", Type::mx)->ede);
  CHECK_FALSE(net.resolve("_dns.resolver.arpa.", Type::svcb)->ede);
}

TEST_CASE("Special names are answered with RD=0 too, ordinary ones are not", "[special]") {
  World world = talking_world();
  FakeNet net(world.options(), world);
  QuerySpec spec;
  spec.rd = false;
  CHECK(net.resolve("x.10.in-addr.arpa.", Type::ptr, spec)->rcode == Rcode::nxdomain);
  CHECK(net.resolve("www.example.org.", Type::a, spec)->rcode == Rcode::refused);
  CHECK(net.packets() == 0);
}

TEST_CASE("Names that only look special are asked for [negative]", "[special][negative]") {
  World world = talking_world();
  for (const std::string_view name :
       {"notlocalhost.", "localhost.example.org.", "10.in-addr.arpa.example.org.", "arpa.",
        "in-addr.arpa.", "ip6.arpa.", "172.in-addr.arpa.", "15.172.in-addr.arpa.",
        "32.172.in-addr.arpa.", "63.100.in-addr.arpa.", "128.100.in-addr.arpa.",
        "172.0.0.192.in-addr.arpa.", "255.255.255.in-addr.arpa.", "f.ip6.arpa.", "c.f.ip6.arpa.",
        "7.e.f.ip6.arpa.", "tests.", "homes.arpa.", "invalid.org."}) {
    INFO(name);
    FakeNet net(world.options(), world);
    CHECK(leaks(net, name));
  }
}

TEST_CASE("The DS of a special name is its parent's where it has a parent", "[special]") {
  World world = talking_world();
  FakeNet net(world.options(), world);
  CHECK(leaks(net, "home.arpa.", Type::ds));
  CHECK(leaks(net, "10.in-addr.arpa.", Type::ds));
  CHECK_FALSE(leaks(net, "onion.", Type::ds));
  CHECK_FALSE(leaks(net, "a.home.arpa.", Type::ds));
}

TEST_CASE("Special names do not leak as targets of aliases or as names of servers", "[special]") {
  struct Aliases final : public Servers {
    std::vector<dns::Question> asked;
    std::vector<Reply> on_question(const Endpoint&, bool tcp, std::span<const std::uint8_t> octets,
                                   const Now&) override {
      const auto query = decode(octets);
      asked.push_back(query->question);
      Response response;
      const Name& name = query->question.name;
      if (name == Name::literal("alias.example.")) {
        dns::RRsetBuilder cname(name, Type::cname);
        (void)cname.add(Name::literal("printer.local.").wire(), 60);
        response.answer.push_back(cname.build());
      } else if (name.is_at_or_below(Name::literal("lame.example."))) {
        response.aa = false;
        dns::RRsetBuilder ns(Name::literal("lame.example."), Type::ns);
        (void)ns.add(Name::literal("ns.corp.home.arpa.").wire(), 60);
        (void)ns.add(Name::literal("ns.hidden.onion.").wire(), 60);
        response.authority.push_back(ns.build());
      }
      return {{0, write_response(*query, response, tcp), false}};
    }
  } servers;
  FakeNet aliases(World().options(), servers);
  const auto answer = aliases.resolve("alias.example.", Type::a);
  CHECK(answer->rcode == Rcode::nxdomain);
  CHECK_FALSE(answer->header.aa);
  CHECK(answer->in(dns::Section::answer).size() == 1);
  CHECK(aliases.resolve("www.lame.example.", Type::a)->rcode == Rcode::servfail);
  aliases.run();
  REQUIRE_FALSE(servers.asked.empty());
  for (const auto& question : servers.asked) {
    INFO(question.name.to_text());
    CHECK(question.name.is_at_or_below(Name::literal("example.")));
  }
  CHECK(aliases.leaks() == "");
}

TEST_CASE("Special names do not leak by why or by work in the background", "[special]") {
  World world = talking_world();
  FakeNet net(world.options(), world);
  bool done = false;
  const auto keep = [&](const resolver::Answer& answer) {
    done = true;
    CHECK(answer.rcode == Rcode::nxdomain);
  };
  CHECK(net.in_background({Name::literal("x.168.192.in-addr.arpa."), Type::ptr}, keep));
  net.run();
  CHECK(done);
  resolver::ClientQuestion question{Name::literal("x.alt."), Type::a};
  question.trace = true;
  net.engine().begin(question, net.clock().now());
  std::shared_ptr<resolver::Trace> trace;
  for (const auto& action : net.engine().take_actions())
    if (const auto* answer = std::get_if<resolver::AnswerAction>(&action)) trace = answer->trace;
  REQUIRE(trace);
  REQUIRE(trace->steps.size() == 1);
  CHECK(trace->steps[0].server == "special name");
  CHECK(net.packets() == 0);
}

TEST_CASE("What the operator has configured at or below a special name wins", "[special]") {
  World world = talking_world();
  auto options = world.options();
  SECTION("a stub zone at the name") {
    options.resolver.stubs = {configured("10.in-addr.arpa.", "192.0.2.50")};
    FakeNet net(options, world);
    CHECK(data_of(net, "1.0.0.10.in-addr.arpa.", Type::ptr) ==
          "1.0.0.10.in-addr.arpa. PTR nas.home.arpa.\n");
    CHECK_FALSE(leaks(net, "1.0.168.192.in-addr.arpa.", Type::ptr));
  }
  SECTION("a forward zone below the name, and only there") {
    options.resolver.forwards = {configured("nas.home.arpa.", "192.0.2.40")};
    FakeNet net(options, world);
    CHECK(data_of(net, "nas.home.arpa.", Type::a) == "nas.home.arpa. A 192.0.2.41\n");
    CHECK_FALSE(leaks(net, "tv.home.arpa."));
  }
  SECTION("a trust anchor below the name, and only there") {
    const auto anchors = TrustAnchors::parse("corp.test. DS 4711 13 2 " + std::string(64, 'a'));
    REQUIRE(anchors);
    options.anchors = TrustAnchors::make(*anchors, {});
    FakeNet net(options, world);
    CHECK(leaks(net, "www.corp.test."));
    CHECK_FALSE(leaks(net, "www.other.test."));
  }
  SECTION("a negative trust anchor at the name") {
    options.anchors = TrustAnchors::make({}, {{Name::literal("home.arpa."), "", 0, true}});
    FakeNet net(options, world);
    CHECK(leaks(net, "nas.home.arpa."));
    CHECK_FALSE(leaks(net, "nas.local."));
  }
  SECTION("a list of exceptions, at, above and below rows") {
    options.resolver.special_names_except = {Name::literal("test."), Name::literal("ip6.arpa."),
                                             Name::literal("1.10.in-addr.arpa.")};
    FakeNet net(options, world);
    CHECK(leaks(net, "www.test."));
    CHECK(leaks(net, "1.d.f.ip6.arpa.", Type::ptr));
    CHECK(leaks(net, "2.1.10.in-addr.arpa.", Type::ptr));
    CHECK_FALSE(leaks(net, "2.2.10.in-addr.arpa.", Type::ptr));
  }
  SECTION("the switch") {
    options.resolver.special_names = false;
    FakeNet net(options, world);
    CHECK(leaks(net, "localhost."));
  }
}

TEST_CASE("What is configured above a special name does not win [negative]",
          "[special][negative]") {
  World world = talking_world();
  auto options = world.options();
  options.resolver.forwards = {configured(".", "192.0.2.40"), configured("arpa.", "192.0.2.50")};
  SECTION("forward zones") {
    FakeNet net(options, world);
    CHECK_FALSE(leaks(net, "nas.home.arpa."));
    CHECK_FALSE(leaks(net, "hidden.onion."));
    CHECK(leaks(net, "www.example.org."));
  }
  SECTION("trust anchors") {
    options.anchors = TrustAnchors::make({{Name{}, {{}}}, {Name::literal("arpa."), {{}}}}, {});
    FakeNet net(options, world);
    CHECK_FALSE(leaks(net, "nas.home.arpa."));
  }
}

TEST_CASE("Special names of a forward zone are not sought in the public tree when it is silent",
          "[special][negative]") {
  World world = talking_world();
  auto options = world.options();
  options.resolver.forwards = {configured("home.arpa.", "192.0.2.40"),
                               configured("example.org.", "192.0.2.40")};
  for (auto& zone : options.resolver.forwards) zone.first = true;
  world.silent = {ip("192.0.2.40")};
  FakeNet net(options, world);
  CHECK(net.resolve("nas.home.arpa.", Type::a)->rcode == Rcode::servfail);
  net.run();
  CHECK(net.packets() == net.packets_to(ip("192.0.2.40")));
  CHECK(net.resolve("www.example.org.", Type::a)->rcode == Rcode::noerror);
}

TEST_CASE("A reload brings special names into force and out of it", "[special]") {
  World world = talking_world();
  FakeNet net(world.options(), world);
  CHECK_FALSE(leaks(net, "printer.local."));
  auto settings = std::make_shared<resolver::ResolverOptions>(world.options().resolver);
  settings->special_names = false;
  const auto validator = std::make_shared<validator::ValidatorOptions>(world.options().validator);
  net.engine().reconfigure({settings, validator});
  CHECK(leaks(net, "printer.local."));
}
