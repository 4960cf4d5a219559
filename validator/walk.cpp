#include <algorithm>

#include "dns/because.hpp"
#include "validator/validation_impl.hpp"

namespace windlass::validator {
namespace {
using dns::because;
using dns::Name;
using dns::Type;

constexpr std::int64_t kept_most_s = 86'400;

/// Who signed the answer to a DS question; the evidence's own zone before others.
std::optional<Name> ds_signer(const dns::Evidence& ds, const Name& anchor) {
  return ds.name.is_root() ? std::nullopt : signer_of(ds, anchor);
}
}  // namespace

void Validation::Impl::trace(const Name& at, std::string what, std::string verdict, bool failed) {
  if (context.trace) chain.push_back({at.to_text(), std::move(what), std::move(verdict), failed});
}

/// What was provided last for a question; the evidence under judgement answers its own.
Validation::Impl::Provided* Validation::Impl::have(const Name& name, Type type) {
  for (auto entry = provided.rbegin(); entry != provided.rend(); ++entry) {
    if (entry->question.type == type && entry->question.name == name) return &*entry;
  }
  if (evidence.type != type || !(evidence.name == name)) return nullptr;
  Provided& own = provided.emplace_back();
  own.question = {name, type, dns::Class::in};
  own.evidence = evidence;
  own.own = true;
  return &own;
}

Verdict Validation::Impl::needs(const Name& name, Type type) {
  asked = {name, type, dns::Class::in};
  Verdict verdict;
  verdict.kind = VerdictKind::needs;
  verdict.question = asked;
  return verdict;
}

void Validation::Impl::keep(ZonePtr known, std::int64_t ttl_s) {
  known->epoch = context.anchors->epoch_of(known->zone);
  known->expires_age_ms =
      effort.now().age_ms + std::clamp<std::int64_t>(ttl_s, 0, kept_most_s) * 1000;
  context.keys.impl().store(context.partition, std::move(known));
}

/// One server said what is bogus: before its zone is, another one is asked, once. Not when a limit
/// was reached: whoever set the zone up so has all its servers. The evidence under judgement is
/// asked for anew by whoever has it judged.
Verdict Validation::Impl::doubt(Provided& answer, const Name& name, const dns::Ede& ede) {
  const bool final = answer.doubted || ede.fault == Fault::signature_limit ||
                     context.limits[Limit::bogus_retries] == 0;
  if (answer.own || final)
    return fail_zone(name, answer.fault.text.empty() ? ede : answer.fault, !answer.own);
  answer.doubted = true;
  answer.fault = ede;
  trace(name, dns::to_text(answer.question.type), ede.text + "; another server is asked");
  Verdict verdict = needs(answer.question.name, answer.question.type);
  verdict.anew = true;
  return verdict;
}

/// Bogus, and remembered when `kept`, so that later names of the zone cost nothing.
Verdict Validation::Impl::fail_zone(const Name& name, const dns::Ede& ede, bool kept) {
  auto failed = std::make_shared<ZoneKeys>();
  failed->zone = name;
  failed->status = ZoneStatus::bogus;
  failed->ede = ede;
  if (kept) keep(std::move(failed), context.limits[Limit::bogus_ttl]);
  trace(name, "DNSKEY", ede.text, true);
  Verdict verdict = finish(VerdictKind::bogus, ede);
  verdict.zone = name;
  return verdict;
}

Verdict Validation::Impl::unreachable(const Provided& missing) {
  const std::string at = missing.question.name.to_text();
  dns::Ede ede = missing.question.type == Type::ds
                     ? because<Fault::ds_unfetched>(at, missing.failure)
                     : because<Fault::dnskey_unfetched>(at, missing.failure);
  trace(missing.question.name, dns::to_text(missing.question.type), ede.text, true);
  Verdict verdict = finish(VerdictKind::bogus, std::move(ede));
  verdict.unreachable = true;
  return verdict;
}

Validation::Impl::Pause Validation::Impl::insecure_from(const Name& name, const dns::Ede& ede,
                                                        const std::string& how,
                                                        std::uint32_t ttl_most) {
  auto known = std::make_shared<ZoneKeys>();
  known->zone = name;
  known->status = ZoneStatus::insecure;
  known->ede = ede;
  keep(std::move(known), ttl_most);
  trace(name, how, "insecure");
  return finish(VerdictKind::insecure, ede);
}

/// The name whose DS is asked for next. A signer, or the zone that answered, is most likely the
/// next cut, and the signer of its DS the cut above it: so chains cost one question a cut. What
/// that does not settle is walked label by label.
Name Validation::Impl::candidate() {
  const Name label_by_label = target.suffix(reached + 1);
  const Name hint = signer ? *signer : evidence.zone;
  if (!leap || hint.label_count() <= reached || !target.is_at_or_below(hint)) return label_by_label;
  Name next = hint;
  for (;;) {
    const Provided* ds = have(next, Type::ds);
    if (!ds || !ds->evidence) return next;
    const auto above = ds_signer(*ds->evidence, zone->zone);
    if (above && *above == zone->zone) return next;
    if (!above || above->label_count() <= reached || !next.is_below(*above)) break;
    next = *above;  // shorter each time
  }
  leap = false;
  return label_by_label;
}

/// Waits for the DS of the next cut.
Validation::Impl::Pause Validation::Impl::on_walking() {
  if (reached >= target.label_count()) {
    state = State::judging;
    return std::nullopt;
  }
  const Name next = candidate();
  Provided* ds = have(next, Type::ds);
  if (!ds) return needs(next, Type::ds);
  if (!ds->evidence) return unreachable(*ds);
  if (!ds->fault.text.empty()) return doubt(*ds, next, ds->fault);
  checker.charge(ds->fetch);
  const CutFinding found = judge.cut(*ds->evidence, zone);
  const bool leaped = next.label_count() > reached + 1;
  switch (found.cut) {
    case Cut::stopped:
      return effort.take_stop();
    case Cut::insecure:
      return insecure_from(next, found.ede, "no DS: " + found.how, found.ttl_most);
    case Cut::secure:
      return enter(next, vouchers_of(*ds->evidence->rrset, checker),
                   std::min(found.ttl_most, ds->evidence->rrset->ttl()));
    case Cut::bogus:
      if (!leaped) return doubt(*ds, next, found.ede);
      break;
    case Cut::none:
      if (!leaped) trace(next, "no zone cut: " + found.how, "secure"), ++reached;
      break;
  }
  leap = false;
  return std::nullopt;
}

Validation::Impl::Pause Validation::Impl::enter(const Name& name, Vouchers vouchers,
                                                std::uint32_t ttl_most) {
  if (vouchers.empty())
    return insecure_from(name, vouchers.unsupported, "unsupported algorithm or digest", ttl_most);
  trace(name, describe(vouchers), "secure");
  entering = Entering{name, std::move(vouchers), ttl_most, nullptr};
  state = State::keys;
  return std::nullopt;
}

/// Waits for the DNSKEY RRset of the zone being entered.
Validation::Impl::Pause Validation::Impl::on_keys() {
  const Name& name = entering->zone;
  Provided* answer = have(name, Type::dnskey);
  if (!answer) return needs(name, Type::dnskey);
  if (!answer->evidence) return unreachable(*answer);
  if (!answer->fault.text.empty()) return doubt(*answer, name, answer->fault);
  const auto& rrset = answer->evidence->rrset;
  if (answer->evidence->finding != dns::Finding::positive || rrset->type() != Type::dnskey)
    return doubt(*answer, name, because<Fault::dnskey_absent>(name.to_text()));
  if (!entering->vouched || entering->vouched->dnskeys != rrset)
    entering->vouched = vouched_keys(name, rrset, entering->vouchers, checker, context.limits);
  if (entering->vouched->keys.empty()) return doubt(*answer, name, entering->vouched->ede);
  checker.charge(answer->fetch);
  const Checked* checked = checker.check(*rrset, entering->vouched);
  if (!checked) return effort.take_stop();
  if (checked->outcome != Outcome::secure) return doubt(*answer, name, checked->ede);
  return entered(rrset, *checked);
}

Validation::Impl::Pause Validation::Impl::entered(const dns::RRsetPtr& dnskeys,
                                                  const Checked& checked) {
  zone = usable_keys(entering->zone, dnskeys, checker);
  for (ZoneKey& key : zone->keys) {  // what is parsed already need not be parsed again
    for (const ZoneKey& known : entering->vouched->keys) {
      if (known.rdata.data() == key.rdata.data()) key = known;
    }
  }
  keep(zone, std::min({entering->ttl_most, checked.ttl_most, dnskeys->ttl()}));
  trace(zone->zone, "DNSKEY RRset signed by " + std::to_string(checked.by->key_tag), "secure");
  reached = zone->zone.label_count();
  leap = true;
  entering.reset();
  state = State::walking;
  return std::nullopt;
}
}  // namespace windlass::validator
