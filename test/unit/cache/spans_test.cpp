// Spans: what stands before a name in its zone, how long, and how much of it is held.
#include <catch2/catch.hpp>

#include "cache/cache.hpp"
#include "test/unit/cache/samples.hpp"

using namespace windlass::cache;
using samples::name;
using windlass::dns::Nsec3Hash;
using windlass::dns::Nsec3Record;
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
    return found ? found->record->owner().to_text() : "none";
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

TEST_CASE("Nothing stands before what is known", "[cache][spans][negative]") {
  Zone zone;
  zone.store(span("d.example.org."));
  CHECK(zone.before("a.example.org.") == "none");
}

TEST_CASE("One SOA serves all spans of its zone, while it lasts", "[cache][spans]") {
  Zone zone;
  Span given = span("b.example.org.");
  given.soa = nullptr;
  zone.store(given);
  const auto soa = [&](std::int64_t age_ms) {
    const auto found =
        zone.spans.at_or_before(name("example.org."), here, name("c.example.org."), age_ms);
    return found && found->soa;
  };
  CHECK(zone.before("c.example.org.") == "b.example.org.");
  CHECK_FALSE(soa(0));
  zone.store(span("d.example.org.", 500));
  CHECK(soa(499));
  CHECK_FALSE(soa(500));
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
  CHECK(most <= 1u << 20);
  CHECK(most > (1u << 20) / 2);  // one zone may use what the others leave
  CHECK(zone.spans.size() < 3000);
  CHECK(zone.before("n10001.example.org.") == "aaaa.example.org.");
}

TEST_CASE("The zone that holds most makes room for others", "[cache][spans]") {
  Zone zone;
  for (unsigned i = 0; i < 3000; ++i)
    zone.store(span("n" + std::to_string(10'000 + i) + ".example.org."));
  const std::size_t before = zone.spans.size();
  for (unsigned i = 0; i < 100; ++i)
    zone.spans.store(name("z" + std::to_string(i) + ".net."), here, span("a.example.org."));
  CHECK(zone.spans.octets() <= 1u << 20);
  CHECK(zone.spans.size() < before + 100);
  for (unsigned i = 0; i < 100; ++i)
    CHECK(zone.spans.at_or_before(name("z" + std::to_string(i) + ".net."), here,
                                  name("b.example.org."), 0));
}

TEST_CASE("One span too large for its share is refused", "[cache][spans][negative]") {
  Zone zone;
  Span large = span("b.example.org.");
  large.record = rrset("b.example.org.", Type::nsec, 20'000);
  zone.store(large);
  CHECK(zone.spans.size() == 0);
  CHECK(zone.spans.octets() == 0);
}

namespace {
Nsec3Hash hash(int first) {
  Nsec3Hash out{};
  out[0] = static_cast<std::uint8_t>(first);
  return out;
}

/// An NSEC3 from `first` to the hash behind, which is of no matter here.
Span hashed(int first, std::int64_t expires_age_ms = 1000, std::uint8_t iterations = 0) {
  std::vector<std::uint8_t> rdata{1, 0, 0, iterations, 0, 20};
  rdata.resize(rdata.size() + 20);
  RRsetBuilder builder(name(windlass::dns::base32hex(hash(first)) + ".example.org."), Type::nsec3);
  REQUIRE(builder.add(rdata, 300));
  return {builder.build(), rrset("example.org.", Type::soa), expires_age_ms, 1};
}

int before(Zone& zone, int sought, std::int64_t age_ms = 0) {
  const auto found = zone.spans.at_or_before(name("example.org."), here, hash(sought), age_ms);
  return found ? Nsec3Record::read(*found->record)->from[0] : -1;
}
}  // namespace

TEST_CASE("An NSEC3 is found at its hash and after it, round the ring", "[cache][spans][nsec3]") {
  Zone zone;
  for (const int first : {10, 30, 20}) zone.store(hashed(first));
  CHECK(before(zone, 10) == 10);
  CHECK(before(zone, 19) == 10);
  CHECK(before(zone, 25) == 20);
  CHECK(before(zone, 255) == 30);
  CHECK(before(zone, 5) == 30);
  CHECK(zone.spans.parameters(name("example.org."), here) == windlass::dns::Nsec3Parameters{});
  CHECK_FALSE(zone.spans.parameters(name("example.net."), here));
  zone.store(span("a.example.org."));  // NSEC stands apart
  CHECK(before(zone, 5) == 30);
  CHECK(zone.before("b.example.org.") == "a.example.org.");
  CHECK(zone.spans.size() == 4);
}

TEST_CASE("NSEC3 of other parameters take the place of those held", "[cache][spans][nsec3]") {
  Zone zone;
  zone.store(hashed(10));
  zone.store(hashed(20));
  zone.store(span("a.example.org."));
  zone.store(hashed(30, 1000, 5));
  CHECK(zone.spans.size() == 2);
  CHECK(before(zone, 10) == 30);
  CHECK(zone.spans.parameters(name("example.org."), here)->iterations == 5);
  CHECK(zone.spans.flush(name("example.org."), false) == 2);
  CHECK(zone.spans.octets() == 0);
}

TEST_CASE("An NSEC3 that has ended, or of another zone's depth, is not held",
          "[cache][spans][nsec3][negative]") {
  Zone zone;
  zone.store(hashed(10, 500));
  zone.store(hashed(20));
  CHECK(before(zone, 15, 500) == -1);
  CHECK(zone.spans.size() == 1);
  zone.spans.store(name("org."), here, hashed(30));
  CHECK_FALSE(zone.spans.at_or_before(name("org."), here, hash(30), 0));
  CHECK(zone.spans.size() == 1);
}

TEST_CASE("NSEC3 records never hold more than they may", "[cache][spans][nsec3]") {
  Zone zone;
  for (int i = 0; i < 5000; ++i) {
    Span one = hashed(i);
    const auto from = Nsec3Record::read(*one.record)->from;
    REQUIRE(from[0] == static_cast<std::uint8_t>(i));
    zone.spans.store(name("z" + std::to_string(i) + ".example.org."), here, span("a.example.org."));
    zone.store(std::move(one));
    REQUIRE(zone.spans.octets() <= 1u << 20);
  }
  CHECK(zone.spans.flush(name("org."), true) > 256);
  CHECK(zone.spans.octets() == 0);
  CHECK(zone.spans.size() == 0);
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
