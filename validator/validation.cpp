#include "validator/validation.hpp"

#include <algorithm>
#include <array>

#include "dns/because.hpp"
#include "validator/text.hpp"
#include "validator/validation_impl.hpp"

namespace windlass::validator {
namespace {
using dns::because;
using dns::Name;
using dns::Security;
using dns::Type;
using Link = ChainStep::Link;

/// The name whose zone holds the data: DS belongs to the parent.
Name holder_of(const dns::Evidence& evidence) {
  return evidence.type == Type::ds ? evidence.name.parent() : evidence.name;
}
Security security_of(ZoneStatus status) {
  return status == ZoneStatus::secure     ? Security::secure
         : status == ZoneStatus::insecure ? Security::insecure
                                          : Security::bogus;
}

/// "until 2026-12-01T10:00:00Z, they forgot to sign"
std::string words_of(const NegativeAnchor& nta) {
  if (nta.until_wall_s == 0) return nta.reason;
  return "until " + wall_text(nta.until_wall_s) + (nta.reason.empty() ? "" : ", " + nta.reason);
}

/// A denial with no record that could deny.
bool is_bare_denial(const dns::Evidence& evidence) {
  const auto denies = [](const dns::RRsetPtr& set) {
    return set && (set->type() == dns::Type::nsec || set->type() == dns::Type::nsec3);
  };
  return evidence.finding != dns::Finding::positive &&
         std::ranges::none_of(evidence.proofs, denies);
}

bool has_rrsig(const dns::Evidence& evidence) {
  const auto is_signed = [](const dns::RRsetPtr& set) { return set && !set->signatures().empty(); };
  return is_signed(evidence.rrset) || std::ranges::any_of(evidence.proofs, is_signed);
}
}  // namespace

Validation::Impl::Impl(Context given, dns::Evidence judged)
    : context(std::move(given)),
      evidence(std::move(judged)),
      effort(context.limits, context.metrics, context.slice),
      checker(context.options, effort),
      judge(checker) {}

Verdict Validation::Impl::step(const Now& now, Work& work) {
  effort.begin_step(now, work);
  while (!ended) {
    Pause pause;
    switch (state) {
      case State::starting:
        pause = on_starting();
        break;
      case State::keys:
        pause = on_keys();
        break;
      case State::walking:
        pause = on_walking();
        break;
      case State::judging:
        pause = on_judging();
        break;
    }
    if (!pause) continue;
    const VerdictKind kind = pause->kind;
    if (kind == VerdictKind::needs || kind == VerdictKind::more || kind == VerdictKind::spent)
      return *pause;
    ended = next_anchor(*std::move(pause));
  }
  return *ended;
}

/// What makes the evidence no evidence at all; nullptr: nothing.
const char* Validation::Impl::malformed() const {
  if (dns::denies(evidence.finding)) return nullptr;
  if (evidence.finding == dns::Finding::yxdomain)
    return evidence.type == Type::cname && dname_of(evidence) ? nullptr : "no DNAME";
  if (!evidence.rrset) return "no RRset";
  if (!(evidence.rrset->owner() == evidence.name)) return "an RRset of another name";
  const bool expected = evidence.type == Type::any || evidence.rrset->type() == evidence.type ||
                        evidence.rrset->type() == Type::cname;
  return expected ? nullptr : "an RRset of another type";
}

/// Waits for nothing: finds the anchor and the place to begin.
Validation::Impl::Pause Validation::Impl::on_starting() {
  if (const char* what = malformed())
    return bogus_evidence(
        because<Fault::no_evidence>(rrset_text(evidence.name, evidence.type), what));
  const Name holder = holder_of(evidence);
  anchor = context.anchors->closest(holder);
  if (!anchor) return finish(VerdictKind::insecure, {});
  if (const auto* nta = context.anchors->negative_for(holder, effort.now().wall_s)) {
    dns::Ede ede = because<Fault::negative_anchor>(nta->name.to_text());
    trace([&] {
      return ChainStep{Link::negative_anchor,
                       nta->name.to_text(),
                       words_of(*nta),
                       std::nullopt,
                       Security::insecure,
                       ede,
                       false};
    });
    return finish(VerdictKind::insecure, std::move(ede));
  }
  // RRSIG RRsets are never signed themselves (RFC 4035 2.2).
  if (evidence.type == Type::rrsig && evidence.finding == dns::Finding::positive)
    return finish(VerdictKind::insecure, {});
  return begin();
}

/// Under `anchor`.
Validation::Impl::Pause Validation::Impl::begin() {
  plan();
  if (auto pause = look_up(target)) return pause;
  state = State::walking;
  if (zone) return std::nullopt;
  return enter_anchor();
}

/// Of nested anchors the success of any counts (RFC 6840 5.10, C.2), and else the failure under the
/// closest. nullopt: the next one above is tried.
Validation::Impl::Pause Validation::Impl::next_anchor(Verdict verdict) {
  const bool bogus = verdict.kind == VerdictKind::bogus;
  if (verdict.kind == VerdictKind::secure)
    for (ChainStep& link : chain) link.failed = false;  // another chain holds
  if (verdict.kind == VerdictKind::secure || (!bogus && !closest_failed)) return verdict;
  if (!closest_failed) closest_failed = std::move(verdict);
  anchor = bogus && anchor ? context.anchors->above(*anchor) : nullptr;
  if (!anchor) return closest_failed;
  zone = nullptr;
  reached = 0;
  leap = true;
  false_signer.reset();
  entering.reset();
  Pause pause = begin();
  return pause ? next_anchor(*std::move(pause)) : std::nullopt;
}

/// Where the walk must lead.
void Validation::Impl::plan() {
  signer = signer_of(evidence, anchor->zone);
  target = signer ? *signer : holder_of(evidence);
  const dns::RRset* dname = signer ? nullptr : dname_of(evidence);
  if (dname && dname->owner().is_at_or_below(anchor->zone)) target = dname->owner();
}

/// Begins at the deepest kept zone between `deepest` and the anchor.
Validation::Impl::Pause Validation::Impl::look_up(const Name& deepest) {
  if (context.fresh) return std::nullopt;
  for (std::size_t labels = deepest.label_count() + 1; labels-- > anchor->zone.label_count();) {
    const Name name = deepest.suffix(labels);
    ZonePtr kept = context.keys.impl().find(name, context.partition,
                                            context.anchors->epoch_of(name), effort.now().age_ms);
    if (!kept) continue;
    // What fails under one anchor may succeed under another.
    if (closest_failed && kept->status == ZoneStatus::bogus) continue;
    trace([&] {
      return ChainStep{Link::kept,
                       name.to_text(),
                       "judged before",
                       std::nullopt,
                       security_of(kept->status),
                       kept->ede,
                       kept->status == ZoneStatus::bogus};
    });
    if (kept->status == ZoneStatus::insecure) return finish(VerdictKind::insecure, kept->ede);
    if (kept->status == ZoneStatus::bogus) {
      Verdict verdict = finish(VerdictKind::bogus, kept->ede);
      verdict.zone = kept->zone;
      return verdict;
    }
    zone = std::move(kept);
    reached = labels;
    break;
  }
  return std::nullopt;
}

Verdict Validation::Impl::finish(VerdictKind kind, dns::Ede ede, std::uint32_t ttl_most) {
  Verdict verdict;
  verdict.kind = kind;
  verdict.ede = std::move(ede);
  verdict.zone = zone ? zone->zone : anchor ? anchor->zone : evidence.zone;
  verdict.ttl_most = ttl_most;
  return verdict;
}

/// Unsigned evidence in a zone that signs, all the way down to its owner.
Verdict Validation::Impl::unsigned_bogus() {
  const std::string what = rrset_text(evidence.name, evidence.type), at = zone->zone.to_text();
  if (false_signer)
    return bogus_evidence(because<Fault::signer_no_zone>(what, false_signer->to_text(), at));
  if (has_rrsig(evidence)) return bogus_evidence(because<Fault::rrsig_unusable>(what, at));
  return bogus_evidence(is_bare_denial(evidence) ? because<Fault::denial_missing>(what, at)
                                                 : because<Fault::rrsig_missing>(what, at));
}

/// Names the limit that left a part of the answer unseen: what was missed may stand there.
dns::Ede Validation::Impl::with_limit(dns::Ede ede) const {
  const auto limit = effort.cut_off();
  if (!limit || ede.text.find(row_of(*limit).key) != std::string::npos) return ede;
  const std::string number = std::to_string(context.limits[*limit]);
  const std::array<std::string_view, 3> gaps{ede.text, row_of(*limit).key, number};
  ede.text = filled("{what}; limit {limit} ({number}) reached", gaps, dns::ede_text_octets_max);
  return ede;
}

/// The evidence itself is what fails.
Verdict Validation::Impl::bogus_evidence(dns::Ede ede, const std::optional<SignatureFacts>& by) {
  Verdict verdict = finish(VerdictKind::bogus, with_limit(std::move(ede)));
  verdict.anew = !own_fetch.limited && !checker.trapped();
  trace_failed(Link::data, verdict.zone, rrset_text(evidence.name, evidence.type), verdict.ede, by);
  return verdict;
}

void Validation::Impl::trace_judged(Security verdict, const Judgement& judgement) {
  trace([&] {
    const bool denied = dns::denies(evidence.finding);
    const std::string what = rrset_text(evidence.name, evidence.type);
    return ChainStep{Link::data,
                     zone->zone.to_text(),
                     denied ? "no " + what + ": " + judgement.how : judgement.how,
                     judgement.by,
                     verdict,
                     judgement.ede,
                     false};
  });
}

/// Waits for a slice, when one is not enough.
Validation::Impl::Pause Validation::Impl::on_judging() {
  if (!signer) return unsigned_bogus();
  if (!(zone->zone == *signer)) {
    false_signer = std::exchange(signer, std::nullopt);
    target = holder_of(evidence);
    leap = true;
    state = State::walking;
    return std::nullopt;
  }
  checker.charge(own_fetch);
  Judgement judgement = judge.judge(evidence, zone);
  switch (judgement.outcome) {
    case Outcome::stopped:
      return effort.take_stop();
    case Outcome::secure:
      trace_judged(Security::secure, judgement);
      return finish(VerdictKind::secure, {}, judgement.ttl_most);
    case Outcome::insecure:
      trace_judged(Security::insecure, judgement);
      return finish(VerdictKind::insecure, std::move(judgement.ede), judgement.ttl_most);
    case Outcome::bogus:
      break;
  }
  if (checker.trapped()) fail_trap(judgement.ede);
  return bogus_evidence(std::move(judgement.ede), judgement.by);
}

/// Each further name of such a zone would cost as much again.
void Validation::Impl::fail_trap(const dns::Ede& ede) {
  auto failed = std::make_shared<ZoneKeys>();
  failed->zone = zone->zone;
  failed->status = ZoneStatus::bogus;
  failed->ede = because<Fault::keys_of_one_tag>(zone->zone.to_text(), ede.text);
  keep(std::move(failed), context.limits[Limit::bogus_ttl]);
}

/// Evidence that does not answer the question counts as none. An alias is evidence of type CNAME,
/// also where it would be too long; a name that does not exist has no type.
bool Validation::Impl::answers(const dns::Evidence& given) const {
  if (!(given.name == asked.name)) return false;
  if (given.finding == dns::Finding::nxdomain || given.finding == dns::Finding::yxdomain)
    return true;
  if (given.finding == dns::Finding::nodata) return given.type == asked.type;
  if (!given.rrset || !(given.rrset->owner() == asked.name)) return false;
  return given.rrset->type() == asked.type || given.rrset->type() == Type::cname;
}

void Validation::Impl::provide(const dns::Evidence* given, const std::optional<dns::Ede>& failure) {
  Provided* before = have(asked.name, asked.type);
  const bool usable = given && answers(*given);
  if (before && !usable) {  // nobody knows better
    before->left = 0;
    return;
  }
  // What was provided before stays: the Checker remembers its RRsets by their place.
  Provided& entry = provided.emplace_back();
  entry.question = asked;
  entry.left = before ? before->left : context.limits[Limit::bogus_retries];
  if (usable) {
    entry.evidence = *given;
    entry.evidence->type = given->finding == dns::Finding::nxdomain ? asked.type : given->type;
    return;
  }
  entry.failure = "no answer";
  if (failure)
    entry.failure =
        failure->text.empty() ? std::string(dns::purpose_of(failure->code)) : failure->text;
}

Validation::Validation(Context context, dns::Evidence evidence)
    : impl_(std::make_unique<Impl>(std::move(context), std::move(evidence))) {}
Validation::~Validation() = default;
Validation::Validation(Validation&&) noexcept = default;

Verdict Validation::step(const Now& now, Work& work) {
  return impl_->step(now, work);
}

void Validation::provide(const dns::Evidence* evidence, const std::optional<dns::Ede>& failure) {
  impl_->provide(evidence, failure);
}

std::optional<Verified> Validation::verified(const dns::RRset& rrset) const {
  return impl_->checker.verified(rrset);
}

const std::vector<ChainStep>& Validation::chain() const noexcept {
  return impl_->chain;
}
}  // namespace windlass::validator
