// The picture of the chain of trust: zones as a tree, signatures below what they sign, the link
// that breaks the chain marked and its reason last.
#include "control/ctl_chain.hpp"

#include <catch2/catch.hpp>

using namespace windlass::control;

namespace {
Row link(const char* name, const char* zone, const char* text, const char* verdict) {
  return {field("kind", "chain"), field("link", name), field("zone", zone), field("text", text),
          field("verdict", verdict)};
}

Row signed_by(Row row, int tag) {
  row.push_back(field("key_tag", tag));
  row.push_back(field("algorithm", "ECDSAP256SHA256"));
  row.push_back(field("inception", "2026-11-01T00:00:00Z"));
  row.push_back(field("expiration", "2026-11-22T00:00:00Z"));
  return row;
}

Row failing(Row row, const char* ede) {
  row.push_back(field("ede", ede));
  row.push_back(field("failed", true));
  return row;
}

std::string picture(const std::vector<Row>& rows, bool colour = false) {
  std::vector<const Row*> links;
  for (const Row& row : rows) links.push_back(&row);
  return chain_picture(links, Painter(colour));
}
}  // namespace

TEST_CASE("A broken chain as a tree", "[control][print]") {
  const std::vector<Row> rows{
      link("anchor", ".", "DS 1 (RSASHA256, SHA-256)", "secure"),
      signed_by(link("dnskey", ".", "DNSKEY 1 (RSASHA256, KSK)", "secure"), 1),
      signed_by(link("ds", "org.", "DS 2 (ECDSAP256SHA256, SHA-256)", "secure"), 1),
      failing(signed_by(link("dnskey", "org.", "DNSKEY 2 (ECDSAP256SHA256, KSK)", "bogus"), 2),
              "7 (Signature Expired): org. DNSKEY: the RRSIG of key 2 has expired")};
  CHECK(picture(rows) ==
        "chain of trust\n"
        ".\n"
        "|-- trust anchor DS 1 (RSASHA256, SHA-256) -> secure\n"
        "|-- DNSKEY 1 (RSASHA256, KSK) -> secure\n"
        "|     RRSIG by 1 (ECDSAP256SHA256), 2026-11-01T00:00:00Z to 2026-11-22T00:00:00Z\n"
        "`-- org.\n"
        "    |-- DS 2 (ECDSAP256SHA256, SHA-256) -> secure\n"
        "    |     RRSIG by 1 (ECDSAP256SHA256), 2026-11-01T00:00:00Z to 2026-11-22T00:00:00Z\n"
        "    `-- FAILED DNSKEY 2 (ECDSAP256SHA256, KSK) -> bogus\n"
        "          RRSIG by 2 (ECDSAP256SHA256), 2026-11-01T00:00:00Z to 2026-11-22T00:00:00Z\n"
        "          7 (Signature Expired): org. DNSKEY: the RRSIG of key 2 has expired\n");
}

TEST_CASE("Names between zones, zones without DS, and a second chain for an alias",
          "[control][print]") {
  const std::vector<Row> rows{link("anchor", ".", "DS 1", "secure"),
                              link("no_cut", "b.", "NSEC of b. has no DS", "secure"),
                              link("no_ds", "a.b.", "NSEC of a.b. has no DS", "insecure"),
                              link("anchor", "island.", "DNSKEY 3", "secure"),
                              link("data", "island.", "www.island. A", "secure")};
  CHECK(picture(rows) ==
        "chain of trust\n"
        ".\n"
        "|-- trust anchor DS 1 -> secure\n"
        "|-- no zone at b.: NSEC of b. has no DS -> secure\n"
        "`-- a.b.\n"
        "    `-- no DS: NSEC of a.b. has no DS -> insecure\n"
        "island.\n"
        "|-- trust anchor DNSKEY 3 -> secure\n"
        "`-- www.island. A -> secure\n");
}

TEST_CASE("Colours: only when asked for, red for what broke", "[control][print]") {
  const std::vector<Row> rows{
      failing(link("dnskey", ".", "DNSKEY 1", "bogus"), "6 (DNSSEC Bogus)")};
  CHECK(picture(rows, true).find("\x1b[31mFAILED ") != std::string::npos);
  CHECK(picture({link("data", ".", ". NS", "secure")}, true).find("\x1b[32msecure") !=
        std::string::npos);
  CHECK(picture(rows).find('\x1b') == std::string::npos);
}

TEST_CASE("Links with missing, odd or foreign fields are drawn all the same",
          "[control][print][negative]") {
  CHECK(picture({}).empty());
  const std::vector<Row> rows{{},
                              {field("link", 7), field("zone", "x\x1b[2J")},
                              {field("link", "what"), field("key_tag", "?")}};
  const std::string out = picture(rows);
  CHECK(out.find('\x1b') == std::string::npos);
  CHECK(out.find("RRSIG by ?") != std::string::npos);
}
