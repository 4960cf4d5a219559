// Spans: what stands before a name in its zone, how long, and how much of it is held.
#include <catch2/catch.hpp>

#include "cache/cache.hpp"
#include "test/unit/cache/samples.hpp"

using namespace windlass::cache;
using samples::name;
using windlass::dns::RRsetBuilder;
using windlass::dns::RRsetPtr;
using windlass::dns::Type;

namespace {
constexpr Partition here = 0, elsewhere = 4;

RRsetPtr rrset(const std::string& owner, Type type, std::size_t octets = 20) {
  RRsetBuilder builder(name(owner.c_str()), type);
  REQUIRE(builder.add(std::vector<std::uint8_t>(octets, 1), 300));
  return builder.build();
}

Span span(const std::string& owner, std::int64_t expires_age_ms = 1000, std::uint64_t epoch = 1) {
  return {rrset(owner, Type::nsec), rrset("example.org.", Type::soa), expires_age_ms, epoch};
}

struct Zone {
  void store(Span given) { spans.store(name("example.org."), here, std::move(given)); }
  std::string before(const char* owner, std::int64_t age_ms = 0, Partition partition = here,
                     const char* zone = "example.org.") {
    const auto found = spans.at_or_before(name(zone), partition, name(owner), age_ms);
    return found ? found->nsec->owner().to_text() : "none";
  }
  Spans spans{1u << 20, samples::key};
};
}  // namespace

TEST_CASE("A span is found at its owner and after it, in canonical order", "[cache][spans]") {
  Zone zone;
  for (const char* owner : {"example.org.", "B.example.org.", "d.example.org."})
    zone.store(span(owner));
  CHECK(zone.before("example.org.") == "example.org.");
  CHECK(zone.before("a.example.org.") == "example.org.");
  CHECK(zone.before("b.example.org.") == "B.example.org.");
  CHECK(zone.before("z.b.example.org.") == "B.example.org.");
  CHECK(zone.before("C.example.org.") == "B.example.org.");
  CHECK(zone.before("zz.example.org.") == "d.example.org.");
  CHECK(zone.before("c.example.org.", 0, elsewhere) == "none");
  CHECK(zone.before("c.example.org.", 0, here, "org.") == "none");
}

TEST_CASE("Nothing stands before what is known, nor without a SOA", "[cache][spans][negative]") {
  Zone zone;
  Span given = span("b.example.org.");
  given.soa = nullptr;
  zone.store(given);
  CHECK(zone.before("c.example.org.") == "none");
  zone.store(span("d.example.org."));  // its SOA serves the whole zone
  CHECK(zone.before("c.example.org.") == "b.example.org.");
  CHECK(zone.before("a.example.org.") == "none");
}

TEST_CASE("A span ends with its own time or its SOA's, and is of the older epoch",
          "[cache][spans]") {
  Zone zone;
  zone.store(span("b.example.org.", 1000, 7));
  zone.store(span("d.example.org.", 500, 3));
  const auto found = zone.spans.at_or_before(name("example.org."), here, name("c.example.org."), 0);
  REQUIRE(found);
  CHECK(found->expires_age_ms == 500);
  CHECK(found->epoch == 3);
  CHECK(found->soa->type() == Type::soa);
  CHECK(zone.before("c.example.org.", 500) == "none");
  zone.store(span("d.example.org.", 2000, 7));
  CHECK(zone.before("c.example.org.", 500) == "b.example.org.");
  CHECK(zone.before("c.example.org.", 1000) == "none");
  CHECK(zone.spans.size() == 1);  // what has ended is dropped when it is met
}

TEST_CASE("Spans never hold more than they may, and drop what is used least", "[cache][spans]") {
  Zone zone;
  zone.store(span("aaaa.example.org."));
  std::size_t most = 0;
  for (unsigned i = 0; i < 3000; ++i) {
    zone.store(span("n" + std::to_string(10'000 + i) + ".example.org."));
    REQUIRE(zone.before("aaab.example.org.") == "aaaa.example.org.");
    most = std::max(most, zone.spans.octets());
  }
  CHECK(most <= (1u << 20) / 16);
  CHECK(most > (1u << 20) / 32);
  CHECK(zone.spans.size() < 3000);
  CHECK(zone.before("n10001.example.org.") == "aaaa.example.org.");
}

TEST_CASE("One span too large for its share is refused", "[cache][spans][negative]") {
  Zone zone;
  Span large = span("b.example.org.");
  large.nsec = rrset("b.example.org.", Type::nsec, 20'000);
  zone.store(large);
  CHECK(zone.spans.size() == 0);
  CHECK(zone.spans.octets() == 0);
}

TEST_CASE("Flushing a name takes the spans that may deny it", "[cache][spans][flush]") {
  Zone zone;
  zone.store(span("b.example.org."));
  zone.spans.store(name("example.net."), here, span("b.example.net."));
  CHECK(zone.spans.flush(name("org."), false) == 0);
  CHECK(zone.spans.flush(name("x.y.example.org."), false) == 1);
  CHECK(zone.spans.flush(name("net."), true) == 1);
  CHECK(zone.spans.size() == 0);
  CHECK(zone.spans.octets() == 0);
}

TEST_CASE("The cache's own flush takes them too", "[cache][spans][flush]") {
  Cache cache({}, samples::key);
  cache.spans().store(name("example.org."), here, span("b.example.org."));
  CHECK(cache.flush(name("c.example.org."), false) == 1);
  CHECK(cache.spans().size() == 0);
}
