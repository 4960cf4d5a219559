#include <algorithm>

#include "dns/because.hpp"
#include "dns/canonical.hpp"
#include "validator/denial.hpp"

namespace windlass::validator {
namespace {
using dns::because;
using dns::Name;
using dns::Octets;
using dns::Type;

}  // namespace

std::optional<dns::Nsec3Hash> HashMemo::hash(const Name& name, Octets salt,
                                             std::uint16_t iterations, Effort& effort) {
  const Name lower = name.lowercase();
  std::string key(lower.wire().begin(), lower.wire().end());
  key.append(salt.begin(), salt.end());
  key.push_back(static_cast<char>(iterations >> 8));
  key.push_back(static_cast<char>(iterations & 0xFFu));
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  if (!effort.may_hash(iterations)) return std::nullopt;
  return known_.emplace(std::move(key), dns::nsec3_hash(name, salt, iterations)).first->second;
}

Nsec3Denial::Nsec3Denial(const std::vector<dns::RRsetPtr>& proofs, Witnesses witnesses,
                         Effort& effort, HashMemo& memo)
    : witnesses_(std::move(witnesses)), effort_(effort), memo_(memo) {
  const auto most = static_cast<std::size_t>(effort_.limits()[Limit::nsec3_records]);
  for (const auto& rrset : proofs) {
    if (rrset && rrset->type() == Type::nsec3) add(rrset, most);
  }
}

/// Keeps what RFC 5155 8.1, 8.2 and 3 allow: owner right below the zone, known algorithm and flags,
/// one set of parameters.
void Nsec3Denial::add(const dns::RRsetPtr& rrset, std::size_t most) {
  const auto record = dns::Nsec3Record::read(*rrset);
  if (!record || !(rrset->owner().parent() == witnesses_.zone())) return;
  const dns::Nsec3View& nsec3 = record->nsec3;
  if (!entries_.empty() && (entries_[0].nsec3.iterations != nsec3.iterations ||
                            !std::ranges::equal(entries_[0].nsec3.salt, nsec3.salt)))
    return;
  if (entries_.size() < most) return entries_.push_back({*record, rrset.get()});
  if (!witnesses_.stopped()) effort_.count_limit(Limit::nsec3_records);
}

/// RFC 9276 3.2: insecure, once signatures show that the zone itself says so; a record among them
/// that is not signed makes the denial as bogus as it would below the limit.
std::optional<Proof> Nsec3Denial::too_many_iterations() {
  const std::int64_t most = effort_.limits()[Limit::nsec3_iterations];
  if (entries_.empty() || entries_[0].nsec3.iterations <= most) return std::nullopt;
  for (const Entry& entry : entries_) {
    // What is not signed leaves its own reason.
    if (witnesses_.trust(*entry.rrset) != Outcome::secure) return witnesses_.missing({});
  }
  return witnesses_.insecure(
      because<Fault::nsec3_iterations>(witnesses_.zone().to_text(),
                                       std::to_string(entries_[0].nsec3.iterations),
                                       std::to_string(most)),
      "too many NSEC3 iterations");
}

const Nsec3Denial::Entry* Nsec3Denial::find(const Name& name, bool covering) {
  if (entries_.empty() || !name.is_at_or_below(witnesses_.zone())) return nullptr;
  const auto& parameters = entries_[0].nsec3;
  const auto hash = memo_.hash(name, parameters.salt, parameters.iterations, effort_);
  if (!hash) return witnesses_.stop(), nullptr;
  for (const Entry& entry : entries_) {
    if (covering ? entry.covers(*hash) : entry.matches(*hash)) return &entry;
  }
  return nullptr;
}

const Nsec3Denial::Entry* Nsec3Denial::trusted(const Name& name, bool covering) {
  const Entry* entry = find(name, covering);
  return entry && witnesses_.trust(*entry->rrset) == Outcome::secure ? entry : nullptr;
}

/// RFC 5155 8.3: the longest existing ancestor, and the proof that the name one label longer does
/// not exist.
std::optional<Nsec3Denial::Encloser> Nsec3Denial::closest_encloser(const Name& name) {
  const std::size_t zone_labels = witnesses_.zone().label_count();
  for (std::size_t labels = name.label_count(); labels-- > zone_labels;) {
    const Name ancestor = name.suffix(labels);
    const Entry* existing = find(ancestor, false);
    if (witnesses_.stopped()) return std::nullopt;
    if (!existing) continue;
    const auto& types = existing->nsec3.types;
    if (types.has(Type::dname) || is_delegation(types)) return std::nullopt;
    if (witnesses_.trust(*existing->rrset) != Outcome::secure) return std::nullopt;
    const Entry* next_closer = cover(name.suffix(labels + 1));
    if (!next_closer) return std::nullopt;
    return Encloser{ancestor, next_closer};
  }
  return std::nullopt;
}

Proof Nsec3Denial::opt_out(const Name& name) const {
  return witnesses_.insecure({}, "NSEC3 opt-out covers " + name.to_text());
}

Proof Nsec3Denial::nodata_at(const Entry& entry, const Name& name, Type type) {
  if (const char* why = objection(entry.nsec3.types, name, type))
    return witnesses_.missing(because<Fault::denial_contradicts>(
        rrset_text(name, type), "NSEC3 of " + name.to_text(), why));
  return witnesses_.proven(lacks_text("NSEC3", name, type), is_delegation(entry.nsec3.types));
}

Proof Nsec3Denial::nodata(const Name& name, Type type) {
  if (auto proof = too_many_iterations()) return *proof;
  if (const Entry* entry = match(name)) return nodata_at(*entry, name, type);
  if (witnesses_.stopped()) return witnesses_.paused();
  return nodata_below(name, type);
}

/// No record of the name itself: a wildcard without the type (8.7), or opt-out (8.6 and 8.5 as
/// corrected).
Proof Nsec3Denial::nodata_below(const Name& name, Type type) {
  const auto unproven = [&] {
    return witnesses_.missing(because<Fault::nodata_unproven>(rrset_text(name, type), "NSEC3",
                                                              witnesses_.zone().to_text()));
  };
  const auto encloser = closest_encloser(name);
  if (!encloser) return unproven();
  const auto wildcard = encloser->name.wildcard();
  const Entry* entry = wildcard ? match(*wildcard) : nullptr;
  if (witnesses_.stopped()) return witnesses_.paused();
  if (entry) {
    Proof proof = nodata_at(*entry, *wildcard, type);
    if (proof.outcome == Outcome::secure && proof.delegation)
      return witnesses_.missing(because<Fault::denial_contradicts>(
          rrset_text(name, type), "NSEC3 of " + wildcard->to_text(), is_a_delegation));
    if (proof.outcome != Outcome::secure || !encloser->next_closer->nsec3.opt_out()) return proof;
  }
  return encloser->next_closer->nsec3.opt_out() ? opt_out(name) : unproven();
}

Proof Nsec3Denial::nxdomain(const Name& name) {
  if (auto proof = too_many_iterations()) return *proof;
  const std::string zone = witnesses_.zone().to_text();
  if (const Entry* entry = match(name)) {
    if (entry->nsec3.types.has(Type::nxname))  // compact denial (RFC 9824)
      return witnesses_.proven("NSEC3 of " + name.to_text() + " with NXNAME");
    return witnesses_.missing(because<Fault::denial_contradicts>(
        name.to_text(), "NSEC3 of " + name.to_text(), "says that the name exists"));
  }
  if (witnesses_.stopped()) return witnesses_.paused();
  const auto encloser = closest_encloser(name);
  if (!encloser)
    return witnesses_.missing(because<Fault::nxdomain_unproven>(name.to_text(), "NSEC3", zone));
  const auto wildcard = encloser->name.wildcard();
  if (wildcard && !cover(*wildcard))
    return witnesses_.missing(
        because<Fault::wildcard_not_denied>(name.to_text(), "NSEC3", zone, wildcard->to_text()));
  if (encloser->next_closer->nsec3.opt_out()) return opt_out(name);
  std::string how = "NSEC3 of " + encloser->name.to_text() + ", others cover " +
                    name.suffix(encloser->name.label_count() + 1).to_text();
  if (wildcard) how += " and " + wildcard->to_text();
  return witnesses_.proven(std::move(how));
}

/// RFC 5155 8.8: only the next closer name must be denied; the answer itself shows the encloser.
Proof Nsec3Denial::expansion(const Name& name, std::size_t labels) {
  if (auto proof = too_many_iterations()) return *proof;
  const Entry* next_closer = cover(name.suffix(labels + 1));
  if (!next_closer)
    return witnesses_.missing(
        because<Fault::expansion_unproven>(name.to_text(), "NSEC3", witnesses_.zone().to_text()));
  if (next_closer->nsec3.opt_out()) return opt_out(name);
  return witnesses_.proven("NSEC3 covers " + name.suffix(labels + 1).to_text());
}
}  // namespace windlass::validator
