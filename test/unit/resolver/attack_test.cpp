// Hostile signed zones behind a whole engine: what one client request may cost in signature checks,
// hashes and questions, and what the names after it cost (CVE-2023-50387, CVE-2023-50868,
// CVE-2026-50045). Work is counted, not timed.
#include <catch2/catch.hpp>

#include "dns/rdata.hpp"
#include "test/unit/resolver/signed_internet.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Rcode;
using dns::RRsetPtr;
using dns::Type;

namespace {
constexpr std::uint16_t tag = 4711;

std::vector<Key> colliding(std::uint8_t count) {
  std::vector<Key> keys;
  for (std::uint8_t n = 1; n <= count; ++n) keys.push_back(Key::forged(tag, n));
  return keys;
}

/// The RRset with `count` RRSIGs of the colliding keys; its own RRSIG goes, or stays behind them.
RRsetPtr with_forged(const dns::RRset& rrset, const std::string& apex, unsigned count, bool keep) {
  static const Key key = Key::forged(tag, 1);
  const SignedZone zone(apex, {key});
  dns::RRsetBuilder bare(rrset.owner(), rrset.type());
  for (const auto rdata : rrset.rdata()) (void)bare.add(rdata, rrset.ttl());
  if (keep)
    for (const auto rrsig : rrset.signatures()) (void)bare.add_signature(rrsig, rrset.ttl());
  RRsetPtr made = bare.build();
  for (unsigned n = 0; n < count; ++n) {
    Signing how;
    how.ttl = rrset.ttl();
    how.expiration += n;
    how.original_ttl = n == 0 && keep ? 0 : rrset.ttl();  // sorts before the true one
    made = zone.add_rrsig(*made, how, key);
  }
  return made;
}

/// Forges every RRset of these types.
SignedInternet::Tamper forging(std::string apex, std::vector<Type> types, unsigned count,
                               bool keep) {
  return [=](const dns::Question&, Response& response) {
    for (auto* section : {&response.answer, &response.authority})
      for (RRsetPtr& rrset : *section)
        if (std::find(types.begin(), types.end(), rrset->type()) != types.end())
          rrset = with_forged(*rrset, apex, count, keep);
  };
}

std::uint64_t checks(const FakeNet& net) {
  std::uint64_t sum = 0;
  for (const unsigned algorithm : {8u, 13u, 14u, 15u})
    sum += net.metrics().value(Metric::dnssec_signature_checks_total, algorithm);
  return sum;
}
std::uint64_t hashes(const FakeNet& net) {
  return net.metrics().value(Metric::dnssec_nsec3_hashes_total);
}
std::uint64_t hits(const FakeNet& net, Limit limit) {
  return net.metrics().value(Metric::limit_exceeded_total, static_cast<unsigned>(limit),
                             static_cast<unsigned>(LimitMode::enforce));
}
/// Of a request that went all the way from an empty cache: root and org., keys and DS.
constexpr std::uint64_t to_org = 3;
}  // namespace

TEST_CASE("KeyTrap in the data of a zone: one name is paid for, its neighbours cost nothing",
          "[attack]") {
  SignedInternet internet;
  internet.add("trap.org.", "www A 192.0.2.80\nmail A 192.0.2.81\n", colliding(60));
  internet.tamper("trap.org.", forging("trap.org.", {Type::a}, 60, false));
  FakeNet net(internet.options(), internet);
  const auto first = net.resolve("www.trap.org.", Type::a);
  REQUIRE(first);
  CHECK(first->rcode == Rcode::servfail);
  CHECK(first->ede->code == dns::EdeCode::dnssec_bogus);
  CHECK(checks(net) <= to_org + 2 + 2);  // DS and DNSKEY of the zone; two failures
  const std::uint64_t before = checks(net);
  for (const char* name : {"mail.trap.org.", "a.trap.org.", "b.c.trap.org."}) {
    const auto later = net.resolve(name, Type::a);
    REQUIRE(later);
    CHECK(later->rcode == Rcode::servfail);
    CHECK(later->ede->text.find("several keys of one tag") != std::string::npos);
  }
  CHECK(checks(net) == before);
  CHECK(net.resolve("www.org.", Type::a)->rcode == Rcode::nxdomain);  // others are well
}

TEST_CASE("KeyTrap in the DNSKEY RRset: likewise, and no other server is asked again", "[attack]") {
  SignedInternet internet;
  internet.add("trap.org.", "www A 192.0.2.80\nmail A 192.0.2.81\n", colliding(60));
  internet.tamper("trap.org.", forging("trap.org.", {Type::dnskey}, 60, false));
  const SignedZone org("org.", {internet.key("org.")});
  internet.tamper("org.", [org](const dns::Question&, Response& response) {
    for (RRsetPtr& rrset : response.authority) {
      if (rrset->type() != Type::ds) continue;
      std::vector<Bytes> all;
      for (std::uint8_t n = 1; n <= 60; ++n) all.push_back(Key::forged(tag, n).ds(rrset->owner()));
      rrset = org.sign(rrset->owner().to_text(), Type::ds, all);
    }
  });
  FakeNet net(internet.options(), internet);
  CHECK(net.resolve("www.trap.org.", Type::a)->rcode == Rcode::servfail);
  CHECK(checks(net) <= to_org + 1 + 2);
  const std::uint64_t before = checks(net), packets = net.packets();
  CHECK(net.resolve("mail.trap.org.", Type::a)->rcode == Rcode::servfail);
  CHECK(checks(net) == before);
  CHECK(net.packets() <= packets + 2);  // the question over UDP, perhaps again over TCP
}

TEST_CASE("A validation begun anew with another server's answer spends the same Budget",
          "[attack]") {
  SignedInternet internet;
  internet.add("bad.org.", "www A 192.0.2.80\n", colliding(1));
  internet.tamper("bad.org.", forging("bad.org.", {Type::a}, 2, false));
  auto options = internet.options();
  REQUIRE(options.resolver.limits.set(Limit::signature_failures, 3));
  FakeNet net(options, internet);
  const auto answer = net.resolve("www.bad.org.", Type::a);
  REQUIRE(answer);
  CHECK(answer->rcode == Rcode::servfail);
  CHECK(net.packets_to(*IpAddress::parse("192.0.2.12")) > 0);
  CHECK(net.packets_to(*IpAddress::parse("198.51.100.12")) > 0);
  CHECK(hits(net, Limit::signature_failures) == 1);  // the second answer's second one
  CHECK(checks(net) == to_org + 2 + 4);
}

TEST_CASE("Aliases through hostile zones spend one Budget of failures, not one a zone",
          "[attack]") {
  SignedInternet internet;
  constexpr int zones = 8;
  for (int n = 0; n < zones; ++n) {
    const std::string apex = "z" + std::to_string(n) + ".org.";
    internet.add(apex, "www CNAME www.z" + std::to_string(n + 1) + ".org.\n", colliding(1));
    internet.tamper(apex, forging(apex, {Type::cname}, 1, true));  // a wrong one, then the true one
  }
  internet.add("z8.org.", "www A 192.0.2.80\n");
  FakeNet net(internet.options(), internet);
  const auto answer = net.resolve("www.z0.org.", Type::a);
  REQUIRE(answer);
  CHECK(answer->rcode == Rcode::servfail);
  CHECK(answer->ede->text.find("signature_failures") != std::string::npos);
  CHECK(hits(net, Limit::signature_failures) == 1);
  // Each of the five zones it came to: DS, DNSKEY, the wrong one, and in the first four the true
  // one.
  CHECK(checks(net) <= to_org + 5 * 4);
  // Nothing was remembered against the questions: another request goes on where that one stopped.
  CHECK(net.resolve("www.z5.org.", Type::a)->rcode == Rcode::noerror);
}

TEST_CASE("Aliases through well-signed zones spend one Budget of checks", "[attack]") {
  SignedInternet internet;
  for (int n = 0; n < 11; ++n)
    internet.add("z" + std::to_string(n) + ".org.",
                 "*.w CNAME www.w.z" + std::to_string(n + 1) + ".org.\n");
  internet.add("z11.org.", "*.w A 192.0.2.80\n");
  auto options = internet.options();
  REQUIRE(options.resolver.limits.set(Limit::signature_checks, 20));
  FakeNet net(options, internet);
  const auto answer = net.resolve("www.w.z0.org.", Type::a);
  CHECK(answer->rcode == Rcode::servfail);
  CHECK(answer->ede->text.find("signature_checks") != std::string::npos);
  CHECK(checks(net) == 20);
  CHECK(hits(net, Limit::signature_checks) == 1);
}

TEST_CASE("A good zone of the same shape is answered within the standing limits", "[attack]") {
  SignedInternet internet;
  for (int n = 0; n < 6; ++n)
    internet.add("z" + std::to_string(n) + ".org.",
                 "*.w CNAME www.w.z" + std::to_string(n + 1) + ".org.\n");
  internet.add("z6.org.", "*.w A 192.0.2.80\n");
  FakeNet net(internet.options(), internet);
  const auto answer = net.resolve("www.w.z0.org.", Type::a, {.ad = true});
  CHECK(answer->rcode == Rcode::noerror);
  CHECK(answer->header.ad);
}

namespace {
/// Leaves aliases unsigned, and proves label by label that there is no zone cut until, at the last
/// one, an opt-out span says that there may be one.
SignedInternet::Tamper opting_out(const std::string& apex, const Key& key) {
  const SignedZone zone(apex, {key});
  return [zone](const dns::Question& asked, Response& response) {
    for (RRsetPtr& rrset : response.answer)
      if (rrset->type() == Type::cname) rrset = rrset->without_signatures();
    if (asked.type != Type::ds) return;
    Nsec3Options options;
    options.iterations = 50;
    options.opt_out = true;
    const bool last = asked.name.label_count() == 33;
    const std::string name = asked.name.to_text(), above = asked.name.parent().to_text();
    response = {};
    response.authority = {zone.soa(), zone.nsec3(last ? above : name, {Type::a}, options)};
    if (last) response.authority.push_back(zone.nsec3_over(name, options));
  };
}

/// 34 labels, as names below ip6.arpa. have.
std::string deep(const std::string& apex) {
  std::string name;
  for (int n = 0; n < 32; ++n) name += "a.";
  return name + apex;
}
}  // namespace

TEST_CASE("Aliases through opt-out zones spend one Budget of hashes, each name hashed once",
          "[attack]") {
  SignedInternet internet;
  for (int n = 0; n < 8; ++n) {
    const std::string apex = "z" + std::to_string(n) + ".org.";
    internet.add(apex, deep(apex) + " CNAME " + deep("z" + std::to_string(n + 1) + ".org.") + "\n");
    internet.tamper(apex, opting_out(apex, internet.key(apex)));
  }
  auto options = internet.options();
  for (const Limit other : {Limit::upstream_queries, Limit::signature_checks})
    REQUIRE(options.resolver.limits.set(other, 10'000));
  REQUIRE(options.resolver.limits.set(Limit::octets_received, 10'000'000));
  REQUIRE(options.resolver.limits.set(Limit::request_time, 60'000));
  FakeNet net(options, internet);
  const auto answer = net.resolve(deep("z0.org."), Type::a);
  REQUIRE(answer);
  CHECK(answer->rcode == Rcode::servfail);
  INFO(answer->ede->text);
  CHECK(answer->ede->text.find("nsec3_hashes") != std::string::npos);
  CHECK(hashes(net) == 150);
  CHECK(hits(net, Limit::nsec3_hashes) == 1);
  CHECK(net.leaks() == "");
}
