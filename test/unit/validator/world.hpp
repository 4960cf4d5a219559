#pragma once
/// A small signed Internet: ".", "org." and "example.org.", an engine that answers what a
/// Validation needs, and a Work that counts. Each test changes what it is about and looks at the
/// verdict.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "test/support/signer.hpp"
#include "validator/validation.hpp"
namespace windlass::test {

struct CountingWork final : validator::Work {
  std::int64_t checks_left = 1000, failures_left = 1000, hashes_left = 1000;
  std::int64_t checks = 0, failures = 0, hashes = 0;
  bool pay_signature_check() override { return checks_left-- > 0 && ++checks > 0; }
  bool pay_signature_failure() override { return ++failures < failures_left; }
  bool pay_nsec3_hash() override { return hashes_left-- > 0 && ++hashes > 0; }
};

class World {
 public:
  World();
  /// Judges to the end, or until the Work is spent.
  validator::Verdict judge(dns::Evidence evidence);
  /// What the engine would answer.
  dns::Evidence answer(const dns::Question& question);
  /// Sets the answer to a question of the validator.
  void set(dns::Evidence evidence);
  void set_denied(std::string_view name, dns::Type type, const SignedZone& zone,
                  std::vector<dns::RRsetPtr> proofs);
  /// Adds a zone whose DS its parent signs; insecure: the parent proves that there is none.
  void add(const SignedZone& zone, bool secure = true);
  void anchor_at(const SignedZone& zone, bool as_ds = true);
  /// A signed A RRset of the zone example.org.
  dns::Evidence www(const Signing& how = {}) const;
  dns::Evidence www_unsigned() const;
  const SignedZone& deepest(const dns::Name& name, bool above) const;

  SignedZone root{".", 13}, org{"org.", 13}, example{"example.org.", 13};
  Limits limits;
  Metrics metrics;
  validator::ValidatorOptions options;
  validator::KeyStore keys;
  validator::TrustAnchors::Ptr anchors;
  ManualClock clock;
  CountingWork work;
  std::set<std::string> silent;                  ///< questions that get no answer, "org. DNSKEY"
  std::map<std::string, dns::Evidence> instead;  ///< what is provided, whatever was asked
  std::uint32_t partition = 0;
  std::map<std::string, dns::Evidence> others;  ///< what another server says, "org. DNSKEY"
  bool fresh = false;
  std::vector<std::string> asked;    ///< of the last judge()
  std::vector<std::string> doubted;  ///< likewise, what it wanted anew
  unsigned pauses = 0;               ///< how often it said more
  std::vector<validator::ChainStep> chain;

 private:
  std::map<std::string, dns::Evidence> answers_;
  std::vector<SignedZone> zones_;
};

std::string text_of(const dns::Name& name, dns::Type type);
validator::AnchorKey anchor_key(const SignedZone& zone, bool as_ds);
}  // namespace windlass::test
