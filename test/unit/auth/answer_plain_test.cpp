// Answers of unsigned zones: each rule of RFC 1034 4.3.2 and its friends, and where it ends.
// Method: the whole answer as one line of text.
#include <catch2/catch.hpp>

#include "test/unit/auth/answer_world.hpp"

using namespace windlass;
using namespace windlass::test;
using auth::Said;

namespace {
struct Row {
  const char* question;
  const char* expected;
};

struct Plain : AnswerWorld {
  Plain() { add("example.org.", example_org); }
};

struct Three : AnswerWorld {
  Three() {
    add("example.org.", example_org);
    add("example.com.", example_com);
    add("secure.example.org.", secure_example_org);
  }
};

void check(AnswerWorld& world, std::initializer_list<Row> rows, const Ask& how = {}) {
  for (const Row& row : rows) {
    CAPTURE(row.question);
    CHECK(world.said(row.question, how) == row.expected);
  }
}

#define SOA "example.org. 300 SOA ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300"
#define CUT_NS                                                                       \
  "secure.example.org. 3600 NS ns.secure.example.org.; secure.example.org. 3600 NS " \
  "ns.example.net.; secure.example.org. 3600 NS ns.insecure.example.org.; "          \
  "secure.example.org. 3600 NS ns1.example.org."
#define CUT_GLUE                                                                       \
  "ns.secure.example.org. 3600 A 192.0.2.60; ns.secure.example.org. 3600 AAAA "        \
  "2001:db8::60; ns.insecure.example.org. 3600 A 192.0.2.61; ns1.example.org. 3600 A " \
  "192.0.2.1; ns1.example.org. 3600 AAAA 2001:db8::1"
}  // namespace

TEST_CASE("Data", "[auth][answer]") {
  Plain world;
  check(world,
        {
            {"www.example.org. A",
             "NOERROR aa | www.example.org. 3600 A 192.0.2.20; www.example.org. 3600 A 192.0.2.21 "
             "| |"},
            {"WWW.Example.ORG. AAAA", "NOERROR aa | WWW.Example.ORG. 3600 AAAA 2001:db8::20 | |"},
            {"example.org. SOA",
             "NOERROR aa | example.org. 3600 SOA ns1.example.org. hostmaster.example.org. 1 7200 "
             "3600 1209600 300 | |"},
            {"_sip._tcp.example.org. SRV",
             "NOERROR aa | _sip._tcp.example.org. 3600 SRV 0 5 5060 www.example.org. | | "
             "www.example.org. 3600 A 192.0.2.20; www.example.org. 3600 A 192.0.2.21; "
             "www.example.org. 3600 AAAA 2001:db8::20"},
        });
  CHECK(world.spoken.said == Said::done);
  CHECK(world.spoken.single_zone);
  CHECK(world.spoken.ttl_max_s == 3600);
}

TEST_CASE("What is not there", "[auth][answer][negative]") {
  Plain world;
  check(world, {
                   {"www.example.org. TXT", "NOERROR aa | | " SOA " |"},
                   {"nothing.example.org. A", "NXDOMAIN aa | | " SOA " |"},
                   {"deeper.nothing.example.org. A", "NXDOMAIN aa | | " SOA " |"},
                   {"ent.example.org. A", "NOERROR aa | | " SOA " |"},
                   {"_tcp.example.org. SRV", "NOERROR aa | | " SOA " |"},
                   {"example.org. DS", "NOERROR aa | | " SOA " |"},
                   {"www.example.org. RRSIG", "NOERROR aa | | " SOA " |"},
                   {"www.example.org. NSEC", "NOERROR aa | | " SOA " |"},
               });
  CHECK(world.spoken.ttl_max_s == 300);
}

TEST_CASE("Wildcards answer under the name asked for", "[auth][answer]") {
  Plain world;
  check(
      world,
      {
          {"x.wild.example.org. A", "NOERROR aa | x.wild.example.org. 3600 A 192.0.2.30 | |"},
          {"y.x.Wild.example.org. TXT", "NOERROR aa | y.x.Wild.example.org. 3600 TXT \"wild\" | |"},
          {"*.wild.example.org. A", "NOERROR aa | *.wild.example.org. 3600 A 192.0.2.30 | |"},
          {"x.calias.example.org. AAAA",
           "NOERROR aa | x.calias.example.org. 3600 CNAME www.example.org.; www.example.org. 3600 "
           "AAAA 2001:db8::20 | |"},
          {"x.cwild.example.org. TXT",
           "NOERROR aa | x.cwild.example.org. 3600 CNAME x.wild.example.org.; x.wild.example.org. "
           "3600 TXT \"wild\" | |"},
      });
}

TEST_CASE("Wildcards do not answer what exists", "[auth][answer][negative]") {
  Plain world;
  check(world, {
                   {"wild.example.org. A", "NOERROR aa | | " SOA " |"},
                   {"x.wild.example.org. MX", "NOERROR aa | | " SOA " |"},
                   {"below.wild.example.org. A", "NOERROR aa | | " SOA " |"},
                   {"x.below.wild.example.org. A", "NXDOMAIN aa | | " SOA " |"},
                   {"x.star.example.org. A",
                    "NOERROR aa | | " SOA " |"},  // *.star is an empty non-terminal
               });
}

TEST_CASE("Aliases inside the zone", "[auth][answer]") {
  Plain world;
  check(world,
        {
            {"alias.example.org. AAAA",
             "NOERROR aa | alias.example.org. 3600 CNAME www.example.org.; www.example.org. 3600 "
             "AAAA 2001:db8::20 | |"},
            {"alias2.example.org. AAAA",
             "NOERROR aa | alias2.example.org. 3600 CNAME alias.example.org.; alias.example.org. "
             "3600 CNAME www.example.org.; www.example.org. 3600 AAAA 2001:db8::20 | |"},
            {"alias2.example.org. CNAME",
             "NOERROR aa | alias2.example.org. 3600 CNAME alias.example.org. | |"},
            {"a.dn.example.org. A",
             "NOERROR aa | dn.example.org. 3600 DNAME target.example.org.; a.dn.example.org. 3600 "
             "CNAME a.target.example.org.; a.target.example.org. 3600 A 192.0.2.70 | |"},
            {"a.dn.example.org. CNAME",
             "NOERROR aa | dn.example.org. 3600 DNAME target.example.org.; a.dn.example.org. 3600 "
             "CNAME a.target.example.org. | |"},
            {"a.dn.example.org. ANY",
             "NOERROR aa | dn.example.org. 3600 DNAME target.example.org.; a.dn.example.org. 3600 "
             "CNAME a.target.example.org.; a.target.example.org. 3600 A 192.0.2.70 | |"},
            {"a.dn.example.org. RRSIG",
             "NOERROR aa | dn.example.org. 3600 DNAME target.example.org.; a.dn.example.org. 3600 "
             "CNAME a.target.example.org. | " SOA " |"},
            {"b.dn.example.org. ANY",
             "NXDOMAIN aa | dn.example.org. 3600 DNAME target.example.org.; b.dn.example.org. 3600 "
             "CNAME b.target.example.org. | " SOA " |"},
            {"dn.example.org. TXT", "NOERROR aa | dn.example.org. 3600 TXT \"beside a DNAME\" | |"},
            {"dn.example.org. DNAME",
             "NOERROR aa | dn.example.org. 3600 DNAME target.example.org. | |"},
        });
  CHECK(world.spoken.single_zone);
}

TEST_CASE("No cache keeps an answer that other zones of ours would change",
          "[auth][answer][negative]") {
  Plain world;
  // Each alias, inside the zone or out of it, may lead into a zone that is created later.
  for (const char* question :
       {"alias.example.org. AAAA", "a.dn.example.org. A", "dangling.example.org. A",
        "circle1.example.org. A", "out.example.org. A", "example.org. DS"}) {
    CAPTURE(question);
    world.said(question);
    CHECK(world.spoken.said == Said::done);
    CHECK_FALSE(world.spoken.single_zone);
  }
  for (const char* question : {"alias.example.org. CNAME", "www.example.org. DS",
                               "insecure.example.org. DS", "nothing.example.org. A"}) {
    CAPTURE(question);
    world.said(question);
    CHECK(world.spoken.single_zone);
  }
}

TEST_CASE("Aliases that lead nowhere", "[auth][answer][negative]") {
  Plain world;
  const std::string label(60, 'a');
  const std::string question = std::string(60, 'b') + ".long.example.org. A";
  check(world,
        {
            {"dangling.example.org. A",
             "NXDOMAIN aa | dangling.example.org. 3600 CNAME nothing.example.org. | " SOA " |"},
            {"alias.example.org. TXT",
             "NOERROR aa | alias.example.org. 3600 CNAME www.example.org. | " SOA " |"},
            {"out.example.org. A", "NOERROR aa | out.example.org. 3600 CNAME www.example.net. | |"},
            {"x.dnout.example.org. A",
             "NOERROR aa | dnout.example.org. 3600 DNAME example.net.; x.dnout.example.org. 3600 "
             "CNAME x.example.net. | |"},
            {"dn.example.org. A", "NOERROR aa | | " SOA " |"},
            {"b.dn.example.org. A",
             "NXDOMAIN aa | dn.example.org. 3600 DNAME target.example.org.; b.dn.example.org. 3600 "
             "CNAME b.target.example.org. | " SOA " |"},
            {"self.example.org. A",
             "NOERROR aa | self.example.org. 3600 CNAME self.example.org. | |"},
            {"circle1.example.org. A",
             "NOERROR aa | circle1.example.org. 3600 CNAME circle2.example.org.; "
             "circle2.example.org. 3600 CNAME circle1.example.org. | |"},
        });
  const std::string longer = world.said(question);
  CHECK(longer.substr(0, 12) == "YXDOMAIN aa ");
  CHECK(longer.find("CNAME") == std::string::npos);
}

TEST_CASE("Aliases are followed into our other zones", "[auth][answer]") {
  Three world;
  check(world, {
                   {"other.example.org. A",
                    "NOERROR aa | other.example.org. 3600 CNAME www.example.com.; www.example.com. "
                    "1800 A 198.51.100.2 | |"},
               });
  CHECK_FALSE(world.spoken.single_zone);
  check(world,
        {
            {"otherdeep.example.org. A",
             "NXDOMAIN aa | otherdeep.example.org. 3600 CNAME nothing.example.com. | example.com. "
             "60 SOA ns1.example.com. hostmaster.example.com. 7 7200 3600 1209600 60 |"},
            {"back.example.com. AAAA",
             "NOERROR aa | back.example.com. 1800 CNAME www.example.org.; www.example.org. 3600 "
             "AAAA 2001:db8::20 | |"},
        });
}

TEST_CASE("An alias out of our zones is chased where that is offered", "[auth][answer]") {
  Plain world;
  Ask how{.rd = true};
  how.options.offers_chase = true;
  CHECK(world.said("out.example.org. A", how) ==
        "NOERROR aa | out.example.org. 3600 CNAME www.example.net. | |");
  CHECK(world.spoken.said == Said::chase);
  CHECK(world.spoken.next == dns::Name::literal("www.example.net."));
  CHECK_FALSE(world.spoken.single_zone);
  world.said("tocut.example.org. A", how);
  CHECK(world.spoken.said == Said::chase);
  CHECK(world.spoken.next == dns::Name::literal("host.secure.example.org."));
}

TEST_CASE("No chase without RD, without the offer, or for an alias that ends",
          "[auth][answer][negative]") {
  Plain world;
  Ask offered{.rd = true};
  offered.options.offers_chase = true;
  Ask not_asked = offered;
  not_asked.rd = false;
  for (const Ask& how : {not_asked, Ask{.rd = true}}) {
    world.said("out.example.org. A", how);
    CHECK(world.spoken.said == Said::done);
  }
  for (const char* question : {"out.example.org. CNAME", "circle1.example.org. A",
                               "alias.example.org. A", "dangling.example.org. A"}) {
    world.said(question, offered);
    CHECK(world.spoken.said == Said::done);
  }
}

TEST_CASE("Hops are counted", "[auth][answer]") {
  AnswerWorld world;
  std::string text = "@ SOA a b 1 1 1 1 1\n@ NS ns\n";
  for (int i = 0; i < 20; ++i)
    text += "c" + std::to_string(i) + " CNAME c" + std::to_string(i + 1) + "\n";
  world.add("example.org.", "$ORIGIN example.org.\n" + text);
  Ask how;
  CHECK(world.ask("c0.example.org. A", how).header().ancount() == 12);  // the first and 11 hops
  how.options.alias_hops = 3;
  CHECK(world.ask("c0.example.org. A", how).header().ancount() == 4);
  how.options.alias_hops = 255;
  CHECK(world.ask("c0.example.org. A", how).header().ancount() == 16);
}

TEST_CASE("Delegations", "[auth][answer]") {
  Plain world;
  check(world, {
                   {"www.secure.example.org. A", "NOERROR | | " CUT_NS " | " CUT_GLUE},
                   {"secure.example.org. NS", "NOERROR | | " CUT_NS " | " CUT_GLUE},
                   {"secure.example.org. ANY", "NOERROR | | " CUT_NS " | " CUT_GLUE},
                   {"ns.secure.example.org. A", "NOERROR | | " CUT_NS " | " CUT_GLUE},
                   {"x.deep.cut.example.org. A",
                    "NOERROR | | deep.cut.example.org. 3600 NS ns.example.net. |"},
                   {"x.secure.example.org. DS", "NOERROR | | " CUT_NS " | " CUT_GLUE},
               });
  CHECK(world.spoken.said == Said::done);
  check(world, {{"tocut.example.org. A",
                 "NOERROR aa | tocut.example.org. 3600 CNAME host.secure.example.org. | " CUT_NS
                 " | " CUT_GLUE}});
}

TEST_CASE("A referral is said where the host goes on from it", "[auth][answer]") {
  Plain world;
  Ask how{.rd = true};
  how.options.offers_referral = true;
  world.said("www.secure.example.org. A", how);
  CHECK(world.spoken.said == Said::referral);
  how.rd = false;
  world.said("www.secure.example.org. A", how);
  CHECK(world.spoken.said == Said::done);
}

TEST_CASE("DS is the parent's", "[auth][answer]") {
  Plain alone;
  const char* ds =
      "NOERROR aa | secure.example.org. 3600 DS 12345 13 2 "
      "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF | |";
  const auto upper = [](std::string text) {
    const auto at = text.find("0123");
    for (std::size_t i = at; at != std::string::npos && text[i] != ' '; ++i)
      text[i] = static_cast<char>(std::toupper(text[i]));
    return text;
  };
  CHECK(upper(alone.said("secure.example.org. DS")) == ds);
  CHECK(alone.said("insecure.example.org. DS") == "NOERROR aa | | " SOA " |");
  Three both;
  CHECK(upper(both.said("secure.example.org. DS")) == ds);
  CHECK_FALSE(both.spoken.single_zone);
  CHECK(both.said("www.secure.example.org. A") ==
        "NOERROR aa | www.secure.example.org. 600 A 192.0.2.62 | |");
}

TEST_CASE("DS at a zone whose parent is not ours", "[auth][answer][negative]") {
  const char* denied =
      "NOERROR aa | | secure.example.org. 60 SOA ns.secure.example.org. "
      "hostmaster.secure.example.org. 9 7200 3600 1209600 60 |";
  AnswerWorld world;
  world.add("secure.example.org.", secure_example_org);
  CHECK(world.said("secure.example.org. DS") == denied);
  CHECK(world.said("secure.example.org. DS", {.rd = true}) == denied);  // nobody else is asked
  Ask offered;
  offered.options.offers_chase = true;
  CHECK(world.said("secure.example.org. DS", offered) == denied);
}

TEST_CASE("DS at a zone whose parent is not ours is the resolver's, where it goes on for us",
          "[auth][answer]") {
  AnswerWorld world;
  world.add("secure.example.org.", secure_example_org);
  world.add("example.com.",
            "$ORIGIN example.com.\n@ SOA a b 1 1 1 1 1\n@ NS ns\n"
            "x CNAME secure.example.org.\n");
  Ask how{.rd = true};
  how.options.offers_chase = true;
  CHECK(world.tell("secure.example.org. DS", how).said == Said::not_ours);
  CHECK(world.tell("SECURE.example.org. DS", how).said == Said::not_ours);
  CHECK(world.tell("x.secure.example.org. DS", how).said == Said::done);
  CHECK(world.tell("secure.example.org. A", how).said == Said::done);
  const auto& behind = world.tell("x.example.com. DS", how);
  CHECK(behind.said == Said::chase);
  CHECK(behind.next == dns::Name::literal("secure.example.org."));
  AnswerWorld root;
  root.add(".", "$ORIGIN .\n@ SOA a b 1 1 1 1 1\n@ NS ns\n");
  CHECK(root.tell(". DS", how).said == Said::done);  // nobody is above
}

TEST_CASE("ANY gets one RRset", "[auth][answer]") {
  Plain world;
  check(world,
        {
            {"www.example.org. ANY",
             "NOERROR aa | www.example.org. 3600 A 192.0.2.20; www.example.org. 3600 A 192.0.2.21 "
             "| |"},
            {"alias.example.org. ANY",
             "NOERROR aa | alias.example.org. 3600 CNAME www.example.org. | |"},
            {"x.wild.example.org. ANY", "NOERROR aa | x.wild.example.org. 3600 A 192.0.2.30 | |"},
            {"ent.example.org. ANY", "NOERROR aa | | " SOA " |"},
            {"nothing.example.org. ANY", "NXDOMAIN aa | | " SOA " |"},
        });
}

TEST_CASE("Addresses in the additional section, each once", "[auth][answer]") {
  Plain world;
  check(world, {
                   {"example.org. NS",
                    "NOERROR aa | example.org. 3600 NS ns1.example.org.; example.org. 3600 NS "
                    "ns2.example.org. | | ns1.example.org. 3600 A 192.0.2.1; ns1.example.org. 3600 "
                    "AAAA 2001:db8::1; ns2.example.org. 3600 A 192.0.2.2"},
                   {"example.org. MX",
                    "NOERROR aa | example.org. 3600 MX 10 mail.example.org.; example.org. 3600 MX "
                    "20 mail.example.org. | | mail.example.org. 3600 A 192.0.2.10"},
                   {"_sips._tcp.example.org. SRV",
                    "NOERROR aa | _sips._tcp.example.org. 3600 SRV 0 5 5061 mail.example.org.; "
                    "_sips._tcp.example.org. 3600 SRV 0 6 5061 mail.example.org. | | "
                    "mail.example.org. 3600 A 192.0.2.10"},
                   {"svc.example.org. HTTPS",
                    "NOERROR aa | svc.example.org. 3600 HTTPS 0 pool.example.org. | | "
                    "pool.example.org. 3600 HTTPS 0 pool2.example.org.; pool2.example.org. 3600 "
                    "HTTPS 1 . alpn=h2; pool2.example.org. 3600 A 192.0.2.80"},
                   {"direct.example.org. HTTPS",
                    "NOERROR aa | direct.example.org. 3600 HTTPS 1 . alpn=h2 | | "
                    "direct.example.org. 3600 A 192.0.2.81"},
               });
}

TEST_CASE("No addresses of names that are not ours to give", "[auth][answer][negative]") {
  AnswerWorld world;
  world.add("example.org.", R"($ORIGIN example.org.
@ 60 SOA a b 1 1 1 1 1
@ 60 NS ns.example.net.
@ 60 MX 1 mail.sub
@ 60 MX 2 mail.example.net.
@ 60 MX 3 gone
sub 60 NS mail.sub
mail.sub 60 A 192.0.2.1
svc 60 SVCB 0 svc
)");
  check(world, {
                   {"example.org. MX",
                    "NOERROR aa | example.org. 60 MX 1 mail.sub.example.org.; example.org. 60 MX 2 "
                    "mail.example.net.; example.org. 60 MX 3 gone.example.org. | |"},
                   {"example.org. NS", "NOERROR aa | example.org. 60 NS ns.example.net. | |"},
                   {"svc.example.org. SVCB",
                    "NOERROR aa | svc.example.org. 60 SVCB 0 svc.example.org. | |"},
               });
}

TEST_CASE("Without EDNS there is no OPT", "[auth][answer]") {
  Plain world;
  check(world,
        {{"www.example.org. AAAA", "NOERROR aa | www.example.org. 3600 AAAA 2001:db8::20 | |"}},
        {.edns = false, .octets_max = 512});
}

TEST_CASE("What does not fit sets TC at an RRset's boundary", "[auth][answer]") {
  Plain world;
  const Ask small{.octets_max = 512};
  CHECK(world.said("huge.example.org. TXT", {.octets_max = 1232}) == "NOERROR aa tc | | |");
  CHECK(world.said("big.example.org. TXT", small) == "NOERROR aa tc | | |");
  CHECK(world.said("big.example.org. A", small) ==
        "NOERROR aa | big.example.org. 3600 A 192.0.2.90 | |");
  CHECK(world.said("huge.example.org. TXT", {.stream = true, .octets_max = 65'535}).substr(0, 32) ==
        "NOERROR aa | huge.example.org. 3");
}

TEST_CASE("Glue below the cut that does not fit sets TC, other additional data does not",
          "[auth][answer]") {
  AnswerWorld world;
  std::string text = "$ORIGIN example.org.\n$TTL 60\n@ SOA a b 1 1 1 1 1\n@ NS ns.example.net.\n";
  for (int i = 0; i < 13; ++i) {
    const std::string n = std::to_string(i);
    text += "inside NS ns" + n + ".inside\nns" + n + ".inside AAAA 2001:db8::" + n + "\n";
    text += "beside NS ns" + n + ".other\nns" + n + ".other AAAA 2001:db8::" + n + "\n";
    text += "mx MX 1 ns" + n + ".other\n";
  }
  world.add("example.org.", text);
  const Ask small{.octets_max = 512};
  CHECK(world.ask("x.inside.example.org. A", small).header().tc());
  CHECK(world.ask("x.inside.example.org. A", small).header().nscount() == 13);
  CHECK_FALSE(world.ask("x.inside.example.org. A").header().tc());
  CHECK_FALSE(world.ask("x.beside.example.org. A", small).header().tc());
  CHECK_FALSE(world.ask("mx.example.org. MX", small).header().tc());
}

TEST_CASE("Questions that are no questions", "[auth][answer][negative]") {
  Plain world;
  check(world, {
                   {"www.example.org. NXNAME", "FORMERR | | |"},
                   {"www.example.org. OPT", "FORMERR | | |"},
                   {"example.org. AXFR", "REFUSED | | |"},
                   {"example.org. IXFR", "REFUSED | | |"},
               });
  CHECK(world.spoken.ttl_max_s == 0);
}

TEST_CASE("Too little room, or a store that is bad, is an error", "[auth][answer][negative]") {
  Plain world;
  auth::LocalQuestion question{.question = question_of("www.example.org. A")};
  std::vector<std::uint8_t> out(512);
  const auto said = [&](std::size_t octets) {
    return auth::answer(question, world.zones().zones()[0], world.zones(), world.reader(), {},
                        std::span(out).first(octets))
        .said;
  };
  CHECK(said(512) == Said::done);
  CHECK(said(511) == Said::error);
  world.tables().env->mark_bad("a test");
  CHECK(said(512) == Said::error);
}
