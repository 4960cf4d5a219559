// Cryptography in slices: however many validations a worker runs side by side, one turn of its loop
// does at most crypto_slice of it, so client packets wait no longer than for one (KeyTrap in
// parallel, CVE-2023-50387).
#include <catch2/catch.hpp>

#include "test/unit/resolver/signed_internet.hpp"

using namespace windlass;
using namespace windlass::test;
using dns::Rcode;
using dns::Type;

namespace {
constexpr unsigned p384 = 14;  ///< one check takes 0.7 ms: one a slice
constexpr int names = 20;

SignedInternet many_names() {
  SignedInternet internet(p384);
  std::string records;
  for (int n = 0; n < names; ++n) records += "n" + std::to_string(n) + " A 192.0.2.80\n";
  internet.add("example.org.", records);
  return internet;
}

std::uint64_t checks(const FakeNet& net) {
  return net.metrics().value(Metric::dnssec_signature_checks_total, p384);
}

void ask_all(FakeNet& net) {
  for (int n = 0; n < names; ++n) net.ask("n" + std::to_string(n) + ".example.org.", Type::a);
}
}  // namespace

TEST_CASE("Twenty validations at once: one signature of P-384 between two turns", "[slices]") {
  SignedInternet internet = many_names();
  auto options = internet.options();
  options.least_way_us = options.most_way_us = 5000;  // replies come together
  FakeNet net(options, internet);
  ask_all(net);
  std::uint64_t in_slice = 0, most = 0, before = 0, turns = 0;
  while (net.step()) {  // a turn begins a slice; what comes in until the next one shares it
    if (std::exchange(turns, net.turns()) != net.turns()) in_slice = 0;
    in_slice += checks(net) - std::exchange(before, checks(net));
    most = std::max(most, in_slice);
  }
  CHECK(checks(net) >= names);
  CHECK(most == 1);
  for (std::size_t n = 0; n < names; ++n) CHECK(net.answer(n)->rcode == Rcode::noerror);
}

TEST_CASE("With room for more in a slice, more is done in one", "[slices]") {
  SignedInternet internet = many_names();
  auto options = internet.options();
  options.least_way_us = options.most_way_us = 5000;
  REQUIRE(options.resolver.limits.set(Limit::crypto_slice, 10));
  FakeNet net(options, internet);
  ask_all(net);
  std::uint64_t most = 0, before = 0;
  while (net.step()) most = std::max(most, checks(net) - std::exchange(before, checks(net)));
  CHECK(most > 1);
  CHECK(most <= 14);  // of 0.7 ms each
}

TEST_CASE("Small pieces do not starve a large one, nor a large one the small", "[slices]") {
  SignedInternet internet(15);
  internet.add("small.org.", "*.w A 192.0.2.80\n");
  internet.add("large.org.", "a A 192.0.2.80\n", {Key::make(p384)});
  FakeNet net(internet.options(), internet);
  std::vector<FakeNet::ClientId> clients;
  for (int n = 0; n < 60; ++n)
    clients.push_back(net.ask("n" + std::to_string(n) + ".w.small.org.", Type::a));
  clients.push_back(net.ask("a.large.org.", Type::a));
  net.run();
  for (const auto client : clients) CHECK(net.answer(client)->rcode == Rcode::noerror);
  CHECK(net.leaks() == "");
}
