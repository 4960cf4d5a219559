#include "resolver/local_word.hpp"

#include <catch2/catch.hpp>

#include "dns/ldns_bridge.hpp"
#include "resolver/outcome.hpp"
#include "test/support/wire.hpp"

using namespace windlass;
using namespace windlass::resolver;
using dns::Name;
using dns::Type;
using Verdict = LocalZones::Verdict;
using Kind = LocalWord::Kind;

namespace {
struct Said {
  std::string_view answer = "", authority = "", additional = "";
  dns::Rcode rcode = dns::Rcode::noerror;
  bool aa = true, tc = false;
};

const dns::Question question{Name::literal("a.home.arpa."), Type::a, dns::Class::in};
constexpr std::string_view soa = "home.arpa. 60 SOA ns.home.arpa. h.home.arpa. 1 2 3 4 60\n";
constexpr std::string_view ds =
    "home.arpa. 60 DS 4711 13 2 "
    "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\n";

test::Bytes message(const Said& said) {
  test::Bytes buffer(65'535);
  dns::MessageBuilder builder(buffer, buffer.size());
  builder.header({.id = 1, .qr = true, .aa = said.aa, .rcode = said.rcode});
  builder.question(question);
  const std::array texts{said.answer, said.authority, said.additional};
  for (const auto section :
       {dns::Section::answer, dns::Section::authority, dns::Section::additional}) {
    const auto records =
        dns::parse_zone_text(texts[static_cast<std::size_t>(section)], Name{}, 3600);
    REQUIRE(records);
    for (const auto& r : *records)
      REQUIRE(builder.add_record(section, r.owner, r.type, r.klass, r.ttl, r.rdata));
  }
  const auto octets = builder.finish();
  test::Bytes out(octets.begin(), octets.end());
  if (said.tc) out[2] |= 2;
  return out;
}

LocalWord read(Verdict verdict, const Said& said, std::string_view next = "") {
  const ResolverOptions options;
  const Name name = next.empty() ? Name{} : Name::literal(next);
  return read_local(verdict, message(said), next.empty() ? nullptr : &name, question, options);
}

LocalRealmPtr realm(std::string_view ns, std::string_view glue = "", std::string_view more = "") {
  const std::string authority = std::string(ns) + std::string(more);
  const LocalWord word = read(Verdict::referral, {"", authority, glue, dns::Rcode::noerror, false});
  REQUIRE(word.kind == Kind::referral);
  REQUIRE(word.realm);
  return word.realm;
}
}  // namespace

TEST_CASE("links of a local zone are its own word and do not age") {
  const auto word = read(Verdict::chase,
                         {"a.home.arpa. 77 CNAME b.home.arpa.\n"
                          "b.home.arpa. 78 CNAME www.example.org.\n"},
                         "WWW.example.org.");
  REQUIRE(word.kind == Kind::links);
  REQUIRE(word.links.size() == 2);
  for (const auto& link : word.links) {
    CHECK(link->security == cache::Security::insecure);
    CHECK(link->evidence.alias_for(Type::a));
  }
  const auto& last = *word.links[1];
  CHECK(ttl_of(last, *last.evidence.rrset, 1'000'000'000) == 78);
}

TEST_CASE("a DNAME of a local zone comes with the alias made from it") {
  const auto word = read(Verdict::chase,
                         {"home.arpa. 77 DNAME example.org.\n"
                          "a.home.arpa. 77 CNAME a.example.org.\n"},
                         "a.example.org.");
  REQUIRE(word.kind == Kind::links);
  REQUIRE(word.links.size() == 1);
  CHECK(word.links[0]->evidence.proofs.size() == 1);
}

TEST_CASE("a local answer may be data, an alias and data, or a denial") {
  const auto data = read(Verdict::done, {"a.home.arpa. 77 A 192.0.2.1\n"});
  REQUIRE(data.kind == Kind::links);
  CHECK(data.links[0]->evidence.finding == dns::Finding::positive);
  const auto both =
      read(Verdict::done, {"a.home.arpa. CNAME b.home.arpa.\nb.home.arpa. A 192.0.2.1\n"});
  CHECK(both.links.size() == 2);
  const auto denied = read(Verdict::done, {"", soa, "", dns::Rcode::nxdomain});
  REQUIRE(denied.kind == Kind::links);
  CHECK(denied.links[0]->evidence.finding == dns::Finding::nxdomain);
  const auto nodata = read(Verdict::done, {"", soa});
  REQUIRE(nodata.kind == Kind::links);
  CHECK(nodata.links[0]->evidence.finding == dns::Finding::nodata);
}

TEST_CASE("what a local zone must not say fails the name", "[negative]") {
  const Said alias{"a.home.arpa. CNAME www.example.org.\n"};
  CHECK(read(Verdict::chase, alias).kind == Kind::links);
  CHECK(read(Verdict::chase, alias, "www.example.com.").kind == Kind::failed);
  CHECK(read(Verdict::chase, {"a.home.arpa. A 192.0.2.1\n"}).kind == Kind::failed);
  CHECK(read(Verdict::chase, {}).kind == Kind::failed);
  CHECK(read(Verdict::done, {"", "", "", dns::Rcode::refused}).kind == Kind::failed);
  CHECK(read(Verdict::done, {"", "", "", dns::Rcode::noerror, false}).kind == Kind::failed);
  Said cut = alias;
  cut.tc = true;
  CHECK(read(Verdict::chase, cut).kind == Kind::failed);
  CHECK(read(Verdict::referral, alias).kind == Kind::failed);
  CHECK(read(Verdict::referral, {"", "example.org. NS ns.example.org.\n"}).kind == Kind::failed);
  for (const Verdict verdict : {Verdict::pending, Verdict::drop, Verdict::error})
    CHECK(read(verdict, alias).kind == Kind::failed);
  CHECK(read(Verdict::not_mine, alias).kind == Kind::outside);
  const test::Bytes broken(11, 0);
  CHECK(read_local(Verdict::done, broken, nullptr, question, {}).kind == Kind::failed);
}

TEST_CASE("a local delegation is named by what it is") {
  constexpr std::string_view two = "home.arpa. NS n1.home.arpa.\nhome.arpa. NS n2.home.arpa.\n";
  constexpr std::string_view glue = "n1.home.arpa. A 192.0.2.1\nn2.home.arpa. A 192.0.2.2\n";
  const auto base = realm(two, glue)->realm.partition;
  CHECK(base != 0);
  const auto same = [&](const LocalRealmPtr& other) { return other->realm.partition == base; };
  CHECK(same(realm("home.arpa. 5 NS n2.home.arpa.\nhome.arpa. 5 NS N1.Home.arpa.\n",
                   "n2.home.arpa. 5 A 192.0.2.2\nn1.home.arpa. 5 A 192.0.2.1\n")));
  CHECK_FALSE(same(realm(two)));
  CHECK_FALSE(same(realm("home.arpa. NS n1.home.arpa.\n", glue)));
  CHECK_FALSE(same(realm(two, "n1.home.arpa. A 192.0.2.1\nn2.home.arpa. A 192.0.2.3\n")));
  CHECK_FALSE(same(realm(two, "n2.home.arpa. A 192.0.2.1\nn1.home.arpa. A 192.0.2.2\n")));
  CHECK_FALSE(same(realm(two, glue, ds)));
  CHECK(realm(two, glue)->realm.delegation->source == cache::DelegationSource::plugin);
}

TEST_CASE("trust in a local child begins at its own anchor, else at its DS") {
  constexpr std::string_view ns = "home.arpa. NS n1.home.arpa.\n";
  const Name cut = Name::literal("home.arpa."), below = Name::literal("sub.home.arpa.");
  const auto key = [](std::uint8_t tag) {
    return validator::AnchorKey{true, {0, tag, 13, 2, 1}, tag, 13};
  };
  const auto none = validator::TrustAnchors::make({{Name{}, {key(1)}}}, {});
  CHECK(realm(ns)->anchors(*none)->closest(below) == nullptr);
  const auto with_ds = realm(ns, "", ds)->anchors(*none);
  REQUIRE(with_ds->closest(below));
  CHECK(with_ds->closest(below)->zone == cut);
  CHECK(with_ds->closest(below)->keys[0].key_tag == 4711);
  CHECK(with_ds->closest(Name::literal("arpa.")) == nullptr);
  const auto own = validator::TrustAnchors::make({{Name{}, {key(1)}}, {cut, {key(2)}}}, {});
  CHECK(realm(ns, "", ds)->anchors(*own)->closest(below)->keys[0].key_tag == 2);
  // A verdict under anchors that have changed since must not count.
  CHECK(with_ds->epoch_of(below) > none->epoch_of(below));
}

TEST_CASE("a DS at the cut itself is the local zone's, not the child's") {
  const auto local = realm("home.arpa. NS n1.home.arpa.\n");
  const Name cut = Name::literal("home.arpa.");
  CHECK(local->holds(cut, Type::a));
  CHECK(local->holds(Name::literal("x.home.arpa."), Type::ds));
  CHECK_FALSE(local->holds(cut, Type::ds));
  CHECK_FALSE(local->holds(Name::literal("arpa."), Type::a));
}
