#include "auth-plugin/answer/walk.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "dns/rdata.hpp"
namespace windlass::auth {
namespace {
using dns::Name;
using dns::Section;
using dns::Type;

const dns::Ede too_many_hops{dns::EdeCode::other, "more aliases than are followed"};
const dns::Ede circle{dns::EdeCode::other, "the aliases lead around in a circle"};
const dns::Ede dname_too_long{dns::EdeCode::other, "the DNAME makes the name too long"};

StoreError incomplete(const Name& owner, const char* what) {
  return {Trouble::damaged, owner.to_text() + " " + what + "; `store rebuild` makes it anew"};
}

/// Any of the node's RRsets will do (RFC 8482 4.1), the first that is not there for DNSSEC alone;
/// for RRSIG one that has signatures.
std::optional<NodeSet> any_of(const NodeView& node, Type asked) {
  std::optional<NodeSet> fallback;
  for (std::size_t i = 0; i < node.set_count(); ++i) {
    const NodeSet set = node.at(i);
    if (asked == Type::rrsig && set.signatures.empty()) continue;
    if (set.type != Type::nsec) return set;
    if (!fallback) fallback = set;
  }
  return fallback;
}

bool is_any(Type type) noexcept {
  return type == Type::any || type == Type::rrsig;
}
}  // namespace

Walk::Walk(const LocalQuestion& question, const ZoneFacts& zone, const ZoneMap& zones,
           ServeReader& reader, const AnswerOptions& options, Draft& draft)
    : question_(question),
      zones_(zones),
      reader_(reader),
      options_(options),
      draft_(draft),
      denial_(draft),
      zone_(&zone),
      name_(question.question.name) {
  spoken_.said = Said::done;
}

StoreStatus Walk::run() {
  for (;;) {
    trail_.add(name_, *zone_);
    Lookup lookup(reader_, *zone_);
    WINDLASS_TRY(goes_on, step(lookup));
    if (!goes_on) return authority(lookup);
  }
}

// ---- answer

/// True: name_ is another now, and zone_ is its.
StoreResult<bool> Walk::step(Lookup& lookup) {
  const Type type = question_.question.type;
  WINDLASS_TRY(found, lookup.find(name_, type == Type::ds));
  found_ = std::move(found);
  if (found_.kind == FoundKind::nxdomain) draft_.set_rcode(dns::Rcode::nxdomain);
  if (found_.kind == FoundKind::nxdomain || found_.kind == FoundKind::empty)
    return ends(End::absent);
  if (!found_.node) return incomplete(name_, "was found without its records");
  if (found_.kind == FoundKind::dname) return through_dname();
  if (found_.kind == FoundKind::node) return at_node();
  set_ = found_.node->node.find(Type::ns);
  if (!set_) return incomplete(found_.node->owner, "is a delegation without NS");
  if (trail_.hops() == 0 || !options_.offers_chase || !question_.rd) return ends(End::referral);
  leave();
  return ends(End::alias);
}

bool Walk::at_node() {
  const NodeView& node = found_.node->node;
  const Type type = question_.question.type;
  if (const auto set = is_any(type) ? any_of(node, type) : node.find(type))
    return answer_with(*set);
  const auto cname = node.find(Type::cname);
  if (!cname || is_any(type)) return ends(End::absent);
  answer_with(*cname);
  const auto target = dns::name_of(cname->rdata.front());
  return target ? follow(*target) : ends(End::alias);
}

bool Walk::answer_with(const NodeSet& set) {
  set_ = set;
  if (found_.wildcard) trail_.expanded(found_.closest_encloser.label_count());
  if (question_.question.type == Type::rrsig)
    draft_.add_signatures(name_, set);
  else
    draft_.add(Section::answer, name_, set);
  return ends(End::answer);
}

/// The DNAME and the CNAME it makes of name_, with its TTL (RFC 6672 3.1). Whatever is asked goes
/// on at the target (RFC 6672 3.2), but for CNAME, which is answered by the one made here.
StoreResult<bool> Walk::through_dname() {
  const Place& place = *found_.node;
  const auto dname = place.node.find(Type::dname);
  if (!dname || dname->rdata.empty()) return incomplete(place.owner, "is no DNAME");
  const auto to = dns::name_of(dname->rdata.front());
  if (!to || !name_.is_below(place.owner)) return incomplete(place.owner, "is no DNAME");
  draft_.add(Section::answer, place.owner, *dname);
  const auto target = name_.rebased(place.owner, *to);
  if (!target) {
    draft_.set_rcode(dns::Rcode::yxdomain);
    draft_.explain(dname_too_long);
    return ends(End::alias);
  }
  draft_.add_cname(name_, dname->ttl, *target);
  return question_.question.type == Type::cname ? ends(End::alias) : follow(*target);
}

// ---- aliases

bool Walk::follow(const Name& target) {
  end_ = End::alias;
  spoken_.single_zone = false;
  if (draft_.truncated()) return false;
  const bool again = trail_.has(target);
  if (again || trail_.hops() >= std::min(options_.alias_hops, AnswerOptions::alias_hops_most)) {
    draft_.explain(again ? circle : too_many_hops);
    return false;
  }
  name_ = target;
  const bool chases = options_.offers_chase && question_.rd;
  const ZoneFacts* const closest = zones_.closest(name_.wire());
  const ZoneFacts* side =
      closest == nullptr ? nullptr : zones_.side_of(*closest, name_, question_.question.type);
  if (side == nullptr && !chases) side = closest;
  if (side == nullptr) {
    if (chases) leave();
    return false;
  }
  zone_ = side;
  return true;
}

/// The rest is the resolver's, from name_ on.
void Walk::leave() {
  spoken_.said = Said::chase;
  spoken_.next = name_;
}

// ---- authority and additional

StoreStatus Walk::authority(Lookup& lookup) {
  if (end_ == End::absent)
    if (StoreStatus done = absence(lookup); !done) return done;
  if (end_ == End::referral)
    if (StoreStatus done = referral(lookup); !done) return done;
  if (draft_.dnssec())
    if (StoreStatus done = expansions(); !done) return done;
  Additional additional(draft_, lookup, *zone_);
  if (end_ == End::referral) return additional.glue(*set_, found_.node->owner);
  if (end_ == End::answer && question_.question.type != Type::rrsig)
    return additional.targets_of(*set_, name_);
  return Done{};
}

/// SOA with the TTL of RFC 2308 3: the lesser of its own and MINIMUM; then the proof.
StoreStatus Walk::absence(Lookup& lookup) {
  WINDLASS_TRY(apex, lookup.exact(zone_->name));
  const auto soa = apex ? apex->node.find(Type::soa) : std::nullopt;
  if (!soa || soa->rdata.empty()) return incomplete(zone_->name, "has no SOA");
  const auto view = dns::SoaView::parse(soa->rdata.front());
  if (!view) return incomplete(zone_->name, "has a SOA that cannot be read");
  draft_.add(Section::authority, apex->owner, *soa, std::min(soa->ttl, view->minimum));
  if (!draft_.dnssec() || !zone_->is_signed) return Done{};
  return found_.kind == FoundKind::nxdomain ? denial_.nxdomain(lookup, *zone_, name_, found_)
                                            : denial_.nodata(lookup, *zone_, name_, found_);
}

StoreStatus Walk::referral(Lookup& lookup) {
  const Place& cut = *found_.node;
  if (trail_.hops() == 0) {
    draft_.set_aa(false);
    if (options_.offers_referral && question_.rd) spoken_.said = Said::referral;
  }
  draft_.add(Section::authority, cut.owner, *set_);
  if (!draft_.dnssec() || !zone_->is_signed) return Done{};
  if (const auto ds = cut.node.find(Type::ds)) {
    draft_.add(Section::authority, cut.owner, *ds);
    return Done{};
  }
  return denial_.unsigned_cut(lookup, *zone_, cut);
}

StoreStatus Walk::expansions() {
  for (const Trail::Step& step : trail_.steps()) {
    if (!step.expanded || !step.zone->is_signed) continue;
    Lookup lookup(reader_, *step.zone);
    if (StoreStatus done =
            denial_.expansion(lookup, *step.zone, trail_.name_of(step), step.encloser_labels);
        !done)
      return done;
  }
  return Done{};
}
}  // namespace windlass::auth
