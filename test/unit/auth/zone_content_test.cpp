// Content: the order of the store, duplicates, TTLs, and what does not get in.
#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "auth-plugin/zone/content.hpp"
#include "dns/canonical.hpp"
#include "test/unit/octets.hpp"

using namespace windlass;
using namespace windlass::auth;
using namespace windlass::test;

namespace {
const dns::Name zone = dns::Name::literal("example.org.");

void add(ZoneContent& content, const char* owner, dns::Type type, std::uint32_t ttl,
         std::string_view hex, std::uint32_t line = 0) {
  const auto rdata = from_hex(hex);
  REQUIRE(content.add(dns::Name::literal(owner), type, ttl, rdata, line));
}

std::vector<std::string> rdatas_of(const RRsetSlice& set) {
  std::vector<std::string> out;
  Octets rest = set.rdatas;
  for (std::size_t i = 0; i < set.count; ++i) out.push_back(to_hex(take_rdata(rest)));
  CHECK(rest.empty());
  return out;
}
}  // namespace

TEST_CASE("An RRset is in canonical order, without duplicates, with its least TTL",
          "[auth][zone]") {
  ZoneContent content(zone);
  add(content, "A.example.org.", dns::Type::a, 300, "c0000202", 7);
  add(content, "b.example.org.", dns::Type::a, 300, "c0000201", 8);
  add(content, "a.example.org.", dns::Type::a, 60, "c0000201", 9);
  add(content, "a.example.org.", dns::Type::a, 600, "c0000202", 10);
  content.seal();
  REQUIRE(content.size() == 2);
  CHECK(content.record_count() == 3);
  CHECK(content.duplicates() == 1);
  CHECK(rdatas_of(content[0]) == std::vector<std::string>{"c0000201", "c0000202"});
  CHECK(content[0].ttl == 60);
  CHECK(content.ttls_differ(0));
  CHECK_FALSE(content.ttls_differ(1));
  CHECK(content.line_of(0) == 7);
  CHECK(dns::Name::from_proven(content[0].owner_wire).to_text() == "A.example.org.");
}

TEST_CASE("Names in rdata that differ in case are duplicates where RFC 4034 lowers them",
          "[auth][zone]") {
  ZoneContent content(zone);
  add(content, "example.org.", dns::Type::ns, 1, "024e5300");  // Ns.
  add(content, "example.org.", dns::Type::ns, 1, "026e7300");
  add(content, "example.org.", dns::Type::ns, 1, "024d5300");
  add(content, "example.org.", dns::Type::txt, 1, "024e53");
  add(content, "example.org.", dns::Type::txt, 1, "026e73");
  content.seal();
  REQUIRE(content.size() == 2);
  CHECK(rdatas_of(content[0]) == std::vector<std::string>{"024d5300", "024e5300"});
  CHECK(rdatas_of(content[1]) == std::vector<std::string>{"024e53", "026e73"});
}

TEST_CASE("An RRSIG's TTL is the one it holds", "[auth][zone]") {
  ZoneContent content(zone);
  add(content, "example.org.", dns::Type::rrsig, 7,
      "0001 0d 02 00000e10 00000001 00000000 0001 00 aa");
  content.seal();
  CHECK(content[0].ttl == 3600);
}

TEST_CASE("The order is that of the store's keys, whatever came first", "[auth][zone]") {
  std::mt19937 chance(7);
  std::vector<std::pair<dns::Name, dns::Type>> added;
  ZoneContent content(zone);
  const char* labels[] = {
      "a",          "b", "B", "ab",           "a\\000",       "\\000",         "\\001",
      "\\001\\001", "*", "-", "host00000001", "host00000002", "host000000010", "z"};
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (unsigned depth = chance() % 4; depth > 0; --depth)
      text += std::string(labels[chance() % std::size(labels)]) + '.';
    const auto owner = dns::Name::literal(text + "example.org.");
    const auto type = static_cast<dns::Type>(chance() % 3 == 0 ? 1 : 1 + chance() % 40);
    const std::uint8_t rdata[] = {static_cast<std::uint8_t>(chance() % 3)};
    REQUIRE(content.add(owner, type, 1, rdata));
    added.emplace_back(owner, type);
  }
  content.seal();
  const auto before = [](const auto& x, const auto& y) {
    const auto order = x.first.canonical_order(y.first);
    return order != 0 ? order < 0 : x.second < y.second;
  };
  std::sort(added.begin(), added.end(), before);
  const auto last = std::unique(added.begin(), added.end(), [&](const auto& x, const auto& y) {
    return !before(x, y) && !before(y, x);
  });
  REQUIRE(content.size() == static_cast<std::size_t>(last - added.begin()));
  for (std::size_t i = 0; i < content.size(); ++i) {
    CHECK(dns::Name::from_proven(content[i].owner_wire) == added[i].first);
    CHECK(content[i].type == added[i].second);
    CHECK(content.lower_bound(content[i].key) == i);
  }
  CHECK(content.record_count() + content.duplicates() == 3000);
}

TEST_CASE("An empty content has no RRsets", "[auth][zone]") {
  ZoneContent content(zone);
  content.seal();
  CHECK(content.size() == 0);
  CHECK(content.record_count() == 0);
}

TEST_CASE("What does not belong is refused", "[auth][zone][negative]") {
  ZoneContent content(zone);
  const Bytes rdata{1, 2, 3, 4};
  const auto fault = [&](const dns::Name& owner, dns::Type type, Octets octets) {
    const auto added = content.add(owner, type, 1, octets);
    REQUIRE_FALSE(added);
    return added.error().code;
  };
  CHECK(fault(dns::Name::literal("example.net."), dns::Type::a, rdata) == Errc::not_found);
  CHECK(fault(dns::Name::literal("org."), dns::Type::a, rdata) == Errc::not_found);
  CHECK(fault(zone, dns::Type::rrsig, rdata) == Errc::bad_rdata);
  CHECK(fault(zone, dns::Type::txt, Bytes(65536)) == Errc::no_space);
  ZoneContent of_root{dns::Name{}};
  std::string worst;
  for (int i = 0; i < 253; ++i) worst += i % 64 == 63 ? "." : "\\000";
  const auto added = of_root.add(dns::Name::literal(worst), dns::Type::a, 1, rdata);
  REQUIRE_FALSE(added);
  CHECK(added.error().code == Errc::no_space);
  content.seal();
  CHECK(content.size() == 0);
}

TEST_CASE("More records than a count can hold are dropped", "[auth][zone][negative]") {
  ZoneContent content(zone);
  for (unsigned i = 0; i < 65'540; ++i) {
    const Bytes rdata{3, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                      static_cast<std::uint8_t>(i)};
    REQUIRE(content.add(zone, dns::Type::txt, 1, rdata));
  }
  content.seal();
  CHECK(content[0].count == 65535);
  CHECK(content.record_count() == 65535);
}

TEST_CASE("take_rdata() never reads behind damaged rows", "[auth][zone][negative]") {
  Bytes rows(5);
  rows[0] = rows[1] = 0xFF;  // a length that is not there, in either byte order
  Octets rest = rows;
  CHECK(take_rdata(rest).empty());
  CHECK(rest.empty());
  rest = Octets(rows).first(1);
  CHECK(take_rdata(rest).empty());
}
