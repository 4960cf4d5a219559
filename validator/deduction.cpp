#include "validator/deduction.hpp"

#include <algorithm>

namespace windlass::validator {
namespace {
using dns::Finding;
using dns::Name;
using dns::RRsetPtr;
using dns::Type;

/// "\000.a." or "a\000.": right behind a name, so no other fits between.
bool is_right_behind(const Name& next) {
  return std::ranges::find(next.first_label(), std::uint8_t{0}) != next.first_label().end();
}

/// Of these a wildcard makes none, or none that would mean the same (RFC 4592 4).
bool is_made_by_wildcards(Type type) {
  const auto never = {Type::ns,   Type::soa,   Type::ds,    Type::dnskey, Type::dname,
                      Type::nsec, Type::nsec3, Type::rrsig, Type::any};
  return std::ranges::find(never, type) == never.end();
}

/// The first octets of a hash as a number.
std::uint64_t front_of(dns::Octets hash) {
  std::uint64_t front = 0;
  for (const std::uint8_t octet : hash.first(sizeof front)) front = front << 8 | octet;
  return front;
}

/// Of 2^64 parts of the ring two at most; not the only record of a zone, which covers all of it.
bool covers_next_to_nothing(dns::Octets from, dns::Octets to) {
  return !std::ranges::equal(from, to) && front_of(to) - front_of(from) <= 1;
}
}  // namespace

/// What is known of one name.
struct Deducer::Seen {
  enum class Kind : std::uint8_t { unknown, exists, denied } kind = Kind::unknown;
  RRsetPtr record;
  bool opt_out = false;
  bool ends_zone = false;  ///< exists, but what is below is not this zone's
};

std::optional<Deduction> Deducer::deduce(const Name& name, Type type) {
  if (auto made = by_nsec(name, type)) return made;
  return by_nsec3(name, type);
}

std::optional<Deduction> Deducer::by_nsec(const Name& name, Type type) {
  const RRsetPtr here = records_.nsec(name);
  if (!here) return std::nullopt;
  std::vector<RRsetPtr> proofs{here};
  if (const auto wildcard = wildcard_beside(*here, name)) {
    if (RRsetPtr rrset = wildcard_for(*wildcard, type)) {
      NsecDenial denials(proofs, Witnesses(zone_));
      const Proof proof = denials.expansion(name, wildcard->label_count() - 1);
      if (proof.outcome == Outcome::secure)
        return Deduction{Finding::positive, std::move(proofs), std::move(rrset)};
    }
    const RRsetPtr beside = records_.nsec(*wildcard);
    if (beside && beside != here) proofs.push_back(beside);
  }
  const auto finding = denied_by(proofs, zone_, name, type);
  if (!finding) return std::nullopt;
  return Deduction{*finding, std::move(proofs)};
}

Deducer::Seen Deducer::look(const Name& name) {
  Seen seen;
  const auto hash = memo_.hash(name, parameters_.salt, parameters_.iterations, effort_);
  if (!hash) return stopped_ = true, seen;
  seen.record = records_.nsec3(*hash);
  if (!seen.record) return seen;
  const auto read = dns::Nsec3Record::read(*seen.record);
  if (!read || !(read->parameters() == parameters_)) return seen;
  const dns::TypeBitmap& types = read->nsec3.types;
  seen.opt_out = read->nsec3.opt_out();
  if (read->matches(*hash)) {
    seen.kind = Seen::Kind::exists;
    seen.ends_zone = types.has(Type::dname) || is_delegation(types);
  } else if (read->covers(*hash)) {
    seen.kind = Seen::Kind::denied;
  }
  return seen;
}

/// From the apex down to the first name that does not exist, so that a long name costs no more
/// hashes than its part that exists has labels.
std::optional<Deduction> Deducer::by_nsec3(const Name& name, Type type) {
  const auto parameters = records_.parameters();
  if (!parameters || parameters->iterations > effort_.limits()[Limit::nsec3_iterations])
    return std::nullopt;
  parameters_ = *parameters;
  Seen encloser;
  for (std::size_t labels = zone_.label_count(); labels <= name.label_count(); ++labels) {
    const Name at = name.suffix(labels);
    const Seen seen = look(at);
    if (stopped_) return std::nullopt;
    if (seen.kind == Seen::Kind::denied) return below(encloser, at, seen, type);
    if (seen.kind == Seen::Kind::exists && labels == name.label_count())
      return proven({seen.record}, name, type);
    if (seen.ends_zone) return std::nullopt;
    encloser = seen;
  }
  return std::nullopt;
}

RRsetPtr Deducer::wildcard_for(const Name& wildcard, Type type) {
  return is_made_by_wildcards(type) ? records_.at_wildcard(wildcard, type) : nullptr;
}

/// `cover` denies the name one label below the closest encloser. Where its wildcard has the type
/// nothing more need be proven: that shows the encloser (RFC 5155 8.8).
std::optional<Deduction> Deducer::below(const Seen& encloser, const Name& next_closer,
                                        const Seen& cover, Type type) {
  const auto wildcard = next_closer.parent().wildcard();
  if (!wildcard || cover.opt_out) return std::nullopt;
  RRsetPtr rrset = wildcard_for(*wildcard, type);
  if (!rrset) return denied_below(encloser, next_closer, cover, *wildcard, type);
  std::vector<RRsetPtr> proofs{cover.record};
  Nsec3Denial denials(proofs, Witnesses(zone_), effort_, memo_);
  const Proof proof = denials.expansion(next_closer, wildcard->label_count() - 1);
  if (proof.outcome != Outcome::secure) return std::nullopt;
  return Deduction{Finding::positive, std::move(proofs), std::move(rrset)};
}

/// RFC 5155 8.4 and 8.7: the wildcard is denied too, or lacks the type.
std::optional<Deduction> Deducer::denied_below(const Seen& encloser, const Name& next_closer,
                                               const Seen& cover, const Name& wildcard, Type type) {
  if (encloser.kind != Seen::Kind::exists) return std::nullopt;
  const Seen beside = look(wildcard);
  const bool denied = beside.kind == Seen::Kind::denied && !beside.opt_out;
  if (stopped_ || (!denied && beside.kind != Seen::Kind::exists)) return std::nullopt;
  std::vector<RRsetPtr> proofs{encloser.record};
  for (const RRsetPtr& record : {cover.record, beside.record})
    if (std::ranges::find(proofs, record) == proofs.end()) proofs.push_back(record);
  return proven(std::move(proofs), next_closer, type);
}

std::optional<Deduction> Deducer::proven(std::vector<RRsetPtr> proofs, const Name& name,
                                         Type type) {
  Nsec3Denial denials(proofs, Witnesses(zone_), effort_, memo_);
  for (const Finding finding : {Finding::nxdomain, Finding::nodata}) {
    const Proof proof =
        finding == Finding::nxdomain ? denials.nxdomain(name) : denials.nodata(name, type);
    if (proof.outcome == Outcome::stopped) return stopped_ = true, std::nullopt;
    if (proof.outcome == Outcome::secure) return Deduction{finding, std::move(proofs)};
  }
  return std::nullopt;
}

bool speaks_of_others(const dns::RRset& rrset, std::int64_t iterations_most) {
  if (rrset.rdata().size() != 1) return false;
  if (rrset.type() == Type::nsec) {
    const auto nsec = dns::NsecView::parse(rrset.rdata().front());
    return nsec && !is_right_behind(nsec->next);
  }
  const auto read = dns::Nsec3Record::read(rrset);
  if (!read || read->nsec3.iterations > iterations_most) return false;
  if (read->nsec3.opt_out() && is_delegation(read->nsec3.types)) return false;
  return !covers_next_to_nothing(read->from, read->nsec3.next_hash);
}

RRsetPtr at_name(const dns::RRset& rrset, const Name& owner) {
  dns::RRsetBuilder builder(owner, rrset.type());
  bool added = true;
  for (const auto rdata : rrset.rdata()) added = added && builder.add(rdata, rrset.ttl());
  for (const auto rdata : rrset.signatures())
    added = added && builder.add_signature(rdata, rrset.ttl());
  return added ? builder.build() : nullptr;
}

RRsetPtr wildcard_of(const dns::RRset& rrset) {
  const Name owner = rrset.owner();
  std::optional<std::uint8_t> labels;
  for (const auto rdata : rrset.signatures()) {
    const auto rrsig = dns::RrsigView::parse(rdata);
    if (!rrsig || (labels && *labels != rrsig->labels)) return nullptr;
    labels = rrsig->labels;
  }
  if (!labels || *labels >= signed_labels(owner) || !is_made_by_wildcards(rrset.type()))
    return nullptr;
  const auto wildcard = owner.suffix(*labels).wildcard();
  return wildcard ? at_name(rrset, *wildcard) : nullptr;
}
}  // namespace windlass::validator
