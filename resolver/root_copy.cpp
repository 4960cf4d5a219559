#include "resolver/root_copy.hpp"

#include <algorithm>
#include <array>

#include "dns/message_builder.hpp"
#include "dns/rdata.hpp"
#include "resolver/budget.hpp"
#include "validator/zone_digest.hpp"

namespace windlass::resolver {
namespace {
using dns::Name;
using dns::Section;
using dns::Type;

constexpr Type zonemd_type{63};
}  // namespace

/// The writing of one answer.
class RootAnswer {
 public:
  RootAnswer(std::span<std::uint8_t> out, const dns::Question& question, bool aa, dns::Rcode rcode)
      : builder_(out, 65'535) {
    builder_.header({.qr = true, .aa = aa, .rcode = rcode});
    builder_.question(question);
    builder_.opt({.payload_octets = 65'535, .dnssec_ok = true});
  }
  RootAnswer& add(Section section, const dns::RRsetPtr& rrset) {
    const bool seen = rrset && std::find(put_.begin(), put_.end(), rrset) != put_.end();
    if (rrset && !seen) whole_ = builder_.add(section, *rrset, rrset->ttl(), true) && whole_;
    if (rrset) put_.push_back(rrset);
    return *this;
  }
  std::optional<std::span<const std::uint8_t>> finish() {
    const auto octets = builder_.finish();
    return whole_ ? std::optional(octets) : std::nullopt;
  }

 private:
  dns::MessageBuilder builder_;
  std::vector<dns::RRsetPtr> put_;
  bool whole_ = true;
};

RootZone::RootZone(const ZoneRecords& records) {
  std::map<Name, std::map<Type, dns::RRsetBuilder>, Before> sets;
  const auto set_of = [&](const Name& owner, Type type) -> dns::RRsetBuilder& {
    return sets[owner].try_emplace(type, owner, type).first->second;
  };
  for (const dns::ZoneRecord& record : records) {
    if (record.type != Type::rrsig) {
      (void)set_of(record.owner, record.type).add(record.rdata, record.ttl);
      continue;
    }
    const auto rrsig = dns::RrsigView::parse(record.rdata);
    if (rrsig) (void)set_of(record.owner, rrsig->covered).add_signature(record.rdata, record.ttl);
  }
  for (auto& [owner, builders] : sets)
    for (auto& [type, builder] : builders)
      if (!builder.empty()) nodes_[owner].push_back(builder.build());
  const auto soa = find(Name{}, Type::soa);
  const auto view = soa ? dns::SoaView::parse(soa->rdata().front()) : Error{};
  if (!view) return;
  serial_ = view->serial;
  refresh_s_ = view->refresh, retry_s_ = view->retry, expire_s_ = view->expire;
}

dns::RRsetPtr RootZone::in(const Node& node, Type type) {
  const auto at =
      std::find_if(node.begin(), node.end(), [&](const auto& one) { return one->type() == type; });
  return at == node.end() ? nullptr : *at;
}

dns::RRsetPtr RootZone::find(const Name& name, Type type) const {
  const auto node = nodes_.find(name);
  return node == nodes_.end() ? nullptr : in(node->second, type);
}

dns::RRsetPtr RootZone::nsec_at_or_before(const Name& name) const {
  for (auto at = nodes_.upper_bound(name); at != nodes_.begin();) {
    --at;
    if (auto nsec = in(at->second, Type::nsec)) return nsec;
  }
  return nullptr;
}

/// Those of servers that the zone has, also as glue.
void RootZone::add_addresses(RootAnswer& answer, const dns::RRset& ns) const {
  for (const auto rdata : ns.rdata())
    if (const auto server = dns::name_of(rdata))
      for (const Type type : {Type::a, Type::aaaa})
        answer.add(Section::additional, find(*server, type));
}

/// Only what is plain: a name of one label or none that the zone holds, or a top-level name that it
/// does not. Wildcards, aliases and names below others are the servers' to explain.
std::optional<std::span<const std::uint8_t>> RootZone::answer(const dns::Question& question,
                                                              std::span<std::uint8_t> out) const {
  const Name &name = question.name, apex{};
  const auto soa = find(apex, Type::soa);
  if (!soa || question.type == Type::any || nodes_.contains(Name::literal("*.")))
    return std::nullopt;
  const Name top = name.suffix(std::min<std::size_t>(name.label_count(), 1));
  const auto node = nodes_.find(top);
  const auto nsec = nsec_at_or_before(top);
  if (node == nodes_.end()) {
    const auto below = nodes_.upper_bound(top);
    const bool is_empty = below != nodes_.end() && below->first.is_below(top);
    if (!nsec || is_empty) return std::nullopt;
    return RootAnswer(out, question, true, dns::Rcode::nxdomain)
        .add(Section::authority, soa)
        .add(Section::authority, nsec)
        .add(Section::authority, nsec_at_or_before(Name::literal("*.")))
        .finish();
  }
  const auto ns = name.is_root() ? nullptr : in(node->second, Type::ns);
  const bool at_parent = question.type == Type::ds && name == top;
  const auto ds = ns ? in(node->second, Type::ds) : nullptr;
  if (ns && !at_parent) {
    RootAnswer referral(out, question, false, dns::Rcode::noerror);
    referral.add(Section::authority, ns).add(Section::authority, ds ? ds : nsec);
    add_addresses(referral, *ns);
    return referral.finish();
  }
  if (!(name == top) || in(node->second, Type::cname) || in(node->second, Type::dname))
    return std::nullopt;
  RootAnswer here(out, question, true, dns::Rcode::noerror);
  if (const auto data = in(node->second, question.type)) {
    here.add(Section::answer, data);
    if (question.type == Type::ns) add_addresses(here, *data);
    return here.finish();
  }
  if (!nsec || !(nsec->owner() == name)) return std::nullopt;
  return here.add(Section::authority, soa).add(Section::authority, nsec).finish();
}

namespace {
/// Why `rrset` of the copy is not secure; empty: it is.
std::string not_secure(const RootZone& zone, Type type, const validator::Validation::Context& how,
                       const Limits& limits, const Now& now) {
  const auto rrset = zone.find(Name{}, type);
  const std::string what = ". " + dns::to_text(type);
  if (!rrset) return "it has no " + what;
  const auto evidence_of = [&](const dns::RRsetPtr& data) {
    return dns::Evidence{Name{}, data->type(), dns::Finding::positive, data, {}, Name{}};
  };
  validator::Validation validation(how, evidence_of(rrset));
  Budget budget(limits, now.mono_us + 60'000'000);
  for (;;) {
    const validator::Verdict verdict = validation.step(now, budget);
    if (verdict.kind == validator::VerdictKind::more) continue;
    if (verdict.kind == validator::VerdictKind::secure) return {};
    if (verdict.kind != validator::VerdictKind::needs)
      return what + " is not secure" + (verdict.ede.text.empty() ? "" : ": " + verdict.ede.text);
    const auto proof = verdict.question.name.is_root() && !verdict.anew
                           ? zone.find(Name{}, verdict.question.type)
                           : nullptr;
    const auto evidence = proof ? std::optional(evidence_of(proof)) : std::nullopt;
    validation.provide(evidence ? &*evidence : nullptr, std::nullopt);
  }
}
}  // namespace

std::string wrong_with_root(ZoneRecords& records, const RootZone& zone,
                            const validator::TrustAnchors::Ptr& anchors,
                            const validator::ValidatorOptions& options, const Limits& limits,
                            Metrics& metrics, const Now& now) {
  if (!options.validation) return "nothing is validated (dnssec.validation is off)";
  validator::make_canonical(records);
  if (auto wrong = validator::wrong_with_digest(records, Name{}); !wrong.empty()) return wrong;
  validator::KeyStore keys(8);
  const validator::Validation::Context how{options, limits, keys, metrics, anchors};
  for (const Type type : {zonemd_type, Type::soa})
    if (auto wrong = not_secure(zone, type, how, limits, now); !wrong.empty()) return wrong;
  if (zone.find(Name{}, Type::nsec) == nullptr) return "it denies by other records than NSEC";
  return {};
}
}  // namespace windlass::resolver
