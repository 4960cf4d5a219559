#include <algorithm>

#include "dns/because.hpp"
#include "validator/denial.hpp"

namespace windlass::validator {
namespace {
using dns::because;
using dns::Name;
using dns::Type;

std::string covers_text(const Name& owner, const dns::NsecView& nsec, const std::string& what) {
  return "NSEC " + owner.to_text() + " to " + nsec.next.to_text() + " covers " + what;
}
}  // namespace

std::string lacks_text(std::string_view record, const Name& name, Type type) {
  return std::string(record) + " of " + name.to_text() + " has no " + dns::to_text(type);
}

const char* objection(const dns::TypeBitmap& types, const Name& name, Type type) {
  if (types.has(type)) return "says that the type exists";
  if (types.has(Type::cname)) return "says that there is a CNAME";
  if (type == Type::ds)
    return types.has(Type::soa) && !name.is_root() ? "of the child says nothing about DS" : nullptr;
  return is_delegation(types) ? "of the parent's side says nothing about the child" : nullptr;
}

Outcome Witnesses::trust(const dns::RRset& rrset) {
  if (!checker_) return Outcome::secure;
  const Checked* checked = checker_->check(rrset, keys_);
  if (!checked) return stopped_ = true, Outcome::stopped;
  const bool good = checked->outcome == Outcome::secure && !checked->expanded;
  if (good) ttl_most_ = std::min({ttl_most_, checked->ttl_most, rrset.ttl()});
  if (good) good_by_ = checked->by;
  if (!good && !failed_) {
    failed_ = true;
    failed_by_ = checked->by;
    failure_ = checked->expanded ? because<Fault::denial_expanded>(describe(rrset)) : checked->ede;
  }
  return good ? Outcome::secure : Outcome::bogus;
}

Proof Witnesses::proven(std::string how, bool delegation) const {
  Proof proof;
  proof.outcome = Outcome::secure;
  proof.ttl_most = ttl_most_;
  proof.delegation = delegation;
  proof.how = std::move(how);
  proof.by = good_by_;
  return proof;
}

Proof Witnesses::insecure(dns::Ede ede, std::string how) const {
  Proof proof = proven(std::move(how));
  proof.outcome = Outcome::insecure;
  proof.ede = std::move(ede);
  return proof;
}

Proof Witnesses::missing(const dns::Ede& ede) const {
  Proof proof;
  proof.outcome = stopped_ ? Outcome::stopped : Outcome::bogus;
  proof.ede = failed_ ? failure_ : ede;
  proof.by = failed_ ? failed_by_ : std::nullopt;
  return proof;
}

NsecDenial::NsecDenial(const std::vector<dns::RRsetPtr>& proofs, Witnesses witnesses)
    : witnesses_(std::move(witnesses)) {
  const Name& zone = witnesses_.zone();
  for (const auto& rrset : proofs) {
    if (!rrset || rrset->type() != Type::nsec || rrset->rdata().size() != 1) continue;
    const auto nsec = dns::NsecView::parse(rrset->rdata().front());
    const Name owner = rrset->owner();
    if (nsec && owner.is_at_or_below(zone) && nsec->next.is_at_or_below(zone))
      entries_.push_back({rrset.get(), owner, *nsec});
  }
}

/// Strictly between owner and next; the last NSEC of a zone points back to its apex.
bool NsecDenial::covers(const Entry& entry, const Name& name) const {
  if (!name.is_at_or_below(witnesses_.zone()) || entry.owner.canonical_order(name) >= 0)
    return false;
  if (entry.owner.canonical_order(entry.nsec.next) < 0)
    return name.canonical_order(entry.nsec.next) < 0;
  return entry.nsec.next == witnesses_.zone();
}

bool NsecDenial::speaks_for(const Entry& entry, const Name& name) {
  return !name.is_below(entry.owner) ||
         !(is_delegation(entry.nsec.types) || entry.nsec.types.has(Type::dname));
}

/// RFC 4035 5.4: the closest encloser is the longest ancestor shared with owner or next.
std::size_t NsecDenial::encloser_labels(const Entry& entry, const Name& name) {
  return std::max(entry.owner.common_labels(name), entry.nsec.next.common_labels(name));
}

/// An NSEC that proves that neither `name` nor anything below it exists.
const NsecDenial::Entry* NsecDenial::trusted_cover(const Name& name) {
  for (const Entry& entry : entries_) {
    if (!covers(entry, name) || !speaks_for(entry, name) || entry.nsec.next.is_below(name))
      continue;
    if (witnesses_.trust(*entry.rrset) == Outcome::secure) return &entry;
    if (witnesses_.stopped()) break;
  }
  return nullptr;
}

std::optional<Proof> NsecDenial::nodata_at(const Entry& entry, const Name& name, Type type) {
  if (witnesses_.trust(*entry.rrset) != Outcome::secure) {
    if (witnesses_.stopped()) return witnesses_.paused();
    return std::nullopt;
  }
  if (const char* why = objection(entry.nsec.types, name, type))
    return witnesses_.missing(because<Fault::denial_contradicts>(
        rrset_text(name, type), "NSEC of " + entry.owner.to_text(), why));
  return witnesses_.proven(lacks_text("NSEC", entry.owner, type), is_delegation(entry.nsec.types));
}

/// Nothing stands at the name, but the next name is below it.
std::optional<Proof> NsecDenial::empty_non_terminal(const Name& name) {
  for (const Entry& entry : entries_) {
    if (!covers(entry, name) || !entry.nsec.next.is_below(name) || !speaks_for(entry, name))
      continue;
    if (witnesses_.trust(*entry.rrset) == Outcome::secure)
      return witnesses_.proven(covers_text(entry.owner, entry.nsec, name.to_text()) +
                               ", where nothing stands but names below it");
    if (witnesses_.stopped()) return witnesses_.paused();
  }
  return std::nullopt;
}

/// RFC 4035 3.1.3.4: the name does not exist, and its wildcard lacks the type, or all types
/// (RFC 4592 2.2.2: an asterisk label may be an empty non-terminal).
std::optional<Proof> NsecDenial::wildcard_nodata(const Entry& closer, const Name& name, Type type) {
  const auto wildcard = name.suffix(encloser_labels(closer, name)).wildcard();
  if (!wildcard) return std::nullopt;
  for (const Entry& entry : entries_) {
    if (!(entry.owner == *wildcard)) continue;
    auto proof = nodata_at(entry, *wildcard, type);
    if (proof && proof->outcome == Outcome::secure && proof->delegation)
      return witnesses_.missing(because<Fault::denial_contradicts>(
          rrset_text(name, type), "NSEC of " + wildcard->to_text(), is_a_delegation));
    if (proof) return proof;
  }
  return empty_non_terminal(*wildcard);
}

Proof NsecDenial::nodata(const Name& name, Type type) {
  for (const Entry& entry : entries_) {
    if (!(entry.owner == name)) continue;
    if (auto proof = nodata_at(entry, name, type)) return *proof;
  }
  if (auto proof = empty_non_terminal(name)) return *proof;
  if (const Entry* closer = trusted_cover(name)) {
    if (auto proof = wildcard_nodata(*closer, name, type)) return *proof;
  }
  return witnesses_.missing(
      because<Fault::nodata_unproven>(rrset_text(name, type), "NSEC", witnesses_.zone().to_text()));
}

Proof NsecDenial::nxdomain(const Name& name) {
  const std::string zone = witnesses_.zone().to_text();
  for (const Entry& entry : entries_) {  // compact denial (RFC 9824)
    if (!(entry.owner == name) || !entry.nsec.types.has(Type::nxname)) continue;
    if (witnesses_.trust(*entry.rrset) == Outcome::secure)
      return witnesses_.proven("NSEC " + name.to_text() + " with NXNAME");
    if (witnesses_.stopped()) return witnesses_.paused();
  }
  const Entry* closer = trusted_cover(name);
  if (!closer)
    return witnesses_.missing(because<Fault::nxdomain_unproven>(name.to_text(), "NSEC", zone));
  const auto wildcard = name.suffix(encloser_labels(*closer, name)).wildcard();
  const Entry* wild = wildcard ? trusted_cover(*wildcard) : nullptr;
  if (wildcard && !wild)
    return witnesses_.missing(
        because<Fault::wildcard_not_denied>(name.to_text(), "NSEC", zone, wildcard->to_text()));
  std::string how = covers_text(closer->owner, closer->nsec, name.to_text());
  if (wild == closer)
    how += " and " + wildcard->to_text();
  else if (wild)
    how += "; " + covers_text(wild->owner, wild->nsec, wildcard->to_text());
  return witnesses_.proven(std::move(how));
}

Proof NsecDenial::expansion(const Name& name, std::size_t labels) {
  const Entry* closer = trusted_cover(name);
  if (!closer || encloser_labels(*closer, name) != labels)
    return witnesses_.missing(
        because<Fault::expansion_unproven>(name.to_text(), "NSEC", witnesses_.zone().to_text()));
  return witnesses_.proven(covers_text(closer->owner, closer->nsec, name.to_text()));
}

std::optional<dns::Finding> denied_by(const std::vector<dns::RRsetPtr>& nsec, const Name& zone,
                                      const Name& name, Type type) {
  NsecDenial denials(nsec, Witnesses(zone));
  if (denials.nxdomain(name).outcome == Outcome::secure) return dns::Finding::nxdomain;
  if (denials.nodata(name, type).outcome == Outcome::secure) return dns::Finding::nodata;
  return std::nullopt;
}

std::optional<Name> wildcard_beside(const dns::RRset& rrset, const Name& name) {
  const Name owner = rrset.owner();
  const auto nsec = dns::NsecView::parse(rrset.rdata().front());
  if (!nsec || owner == name) return std::nullopt;
  const std::size_t encloser = std::max(owner.common_labels(name), nsec->next.common_labels(name));
  const auto wildcard = name.suffix(encloser).wildcard();
  return wildcard ? std::optional(*wildcard) : std::nullopt;
}

namespace {
template <class View>
bool says_nxname(const dns::RRset& proof) {
  const auto view = View::parse(proof.rdata().front());
  return view && view->types.has(Type::nxname);
}
}  // namespace

bool denied_by_nxname(const dns::Evidence& evidence) {
  if (evidence.finding == dns::Finding::positive) return false;
  return std::ranges::any_of(evidence.proofs, [&](const dns::RRsetPtr& proof) {
    if (proof->type() == Type::nsec3) return says_nxname<dns::Nsec3View>(*proof);
    return proof->type() == Type::nsec && proof->owner() == evidence.name &&
           says_nxname<dns::NsecView>(*proof);
  });
}
}  // namespace windlass::validator
