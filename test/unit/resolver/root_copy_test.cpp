// A copy of the root zone in place of its servers: what it answers, and that it is never in the
// way.
#include "resolver/root_copy.hpp"

#include <catch2/catch.hpp>

#include "test/unit/resolver/signed_internet.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Name;
using dns::Rcode;
using dns::Type;

namespace {
resolver::ZoneRecords records_of(const Zone& zone) {
  resolver::ZoneRecords out;
  for (const auto& [owner, node] : zone.nodes())
    for (const auto& [type, rrset] : node) {
      const auto add = [&, &at = owner](Type what, std::span<const std::uint8_t> rdata) {
        out.push_back({at, what, dns::Class::in, rrset->ttl(), {rdata.begin(), rdata.end()}, 0});
      };
      for (const auto rdata : rrset->rdata()) add(type, rdata);
      for (const auto rdata : rrset->signatures()) add(Type::rrsig, rdata);
    }
  return out;
}

struct Copied {
  explicit Copied(unsigned workers = 1) {
    internet.add("example.org.", "www A 192.0.2.80\n");
    how = internet.options();
    how.workers = workers;
  }
  void give(FakeNet& net, const Zone& zone, std::int64_t life_ms = 60'000) const {
    const auto copy = std::make_shared<const resolver::RootCopy>(
        resolver::RootCopy{std::make_shared<const resolver::RootZone>(records_of(zone)),
                           net.clock().now().age_ms + life_ms});
    for (unsigned i = 0; i < how.workers; ++i) net.engine(i).set_root_copy(copy);
  }
  const Zone& root() { return internet.zone("."); }
  static std::uint64_t asked(const FakeNet& net) {
    return net.packets_to(*IpAddress::parse("192.0.2.1")) +
           net.packets_to(*IpAddress::parse("198.51.100.1"));
  }
  SignedInternet internet;
  NetOptions how;
};

const QuerySpec with_do{.dnssec_ok = true};
std::string outcome(const std::optional<Decoded>& answer) {
  if (!answer) return "none";
  return dns::to_text(answer->rcode) + (answer->header.ad ? " AD" : "") +
         (answer->header.aa ? " AA" : "");
}

/// What a section holds, without its order.
std::multiset<std::string> contents(const Decoded& message, dns::Section section) {
  std::multiset<std::string> out;
  for (const auto& record : message.in(section)) out.insert(to_text(record));
  return out;
}
}  // namespace

TEST_CASE("The copy answers as the root's servers do", "[root_copy]") {
  Copied copied;
  const resolver::RootZone zone(records_of(copied.root()));
  const std::vector<std::pair<const char*, Type>> questions{
      {".", Type::soa},           {".", Type::ns},     {".", Type::dnskey},   {".", Type::mx},
      {"org.", Type::a},          {"org.", Type::ns},  {"org.", Type::ds},    {"ns.org.", Type::a},
      {"example.org.", Type::ds}, {"com.", Type::a},   {"a.b.com.", Type::a}, {"zzz.", Type::ds},
      {"ns.", Type::a},           {"ns.", Type::aaaa}, {"!.", Type::a}};
  std::vector<std::uint8_t> out(65'535);
  for (const auto& [name, type] : questions) {
    CAPTURE(name, dns::to_text(type));
    const dns::Question question{Name::literal(name), type, dns::Class::in};
    const auto octets = zone.answer(question, out);
    REQUIRE(octets);
    const auto said = decode(*octets);
    const auto asked = decode(make_query(question.name, type, with_do));
    const auto wanted =
        decode(write_response(*asked, copied.root().answer(question.name, type), true));
    REQUIRE(said);
    CHECK(said->rcode == wanted->rcode);
    CHECK(said->header.aa == wanted->header.aa);
    for (const auto section :
         {dns::Section::answer, dns::Section::authority, dns::Section::additional})
      CHECK(contents(*said, section) == contents(*wanted, section));
  }
}

TEST_CASE("What it cannot tell plainly it leaves to the servers", "[root_copy][negative]") {
  const auto copy_of = [](const std::string& more) {
    Zone zone{Name{}};
    zone.add_text("@ SOA ns. h. 1 2 3 4 60\n@ NS ns.\nns. A 192.0.2.1\na.b.empty. NS ns.\n" + more);
    return resolver::RootZone(records_of(zone));
  };
  std::vector<std::uint8_t> out(65'535);
  const auto answers = [&](const resolver::RootZone& zone, const char* name, Type type) {
    return zone.answer({Name::literal(name), type, dns::Class::in}, out).has_value();
  };
  const auto plain = copy_of("");
  CHECK(answers(plain, ".", Type::ns));
  CHECK_FALSE(answers(plain, ".", Type::any));
  CHECK_FALSE(answers(plain, "com.", Type::a));    // no NSEC
  CHECK_FALSE(answers(plain, "empty.", Type::a));  // an empty non-terminal
  CHECK_FALSE(answers(plain, "ns.", Type::mx));
  CHECK_FALSE(answers(copy_of("* A 192.0.2.1\n"), ".", Type::ns));
  CHECK_FALSE(answers(copy_of("alias CNAME ns.\n"), "alias.", Type::a));
  CHECK_FALSE(answers(copy_of("dname DNAME ns.\n"), "x.dname.", Type::a));
  CHECK_FALSE(answers(resolver::RootZone({}), ".", Type::ns));
}

TEST_CASE("With a copy nobody asks the root, and all is validated", "[root_copy]") {
  const unsigned workers = GENERATE(1u, 4u);
  Copied copied(workers);
  FakeNet net(copied.how, copied.internet);
  copied.give(net, copied.root());
  CHECK(outcome(net.resolve("www.example.org.", Type::a, with_do)) == "NOERROR AD");
  CHECK(outcome(net.resolve("nothing.", Type::a, with_do)) == "NXDOMAIN AD");
  CHECK(outcome(net.resolve("a.b.other.", Type::aaaa, with_do)) == "NXDOMAIN AD");
  CHECK(outcome(net.resolve("org.", Type::ds, with_do)) == "NOERROR AD");
  CHECK(outcome(net.resolve(".", Type::dnskey, with_do)) == "NOERROR AD");
  CHECK(outcome(net.resolve(".", Type::mx, with_do)) == "NOERROR AD");
  net.run();
  CHECK(Copied::asked(net) == 0);
  CHECK(net.metrics().value(Metric::root_copy_answers_total) +
            (workers > 1 ? net.metrics(1).value(Metric::root_copy_answers_total) +
                               net.metrics(2).value(Metric::root_copy_answers_total) +
                               net.metrics(3).value(Metric::root_copy_answers_total)
                         : 0) >=
        5);
  CHECK(net.leaks() == "");
}

TEST_CASE("A copy that has expired, or was taken away, is not asked", "[root_copy]") {
  Copied copied;
  FakeNet net(copied.how, copied.internet);
  copied.give(net, copied.root(), 1000);
  net.run_for(1'000'000);
  CHECK(outcome(net.resolve("nothing.", Type::a, with_do)) == "NXDOMAIN AD");
  CHECK(Copied::asked(net) > 0);
  copied.give(net, copied.root());
  net.engine().set_root_copy(nullptr);
  const auto before = Copied::asked(net);
  CHECK(outcome(net.resolve("zzz.", Type::a, with_do)) == "NXDOMAIN AD");
  CHECK(Copied::asked(net) > before);
  CHECK(net.metrics().value(Metric::root_copy_answers_total) == 0);
}

TEST_CASE("What is bogus in the copy is asked of the servers before a client hears of it",
          "[root_copy][negative]") {
  const auto [owner, type] = GENERATE(table<const char*, Type>({{".", Type::dnskey},
                                                                {"org.", Type::ds},
                                                                {".", Type::soa},
                                                                {".", Type::nsec},
                                                                {"org.", Type::nsec}}));
  CAPTURE(owner, dns::to_text(type));
  Copied copied;
  Zone spoiled = copied.root();
  spoiled.spoil(Name::literal(owner), type);
  FakeNet net(copied.how, copied.internet);
  copied.give(net, spoiled);
  CHECK(outcome(net.resolve("www.example.org.", Type::a, with_do)) == "NOERROR AD");
  CHECK(outcome(net.resolve("nothing.", Type::a, with_do)) == "NXDOMAIN AD");
  CHECK(outcome(net.resolve("zzz.", Type::a, with_do)) == "NXDOMAIN AD");
  CHECK(outcome(net.resolve(".", Type::mx, with_do)) == "NOERROR AD");
  CHECK(Copied::asked(net) > 0);
  net.run();
  CHECK(net.leaks() == "");
}

TEST_CASE("A copy without signatures makes nothing bogus", "[root_copy][negative]") {
  Copied copied;
  Zone bare{Name{}};
  bare.add_text(
      "@ SOA ns. h. 1 2 3 4 60\n@ NS ns.\nns. A 192.0.2.1\norg. NS ns.org.\nns.org. A 192.0.2.2\n");
  FakeNet net(copied.how, copied.internet);
  copied.give(net, bare);
  CHECK(outcome(net.resolve("www.example.org.", Type::a, with_do)) == "NOERROR AD");
  CHECK(outcome(net.resolve("nothing.", Type::a, with_do)) == "NXDOMAIN AD");
  CHECK(net.leaks() == "");
}
