// The bridge to ldns: zone texts as operators write them, errors with the right line, rdata as
// text.
#include "dns/ldns_bridge.hpp"

#include <catch2/catch.hpp>

#include "dns/rdata.hpp"
#include "dns/rrtype_table.hpp"
#include "test/unit/octets.hpp"

using namespace windlass;
using namespace windlass::dns;
using namespace windlass::test;

namespace {
const Name origin = Name::literal("Example.org.");

std::vector<ZoneRecord> parse(std::string_view text) {
  auto records = parse_zone_text(text, origin, 300);
  if (!records) FAIL("line " << records.error().line << ": " << records.error().what);
  return *std::move(records);
}

/// "line owner ttl class type rdata", as for a person.
std::string shown(const ZoneRecord& r) {
  return std::to_string(r.line) + ' ' + r.owner.to_text() + ' ' + std::to_string(r.ttl) + ' ' +
         to_text(r.klass) + ' ' + to_text(r.type) + ' ' + rdata_text(r.type, r.rdata);
}

TextError error_of(std::string_view text) {
  const auto records = parse_zone_text(text, origin, 300);
  CAPTURE(text);
  REQUIRE_FALSE(records);
  return records.error();
}
}  // namespace

TEST_CASE("A zone text gives records with their lines", "[dns][ldns]") {
  const auto records = parse(R"(; a comment, then a blank line

$TTL 1h
@ IN SOA ns hostmaster ( 1 ; serial
    7200 3600
    1209600 300 )
  NS Ns1.Example.NET.
Www 60 A 192.0.2.1
    AAAA 2001:db8::1
$ORIGIN Sub
mail 1d IN MX 10 @
$ORIGIN example.com.
@ TXT "semi;colon" "(paren) \" quote" ; comment
)");
  REQUIRE(records.size() == 6);
  CHECK(
      shown(records[0]) ==
      "4 Example.org. 3600 IN SOA ns.Example.org. hostmaster.Example.org. 1 7200 3600 1209600 300");
  CHECK(shown(records[1]) == "7 Example.org. 3600 IN NS Ns1.Example.NET.");
  CHECK(shown(records[2]) == "8 Www.Example.org. 60 IN A 192.0.2.1");
  CHECK(shown(records[3]) == "9 Www.Example.org. 3600 IN AAAA 2001:db8::1");
  CHECK(shown(records[4]) == "11 mail.Sub.Example.org. 86400 IN MX 10 Sub.Example.org.");
  CHECK(shown(records[5]) == R"(13 example.com. 3600 IN TXT "semi;colon" "(paren) \" quote")");
}

TEST_CASE("Trust anchors are read in each usual form", "[dns][ldns]") {
  const auto records = parse(
      ". 172800 IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
      ".\tIN\tDS\t20326 RSASHA256 2 ( E06D44B80B8F1D39A95C0B0D7C65D084\n"
      "   58E880409BBC683457104237C7F8EC8D ) ; KSK-2017\n"
      "example.com. 3600 DNSKEY 257 3 ED25519 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n"
      "example.com. DNSKEY 257 3 15 ( l02Woi0iS8Aa25FQkUd9 RMzZHJpBoRQwAQEX1SxZJA4= )");
  REQUIRE(records.size() == 4);
  CHECK(records[0].owner.is_root());
  CHECK(records[0].type == Type::ds);
  CHECK(records[0].ttl == 172800);
  CHECK(records[1].rdata == records[0].rdata);
  CHECK(records[1].ttl == 300);
  CHECK(records[1].line == 2);
  CHECK(records[2].line == 4);
  CHECK(records[3].rdata == records[2].rdata);
  CHECK(records[3].line == 5);
  CHECK(key_tag(records[2].rdata) == 3613);
}

TEST_CASE("A text without records gives none", "[dns][ldns]") {
  for (const char* text :
       {"", "\n", "\n\n  \t\n", "; only a comment", "; one\n;two\r\n\r\n", "$TTL 60\n"}) {
    CAPTURE(text);
    CHECK(parse(text).empty());
  }
}

TEST_CASE("Lines may end with CR LF, the last with nothing", "[dns][ldns]") {
  const auto records = parse("a A 192.0.2.1\r\nb A 192.0.2.2");
  REQUIRE(records.size() == 2);
  CHECK(shown(records[0]) == "1 a.Example.org. 300 IN A 192.0.2.1");
  CHECK(shown(records[1]) == "2 b.Example.org. 300 IN A 192.0.2.2");
}

TEST_CASE("Unknown types and rdata are read in the form of RFC 3597", "[dns][ldns]") {
  const auto records =
      parse("a TYPE65280 \\# 3 01 0203\nb A \\# 4 c0000201\nc CLASS32 TYPE731 \\# 0\n");
  REQUIRE(records.size() == 3);
  CHECK(shown(records[0]) == "1 a.Example.org. 300 IN TYPE65280 \\# 3 010203");
  CHECK(shown(records[1]) == "2 b.Example.org. 300 IN A 192.0.2.1");
  CHECK(shown(records[2]) == "3 c.Example.org. 300 CLASS32 TYPE731 \\# 0");
}

TEST_CASE("Escapes in owners are octets", "[dns][ldns]") {
  const auto records = parse("a\\.b\\032c A 192.0.2.1\n$ORIGIN x\\.\nd A 192.0.2.1\n");
  REQUIRE(records.size() == 2);
  CHECK(to_hex(records[0].owner.first_label()) == to_hex(from_chars("a.b c")));
  CHECK(records[1].owner.label_count() == 4);  // "\." does not make an origin absolute
}

TEST_CASE("An error tells the line its record began in", "[dns][ldns][negative]") {
  CHECK(error_of("a A 192.0.2.256").line == 1);
  CHECK(error_of("a A 192.0.2.1\n\n; comment\nb AAAA 192.0.2.1\nc A 192.0.2.1\n").line == 4);
  CHECK(error_of("a TXT \"x\" (\n \"y\"\n)\nb MX mail\n").line == 4);
  CHECK(error_of("a SOA ns host (\n 1 2 3 4\n x )\n").line == 1);
  CHECK(error_of("a NOSUCHTYPE x\n").line == 1);
  CHECK(error_of("\na DS 1 8 2 xyz\n").line == 2);
  CHECK(error_of("\na DNSKEY 257 3 8 !\n").line == 2);
  CHECK(error_of("\n\n" + std::string(64, 'a') + " A 192.0.2.1\n").line == 3);
  CHECK_FALSE(error_of("a A\n").what.empty());
}

TEST_CASE("Open quotes, parentheses and odd directives are errors", "[dns][ldns][negative]") {
  CHECK(error_of("a A 192.0.2.1\nb TXT \"x\n").line == 2);
  CHECK(error_of("a TXT ( \"x\"\nb A 192.0.2.1\n").line == 1);
  CHECK(error_of("a TXT \"x\" )\n").line == 1);
  CHECK(error_of("a TXT ) (\n").line == 1);
  CHECK(error_of("\n$INCLUDE /etc/hostname\n").line == 2);
  CHECK(error_of("$GENERATE 1-3 a A 192.0.2.$\n").line == 1);
  CHECK(error_of("$TTL\n").line == 1);
  CHECK(error_of("$TTL x\n").line == 1);
  CHECK(error_of("$TTL 2147483648\n").line == 1);
  CHECK(error_of("$ORIGIN a..b.\n").line == 1);
  CHECK(error_of(std::string_view("a A 192.0.2.1\nb\0 A 192.0.2.1", 28)).line == 2);
}

TEST_CASE("Each cut of a good text gives records or an error, never a crash",
          "[dns][ldns][negative]") {
  const std::string text =
      "$ORIGIN x\\032.\n$TTL 1h\na SOA ns host ( 1 2 3 4 5 )\nb TXT \"\\\"q\" \\# ; c\n"
      "c NSEC3 1 1 12 aabb 2vptu5timamqttgl4luu9kg21e0aor3s A\nd TYPE1 \\# 4 01020304\n";
  std::size_t whole = 0;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto records = parse_zone_text(std::string_view(text).substr(0, size), origin, 300);
    if (records)
      ++whole;
    else
      CHECK(records.error().line <= 6);
  }
  CHECK(whole > 4);
}

TEST_CASE("rdata_text() prints what the type means", "[dns][ldns]") {
  const auto text = [](Type type, std::string_view hex) { return rdata_text(type, from_hex(hex)); };
  CHECK(text(Type::a, "c0000201") == "192.0.2.1");
  CHECK(text(Type::aaaa, "20010db8000000000000000000000001") == "2001:db8::1");
  CHECK(text(Type::ns, "024e73 03 6f7267 00") == "Ns.org.");
  CHECK(text(Type::mx, "000a 00") == "10 .");
  CHECK(text(Type::txt, "0361 22 62 00") == R"("a\"b" "")");
  CHECK(text(Type::nsec3,
             "01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0001 40") ==
        "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A");
  CHECK(text(Type::nsec3param, "01 00 0000 00") == "1 0 0 -");
  CHECK(text(Type::dnskey, "0101 03 0f 010203") == "257 3 15 AQID");
}

TEST_CASE("rdata_text() prints octets when the shape is wrong or unknown",
          "[dns][ldns][negative]") {
  const auto text = [](Type type, std::string_view hex) { return rdata_text(type, from_hex(hex)); };
  CHECK(text(Type::a, "c00002") == "\\# 3 c00002");
  CHECK(text(Type::a, "c000020100") == "\\# 5 c000020100");
  CHECK(text(Type::ns, "c000") == "\\# 2 c000");
  CHECK(text(Type::a, "") == "\\# 0");
  CHECK(text(static_cast<Type>(65280), "0aff") == "\\# 2 0aff");
  const Bytes noise = from_hex("3f4142ff05c0001fc00c");
  for (const TypeRow& row : type_table())
    for (std::size_t size = 0; size <= noise.size(); ++size) {
      const auto octets = std::span(noise).first(size);
      CAPTURE(row.mnemonic, size);
      CHECK_FALSE(rdata_text(row.type, octets).empty());
    }
}
