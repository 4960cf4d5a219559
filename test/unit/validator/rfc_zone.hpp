#pragma once
/// The example zones of RFC 4035 and RFC 5155 as printed there: their keys, signatures and times.
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "test/unit/validator/world.hpp"
namespace windlass::test {

class RfcZone {
 public:
  /// A file of test/unit/validator/vectors, judged at `wall_s`; the anchor is its key signing key.
  RfcZone(const char* file, std::int64_t wall_s);

  /// With all its RRSIGs. Throws std::out_of_range when the zone does not hold it.
  dns::RRsetPtr get(std::string_view owner, dns::Type type) const;
  /// The records of a wildcard, as an answer for `owner` holds them.
  dns::RRsetPtr expanded(std::string_view wildcard, std::string_view owner, dns::Type type) const;
  std::size_t size() const { return sets_.size(); }
  const auto& sets() const { return sets_; }

  /// Also answers the validator's question for this name and type.
  void set(dns::Evidence evidence);
  validator::Verdict judge(dns::Evidence evidence);
  validator::Verdict answer(dns::RRsetPtr rrset, std::vector<dns::RRsetPtr> proofs = {});
  validator::Verdict denial(dns::Finding finding, std::string_view name, dns::Type type,
                            std::vector<dns::RRsetPtr> proofs);

  const dns::Name apex = dns::Name::literal("example.");
  ManualClock clock;
  validator::TrustAnchors::Ptr anchors;

 private:
  std::map<std::pair<std::string, dns::Type>, dns::RRsetPtr> sets_;
  std::map<std::string, dns::Evidence> answers_;
};
}  // namespace windlass::test
