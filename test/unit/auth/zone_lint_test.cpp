// Lint: one row for each thing a zone must not be, and none for a good zone.
#include <catch2/catch.hpp>

#include "auth-plugin/zone/lint.hpp"
#include "auth-plugin/zone/zone_file.hpp"

using namespace windlass;
using namespace windlass::auth;

namespace {
const dns::Name zone = dns::Name::literal("example.org.");
const std::string apex = "@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n";

ZoneContent content_of(const std::string& text) {
  auto content = read_zone_text(text, "z", zone, {});
  if (!content) FAIL(content.error().to_text());
  return *std::move(content);
}

/// All findings, errors with "!" before them.
std::string found(const std::string& text, std::size_t most = 100) {
  std::string out;
  for (const Finding& finding : lint(content_of(text), most))
    out += (finding.error ? "!" : "") + finding.to_text() + '\n';
  return out;
}
}  // namespace

TEST_CASE("A good zone has no findings", "[auth][zone][lint]") {
  CHECK(found(apex +
              "www CNAME web\nweb A 192.0.2.2\n MX 10 mail\nmail AAAA ::1\n* TXT x\n"
              "sub NS ns.sub\nns.sub A 192.0.2.3\nsub DS 1 8 1 00\nother NS ns.example.net.\n"
              "old DNAME example.net.\nold TXT x\n"
              "www RRSIG CNAME 8 3 60 1 0 1 @ AQID\nwww NSEC x CNAME RRSIG NSEC\n"
              "www RRSIG NSEC 8 3 70 1 0 1 @ AQID\n") == "");
}

TEST_CASE("Each error is found, with its line", "[auth][zone][lint][negative]") {
  const auto row = GENERATE(table<std::string, std::string>({
      {"a CNAME b\na A 192.0.2.1\n",
       "!a.example.org. CNAME, line 4: a CNAME beside other data (A; RFC 1034 3.6.2)\n"},
      {"a CNAME b\na DNAME c\n",
       "!a.example.org. CNAME, line 4: a CNAME beside other data (DNAME; RFC 1034 3.6.2)\n"},
      {"a CNAME b\na CNAME c\n",
       "!a.example.org. CNAME, line 4: more than one CNAME at a name (RFC 2181 10.1)\n"},
      {"a DNAME b\na DNAME c\n",
       "!a.example.org. DNAME, line 4: more than one DNAME at a name (RFC 6672 2.4)\n"},
      {"@ SOA ns1 host 2 2 3 4 5\n", "!example.org. SOA, line 1: more than one SOA\n"},
      {"a SOA ns1 host 2 2 3 4 5\n", "!a.example.org. SOA, line 4: a SOA below the apex\n"},
      {"a MX 10 192.0.2.1.\n",
       "!a.example.org. MX, line 4: an address where a host's name belongs: 192.0.2.1.\n"},
      {"a TYPE255 \\# 0\n", "!a.example.org. ANY, line 4: a type that is a question, never data\n"},
      {"@ NSEC3PARAM 1 0 2501 -\n@ NSEC3PARAM 1 0 1 -\n",
       "!example.org. NSEC3PARAM, line 4: 2501 iterations: at most 2500 are allowed (RFC 5155 "
       "10.3)\n"},
      {"a OPT \\# 0\n", "!a.example.org. OPT, line 4: a type that is a question, never data\n"},
  }));
  CAPTURE(std::get<0>(row));
  CHECK(found(apex + std::get<0>(row)) == std::get<1>(row));
}

TEST_CASE("Errors of the apex and of size are found", "[auth][zone][lint][negative]") {
  CHECK(found("a A 192.0.2.1\n") ==
        "!example.org. SOA: no SOA at the apex example.org.\n"
        "!example.org. NS: no NS at the apex example.org.\n");
  CHECK(found("") != "");
  CHECK(found("@ SOA ns1 host 1 2 3 4 5\n@ NS 192.0.2.1\n") ==
        "!example.org. NS, line 2: an address where a host's name belongs: "
        "192.0.2.1.example.org.\n"
        "example.org. NS, line 2: 192.0.2.1.example.org. is in the zone and has no address\n");
  std::string many = apex;
  for (int i = 0; i < 5000; ++i) many += "a TXT t" + std::to_string(i) + '\n';
  CHECK(found(many).find("!a.example.org. TXT, line 4: an RRset of 5000 records") == 0);
}

TEST_CASE("More types at a name than a node holds are an error", "[auth][zone][lint][negative]") {
  std::string text = apex + "a RRSIG A 8 3 60 1 0 1 @ AQID\na A 192.0.2.1\n";
  for (int i = 0; i < 254; ++i) text += "a TYPE" + std::to_string(40000 + i) + " \\# 0\n";
  CHECK(found(text) == "");
  CHECK(found(text + "a TYPE40300 \\# 0\n") ==
        "!a.example.org. TYPE40300, line 260: more than 255 types at a name: 256\n");
}

TEST_CASE("Each warning is found, with its line", "[auth][zone][lint]") {
  const auto row = GENERATE(table<std::string, std::string>({
      {"s NS ns.example.net.\nx.s TXT y\n",
       "x.s.example.org. TXT, line 5: data below a delegation that is not glue is never seen\n"},
      {"s NS ns.example.net.\ns TXT y\n",
       "s.example.org. TXT, line 5: data beside a delegation's NS: only the delegated zone can "
       "answer it\n"},
      {"s DNAME example.net.\nx.s A 192.0.2.1\nsx A 192.0.2.1\n",
       "x.s.example.org. A, line 5: data below a DNAME is never seen (RFC 6672 2.4)\n"},
      {"s NS ns.s\n",
       "s.example.org. NS, line 4: ns.s.example.org. is in the zone and has no address\n"},
      {"s NS c\nc CNAME ns1\n",
       "s.example.org. NS, line 4: c.example.org. is a CNAME (RFC 2181 "
       "10.3)\n"},
      {"a MX 1 c\nc CNAME ns1\n",
       "a.example.org. MX, line 4: c.example.org. is a CNAME (RFC 2181 "
       "10.3)\n"},
      {"a RRSIG MX 8 3 60 1 0 1 @ AQID\n",
       "a.example.org. RRSIG, line 4: a signature over MX, which is not here\n"},
      {"@ NSEC3PARAM 1 0 51 -\n",
       "example.org. NSEC3PARAM, line 4: 51 iterations: validators treat the zone as insecure (RFC "
       "9276 3.2)\n"},
      {"@ DS 1 8 1 00\n",
       "example.org. DS, line 4: a DS at the apex: it belongs to the zone above\n"},
      {"a 60 A 192.0.2.1\na 30 A 192.0.2.2\n",
       "a.example.org. A, line 4: records with different TTLs: the least, 30, is used (RFC 2181 "
       "5.2)\n"},
  }));
  CAPTURE(std::get<0>(row));
  CHECK(found(apex + std::get<0>(row)) == std::get<1>(row));
}

TEST_CASE("Findings are bounded, the rest is counted", "[auth][zone][lint][negative]") {
  std::string text = apex + "s NS ns.example.net.\n";
  for (int i = 0; i < 20; ++i) text += 'x' + std::to_string(i) + ".s TXT y\n";
  for (int i = 0; i < 1005; ++i)
    text += 'c' + std::to_string(i) + " CNAME a\nc" + std::to_string(i) + " A 192.0.2.1\n";
  const auto findings = lint(content_of(text), 7);
  std::size_t errors = 0;
  for (const Finding& finding : findings) errors += finding.error ? 1 : 0;
  CHECK(errors == 1001);
  CHECK(findings.size() == 1001 + 8);
  CHECK(findings[findings.size() - 2].text == "1005 errors in all");
  CHECK(findings.back().text == "20 warnings in all");
}

TEST_CASE("lint_name() judges one owner", "[auth][zone][lint]") {
  const auto content = content_of("a CNAME b\na TXT x\n");
  const RRsetSlice sets[] = {content[0], content[1]};
  REQUIRE(lint_name(zone, sets).size() == 1);
  CHECK(lint_name(zone, sets)[0].error);
  CHECK(lint_name(zone, std::span(sets).first(1)).empty());
  CHECK(lint_name(zone, {}).empty());
}
