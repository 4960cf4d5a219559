// Storing and finding: what is found under which key, for how long, and at what price.
#include <catch2/catch.hpp>

#include "test/unit/cache/allocations.hpp"
#include "test/unit/cache/samples.hpp"

using namespace windlass::cache;
using samples::entry;
using samples::name;
using windlass::CacheKind;
using windlass::dns::Finding;
using windlass::dns::Type;

TEST_CASE("An entry is found under its own name, type and partition", "[cache]") {
  Cache cache({}, samples::key);
  const auto a = entry("www.example.org.");
  REQUIRE(cache.store(3, a, 0));
  CHECK(cache.find(name("WWW.Example.ORG."), Type::a, 3, 0) == a);
  CHECK_FALSE(cache.find(name("www.example.org."), Type::aaaa, 3, 0));
  CHECK_FALSE(cache.find(name("www.example.org."), Type::a, 0, 0));
  CHECK_FALSE(cache.find(name("example.org."), Type::a, 3, 0));
  const auto counts = samples::counts_of(cache, CacheKind::rrset);
  CHECK(counts.entries == 1);
  CHECK(counts.hits == 1);
  CHECK(counts.misses == 3);
}

TEST_CASE("An entry ends on time, and serves stale as long as it is wanted", "[cache]") {
  Cache cache({}, samples::key);
  REQUIRE(cache.store(0, entry("a.example."), 0));
  CHECK(cache.find(name("a.example."), Type::a, 0, 59'999));
  CHECK_FALSE(cache.find(name("a.example."), Type::a, 0, 60'000));
  CHECK(cache.find(name("a.example."), Type::a, 0, 60'500, 1000));
  CHECK_FALSE(cache.find(name("a.example."), Type::a, 0, 61'000, 1000));
}

TEST_CASE("What has ended already is not stored", "[cache][negative]") {
  Cache cache({}, samples::key);
  REQUIRE(cache.store(0, entry("a.example."), 0));
  CHECK_FALSE(cache.store(0, entry("a.example.", {.expires = 5}), 5));
  CHECK(cache.find(name("a.example."), Type::a, 0, 5)->expires_age_ms == 60'000);
}

TEST_CASE("store refuses what the rules refuse", "[cache][negative]") {
  Cache cache({}, samples::key);
  const auto secure = entry("a.example.", {.security = Security::secure});
  REQUIRE(cache.store(0, secure, 0));
  CHECK_FALSE(cache.store(0, entry("a.example.", {.rank = Rank::answer}), 1));
  CHECK_FALSE(cache.store(0, entry("a.example."), 1));
  CHECK(cache.find(name("a.example."), Type::a, 0, 1) == secure);
  CHECK(cache.store(1, entry("a.example."), 1));
}

TEST_CASE("An NXDOMAIN is found under every type, a NODATA under its own", "[cache]") {
  Cache cache({}, samples::key);
  const auto absent = entry("no.example.", {.finding = Finding::nxdomain});
  REQUIRE(cache.store(0, absent, 0));
  for (Type type : {Type::a, Type::aaaa, Type::ds, Type::soa})
    CHECK(cache.find(name("no.example."), type, 0, 0) == absent);
  CHECK_FALSE(cache.find(name("sub.no.example."), Type::a, 0, 0));
  REQUIRE(cache.store(0, entry("some.example.", {.finding = Finding::nodata}), 0));
  CHECK(cache.find(name("some.example."), Type::a, 0, 0));
  CHECK_FALSE(cache.find(name("some.example."), Type::mx, 0, 0));
  CHECK(samples::counts_of(cache, CacheKind::negative).entries == 2);
  CHECK(samples::counts_of(cache, CacheKind::negative).hits == 5);
}

TEST_CASE("Data and NXDOMAIN of one name: the later one counts", "[cache]") {
  Cache cache({}, samples::key);
  const auto a = entry("x.example."), mx = entry("x.example.", {.type = Type::mx, .stored = 20});
  const auto absent = entry("x.example.", {.finding = Finding::nxdomain, .stored = 10});
  REQUIRE(cache.store(0, a, 0));
  REQUIRE(cache.store(0, absent, 10));
  CHECK(cache.find(name("x.example."), Type::a, 0, 10) == absent);
  REQUIRE(cache.store(0, mx, 20));
  CHECK(cache.find(name("x.example."), Type::mx, 0, 20) == mx);
  CHECK(cache.find(name("x.example."), Type::a, 0, 20) == a);
  CHECK_FALSE(cache.find(name("x.example."), Type::txt, 0, 20));
}

TEST_CASE("Glue does not end an NXDOMAIN", "[cache][negative]") {
  Cache cache({}, samples::key);
  const auto absent = entry("x.example.", {.finding = Finding::nxdomain});
  REQUIRE(cache.store(0, absent, 0));
  REQUIRE(cache.store(0, entry("x.example.", {.rank = Rank::additional, .stored = 5}), 5));
  CHECK(cache.find(name("x.example."), Type::a, 0, 5) == absent);
  CHECK(cache.find(name("x.example."), Type::mx, 0, 5) == absent);
}

TEST_CASE("An entry is exchanged for a copy, also when it has ended", "[cache]") {
  Cache cache({}, samples::key);
  for (const Finding finding : {Finding::positive, Finding::nxdomain}) {
    const auto old = entry("a.example.", {.finding = finding});
    REQUIRE(cache.store(2, old, 0));
    auto copy = std::make_shared<Entry>(*old);
    copy->held_until_age_ms = 90'000;
    CHECK(cache.exchange(2, old, copy));
    CHECK(cache.find(name("a.example."), Type::a, 2, 70'000, 60'000) == copy);
    CHECK_FALSE(cache.find(name("a.example."), Type::a, 2, 70'000));
    REQUIRE(cache.store(2, entry("a.example.", {.finding = finding, .expires = 99'000}), 70'000));
    REQUIRE(cache.flush(name("a.example."), false) == 1);
  }
}

TEST_CASE("What stands there meanwhile is not exchanged", "[cache][negative]") {
  Cache cache({}, samples::key);
  const auto old = entry("a.example."), other = entry("a.example.");
  REQUIRE(cache.store(0, old, 0));
  CHECK_FALSE(cache.exchange(1, old, std::make_shared<Entry>(*old)));
  REQUIRE(cache.store(0, other, 1));
  CHECK_FALSE(cache.exchange(0, old, std::make_shared<Entry>(*old)));
  CHECK(cache.find(name("a.example."), Type::a, 0, 1) == other);
  cache.flush_all();
  CHECK_FALSE(cache.exchange(0, other, std::make_shared<Entry>(*other)));
  CHECK_FALSE(cache.find(name("a.example."), Type::a, 0, 1));
}

TEST_CASE("TTLs are clamped to the options", "[cache][ttl]") {
  const Cache plain({}, samples::key);
  const Cache odd({.min_ttl_s = 30, .max_ttl_s = 600, .max_negative_ttl_s = 10}, samples::key);
  struct Row {
    std::uint32_t ttl_s;
    Finding finding;
    std::int64_t plain_s, odd_s;
  };
  const auto row = GENERATE(values<Row>({{0, Finding::positive, 0, 30},
                                         {300, Finding::positive, 300, 300},
                                         {86'401, Finding::positive, 86'400, 600},
                                         {0x7FFF'FFFF, Finding::positive, 86'400, 600},
                                         {0x8000'0000, Finding::positive, 0, 30},
                                         {0xFFFF'FFFF, Finding::positive, 0, 30},
                                         {7200, Finding::nodata, 3600, 10},
                                         {7200, Finding::nxdomain, 3600, 10},
                                         {60, Finding::nxdomain, 60, 10},
                                         {0xFFFF'FFFF, Finding::nodata, 0, 10}}));
  CAPTURE(row.ttl_s);
  CHECK(plain.expiry(row.ttl_s, row.finding, 5000) == 5000 + row.plain_s * 1000);
  CHECK(odd.expiry(row.ttl_s, row.finding, 5000) == 5000 + row.odd_s * 1000);
}

TEST_CASE("Finding allocates nothing", "[cache]") {
  Cache cache({}, samples::key);
  REQUIRE(cache.store(0, entry("www.example.org."), 0));
  REQUIRE(cache.store(0, entry("no.example.org.", {.finding = Finding::nxdomain}), 0));
  const auto hit = name("www.example.org."), absent = name("no.example.org.");
  const auto miss = name("other.example.org.");
  int found = 0;
  const auto before = samples::allocations();
  for (int i = 0; i < 10'000; ++i) {
    found += cache.find(hit, Type::a, 0, i) != nullptr;
    found += cache.find(absent, Type::aaaa, 0, i) != nullptr;
    found += cache.find(miss, Type::a, 0, i) != nullptr;
  }
  const auto made = samples::allocations() - before;
  CHECK(made == 0);
  CHECK(found == 20'000);
}

TEST_CASE("The counter of allocations counts", "[cache][negative]") {
  const auto before = samples::allocations();
  const auto held = entry("www.example.org.");
  CHECK(samples::allocations() > before);
}

TEST_CASE("lookup shows all types and partitions of a name, stale ones too", "[cache]") {
  Cache cache({}, samples::key);
  REQUIRE(cache.store(0, entry("a.example."), 0));
  REQUIRE(cache.store(7, entry("a.example.", {.type = Type::txt}), 0));
  REQUIRE(cache.store(0, entry("a.example.", {.type = Type::mx, .expires = 1}), 0));
  REQUIRE(cache.store(0, entry("b.example."), 0));
  const auto rows = cache.lookup(name("A.example."));
  REQUIRE(rows.size() == 3);
  CHECK(rows[1].first == 7);
  CHECK(rows[1].second->evidence.type == Type::txt);
}
