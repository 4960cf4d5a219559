#pragma once
/// The inside of Validation: the walk from the anchor (walk.cpp) and its two ends (validation.cpp).
///
///   starting --kept keys found--------------------------> walking
///   starting --none: the anchor's DNSKEY to be checked--> keys
///   keys     --DNSKEY RRset vouched for and signed------> walking   (one zone further down)
///   walking  --DS of the next cut proven----------------> keys
///   walking  --no cut here------------------------------> walking   (one label further down)
///   walking  --target reached---------------------------> judging
///   judging  --the signer is no zone--------------------> walking   (to the owner, as if unsigned)
///
/// A bogus end begins again under the next anchor above, where there is one.
///
/// Any state may end in a verdict or pause with needs, more or spent; it is then entered again, and
/// everything verified before is remembered by the Checker and the HashMemo.
#include <deque>
#include <optional>

#include "validator/ds.hpp"
#include "validator/judge.hpp"
#include "validator/key_store.hpp"
#include "validator/validation.hpp"
namespace windlass::validator {

struct Validation::Impl {
  enum class State : std::uint8_t { starting, keys, walking, judging };
  using Pause = std::optional<Verdict>;  ///< nullopt: go on with the next state

  struct Provided {
    dns::Question question;
    std::optional<dns::Evidence> evidence;
    std::string failure;  ///< why there is none
    Fetch fetch;
    bool own = false;       ///< it is the evidence under judgement
    std::int64_t left = 0;  ///< other servers that may be asked when it is bogus
  };
  /// The zone whose DNSKEY is being judged.
  struct Entering {
    dns::Name zone;
    Vouchers vouchers;
    std::uint32_t ttl_most = 0;
    ZonePtr vouched;  ///< once the DNSKEY RRset is here
  };

  Impl(Context given, dns::Evidence judged);
  Verdict step(const Now& now, Work& work);
  void provide(const dns::Evidence* given, const std::optional<dns::Ede>& failure);

  // validation.cpp
  Pause on_starting();
  Pause begin();
  Pause next_anchor(Verdict failed);
  Pause on_judging();
  Pause look_up(const dns::Name& deepest);
  void plan();
  const char* malformed() const;
  bool answers(const dns::Evidence& given) const;
  Verdict finish(VerdictKind kind, dns::Ede ede, std::uint32_t ttl_most = 0xFFFFFFFFu);
  Verdict unsigned_bogus();
  void fail_trap(const dns::Ede& ede);
  dns::Ede with_limit(dns::Ede ede) const;
  Verdict bogus_evidence(dns::Ede ede, const std::optional<SignatureFacts>& by = std::nullopt);
  // walk.cpp
  Pause on_walking();
  Pause on_keys();
  Pause enter(const dns::Name& zone, Vouchers vouchers, std::uint32_t ttl_most);
  Pause enter_anchor();
  Pause enter_child(const dns::Name& zone, const dns::RRset& ds, const CutFinding& found);
  Pause entered(const dns::RRsetPtr& dnskeys, const Checked& checked);
  Pause insecure_from(const dns::Name& zone, const dns::Ede& ede, std::uint32_t ttl_most);
  Verdict doubt(Provided& answer, const dns::Ede& ede,
                const std::optional<SignatureFacts>& by = std::nullopt);
  Verdict fail_zone(const Provided& answer, const dns::Ede& ede,
                    const std::optional<SignatureFacts>& by);
  Verdict unreachable(const Provided& missing);
  dns::Name candidate();
  Provided* have(const dns::Name& name, dns::Type type);
  Verdict needs(const dns::Name& name, dns::Type type);
  void keep(ZonePtr zone, std::int64_t ttl_s);
  /// `step` makes a ChainStep; it is called only when one is kept.
  template <class Step>
  void trace(Step step) {
    if (context.trace) chain.push_back(step());
  }
  void trace_judged(dns::Security verdict, const Judgement& judgement);
  void trace_failed(ChainStep::Link link, const dns::Name& at, std::string what,
                    const dns::Ede& ede, const std::optional<SignatureFacts>& by);

  Context context;
  dns::Evidence evidence;
  State state = State::starting;
  Effort effort;
  Checker checker;
  Judge judge;
  Fetch own_fetch;
  std::deque<Provided> provided;
  std::vector<ChainStep> chain;
  std::optional<Verdict> ended;
  dns::Question asked;

  const Anchor* anchor = nullptr;
  std::optional<Verdict> closest_failed;  ///< under the closest anchor; one above it is tried now
  std::optional<dns::Name>
      signer;  ///< who must be reached; nullopt: the evidence counts as unsigned
  std::optional<dns::Name> false_signer;
  dns::Name target;         ///< where the walk ends: the signer, or the owner of unsigned evidence
  ZonePtr zone;             ///< the deepest zone whose keys are known
  std::size_t reached = 0;  ///< labels of the target that are known to be in `zone`
  bool leap = true;         ///< try the hinted cut before going label by label
  std::optional<Entering> entering;
};
}  // namespace windlass::validator
