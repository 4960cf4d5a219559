#include "resolver/reply.hpp"

#include <catch2/catch.hpp>

#include "dns/ldns_bridge.hpp"
#include "dns/rdata.hpp"
#include "test/support/wire.hpp"

using namespace windlass;
using namespace windlass::resolver;
using dns::Finding;
using dns::Name;
using dns::Type;
using test::Bytes;

namespace {
struct Said {
  std::string_view name = "www.example.org.";
  Type type = Type::a;
  std::string_view answer = "", authority = "", additional = "";
  dns::Rcode rcode = dns::Rcode::noerror;
  bool aa = true;
};

Bytes message(const Said& said) {
  Bytes buffer(65'535);
  dns::MessageBuilder builder(buffer, buffer.size());
  builder.header({.id = 1, .qr = true, .aa = said.aa, .rcode = said.rcode});
  builder.question({Name::literal(said.name), said.type, dns::Class::in});
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
  return {octets.begin(), octets.end()};
}

Reply read(const Said& said, std::string_view zone = "example.org.", bool forwarded = false) {
  const Bytes octets = message(said);
  const auto view = dns::MessageView::parse(octets);
  REQUIRE(view);
  const Limits limits;
  return read_reply(*view, Name::literal(said.name), said.type,
                    {Name::literal(zone), forwarded, 53, limits});
}

constexpr std::string_view soa = "example.org. 900 SOA ns.example.org. h.example.org. 1 2 3 4 60\n";
}  // namespace

TEST_CASE("data under the question is its answer") {
  const Reply reply =
      read({.answer = "www.example.org. 300 A 192.0.2.1\nwww.example.org. 200 A 192.0.2.2\n"});
  REQUIRE(reply.kind == ReplyKind::answer);
  REQUIRE(reply.evidence.size() == 1);
  CHECK(reply.authoritative);
  CHECK(reply.evidence[0].rrset->rdata().size() == 2);
  CHECK(reply.evidence[0].zone == Name::literal("example.org."));
  CHECK(reply.ttls[0] == 200);
}

TEST_CASE("denials are NXDOMAIN and no data, for the SOA's negative TTL") {
  const Reply gone = read({.authority = soa, .rcode = dns::Rcode::nxdomain});
  REQUIRE(gone.kind == ReplyKind::answer);
  CHECK(gone.evidence[0].finding == Finding::nxdomain);
  CHECK(gone.ttls[0] == 60);
  const Reply nodata = read({.authority = soa});
  REQUIRE(nodata.kind == ReplyKind::answer);
  CHECK(nodata.evidence[0].finding == Finding::nodata);
  REQUIRE(nodata.evidence[0].proofs.size() == 1);
}

TEST_CASE("a SOA from beside or above the zone gives a denial neither proof nor time") {
  for (const std::string owner : {"evil.com.", "org.", "."}) {
    const std::string foreign = owner + " 900 SOA ns.evil.com. h.evil.com. 1 2 3 4 600\n";
    const Reply reply = read({.authority = foreign, .rcode = dns::Rcode::nxdomain});
    REQUIRE(reply.kind == ReplyKind::answer);
    CHECK(reply.evidence[0].proofs.empty());
    CHECK(reply.ttls[0] == 0);
  }
}

TEST_CASE("a referral holds the servers, their glue in bailiwick, and the DS") {
  const Reply reply = read(
      {.name = "www.sub.example.org.",
       .authority =
           "sub.example.org. 500 NS ns.sub.example.org.\nsub.example.org. NS ns.evil.com.\n"
           "sub.example.org. 400 DS 1 13 2 "
           "0101010101010101010101010101010101010101010101010101010101010101\n",
       .additional = "ns.sub.example.org. A 192.0.2.1\nns.evil.com. A 192.0.2.66\n"
                     "www.victim.example.org. A 192.0.2.66\nns.sub.example.org. AAAA 2001:db8::1\n",
       .aa = false});
  REQUIRE(reply.kind == ReplyKind::referral);
  CHECK(reply.cut == Name::literal("sub.example.org."));
  CHECK(reply.delegation_ttl == 500);
  CHECK(reply.signed_child);
  REQUIRE(reply.evidence.size() == 1);
  CHECK(reply.ttls[0] == 400);
  REQUIRE(reply.servers.size() == 2);
  for (const auto& server : reply.servers)
    CHECK(server.endpoints.size() == (server.name == Name::literal("ns.evil.com.") ? 0 : 2));
}

TEST_CASE("referrals lead down, toward the question, and nowhere else") {
  const auto refers = [](std::string_view ns_owner, bool forwarded = false) {
    const std::string ns = std::string(ns_owner) + " NS ns.evil.com.\n";
    return read({.name = "www.sub.example.org.", .authority = ns, .aa = false}, "example.org.",
                forwarded)
        .kind;
  };
  CHECK(refers("sub.example.org.") == ReplyKind::referral);
  CHECK(refers("www.sub.example.org.") == ReplyKind::referral);
  CHECK(refers("example.org.") == ReplyKind::lame);
  CHECK(refers("org.") == ReplyKind::lame);
  CHECK(refers(".") == ReplyKind::lame);
  CHECK(refers("other.example.org.") == ReplyKind::lame);
  CHECK(refers("x.www.sub.example.org.") == ReplyKind::lame);
  CHECK(refers("sub.example.org.", true) != ReplyKind::referral);
}

TEST_CASE("the parent's answer about a DS is no referral to the child") {
  const Reply reply = read({.name = "sub.example.org.", .type = Type::ds, .authority = soa});
  CHECK(reply.kind == ReplyKind::answer);
  const Reply lame = read({.name = "sub.example.org.",
                           .type = Type::ds,
                           .authority = "sub.example.org. NS ns.sub.example.org.\n",
                           .aa = false});
  CHECK(lame.kind == ReplyKind::lame);
}

TEST_CASE("an alias chain is followed as far as the zone may speak") {
  const Reply reply = read(
      {.answer = "www.example.org. CNAME a.example.org.\na.example.org. CNAME www.victim.org.\n"
                 "www.victim.org. A 192.0.2.66\nother.example.org. A 192.0.2.66\n"});
  REQUIRE(reply.kind == ReplyKind::answer);
  REQUIRE(reply.evidence.size() == 2);
  CHECK(reply.evidence[0].type == Type::cname);
  CHECK(reply.evidence[1].name == Name::literal("a.example.org."));
}

TEST_CASE("a chain ends in data, in a denial, or in itself") {
  const Reply data =
      read({.answer = "www.example.org. CNAME a.example.org.\na.example.org. A 192.0.2.1\n"});
  REQUIRE(data.evidence.size() == 2);
  CHECK(data.evidence[1].type == Type::a);
  const Reply gone = read({.answer = "www.example.org. CNAME a.example.org.\n",
                           .authority = soa,
                           .rcode = dns::Rcode::nxdomain});
  REQUIRE(gone.evidence.size() == 2);
  CHECK(gone.evidence[1].finding == Finding::nxdomain);
  CHECK(gone.evidence[1].name == Name::literal("a.example.org."));
  const Reply loop = read(
      {.answer = "www.example.org. CNAME a.example.org.\na.example.org. CNAME www.example.org.\n"});
  CHECK(loop.evidence.size() == 2);
}

TEST_CASE("a DNAME makes its CNAME, whatever CNAME stands beside it") {
  const Reply reply = read(
      {.name = "www.d.example.org.",
       .answer =
           "d.example.org. 70 DNAME example.com.\nwww.d.example.org. 60 CNAME www.evil.com.\n"});
  REQUIRE(reply.evidence.size() == 1);
  const auto& e = reply.evidence[0];
  CHECK(*dns::name_of(e.rrset->rdata().front()) == Name::literal("www.example.com."));
  REQUIRE(e.proofs.size() == 1);
  CHECK(e.proofs[0]->type() == Type::dname);
  CHECK(reply.ttls[0] == 70);
}

TEST_CASE("a DNAME whose substitution does not fit ends the chain there") {
  const std::string label(63, 'x');
  const std::string target = label + "." + label + "." + label + ".org.";
  const std::string name = label + ".d.example.org.";
  const std::string dname = "d.example.org. 70 DNAME " + target + "\n";
  for (const auto rcode : {dns::Rcode::yxdomain, dns::Rcode::noerror, dns::Rcode::nxdomain}) {
    const Reply reply = read({.name = name, .answer = dname, .rcode = rcode});
    CHECK(reply.kind == ReplyKind::answer);
    REQUIRE(reply.evidence.size() == 1);
    const auto& e = reply.evidence[0];
    CHECK(e.finding == Finding::yxdomain);
    CHECK(e.type == Type::cname);
    CHECK(e.name == Name::literal(name));
    CHECK(e.rrset == nullptr);
    REQUIRE(e.proofs.size() == 1);
    CHECK(e.proofs[0]->type() == Type::dname);
    CHECK(reply.ttls[0] == 70);
  }
  const Reply behind = read({.name = "www.example.org.",
                             .answer = "www.example.org. CNAME " + name + "\n" + dname,
                             .rcode = dns::Rcode::yxdomain});
  REQUIRE(behind.evidence.size() == 2);
  CHECK(behind.evidence[1].finding == Finding::yxdomain);
}

TEST_CASE("YXDOMAIN that no DNAME explains is a refusal", "[negative]") {
  const dns::Rcode yxdomain = dns::Rcode::yxdomain;
  CHECK(read({.rcode = yxdomain}).kind == ReplyKind::refused);
  CHECK(read({.answer = "d.example.org. DNAME example.com.\n", .rcode = yxdomain}).kind ==
        ReplyKind::refused);
}

TEST_CASE("what says nothing about the name is told apart") {
  CHECK(read({.rcode = dns::Rcode::refused}).kind == ReplyKind::refused);
  CHECK(read({.rcode = dns::Rcode::servfail}).kind == ReplyKind::refused);
  CHECK(read({.aa = false}).kind == ReplyKind::lame);
  CHECK(read({.answer = "other.example.org. A 192.0.2.1\n", .aa = false}).kind == ReplyKind::lame);
  CHECK(read({}).kind == ReplyKind::answer);  // with authority: no such data
  CHECK(read({.aa = false}, "example.org.", true).kind == ReplyKind::answer);
}

TEST_CASE("records outside the zone are not there") {
  const Reply reply =
      read({.name = "www.victim.org.", .answer = "www.victim.org. A 192.0.2.66\n"}, "example.org.");
  for (const auto& e : reply.evidence) CHECK(e.rrset == nullptr);
}

TEST_CASE("too many RRsets or records make it malformed", "[negative]") {
  std::string sets, records;
  for (int i = 0; i < 250; ++i) sets += "n" + std::to_string(i) + ".example.org. A 192.0.2.1\n";
  for (int i = 0; i < 150; ++i) records += "www.example.org. A 192.0.2." + std::to_string(i) + "\n";
  CHECK(read({.answer = sets}).kind == ReplyKind::malformed);
  CHECK(read({.answer = records}).kind == ReplyKind::malformed);
}

TEST_CASE("a referral's servers and their addresses are bounded") {
  std::string ns, glue;
  for (int i = 0; i < 50; ++i)
    ns += "sub.example.org. NS n" + std::to_string(i + 10) + ".sub.example.org.\n";
  for (int i = 0; i < 20; ++i) glue += "n10.sub.example.org. A 192.0.2." + std::to_string(i) + "\n";
  const Reply reply =
      read({.name = "www.sub.example.org.", .authority = ns, .additional = glue, .aa = false});
  const Limits limits;
  CHECK(static_cast<std::int64_t>(reply.servers.size()) == limits[Limit::nameservers]);
  for (const auto& server : reply.servers)
    CHECK(static_cast<std::int64_t>(server.endpoints.size()) <=
          limits[Limit::addresses_per_nameserver]);
}

TEST_CASE("priming takes the root's servers from the answer section") {
  const Said said{.name = ".",
                  .type = Type::ns,
                  .answer = ". NS k.root.example.\n",
                  .additional = "k.root.example. A 192.0.2.1\n"};
  const Bytes octets = message(said);
  const Limits limits;
  const auto servers =
      priming_servers(*dns::MessageView::parse(octets), {Name{}, false, 53, limits});
  REQUIRE(servers.size() == 1);
  CHECK(servers[0].endpoints.size() == 1);
}
