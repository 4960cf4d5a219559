// What a client gets with AD: all that was verified and nothing else (RFC 4035 3.2.3).
#include <algorithm>

#include <catch2/catch.hpp>

#include "test/support/signer.hpp"
#include "test/unit/resolver/signed_internet.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Rcode;
using dns::Type;

namespace {
const std::string apex = "example.org.", forger = "forged.example.org.";

/// A zone whose server adds records of nobody's to each denial.
struct Padded {
  SignedInternet internet;
  std::vector<dns::RRsetPtr> padding;

  Padded() {
    internet.add(apex, "www." + apex + " A 192.0.2.80\n*.wild." + apex + " A 192.0.2.81\n");
    internet.tamper(apex, [this](const dns::Question&, Response& response) {
      if (response.authority.empty()) return;
      response.authority.insert(response.authority.begin(), padding.begin(), padding.end());
    });
  }

  /// Both times: from the server, and from the cache.
  void is_clean(FakeNet& net, const std::string& name, Type type, Rcode rcode) {
    INFO(name << " " << dns::to_text(type));
    QuerySpec spec;
    spec.dnssec_ok = true;
    for (int round = 0; round < 2; ++round) {
      const auto answer = net.resolve(name, type, spec);
      CHECK(answer->rcode == rcode);
      CHECK(answer->header.ad);
      const auto& authority = answer->in(dns::Section::authority);
      const auto of = [&](Type wanted) {
        return std::ranges::count(authority, wanted, &Record::type);
      };
      CHECK(of(Type::nsec) >= 1);
      CHECK(of(Type::nsec) + of(Type::soa) == of(Type::rrsig));
      CHECK(of(Type::nsec3) == 0);
      CHECK(std::ranges::count(authority, dns::Name::literal(forger), &Record::owner) == 0);
    }
  }
};

void all_are_clean(Padded& padded) {
  auto options = padded.internet.options();
  options.resolver.aggressive_nsec = false;  // each denial is its server's
  FakeNet net(options, padded.internet);
  padded.is_clean(net, "no." + apex, Type::a, Rcode::nxdomain);
  padded.is_clean(net, "www." + apex, Type::txt, Rcode::noerror);
  padded.is_clean(net, "any.wild." + apex, Type::a, Rcode::noerror);
}
}  // namespace

TEST_CASE("With AD nothing is handed on that was not verified", "[resolver][denial][negative]") {
  Padded padded;
  const SignedZone stranger(apex, {Key::seeded(99)});
  const SignedZone zone(apex, {padded.internet.key(apex)});
  SECTION("NSEC by a key that is not the zone's") {
    padded.padding = {stranger.nsec(forger, "zz." + apex, {Type::a, Type::rrsig, Type::nsec})};
    all_are_clean(padded);
  }
  SECTION("NSEC without a signature") {
    const auto nsec = stranger.nsec(forger, "zz." + apex, {Type::a, Type::rrsig, Type::nsec});
    dns::RRsetBuilder bare(nsec->owner(), Type::nsec);
    CHECK(bare.add(nsec->rdata().front(), nsec->ttl()));
    padded.padding = {bare.build()};
    all_are_clean(padded);
  }
  SECTION("NSEC of the zone's key whose time is over") {
    Signing over;
    over.inception = 1'600'000'000, over.expiration = 1'690'000'000;
    padded.padding = {zone.nsec(forger, "zz." + apex, {Type::a, Type::rrsig, Type::nsec}, over)};
    all_are_clean(padded);
  }
  SECTION("NSEC3 beside NSEC") {
    padded.padding = {stranger.nsec3(forger, {Type::a}), stranger.nsec3_over("no." + apex)};
    all_are_clean(padded);
  }
}

TEST_CASE("What proves several links of an alias chain is sent once", "[resolver][denial]") {
  SignedInternet internet;
  internet.add(apex, "*.w CNAME a.v\n*.v CNAME a.u\n*.u CNAME a.t\n*.t A 192.0.2.80\n");
  auto options = internet.options();
  FakeNet net(options, internet);
  QuerySpec spec;
  spec.dnssec_ok = true;
  spec.payload_octets = 4096;
  const auto answer = net.resolve("x.w." + apex, Type::a, spec);
  CHECK(answer->rcode == Rcode::noerror);
  CHECK(answer->header.ad);
  CHECK(answer->in(dns::Section::answer).size() == 2 * 4);
  std::vector<std::string> told;
  for (const Record& record : answer->in(dns::Section::authority)) told.push_back(to_text(record));
  CHECK(told.size() >= 2);
  std::ranges::sort(told);
  CHECK(std::ranges::adjacent_find(told) == told.end());
}
