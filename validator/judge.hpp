#pragma once
/// Judge: one Evidence against the keys of the zone that must have signed it.
#include <cstdint>

#include "dns/evidence.hpp"
#include "validator/checker.hpp"
#include "validator/denial.hpp"
namespace windlass::validator {

struct Judgement {
  Outcome outcome = Outcome::bogus;
  dns::Ede ede;
  std::uint32_t ttl_most = 0xFFFFFFFFu;
  std::string how;                   ///< in words, for the chain of trust
  std::optional<SignatureFacts> by;  ///< of the RRSIG it rests on, or that failed
};

/// What a name below a zone's apex is, as its DS question showed.
enum class Cut : std::uint8_t { none, secure, insecure, bogus, stopped };
struct CutFinding {
  Cut cut = Cut::bogus;
  dns::Ede ede;
  std::uint32_t ttl_most = 0xFFFFFFFFu;
  std::string how;
  std::optional<SignatureFacts> by;
};

class Judge {
 public:
  explicit Judge(Checker& checker) : checker_(checker) {}
  Judgement judge(const dns::Evidence& evidence, const ZonePtr& zone);
  /// `evidence` answers the question for DS at a name below `zone`.
  CutFinding cut(const dns::Evidence& evidence, const ZonePtr& zone);

 private:
  Judgement positive(const dns::Evidence& evidence, const ZonePtr& zone);
  Judgement wildcard(const dns::Evidence& evidence, const ZonePtr& zone, const Checked& checked);
  Judgement synthesised(const dns::Evidence& evidence, const dns::RRset& dname,
                        const ZonePtr& zone);
  Judgement negative(const dns::Evidence& evidence, const ZonePtr& zone);
  Judgement soa(const dns::Evidence& evidence, const ZonePtr& zone);
  /// `without`: why it is bogus when no record is there that could prove anything.
  template <class Ask>
  Proof denial(const dns::Evidence& evidence, const ZonePtr& zone, dns::Ede without, Ask ask);
  Checker& checker_;
  HashMemo memo_;
};

/// The DNAME RRset from which an unsigned CNAME was made, or none could be made, so long is it;
/// nullptr when the evidence is no such thing.
const dns::RRset* dname_of(const dns::Evidence& evidence);
/// Who signed this evidence: a signer at or above its name (for DS: above), at or below `anchor`;
/// the evidence's own zone before others. nullopt: nobody who could.
std::optional<dns::Name> signer_of(const dns::Evidence& evidence, const dns::Name& anchor);
}  // namespace windlass::validator
