// The digest of a whole zone (RFC 8976): its example, and what must not hold.
#include "validator/zone_digest.hpp"

#include <catch2/catch.hpp>

using namespace windlass;
using namespace windlass::validator;
using dns::Name;

namespace {
/// RFC 8976 A.1
const char* const simple = R"(
example. 86400 IN SOA ns1.example. admin.example. 2018031900 1800 900 604800 86400
example. 86400 IN NS ns1.example.
example. 86400 IN NS ns2.example.
example. 86400 IN ZONEMD 2018031900 1 1 c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c
ns1.example. 3600 IN A 203.0.113.63
ns2.example. 3600 IN AAAA 2001:db8::63
)";

std::vector<dns::ZoneRecord> records(const std::string& text) {
  auto read = dns::parse_zone_text(text, Name{}, 3600);
  if (!read) FAIL(read.error().what);
  return *std::move(read);
}
std::string wrong(std::vector<dns::ZoneRecord> zone) {
  make_canonical(zone);
  return wrong_with_digest(zone, Name::literal("example."));
}
std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), with);
}
}  // namespace

TEST_CASE("The example of RFC 8976 holds, in any order and with a record twice", "[zonemd]") {
  CHECK(wrong(records(simple)) == "");
  auto turned = records(simple);
  std::reverse(turned.begin(), turned.end());
  turned.push_back(turned.front());
  CHECK(wrong(turned) == "");
  CHECK(wrong(records(replaced(simple, "ns1.example. 3600 IN A", "NS1.Example. 3600 IN A"))) == "");
}

TEST_CASE("A ZONEMD of a hash nobody knows beside one that holds does no harm", "[zonemd]") {
  CHECK(wrong(records(std::string(simple) + "example. 86400 IN ZONEMD 2018031900 1 241 " +
                      std::string(96, 'a') + "\n")) == "");
}

TEST_CASE("What was changed, added or lost is noticed", "[zonemd][negative]") {
  const auto [what, with, says] = GENERATE(table<const char*, const char*, const char*>({
      {"203.0.113.63", "203.0.113.64", "its digest is another"},
      {"ns1.example. 3600", "ns1.example. 3601", "its digest is another"},
      {"example. 86400 IN NS ns2.example.\n", "", "its digest is another"},
      {"ns2.example. 3600 IN AAAA", "sub.example. 60 IN A 192.0.2.1\nns2.example. 3600 IN AAAA",
       "its digest is another"},
      {"c68090", "c68091", "its digest is another"},
      {"ZONEMD 2018031900", "ZONEMD 2018031901", "for serial 2018031901, its SOA has 2018031900"},
      {"ZONEMD 2018031900 1 1", "ZONEMD 2018031900 1 2", "its digest is another"},
      {"ZONEMD 2018031900 1 1", "ZONEMD 2018031900 2 1", "no ZONEMD of a scheme and hash"},
      {"ZONEMD 2018031900 1 1", "ZONEMD 2018031900 1 3", "no ZONEMD of a scheme and hash"},
      {"ZONEMD 2018031900 1 1", "TXT 2018031900 1 1", "it has no ZONEMD"},
      {"admin.example. 2018031900", "admin.example. 2018031901", "its SOA has 2018031901"},
  }));
  CAPTURE(what, with);
  CHECK(wrong(records(replaced(simple, what, with))).find(says) != std::string::npos);
}

TEST_CASE("Two ZONEMD of one scheme and hash hold for nothing", "[zonemd][negative]") {
  CHECK(wrong(records(std::string(simple) + "example. 86400 IN ZONEMD 2018031900 1 1 " +
                      std::string(96, 'a') + "\n")) == "two ZONEMD of one scheme and hash");
  CHECK(wrong({}) == "it has no SOA");
}

TEST_CASE("A ZONEMD cut short is none", "[zonemd][negative]") {
  const std::vector<std::uint8_t> whole(6 + 48, 1);
  CHECK(ZonemdView::parse(whole));
  for (std::size_t size = 0; size < 18; ++size)
    CHECK_FALSE(ZonemdView::parse(std::span(whole).first(size)));
}
