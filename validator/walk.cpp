#include <algorithm>

#include "dns/because.hpp"
#include "validator/chain.hpp"
#include "validator/validation_impl.hpp"

namespace windlass::validator {
namespace {
using dns::because;
using dns::Name;
using dns::Security;
using dns::Type;
using Link = ChainStep::Link;

constexpr std::int64_t kept_most_s = 86'400;

/// Who signed the answer to a DS question; the evidence's own zone before others.
std::optional<Name> ds_signer(const dns::Evidence& ds, const Name& anchor) {
  return ds.name.is_root() ? std::nullopt : signer_of(ds, anchor);
}

Link link_of(Type asked) {
  return asked == Type::ds ? Link::ds : Link::dnskey;
}

/// What was provided, in words; of a denial its type.
std::string records_text(const dns::Evidence& given, Type asked) {
  const dns::RRset* rrset = given.rrset.get();
  if (rrset && rrset->type() == Type::ds) return ds_text(*rrset);
  if (rrset && rrset->type() == Type::dnskey) return dnskey_text(*rrset);
  return (rrset ? dns::to_text(rrset->type()) + " instead of " : "no ") + dns::to_text(asked);
}

}  // namespace

void Validation::Impl::trace_failed(Link link, const Name& at, std::string what,
                                    const dns::Ede& ede, const std::optional<SignatureFacts>& by) {
  trace([&] {
    return ChainStep{link, at.to_text(), std::move(what), by, Security::bogus, ede, true};
  });
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

/// What an anchor above says of zones below a closer one counts only when it is secure.
void Validation::Impl::keep(ZonePtr known, std::int64_t ttl_s) {
  if (closest_failed && known->status != ZoneStatus::secure) return;
  known->epoch = context.anchors->epoch_of(known->zone);
  known->expires_age_ms =
      effort.now().age_ms + std::clamp<std::int64_t>(ttl_s, 0, kept_most_s) * 1000;
  context.keys.impl().store(context.partition, std::move(known));
}

/// One server said what is bogus: before its zone is, another one is asked. Not when a limit was
/// reached: whoever set the zone up so has all its servers. The evidence under judgement is asked
/// for anew by whoever has it judged.
Verdict Validation::Impl::doubt(Provided& answer, const dns::Ede& why,
                                const std::optional<SignatureFacts>& by) {
  const dns::Ede ede = with_limit(why);
  if (answer.left == 0 || answer.fetch.limited) return fail_zone(answer, ede, by);
  --answer.left;
  const Name& name = answer.question.name;
  const Type type = answer.question.type;
  trace([&] {
    return ChainStep{link_of(type),
                     name.to_text(),
                     records_text(*answer.evidence, type) + "; another server is asked",
                     by,
                     Security::bogus,
                     ede,
                     false};
  });
  Verdict verdict = needs(name, type);
  verdict.anew = true;
  return verdict;
}

/// Bogus, and remembered, so that later names of the zone cost nothing; unless the keys are
/// themselves what is judged, and may be asked for anew.
Verdict Validation::Impl::fail_zone(const Provided& answer, const dns::Ede& ede,
                                    const std::optional<SignatureFacts>& by) {
  const Name& name = answer.question.name;
  const Type type = answer.question.type;
  auto failed = std::make_shared<ZoneKeys>();
  failed->zone = name;
  failed->status = ZoneStatus::bogus;
  failed->ede = ede;
  if (!answer.own) keep(std::move(failed), context.limits[Limit::bogus_ttl]);
  trace_failed(link_of(type), name, records_text(*answer.evidence, type), ede, by);
  Verdict verdict = finish(VerdictKind::bogus, ede);
  verdict.zone = name;
  verdict.question = answer.question;
  verdict.anew = answer.own && !answer.fetch.limited;
  return verdict;
}

Verdict Validation::Impl::unreachable(const Provided& missing) {
  const std::string at = missing.question.name.to_text();
  dns::Ede ede = missing.question.type == Type::ds
                     ? because<Fault::ds_unfetched>(at, missing.failure)
                     : because<Fault::dnskey_unfetched>(at, missing.failure);
  trace_failed(link_of(missing.question.type), missing.question.name,
               dns::to_text(missing.question.type), ede, std::nullopt);
  Verdict verdict = finish(VerdictKind::bogus, std::move(ede));
  verdict.unreachable = true;
  verdict.anew = !signer;  // signed, it would not need this proof
  return verdict;
}

Validation::Impl::Pause Validation::Impl::insecure_from(const Name& name, const dns::Ede& ede,
                                                        std::uint32_t ttl_most) {
  auto known = std::make_shared<ZoneKeys>();
  known->zone = name;
  known->status = ZoneStatus::insecure;
  known->ede = ede;
  keep(std::move(known), ttl_most);
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
  const bool leaped = next.label_count() > reached + 1;
  if (!ds->evidence && leaped) return leap = false, std::nullopt;  // a cut above may be insecure
  if (!ds->evidence) return unreachable(*ds);
  checker.charge(ds->fetch);
  const CutFinding found = judge.cut(*ds->evidence, zone);
  switch (found.cut) {
    case Cut::stopped:
      return effort.take_stop();
    case Cut::insecure:
      trace([&] {
        return ChainStep{Link::no_ds,        next.to_text(), found.how, found.by,
                         Security::insecure, found.ede,      false};
      });
      return insecure_from(next, found.ede, found.ttl_most);
    case Cut::secure:
      return enter_child(next, *ds->evidence->rrset, found);
    case Cut::bogus:
      // A DS that the zone above claims to have signed becomes no better by a longer way to it.
      if (!leaped || ds->evidence->finding == dns::Finding::positive)
        return doubt(*ds, found.ede, found.by);
      break;
    case Cut::none:
      if (leaped) break;
      trace([&] {
        return ChainStep{Link::no_cut, next.to_text(), found.how, found.by, Security::secure,
                         {},           false};
      });
      ++reached;
      break;
  }
  leap = false;
  return std::nullopt;
}

Validation::Impl::Pause Validation::Impl::enter_anchor() {
  Vouchers vouchers = vouchers_of(*anchor, checker);
  trace([&] {
    const bool none = vouchers.empty();
    return ChainStep{Link::anchor,
                     anchor->zone.to_text(),
                     none ? "" : describe(vouchers),
                     std::nullopt,
                     none ? Security::insecure : Security::secure,
                     vouchers.unsupported,
                     false};
  });
  return enter(anchor->zone, std::move(vouchers), 0xFFFFFFFFu);
}

Validation::Impl::Pause Validation::Impl::enter_child(const Name& name, const dns::RRset& ds,
                                                      const CutFinding& found) {
  Vouchers vouchers = vouchers_of(ds, checker);
  trace([&] {
    const bool none = vouchers.empty();
    return ChainStep{Link::ds,
                     name.to_text(),
                     ds_text(ds),
                     found.by,
                     none ? Security::insecure : Security::secure,
                     none ? vouchers.unsupported : dns::Ede{},
                     false};
  });
  return enter(name, std::move(vouchers), std::min(found.ttl_most, ds.ttl()));
}

Validation::Impl::Pause Validation::Impl::enter(const Name& name, Vouchers vouchers,
                                                std::uint32_t ttl_most) {
  if (vouchers.empty()) return insecure_from(name, vouchers.unsupported, ttl_most);
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
  const auto& rrset = answer->evidence->rrset;
  if (answer->evidence->finding != dns::Finding::positive || rrset->type() != Type::dnskey)
    return doubt(*answer, because<Fault::dnskey_absent>(name.to_text()));
  if (!entering->vouched || entering->vouched->dnskeys != rrset)
    entering->vouched = vouched_keys(name, rrset, entering->vouchers, checker, context.limits);
  if (entering->vouched->keys.empty()) return doubt(*answer, entering->vouched->ede);
  checker.charge(answer->fetch);
  const Checked* checked = checker.check(*rrset, entering->vouched);
  if (!checked) return effort.take_stop();
  if (checked->outcome != Outcome::secure) return doubt(*answer, checked->ede, checked->by);
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
  trace([&] {
    return ChainStep{Link::dnskey, zone->zone.to_text(), dnskey_text(*dnskeys),
                     checked.by,   Security::secure,     {},
                     false};
  });
  reached = zone->zone.label_count();
  leap = true;
  entering.reset();
  state = State::walking;
  return std::nullopt;
}
}  // namespace windlass::validator
