// NSEC3 records as they are read: the ring of hashes and what is no such record (RFC 5155 3 and 8).
#include "dns/nsec3.hpp"

#include <catch2/catch.hpp>

using namespace windlass::dns;

namespace {
using Rdata = std::vector<std::uint8_t>;

Nsec3Hash hash(int first) {
  Nsec3Hash out{};
  out[0] = static_cast<std::uint8_t>(first);
  return out;
}

Rdata rdata(int next, Rdata head = {1, 0, 0, 0, 0, 20}) {
  const Nsec3Hash to = hash(next);
  head.insert(head.end(), to.begin(), to.end());
  head.insert(head.end(), {0, 1, 0x40});  // A
  return head;
}

RRsetPtr record(int from, const Rdata& data, Type type = Type::nsec3) {
  RRsetBuilder builder(Name::literal(base32hex(hash(from)) + ".example.org."), type);
  REQUIRE(builder.add(data, 300));
  return builder.build();
}
}  // namespace

TEST_CASE("An NSEC3 matches its own hash and covers those up to the next", "[dns][nsec3]") {
  const RRsetPtr rrset = record(10, rdata(20));
  const auto read = Nsec3Record::read(*rrset);
  REQUIRE(read);
  CHECK(read->matches(hash(10)));
  CHECK_FALSE(read->matches(hash(20)));
  CHECK(read->covers(hash(15)));
  for (const int other : {9, 10, 20, 21}) CHECK_FALSE(read->covers(hash(other)));
  CHECK(read->nsec3.types.has(Type::a));
}

TEST_CASE("The last NSEC3 of a zone points to its first; one alone covers all but itself",
          "[dns][nsec3]") {
  const RRsetPtr last_set = record(200, rdata(20)), only_set = record(7, rdata(7));
  const auto last = Nsec3Record::read(*last_set);
  REQUIRE(last);
  for (const int covered : {201, 255, 0, 19}) CHECK(last->covers(hash(covered)));
  for (const int other : {20, 100, 200}) CHECK_FALSE(last->covers(hash(other)));
  const auto only = Nsec3Record::read(*only_set);
  REQUIRE(only);
  CHECK(only->covers(hash(6)));
  CHECK(only->covers(hash(8)));
  CHECK_FALSE(only->covers(hash(7)));
}

TEST_CASE("Parameters are iterations and salt", "[dns][nsec3]") {
  const RRsetPtr plain = record(10, rdata(20));
  const RRsetPtr salted = record(10, rdata(20, {1, 1, 0, 5, 2, 0xAB, 0xCD, 20}));
  CHECK(Nsec3Record::read(*plain)->parameters() == Nsec3Parameters{});
  CHECK(Nsec3Record::read(*salted)->parameters() == Nsec3Parameters{5, {0xAB, 0xCD}});
}

TEST_CASE("What is no NSEC3 record is not read as one", "[dns][nsec3][negative]") {
  const auto read = [](const RRsetPtr& rrset) { return Nsec3Record::read(*rrset).has_value(); };
  CHECK(read(record(10, rdata(20, {1, 1, 0, 0, 0, 20}))));        // opt-out
  CHECK_FALSE(read(record(10, rdata(20, {2, 0, 0, 0, 0, 20}))));  // another hash algorithm
  CHECK_FALSE(read(record(10, rdata(20, {1, 2, 0, 0, 0, 20}))));  // an unknown flag
  CHECK_FALSE(read(record(10, rdata(20), Type::txt)));
  CHECK_FALSE(read(record(10, {1, 0, 0, 0, 0, 4, 1, 2, 3, 4})));  // a shorter hash
  CHECK_FALSE(read(record(10, {1, 0, 0})));
  RRsetBuilder two(Name::literal(base32hex(hash(10)) + ".example.org."), Type::nsec3);
  REQUIRE(two.add(rdata(20), 300));
  REQUIRE(two.add(rdata(21), 300));
  CHECK_FALSE(read(two.build()));
  for (const char* owner : {"example.org.", "0123456789abcdef.example.org.", "."}) {
    RRsetBuilder odd(Name::literal(owner), Type::nsec3);
    REQUIRE(odd.add(rdata(20), 300));
    CHECK_FALSE(read(odd.build()));
  }
}
