// checks: how many signatures a second of CPU time verifies, alone and as the validator checks an
// RRset; what a Validation costs whose zone is known to be bogus. Prints one JSON object.
#include <ctime>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "dns/canonical.hpp"
#include "test/support/signer.hpp"
#include "test/support/trial.hpp"
#include "validator/checker.hpp"
#include "validator/ds.hpp"

namespace windlass::bench {
namespace {
using dns::Type;
using test::Key;
using test::SignedZone;

double cpu_s() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

/// Calls of `work` a second of this thread's CPU time.
template <class Work>
double rate_of(double seconds, Work work) {
  const double start = cpu_s();
  double now = start;
  std::uint64_t calls = 0;
  for (; now - start < seconds; now = cpu_s()) {
    for (int i = 0; i < 64; ++i) work();
    calls += 64;
  }
  return static_cast<double>(calls) / (now - start);
}

/// Pays for everything.
struct Rich final : validator::Work {
  bool pay_signature_check() override { return true; }
  bool pay_signature_failure() override { return true; }
  bool pay_nsec3_hash() override { return true; }
};

/// An A RRset of two records as an answer carries it, and the zone's keys as they are kept.
struct Signed {
  explicit Signed(int algorithm)
      : zone("example.org.", {Key::make(static_cast<std::uint8_t>(algorithm))}),
        rrset(zone.sign("www.example.org.", Type::a, {test::a_rdata(80), test::a_rdata(81)})) {}
  SignedZone zone;
  dns::RRsetPtr rrset;
};

double key_rate(const Signed& data, double seconds) {
  const Limits limits;
  const auto rdata = dns::DnskeyView::parse(data.zone.keys[0].rdata());
  const auto key =
      crypto::PublicKey::parse(rdata->algorithm, rdata->public_key, limits[Limit::rsa_bits],
                               limits[Limit::rsa_exponent_bits]);
  const auto rrsig = dns::RrsigView::parse(data.rrset->signatures().front());
  require(key && rrsig, "no key or no RRSIG");
  std::vector<std::uint8_t> image;
  dns::append_signed_image(image, *data.rrset, *rrsig);
  return rate_of(seconds, [&] { require((*key)->verify(image, rrsig->signature), "not valid"); });
}

double checker_rate(const Signed& data, double seconds) {
  const Limits limits;
  const validator::ValidatorOptions options;
  Metrics metrics;
  Rich work;
  validator::Slice slice;
  validator::Effort effort(limits, metrics, &slice);
  effort.begin_step(ManualClock().now(), work);
  validator::Checker first(options, effort);
  const auto zone = validator::usable_keys(data.zone.name, data.zone.dnskey(), first);
  return rate_of(seconds, [&] {
    slice.begin();
    validator::Checker checker(options, effort);
    const auto* checked = checker.check(*data.rrset, zone);
    require(checked && checked->outcome == validator::Outcome::secure, "not secure");
  });
}

/// A Validation below a zone whose failure is kept.
double kept_rate(double seconds) {
  const SignedZone root(".", 13);
  const Key& key = root.keys[0];
  test::Trial trial(validator::TrustAnchors::make(
      {{root.name, {{true, key.ds(root.name), key.tag(), key.algorithm()}}}}, {}));
  const SignedZone other("other.", 13);
  const auto forged =
      test::positive(other.sign(".", Type::dnskey, {root.keys[0].rdata()}), root.name);
  const auto asked =
      test::positive(root.sign("www.example.org.", Type::a, {test::a_rdata(80)}), root.name);
  const auto judge = [&] {
    return trial.judge(asked, [&](const dns::Question&) { return &forged; }).kind;
  };
  require(judge() == validator::VerdictKind::bogus, "not bogus");
  return rate_of(seconds, [&] {
    require(judge() == validator::VerdictKind::bogus && trial.spent.checks == 0, "not kept");
  });
}
}  // namespace
}  // namespace windlass::bench

int main(int count, char** words) try {
  using namespace windlass::bench;
  int algorithm = 13;
  double seconds = 0.5;
  CLI::App app{"Signatures verified in a second of CPU time, as JSON."};
  app.add_option("--algorithm", algorithm, "8 (RSA 2048), 13, 14 or 15")->capture_default_str();
  app.add_option("--seconds", seconds, "for each figure")->capture_default_str();
  CLI11_PARSE(app, count, words);
  const Signed data(algorithm);
  std::cout << nlohmann::json{{"key", key_rate(data, seconds)},
                              {"checker", checker_rate(data, seconds)},
                              {"kept_us", 1e6 / kept_rate(seconds / 5)}}
            << std::endl;
  return 0;
} catch (const std::exception& error) {
  std::cerr << "checks: " << error.what() << "\n";
  return 1;
}
