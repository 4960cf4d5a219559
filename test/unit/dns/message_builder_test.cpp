// MessageBuilder writes what MessageView reads back: compression, truncation at RRset boundaries,
// the OPT's room. Method: octets compared by hand where the layout matters, read back where it does
// not.
#include "dns/message_builder.hpp"

#include <array>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/rng.hpp"
#include "test/unit/dns/hex.hpp"

using namespace windlass;
using namespace windlass::dns;
using windlass::dns::test::hex;

namespace {
using Bytes = std::vector<std::uint8_t>;

const Question www{Name::literal("www.example.org"), Type::a, Class::in};

struct Desk {
  explicit Desk(std::size_t limit = 512) : builder(space, limit) {}
  std::array<std::uint8_t, 65'535> space{};
  MessageBuilder builder;

  bool add(Section section, std::string_view owner, Type type, const Bytes& rdata) {
    return builder.add_record(section, Name::literal(owner), type, Class::in, 300, rdata);
  }
  Bytes finish() {
    const auto octets = builder.finish();
    return {octets.begin(), octets.end()};
  }
};

RRsetPtr rrset(std::string_view owner, Type type, const std::vector<Bytes>& rdatas,
               const std::vector<Bytes>& signatures = {}) {
  RRsetBuilder builder(Name::literal(owner), type);
  for (const Bytes& rdata : rdatas) REQUIRE(builder.add(rdata, 3600));
  for (const Bytes& signature : signatures) REQUIRE(builder.add_signature(signature, 3600));
  return builder.build();
}

Bytes wire_of(std::string_view name) {
  const Name read = Name::literal(name);
  return {read.wire().begin(), read.wire().end()};
}

MessageView parsed(const Bytes& octets) {
  const auto view = MessageView::parse(octets);
  REQUIRE(view);
  return *view;
}

Bytes rrsig_a() {
  return hex("0001 08 03 00000e10 66000000 65000000 1234 07 'example' 03 'org' 00 abcdef");
}

Ede ede_of(std::size_t text_octets) {
  return {EdeCode::dnssec_bogus, std::string(text_octets, 'x')};
}

/// The extra text of the EDE in a message.
std::string ede_text(const MessageView& view) {
  const auto options = view.opt()->options;
  REQUIRE(options.size() >= 6);
  REQUIRE(options[1] == 15);
  REQUIRE(options.size() == 4u + options[3]);
  return {options.begin() + 6, options.end()};
}
}  // namespace

TEST_CASE("Header and question are written as given", "[dns][builder]") {
  Desk desk;
  desk.builder.header(
      {.id = 0xBEEF, .qr = true, .rd = true, .ra = true, .ad = true, .rcode = Rcode::nxdomain});
  desk.builder.question({Name::literal("wWw.eXample.org"), Type::aaaa, Class::in});
  CHECK(desk.finish() ==
        hex("beef 81a3 0001 0000 0000 0000 03 'wWw' 07 'eXample' 03 'org' 00 001c 0001"));
}

TEST_CASE("Each flag has its bit", "[dns][builder]") {
  const auto flags = [](const HeaderSpec& spec) {
    Desk desk;
    desk.builder.header(spec);
    const Bytes octets = desk.finish();
    return octets[2] << 8 | octets[3];
  };
  CHECK(flags({}) == 0);
  CHECK(flags({.qr = true}) == 0x8000);
  CHECK(flags({.aa = true}) == 0x0400);
  CHECK(flags({.rd = true}) == 0x0100);
  CHECK(flags({.ra = true}) == 0x0080);
  CHECK(flags({.ad = true}) == 0x0020);
  CHECK(flags({.cd = true}) == 0x0010);
  CHECK(flags({.opcode = Opcode::notify}) == 0x2000);
  CHECK(flags({.rcode = Rcode::refused}) == 5);
}

TEST_CASE("Names are compressed without regard to case", "[dns][builder]") {
  Desk desk;
  desk.builder.question(www);
  CHECK(desk.add(Section::answer, "WWW.example.ORG", Type::cname, wire_of("web.Example.org")));
  CHECK(desk.add(Section::answer, "web.example.org", Type::a, hex("c0000201")));
  CHECK(desk.finish() ==
        hex("0000 0000 0001 0002 0000 0000 03 'www' 07 'example' 03 'org' 00 0001 0001"
            "c00c 0005 0001 0000012c 0006 03 'web' c010"
            "c02d 0001 0001 0000012c 0004 c0000201"));
}

TEST_CASE("All names of SOA and MX rdata are compressed", "[dns][builder]") {
  Desk desk;
  desk.builder.question(www);
  Bytes soa = wire_of("ns.example.org");
  const Bytes rname = wire_of("hostmaster.ns.example.org"),
              numbers = hex("00000001 00000002 00000003 00000004 00000005");
  soa.insert(soa.end(), rname.begin(), rname.end());
  soa.insert(soa.end(), numbers.begin(), numbers.end());
  CHECK(desk.add(Section::answer, "example.org", Type::mx,
                 hex("000a 03 'www' 07 'example' 03 'org' 00")));
  CHECK(desk.add(Section::authority, "example.org", Type::soa, soa));
  CHECK(desk.finish() ==
        hex("0000 0000 0001 0001 0001 0000 03 'www' 07 'example' 03 'org' 00 0001 0001"
            "c010 000f 0001 0000012c 0004 000a c00c"
            "c010 0006 0001 0000012c 0026 02 'ns' c010 0a 'hostmaster' c03d"
            "00000001 00000002 00000003 00000004 00000005"));
}

TEST_CASE("Names of newer types are written in full", "[dns][builder]") {
  const Type type = GENERATE(Type::dname, Type::srv, Type::rrsig, Type::nsec, Type::https);
  Bytes rdata = type == Type::srv ? hex("0001 0002 0035") : Bytes{};
  if (type == Type::https) rdata = hex("0001");
  if (type == Type::rrsig) rdata = hex("0001 08 03 00000e10 66000000 65000000 1234");
  const Bytes name = wire_of("www.example.org");
  rdata.insert(rdata.end(), name.begin(), name.end());
  Desk desk;
  desk.builder.question(www);
  CHECK(desk.add(Section::answer, "www.example.org", type, rdata));
  const Bytes octets = desk.finish();
  const auto raw = (*parsed(octets).records(Section::answer).begin()).raw_rdata();
  CHECK(Bytes(raw.begin(), raw.end()) == rdata);
}

TEST_CASE("Rdata of other classes is copied as it is", "[dns][builder]") {
  Desk desk;
  desk.builder.question(www);
  CHECK(desk.builder.add_record(Section::answer, www.name, Type::ns, Class::ch, 0,
                                wire_of("www.example.org")));
  const Bytes octets = desk.finish();
  CHECK((*parsed(octets).records(Section::answer).begin()).rdata_octets == 17);
}

TEST_CASE("An RRset goes in with the TTL given, signatures when asked for", "[dns][builder]") {
  const auto set =
      rrset("www.example.org", Type::a, {hex("c0000201"), hex("c0000202")}, {rrsig_a()});
  const bool with_signatures = GENERATE(false, true);
  Desk desk;
  desk.builder.question(www);
  CHECK(desk.builder.add(Section::answer, *set, 77, with_signatures));
  const Bytes octets = desk.finish();
  const MessageView view = parsed(octets);
  REQUIRE(view.header().ancount() == (with_signatures ? 3 : 2));
  unsigned signatures = 0;
  for (const RecordView& record : view.records(Section::answer)) {
    CHECK(record.ttl == 77);
    CHECK(record.owner() == www.name);
    signatures += record.type() == Type::rrsig;
  }
  CHECK(signatures == (with_signatures ? 1u : 0u));
}

TEST_CASE("A borrowed RRset goes in under the owner given", "[dns][builder]") {
  const auto set = rrset("*.example.org", Type::a, {hex("c0000201"), hex("c0000202")}, {rrsig_a()});
  const RRsetSpans spans{Type::a, 60, set->rdata(), set->signatures()};
  const bool with_signatures = GENERATE(false, true);
  Desk desk;
  desk.builder.question(www);
  CHECK(desk.builder.add(Section::answer, www.name, spans, with_signatures));
  const Bytes octets = desk.finish();
  const MessageView view = parsed(octets);
  std::vector<Type> types;
  for (const RecordView& record : view.records(Section::answer)) {
    CHECK(record.owner() == www.name);
    CHECK(record.ttl == 60);
    types.push_back(record.type());
  }
  CHECK(types == (with_signatures ? std::vector<Type>{Type::a, Type::a, Type::rrsig}
                                  : std::vector<Type>{Type::a, Type::a}));
}

TEST_CASE("A borrowed RRset that does not fit leaves nothing behind", "[dns][builder][negative]") {
  Bytes signature = rrsig_a();
  signature.resize(460);
  const auto set = rrset("only.here.example.net", Type::a, {hex("c0000201")}, {signature});
  const RRsetSpans spans{Type::a, 60, set->rdata(), set->signatures()};
  const Section section = GENERATE(Section::answer, Section::authority, Section::additional);
  Desk desk;
  desk.builder.question(www);
  CHECK_FALSE(desk.builder.add(section, set->owner(), spans, true));
  CHECK(desk.builder.truncated() == (section != Section::additional));
  const bool more = section == Section::additional;
  CHECK(desk.builder.add(Section::additional, set->owner(), spans, false) == more);
  const Bytes octets = desk.finish();
  CHECK(octets.size() == 33u + (more ? 37u : 0u));
  if (more) CHECK((*parsed(octets).records(Section::additional).begin()).owner() == set->owner());
}

TEST_CASE("A message that lacks what must follow says so", "[dns][builder]") {
  Desk desk;
  desk.builder.question(www);
  desk.builder.truncate();
  CHECK_FALSE(desk.add(Section::additional, "example.org", Type::a, hex("c0000201")));
  const Bytes octets = desk.finish();
  CHECK(parsed(octets).header().tc());
  CHECK(octets.size() == 33);
}

TEST_CASE("What does not fit goes in as a whole or not at all, and TC says so", "[dns][builder]") {
  std::vector<Bytes> rdatas;
  for (std::uint8_t i = 0; i < 40; ++i) rdatas.push_back({192, 0, 2, i});  // 40 x 16 octets > 512
  const auto large = rrset("www.example.org", Type::a, rdatas);
  const auto small = rrset("www.example.org", Type::aaaa, {Bytes(16, 1)});
  Desk desk;
  desk.builder.question(www);
  CHECK(desk.builder.add(Section::answer, *small, 1, false));
  CHECK_FALSE(desk.builder.add(Section::answer, *large, 1, false));
  CHECK(desk.builder.truncated());
  CHECK_FALSE(desk.builder.add(Section::answer, *small, 1, false));
  const Bytes octets = desk.finish();
  const MessageView view = parsed(octets);
  CHECK(view.header().tc());
  CHECK(view.header().ancount() == 1);
  CHECK(octets.size() == 33 + 28);
}

TEST_CASE("An RRset whose signatures do not fit is left out", "[dns][builder][negative]") {
  Bytes signature = rrsig_a();
  signature.resize(490);
  const auto set = rrset("www.example.org", Type::a, {hex("c0000201")}, {signature});
  Desk desk;
  desk.builder.question(www);
  CHECK_FALSE(desk.builder.add(Section::answer, *set, 1, true));
  CHECK(desk.builder.truncated());
  CHECK(desk.finish().size() == 33);
}

TEST_CASE("Additional records that do not fit set no TC, and smaller ones may follow",
          "[dns][builder]") {
  Desk desk;
  desk.builder.question(www);
  CHECK_FALSE(desk.add(Section::additional, "example.org", Type::txt, Bytes(500, 0)));
  CHECK(desk.add(Section::additional, "example.org", Type::a, hex("c0000201")));
  CHECK_FALSE(desk.builder.truncated());
  const Bytes octets = desk.finish();
  CHECK(parsed(octets).header().arcount() == 1);
  CHECK_FALSE(parsed(octets).header().tc());
}

TEST_CASE("What was rolled back is no target of compression", "[dns][builder][negative]") {
  Desk desk;
  desk.builder.question(www);
  Bytes rdata(480, 0);
  CHECK_FALSE(desk.add(Section::additional, "only.here.example.net", Type::txt, rdata));
  CHECK(desk.add(Section::additional, "example.org", Type::txt, Bytes(60, 0)));
  CHECK(desk.add(Section::additional, "only.here.example.net", Type::a, hex("c0000201")));
  const Bytes octets = desk.finish();
  auto record = parsed(octets).records(Section::additional).begin();
  CHECK((*++record).owner() == Name::literal("only.here.example.net"));
}

TEST_CASE("The limit is exact", "[dns][builder]") {
  const std::size_t fits =
      512 - 33 - 12;  // behind header, question, a compressed owner and fixed part
  for (const std::size_t octets : {fits, fits + 1}) {
    Desk desk;
    desk.builder.question(www);
    CHECK(desk.add(Section::answer, "www.example.org", Type{65280}, Bytes(octets, 7)) ==
          (octets == fits));
    CHECK(desk.finish().size() == (octets == fits ? 512u : 33u));
  }
}

TEST_CASE("The OPT's room is kept from the start", "[dns][builder][edns]") {
  Desk desk;
  desk.builder.question(www);
  desk.builder.opt({});
  const std::size_t fits = 512 - 33 - 12 - 11;
  CHECK_FALSE(desk.add(Section::additional, "www.example.org", Type{65280}, Bytes(fits + 1, 7)));
  CHECK(desk.add(Section::additional, "www.example.org", Type{65280}, Bytes(fits, 7)));
  const Bytes octets = desk.finish();
  CHECK(octets.size() == 512);
  CHECK(parsed(octets).opt());
}

TEST_CASE("DO and CO are two flags of the OPT", "[dns][builder][edns]") {
  for (const bool dnssec_ok : {false, true})
    for (const bool compact_ok : {false, true}) {
      std::array<std::uint8_t, 512> buffer;
      MessageBuilder builder(buffer, 512);
      builder.header({});
      builder.question({Name::literal("example.org."), Type::a, Class::in});
      builder.opt({.dnssec_ok = dnssec_ok, .compact_ok = compact_ok});
      const auto view = MessageView::parse(builder.finish());
      REQUIRE(view);
      CHECK(view->opt()->dnssec_ok == dnssec_ok);
      CHECK(view->opt()->compact_ok == compact_ok);
    }
}

TEST_CASE("The OPT carries cookie, keepalive and EDE", "[dns][builder][edns]") {
  Desk desk;
  const Bytes cookie = hex("0102030405060708");
  const Ede ede{EdeCode::signature_expired, "example.org"};
  desk.builder.header({.qr = true, .rcode = Rcode::badcookie});
  desk.builder.opt({.payload_octets = 1400,
                    .dnssec_ok = true,
                    .ede = &ede,
                    .cookie = cookie,
                    .keepalive_100ms = 100});
  const Bytes octets = desk.finish();
  CHECK(octets == hex("0000 8007 0000 0000 0000 0001 00 0029 0578 01 00 8000 0023"
                      "000a 0008 0102030405060708 000b 0002 0064 000f 000d 0007 'example.org'"));
  CHECK(parsed(octets).rcode() == Rcode::badcookie);
}

TEST_CASE("An EDE is found again", "[dns][builder][edns]") {
  Desk desk;
  const Ede ede{EdeCode::blocked, "policy of example.org"};
  desk.builder.opt({.ede = &ede});
  const Bytes octets = desk.finish();
  const auto found = find_ede(*parsed(octets).opt());
  REQUIRE(found);
  CHECK(found->code == EdeCode::blocked);
  CHECK(found->text == ede.text);
}

TEST_CASE("An EDE may be found out after the records", "[dns][builder][edns]") {
  Desk desk;
  const Ede ede{EdeCode::nsec_missing, "no proof"};
  desk.builder.question(www);
  desk.builder.opt({});
  CHECK(desk.add(Section::answer, "www.example.org", Type::a, hex("c0000201")));
  CHECK(desk.builder.explain(ede));
  const Bytes octets = desk.finish();
  CHECK(ede_text(parsed(octets)) == "no proof");
}

TEST_CASE("An EDE that comes late takes only free room", "[dns][builder][edns][negative]") {
  const Ede ede{EdeCode::nsec_missing, "no proof"};
  const std::size_t all = 512 - 33 - 12 - 11;
  for (const std::size_t spared : {0u, 5u, 6u, 7u}) {
    Desk desk;
    desk.builder.question(www);
    desk.builder.opt({});
    CHECK(desk.add(Section::answer, "www.example.org", Type{65280}, Bytes(all - spared, 7)));
    CHECK(desk.builder.explain(ede) == (spared >= 6));
    const Bytes octets = desk.finish();
    CHECK(octets.size() == 512 - (spared < 6 ? spared : 0));
    CHECK(find_ede(*parsed(octets).opt()).has_value() == (spared >= 6));
  }
  Desk without_opt;
  CHECK_FALSE(without_opt.builder.explain(ede));
  Desk twice;
  twice.builder.opt({.ede = &ede});
  CHECK_FALSE(twice.builder.explain(ede));
}

TEST_CASE("EDE text displaces no data: it takes what the records leave", "[dns][builder][edns]") {
  const std::size_t all = 512 - 33 - 12 - 11 - 6;  // an EDE's code is 6 octets
  for (const std::size_t spared : {0u, 1u, 20u, 199u, 200u, 250u}) {
    CAPTURE(spared);
    Desk desk;
    const Ede ede = ede_of(300);
    desk.builder.question(www);
    desk.builder.opt({.ede = &ede});
    CHECK(desk.add(Section::answer, "www.example.org", Type{65280}, Bytes(all - spared, 7)));
    const Bytes octets = desk.finish();
    CHECK(ede_text(parsed(octets)).size() == std::min<std::size_t>(spared, 200));
    CHECK(octets.size() == 512 - spared + std::min<std::size_t>(spared, 200));
  }
}

TEST_CASE("EDE text is cut between UTF-8 characters", "[dns][builder][edns]") {
  Desk desk;
  Ede ede = ede_of(199);
  ede.text += "\xC3\xA9";  // the 200th octet is the first half of an e with acute accent
  desk.builder.opt({.ede = &ede});
  const Bytes octets = desk.finish();
  CHECK(ede_text(parsed(octets)) == std::string(199, 'x'));
}

TEST_CASE("Many names overflow the compression table without harm", "[dns][builder]") {
  Desk desk(65'535);
  desk.builder.question(www);
  for (int i = 0; i < 300; ++i) {
    const std::string owner =
        "n" + std::to_string(i) + ".Zone" + std::to_string(i % 40) + ".example.org";
    REQUIRE(desk.add(Section::answer, owner, Type::ns, wire_of("ns." + owner)));
  }
  const Bytes octets = desk.finish();
  const MessageView view = parsed(octets);
  int i = 0;
  for (const RecordView& record : view.records(Section::answer)) {
    const std::string owner =
        "n" + std::to_string(i) + ".zone" + std::to_string(i % 40) + ".example.org";
    CHECK(record.owner() == Name::literal(owner));
    CHECK(record.rdata_name() == Name::literal("ns." + owner));
    ++i;
  }
  CHECK(i == 300);
}

TEST_CASE("No pointer leads behind 16383", "[dns][builder][negative]") {
  Desk desk(65'535);
  desk.builder.question(www);
  CHECK(desk.add(Section::answer, "www.example.org", Type{65280}, Bytes(16'384, 7)));
  for (int round = 0; round < 2; ++round)
    CHECK(desk.add(Section::answer, "late.example.net", Type::ns, wire_of("ns.late.example.net")));
  const Bytes octets = desk.finish();
  auto record = parsed(octets).records(Section::answer).begin();
  for (int round = 0; round < 2; ++round) {
    ++record;
    CHECK((*record).owner() == Name::literal("late.example.net"));
    CHECK((*record).rdata_name() == Name::literal("ns.late.example.net"));
  }
}

TEST_CASE("The longest name with the most labels is compressed", "[dns][builder]") {
  std::string text;
  for (int i = 0; i < 127; ++i) text += "a.";
  Desk desk(4096);
  desk.builder.question({Name::literal(text), Type::a, Class::in});
  CHECK(desk.add(Section::answer, text, Type::ns, wire_of(text)));
  CHECK(desk.add(Section::answer, ".", Type::ns, wire_of(".")));
  const Bytes octets = desk.finish();
  CHECK(octets.size() == 12 + 255 + 4 + 2 + 10 + 2 + 1 + 10 + 1);
  auto record = parsed(octets).records(Section::answer).begin();
  CHECK((*record).owner() == Name::literal(text));
  CHECK((*++record).rdata_name().is_root());
}

TEST_CASE("Random names are read back as they were written", "[dns][builder]") {
  SeededRng random(1035);
  for (int round = 0; round < 200; ++round) {
    Desk desk(65'535);
    std::vector<Name> names;
    for (int i = 0; i < 60; ++i) {
      Name name;
      for (std::uint32_t labels = random.below(5); labels > 0; --labels) {
        const std::uint8_t octet[] = {static_cast<std::uint8_t>("abAB"[random.below(4)])};
        name = *name.with_label(octet);
      }
      names.push_back(name);
      REQUIRE(desk.builder.add_record(Section::answer, name, Type::ptr, Class::in, 1,
                                      names[names.size() / 2].wire()));
    }
    const Bytes octets = desk.finish();
    std::size_t i = 0;
    const MessageView view = parsed(octets);
    for (const RecordView& record : view.records(Section::answer)) {
      if (record.owner() != names[i] || record.rdata_name() != names[(i + 1) / 2])
        FAIL(round << " " << i);
      ++i;
    }
  }
  SUCCEED();
}

TEST_CASE("Rdata without its type's shape is not written", "[dns][builder][negative]") {
  const char* rdata = GENERATE("", "03 'ab'", "c00c", "40", "01 'a' 00 00");
  Desk desk;
  desk.builder.question(www);
  CHECK_FALSE(desk.add(Section::additional, "example.org", Type::ns, hex(rdata)));
  CHECK(desk.finish().size() == 33);
}
