// Where every cut is a signed referral, the root is primed and replies fit UDP, validation costs no
// round trip: the keys of a zone are asked for beside the question that needs them. In virtual
// time, so the count is exact.
#include <catch2/catch.hpp>

#include "test/unit/resolver/signed_internet.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Rcode;
using dns::Type;

namespace {
constexpr std::int64_t round_trip_us = 20'000;

void build(SignedInternet& internet) {
  internet.add("example.org.",
               "www A 192.0.2.80\n*.wild A 192.0.2.81\nalias CNAME www.other.org.\n"
               "here CNAME www\nmoved DNAME other.org.\n");
  internet.add("sub.example.org.", "www A 192.0.2.82\n", {}, "example.org.");
  internet.add("deep.sub.example.org.", "www A 192.0.2.83\n", {}, "sub.example.org.");
  internet.add("other.org.", "www A 192.0.2.84\n");
}

struct Trip {
  std::int64_t round_trips = 0;
  Rcode rcode = Rcode::servfail;
  bool ad = false;
};

/// One question to an empty cache that knows the root's servers, and whatever priming brought.
Trip cold(const char* name, Type type, bool validation) {
  SignedInternet internet;
  build(internet);
  auto options = internet.options();
  options.resolver.priming = true;
  options.validator.validation = validation;
  options.least_way_us = options.most_way_us = round_trip_us / 2;
  FakeNet net(options, internet);
  net.engine().prime(net.clock().now());
  net.run_for(2'000'000);
  REQUIRE(net.primed() == 1);
  const auto client = net.ask(name, type, {.ad = true});
  net.run_until_answered(client);
  const auto answer = net.answer(client);
  REQUIRE(answer);
  const std::int64_t took_us = net.log(client).answered_us - net.log(client).asked_us;
  // Each way varies by half a millisecond.
  return {(took_us + round_trip_us / 4) / round_trip_us, answer->rcode, answer->header.ad};
}
}  // namespace

TEST_CASE("A cold validated look-up takes no more round trips than one that is not validated",
          "[round_trips]") {
  struct Row {
    const char* name;
    Type type;
    Rcode rcode;
    std::int64_t least;  ///< cuts on the way
  };
  const auto row = GENERATE(values<Row>({
      {"www.example.org.", Type::a, Rcode::noerror, 3},
      {"www.example.org.", Type::aaaa, Rcode::noerror, 3},
      {"none.example.org.", Type::a, Rcode::nxdomain, 3},
      {"x.wild.example.org.", Type::a, Rcode::noerror, 3},
      {"here.example.org.", Type::a, Rcode::noerror, 3},
      {"example.org.", Type::dnskey, Rcode::noerror, 3},
      {"example.org.", Type::ds, Rcode::noerror, 2},
      {"www.sub.example.org.", Type::a, Rcode::noerror, 4},
      {"www.deep.sub.example.org.", Type::a, Rcode::noerror, 5},
      {"alias.example.org.", Type::a, Rcode::noerror, 5},
      {"www.moved.example.org.", Type::a, Rcode::noerror, 5},
      {"none.", Type::a, Rcode::nxdomain, 1},
  }));
  const Trip plain = cold(row.name, row.type, false), judged = cold(row.name, row.type, true);
  INFO(row.name << " " << dns::to_text(row.type));
  CHECK(plain.rcode == row.rcode);
  CHECK(judged.rcode == row.rcode);
  CHECK(judged.ad);
  CHECK(plain.round_trips >= row.least);
  CHECK(judged.round_trips <= plain.round_trips);
}
