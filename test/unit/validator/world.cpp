#include "test/unit/validator/world.hpp"

#include "dns/rdata.hpp"

namespace windlass::test {
using dns::Evidence;
using dns::Finding;
using dns::Name;
using dns::Type;

std::string text_of(const Name& name, Type type) {
  return name.to_text() + " " + dns::to_text(type);
}

validator::AnchorKey anchor_key(const SignedZone& zone, bool as_ds) {
  const Key& key = zone.keys.front();
  return {as_ds, as_ds ? key.ds(zone.name) : key.rdata(), key.tag(), key.algorithm()};
}

World::World() {
  zones_.push_back(root);
  set(positive(root.dnskey(), root.name));
  add(org);
  add(example);
  anchor_at(root);
}

void World::anchor_at(const SignedZone& zone, bool as_ds) {
  anchors = validator::TrustAnchors::make({{zone.name, {anchor_key(zone, as_ds)}}}, {});
}

const SignedZone& World::deepest(const Name& name, bool above) const {
  const SignedZone* best = &zones_.front();
  for (const SignedZone& zone : zones_) {
    const bool fits = above ? name.is_below(zone.name) : name.is_at_or_below(zone.name);
    if (fits && zone.name.label_count() >= best->name.label_count()) best = &zone;
  }
  return *best;
}

void World::set(Evidence evidence) {
  answers_[text_of(evidence.name, evidence.type)] = std::move(evidence);
}

void World::set_denied(std::string_view name, Type type, const SignedZone& zone,
                       std::vector<dns::RRsetPtr> proofs) {
  set(denied(Finding::nodata, name, type, zone.name, std::move(proofs)));
}

void World::add(const SignedZone& zone, bool secure) {
  const SignedZone parent = deepest(zone.name, true);
  const std::string name = zone.name.to_text();
  if (secure) {
    zones_.push_back(zone);
    set(positive(parent.ds_of(zone), parent.name));
  } else {
    set_denied(name, Type::ds, parent,
               {parent.nsec(name, "zz." + name, {Type::ns, Type::rrsig, Type::nsec})});
  }
  set(positive(zone.dnskey(), zone.name));
}

/// Names that nothing was said about exist and are no zone cuts.
Evidence World::answer(const dns::Question& question) {
  const auto found = answers_.find(text_of(question.name, question.type));
  if (found != answers_.end()) return found->second;
  const SignedZone& zone = deepest(question.name, question.type == Type::ds);
  const std::string name = question.name.to_text();
  return denied(Finding::nodata, name, question.type, zone.name,
                {zone.soa(), zone.nsec(name, "\\000." + name, {Type::a, Type::rrsig, Type::nsec})});
}

validator::Verdict World::judge(Evidence evidence) {
  validator::Validation validation(
      {options, limits, keys, metrics, anchors, partition, true, fresh}, std::move(evidence));
  asked.clear();
  doubted.clear();
  pauses = 0;
  for (;;) {
    validator::Verdict verdict = validation.step(clock.now(), work);
    chain = validation.chain();
    if (verdict.kind == validator::VerdictKind::more) {
      ++pauses;
    } else if (verdict.kind == validator::VerdictKind::needs && verdict.anew) {
      doubted.push_back(text_of(verdict.question.name, verdict.question.type));
      const auto other = others.find(doubted.back());
      validation.provide(other == others.end() ? nullptr : &other->second, std::nullopt);
    } else if (verdict.kind == validator::VerdictKind::needs) {
      asked.push_back(text_of(verdict.question.name, verdict.question.type));
      const auto other = instead.find(asked.back());
      const Evidence given = other == instead.end() ? answer(verdict.question) : other->second;
      const bool mute = silent.count(asked.back()) > 0;
      validation.provide(
          mute ? nullptr : &given,
          mute ? std::optional<dns::Ede>({dns::EdeCode::no_reachable_authority, "nobody answered"})
               : std::nullopt);
    } else {
      return verdict;
    }
  }
}

Evidence World::www(const Signing& how) const {
  return positive(example.sign("www.example.org.", Type::a, {a_rdata(1), a_rdata(2)}, how),
                  example.name);
}

Evidence World::www_unsigned() const {
  return positive(example.unsigned_set("www.example.org.", Type::a, {a_rdata(1)}), example.name);
}
}  // namespace windlass::test
