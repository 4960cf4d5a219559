// The words of commands: names, types, TTLs, rdata.
#include <catch2/catch.hpp>

#include "auth-plugin/commands/words.hpp"
#include "auth-plugin/zone/zone_file.hpp"

using namespace windlass;

namespace {
const dns::Name home = dns::Name::literal("home.arpa.");

/// The rdata of these words, in presentation form; or the complaint.
std::string rdata(dns::Type type, const std::vector<std::string>& words) {
  const auto read = auth::read_rdata_words(type, words, home);
  return read ? auth::rdata_to_text(type, *read) : "fault: " + read.error();
}

std::string owner(const std::string& word, const dns::Name& zone = home) {
  const auto read = auth::read_owner(word, zone);
  return read ? read->to_text() : "fault: " + read.error();
}
}  // namespace

TEST_CASE("owners are relative, absolute or the apex") {
  CHECK(owner("@") == "home.arpa.");
  CHECK(owner("www") == "www.home.arpa.");
  CHECK(owner("*.dev") == "*.dev.home.arpa.");
  CHECK(owner("www.home.arpa.") == "www.home.arpa.");
  CHECK(owner("Home.Arpa.") == "Home.Arpa.");
  CHECK(owner("dot\\.") == "dot\\..home.arpa.");
  CHECK(owner("www", dns::Name()) == "www.");
  CHECK(owner(".", dns::Name()) == ".");
}

TEST_CASE("owners that are none are refused [negative]") {
  CHECK_THAT(owner("www.example.org."), Catch::StartsWith("fault: `www.example.org.` is not in"));
  CHECK_THAT(owner(""), Catch::StartsWith("fault:"));
  CHECK_THAT(owner("a..b"), Catch::StartsWith("fault:"));
  CHECK_THAT(owner(std::string(64, 'x')), Catch::StartsWith("fault:"));
  CHECK_THAT(owner("."), Catch::StartsWith("fault:"));
}

TEST_CASE("types and TTLs have their complaints [negative]") {
  CHECK(*auth::read_type("mx") == dns::Type::mx);
  CHECK(static_cast<int>(*auth::read_type("TYPE65280")) == 65280);
  for (const char* word : {"", "AAAAA", "ANY", "AXFR", "OPT", "TYPE0", "TYPE70000"}) {
    CAPTURE(word);
    CHECK_FALSE(auth::read_type(word));
  }
  CHECK(*auth::read_ttl_word("1h") == 3600);
  CHECK_THAT(auth::read_ttl_word("A").error(), Catch::Contains("`A` is not a TTL"));
}

TEST_CASE("rdata is read from the words of a shell") {
  CHECK(rdata(dns::Type::a, {"192.0.2.1"}) == "192.0.2.1");
  CHECK(rdata(dns::Type::mx, {"10", "mail"}) == "10 mail.home.arpa.");
  CHECK(rdata(dns::Type::mx, {"10 mail"}) == "10 mail.home.arpa.");
  CHECK(rdata(dns::Type::cname, {"www.example.org."}) == "www.example.org.");
  CHECK(rdata(dns::Type::txt, {"v=spf1 -all"}) == "\"v=spf1 -all\"");
  CHECK(rdata(dns::Type::txt, {"one", "two words"}) == "\"one\" \"two words\"");
  CHECK(rdata(dns::Type::txt, {"\"already quoted\""}) == "\"already quoted\"");
  CHECK(rdata(dns::Type::txt, {"semi;colon"}) == "\"semi;colon\"");
  CHECK(rdata(dns::Type::txt, {"say \"hi\" now"}) == "\"say \\\"hi\\\" now\"");
  CHECK(rdata(dns::Type::txt, {""}) == "\"\"");
}

TEST_CASE("rdata that is none is refused, by name [negative]") {
  CHECK_THAT(rdata(dns::Type::a, {"192.0.2.300"}), Catch::Contains("A `192.0.2.300`"));
  CHECK_THAT(rdata(dns::Type::mx, {"mail"}), Catch::StartsWith("fault:"));
  CHECK_THAT(rdata(dns::Type::a, {"192.0.2.1", "192.0.2.2"}), Catch::StartsWith("fault:"));
  CHECK_THAT(rdata(dns::Type::txt, {"x\ny A 192.0.2.1"}), Catch::Contains("line breaks"));
  CHECK_THAT(rdata(dns::Type::a, {"192.0.2.1 ; comment"}), Catch::StartsWith("fault:"));
}
