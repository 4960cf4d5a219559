#include "validator/judge.hpp"

#include <algorithm>

#include "dns/because.hpp"

namespace windlass::validator {
namespace {
using dns::because;
using dns::Evidence;
using dns::Name;
using dns::RRset;
using dns::Type;

Judgement bogus(dns::Ede ede, std::optional<SignatureFacts> by = std::nullopt) {
  Judgement judgement;
  judgement.ede = std::move(ede);
  judgement.by = by;
  return judgement;
}

Judgement bogus(const Checked& checked) {
  return bogus(checked.ede, checked.by);
}

Judgement secure(const RRset& rrset, const Checked& checked) {
  return {Outcome::secure, {}, checked.ttl_most, describe(rrset), checked.by};
}

dns::Ede nothing_denies(const Evidence& evidence, const ZonePtr& zone) {
  return because<Fault::denial_missing>(rrset_text(evidence.name, evidence.type),
                                        zone->zone.to_text());
}

Judgement stopped() {
  Judgement judgement;
  judgement.outcome = Outcome::stopped;
  return judgement;
}

Judgement from(const Proof& proof) {
  return {proof.outcome, proof.ede, proof.ttl_most, proof.how, proof.by};
}

bool may_sign(const Name& signer, const Name& owner, const Evidence& evidence, const Name& anchor) {
  const bool above = evidence.type == Type::ds && !evidence.name.is_root()
                         ? evidence.name.is_below(signer)
                         : evidence.name.is_at_or_below(signer);
  return above && owner.is_at_or_below(signer) && signer.is_at_or_below(anchor);
}

/// Takes `rrset`'s signers into `best`; true when nobody better can come.
bool consider(const RRset& rrset, const Evidence& evidence, const Name& anchor,
              std::optional<Name>& best) {
  for (const auto rdata : rrset.signatures()) {
    const auto rrsig = dns::RrsigView::parse(rdata);
    if (!rrsig || rrsig->covered != rrset.type()) continue;
    if (!may_sign(rrsig->signer, rrset.owner(), evidence, anchor)) continue;
    if (!best || rrsig->signer == evidence.zone) best = rrsig->signer;
    if (*best == evidence.zone) return true;
  }
  return false;
}
}  // namespace

const RRset* dname_of(const Evidence& evidence) {
  const RRset* rrset = evidence.rrset.get();
  const bool alias = evidence.finding == dns::Finding::positive && rrset &&
                     rrset->type() == Type::cname && rrset->signatures().empty();
  if (!alias && evidence.finding != dns::Finding::yxdomain) return nullptr;
  for (const auto& proof : evidence.proofs) {
    if (proof && proof->type() == Type::dname && evidence.name.is_below(proof->owner()))
      return proof.get();
  }
  return nullptr;
}

std::optional<Name> signer_of(const Evidence& evidence, const Name& anchor) {
  std::optional<Name> best;
  if (!dns::denies(evidence.finding)) {
    const RRset* dname = dname_of(evidence);
    const RRset* rrset = dname ? dname : evidence.rrset.get();
    if (rrset) consider(*rrset, evidence, anchor, best);
    return best;
  }
  for (const Type wanted : {Type::nsec, Type::nsec3, Type::soa}) {
    for (const auto& proof : evidence.proofs) {
      if (!proof || proof->type() != wanted) continue;
      std::optional<Name> signer;
      // A proof's owner need not be above the name; only its signer must be.
      if (consider(*proof, evidence, anchor, signer)) return signer;
      if (!best) best = signer;
    }
    if (best) return best;
  }
  return best;
}

Judgement Judge::judge(const Evidence& evidence, const ZonePtr& zone) {
  if (dns::denies(evidence.finding)) return negative(evidence, zone);
  if (const RRset* dname = dname_of(evidence)) return synthesised(evidence, *dname, zone);
  return positive(evidence, zone);
}

Judgement Judge::positive(const Evidence& evidence, const ZonePtr& zone) {
  const RRset& rrset = *evidence.rrset;
  const Checked* checked = checker_.check(rrset, zone);
  if (!checked) return stopped();
  if (checked->outcome != Outcome::secure) return bogus(*checked);
  if (checked->expanded) return wildcard(evidence, zone, *checked);
  return secure(rrset, *checked);
}

/// RFC 4035 5.3.4. Types that are never made from a wildcard are refused. NSEC may be, where
/// somebody asks for it (RFC 4592 4.7): good as an answer, never as a proof (Witnesses::trust).
Judgement Judge::wildcard(const Evidence& evidence, const ZonePtr& zone, const Checked& checked) {
  const RRset& rrset = *evidence.rrset;
  for (const Type type : {Type::ds, Type::dnskey, Type::nsec3, Type::soa, Type::dname}) {
    if (rrset.type() == type) return bogus(because<Fault::wildcard_forbidden>(describe(rrset)));
  }
  const std::size_t labels = checked.labels;
  const Proof proof =
      denial(evidence, zone,
             because<Fault::expansion_unproven>(rrset.owner().to_text(), "NSEC or NSEC3",
                                                zone->zone.to_text()),
             [&](auto& denials) { return denials.expansion(rrset.owner(), labels); });
  Judgement judgement = from(proof);
  judgement.ttl_most = std::min(proof.ttl_most, checked.ttl_most);
  if (proof.outcome != Outcome::bogus)
    judgement.how = describe(rrset) + " from a wildcard: " + judgement.how;
  judgement.by = checked.by;
  return judgement;
}

/// RFC 6672 5.3.1: the DNAME is signed; the CNAME must be exactly what it yields. Where it yields
/// none, there must be none.
Judgement Judge::synthesised(const Evidence& evidence, const RRset& dname, const ZonePtr& zone) {
  const Checked* checked = checker_.check(dname, zone);
  if (!checked) return stopped();
  if (checked->outcome != Outcome::secure) return bogus(*checked);
  const RRset* alias = evidence.rrset.get();
  const std::string what = rrset_text(evidence.name, Type::cname);
  if (checked->expanded || dname.rdata().size() != 1 || (alias && alias->rdata().size() != 1))
    return bogus(because<Fault::dname_unfit>(what));
  const auto replacement = dns::name_of(dname.rdata().front());
  const auto target = alias ? dns::name_of(alias->rdata().front()) : replacement;
  if (!replacement || !target) return bogus(because<Fault::alias_malformed>(what));
  const auto expected = evidence.name.rebased(dname.owner(), *replacement);
  if (alias ? !expected || !(*expected == *target) : bool{expected})
    return bogus(because<Fault::alias_other>(what, dname.owner().to_text()));
  Judgement judgement = secure(dname, *checked);
  judgement.how = what + (alias ? " from " : " would be too long by ") + judgement.how;
  return judgement;
}

template <class Ask>
Proof Judge::denial(const Evidence& evidence, const ZonePtr& zone, dns::Ede without, Ask ask) {
  NsecDenial nsec(evidence.proofs, checker_, zone);
  Proof proof;
  proof.ede = std::move(without);
  if (!nsec.empty()) proof = ask(nsec);
  if (proof.outcome != Outcome::bogus) return proof;
  Nsec3Denial nsec3(evidence.proofs, checker_, zone, memo_);
  return nsec3.empty() ? proof : ask(nsec3);
}

/// The SOA gives a denial its TTL: in a secure zone it must be the zone's and signed.
Judgement Judge::soa(const Evidence& evidence, const ZonePtr& zone) {
  Judgement judgement;
  judgement.outcome = Outcome::secure;
  for (const auto& proof : evidence.proofs) {
    if (!proof || proof->type() != Type::soa) continue;
    const Checked* checked = checker_.check(*proof, zone);
    if (!checked) return stopped();
    if (checked->outcome != Outcome::secure) return bogus(*checked);
    if (!(proof->owner() == zone->zone) || checked->expanded)
      return bogus(because<Fault::soa_other>(describe(*proof), zone->zone.to_text()));
    judgement.ttl_most = std::min(judgement.ttl_most, checked->ttl_most);
  }
  return judgement;
}

Judgement Judge::negative(const Evidence& evidence, const ZonePtr& zone) {
  const Judgement authority = soa(evidence, zone);
  if (authority.outcome != Outcome::secure) return authority;
  Judgement judgement =
      from(denial(evidence, zone, nothing_denies(evidence, zone), [&](auto& denials) {
        return evidence.finding == dns::Finding::nxdomain
                   ? denials.nxdomain(evidence.name)
                   : denials.nodata(evidence.name, evidence.type);
      }));
  judgement.ttl_most = std::min(judgement.ttl_most, authority.ttl_most);
  return judgement;
}

CutFinding Judge::cut(const Evidence& evidence, const ZonePtr& zone) {
  if (!dns::denies(evidence.finding)) {
    const Judgement judgement = judge(evidence, zone);
    const auto found = [&](Cut cut) {
      return CutFinding{cut, judgement.ede, judgement.ttl_most, judgement.how, judgement.by};
    };
    if (judgement.outcome == Outcome::stopped) return found(Cut::stopped);
    if (judgement.outcome == Outcome::bogus) return found(Cut::bogus);
    const bool ds = evidence.rrset && evidence.rrset->type() == Type::ds;
    return found(ds ? Cut::secure : Cut::none);
  }
  const auto ask = [&](auto& denials) {
    Proof proof = denials.nodata(evidence.name, Type::ds);
    return proof.outcome == Outcome::bogus && evidence.finding == dns::Finding::nxdomain
               ? denials.nxdomain(evidence.name)
               : proof;
  };
  const Proof proof = denial(evidence, zone, nothing_denies(evidence, zone), ask);
  const auto found = [&](Cut cut) {
    return CutFinding{cut, proof.ede, proof.ttl_most, proof.how, proof.by};
  };
  switch (proof.outcome) {
    case Outcome::stopped:
      return found(Cut::stopped);
    case Outcome::bogus:
      return found(Cut::bogus);
    case Outcome::insecure:
      return found(Cut::insecure);
    case Outcome::secure:
      break;
  }
  return found(proof.delegation ? Cut::insecure : Cut::none);
}
}  // namespace windlass::validator
