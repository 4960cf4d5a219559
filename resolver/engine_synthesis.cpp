// Engine: answers made from what has been proven about other names. Only validated data is used.
#include <algorithm>

#include "dns/because.hpp"
#include "dns/rdata.hpp"
#include "resolver/engine.hpp"
#include "validator/denial.hpp"
#include "validator/judge.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
using cache::Security;

/// The CNAME that `dname` yields at `name`, or that it would be too long (RFC 6672 2.2).
EntryPtr alias_below(const dns::Name& name, const cache::Entry& dname, std::int64_t age_ms) {
  const dns::RRset& rrset = *dname.evidence.rrset;
  const auto to = dns::name_of(rrset.rdata().front());
  if (!to) return nullptr;
  auto made = std::make_shared<cache::Entry>(dname);
  made->stored_age_ms = age_ms;
  made->evidence = {name,    dns::Type::cname,       dns::Finding::yxdomain,
                    nullptr, {dname.evidence.rrset}, dname.evidence.zone};
  const auto target = name.rebased(rrset.owner(), *to);
  if (!target) {
    made->ede = dns::because<Fault::dname_too_long>(name.to_text());
    return made;
  }
  dns::RRsetBuilder cname(name, dns::Type::cname);
  if (!cname.add((*target).wire(), rrset.ttl())) return nullptr;
  made->evidence.finding = dns::Finding::positive;
  made->evidence.rrset = cname.build();
  return made;
}

template <class View>
bool says_nxname(const dns::RRset& proof) {
  const auto view = View::parse(proof.rdata().front());
  return view && view->types.has(dns::Type::nxname);
}

/// Denied by a record of its own name (RFC 9824 3.1): a client could not tell from that that
/// nothing is below.
bool is_compact(const cache::Entry& nothing) {
  const auto& proofs = nothing.evidence.proofs;
  return std::any_of(proofs.begin(), proofs.end(), [](const dns::RRsetPtr& proof) {
    return (proof->type() == dns::Type::nsec && says_nxname<dns::NsecView>(*proof)) ||
           (proof->type() == dns::Type::nsec3 && says_nxname<dns::Nsec3View>(*proof));
  });
}

/// What proves that `nothing` does not exist proves it of each name below it: with NSEC the same
/// record covers both, with NSEC3 both have the same next closer name (RFC 8020 2, RFC 5155 8.3).
EntryPtr absent_below(const Key& key, const cache::Entry& nothing, std::int64_t age_ms) {
  auto made = std::make_shared<cache::Entry>(nothing);
  made->deduced = true;
  made->evidence.name = key.name;
  made->evidence.type = key.type;
  made->stored_age_ms = age_ms;
  return made;
}
}  // namespace

/// What a negative trust anchor covers is proven by nothing.
EntryPtr Engine::made_from_others(const Key& key) {
  if (anchors_->negative_for(key.name, now_.wall_s)) return nullptr;
  EntryPtr made = made_from_above(key);
  return made ? made : made_from_spans(key);
}

/// A proven DNAME speaks for every name below it, and so does a proven NXDOMAIN, also for those
/// that nobody has asked for yet. Both stand in the name's zone, so not above the closest known
/// cut. Absent names are not stored: they would only fill the cache.
EntryPtr Engine::made_from_above(const Key& key) {
  if (key.name.is_root()) return nullptr;
  const auto closest = house_.cache.deepest(key.name, key.partition, now_.age_ms);
  const std::size_t least = closest ? closest->cut.label_count() : 0;
  for (std::size_t labels = key.name.label_count(); labels-- > least;) {
    const EntryPtr above = house_.cache.find(key.name.suffix(labels), dns::Type::dname,
                                             key.partition, now_.age_ms, 0, false);
    if (!above || above->security != Security::secure || !judged(*above)) continue;
    if (above->evidence.finding == dns::Finding::nxdomain && !is_compact(*above))
      return absent_below(key, *above, now_.age_ms);
    if (!above->evidence.rrset) continue;
    EntryPtr made = alias_below(key.name, *above, now_.age_ms);
    if (made) house_.cache.store(key.partition, made, now_.age_ms);
    return made;
  }
  return nullptr;
}

/// The DNAME behind an alias that was proven with it.
void Engine::keep_dname(cache::Partition partition, const cache::Entry& made) {
  if (!validator::dname_of(made.evidence)) return;
  for (const auto& proof : made.evidence.proofs) {
    if (proof->type() != dns::Type::dname) continue;
    auto dname = std::make_shared<cache::Entry>(made);
    dname->ede.reset();
    dname->evidence = {proof->owner(),    dns::Type::dname, dns::Finding::positive, proof, {},
                       made.evidence.zone};
    house_.cache.store(partition, std::move(dname), now_.age_ms);
  }
}

/// Proven NSEC records deny names and types nobody has asked for (RFC 8198 5.1, 5.2). The records
/// are of the name's zone, so not of one above the closest known cut.
EntryPtr Engine::made_from_spans(const Key& key) {
  if (!settings_.resolver->aggressive_nsec || key.type == dns::Type::any || key.name.is_root())
    return nullptr;
  const bool of_parent = key.type == dns::Type::ds;
  const auto closest = house_.cache.deepest(key.name, key.partition, now_.age_ms, of_parent);
  const std::size_t least = closest ? closest->cut.label_count() : 0;
  for (std::size_t labels = key.name.label_count() + (of_parent ? 0 : 1); labels-- > least;)
    if (EntryPtr made = denied_in(key, key.name.suffix(labels))) return made;
  return nullptr;
}

EntryPtr Engine::denied_in(const Key& key, const dns::Name& zone) {
  auto& spans = house_.cache.spans();
  const std::uint64_t epoch = anchors_->epoch_of(key.name);
  const auto here = spans.at_or_before(zone, key.partition, key.name, now_.age_ms);
  if (!here || here->epoch < epoch) return nullptr;
  std::vector<dns::RRsetPtr> records{here->nsec};
  std::int64_t expires_age_ms = here->expires_age_ms;
  if (const auto wildcard = validator::wildcard_beside(*here->nsec, key.name)) {
    const auto beside = spans.at_or_before(zone, key.partition, *wildcard, now_.age_ms);
    if (!beside || beside->epoch < epoch) return nullptr;
    if (beside->nsec != here->nsec) records.push_back(beside->nsec);
    expires_age_ms = std::min(expires_age_ms, beside->expires_age_ms);
  }
  const auto finding = validator::denied_by(records, zone, key.name, key.type);
  if (!finding) return nullptr;
  auto made = std::make_shared<cache::Entry>();
  records.insert(records.begin(), here->soa);
  made->evidence = {key.name, key.type, *finding, nullptr, std::move(records), zone};
  made->deduced = true;
  made->rank = cache::Rank::authority;
  made->security = Security::secure;
  made->epoch = anchors_->epoch();
  made->stored_age_ms = now_.age_ms;
  made->expires_age_ms = expires_age_ms;
  return made;
}

/// What was verified for a verdict may deny other names.
void Engine::keep_spans(const Resolution& r) {
  if (r.trace || !settings_.resolver->aggressive_nsec) return;
  keep_spans_of(r, *r.entry);
  for (const auto& proof : r.proved)
    if (proof.entry) keep_spans_of(r, *proof.entry);
}

void Engine::keep_spans_of(const Resolution& r, const cache::Entry& entry) {
  dns::RRsetPtr soa;
  for (const auto& proof : entry.evidence.proofs)
    if (proof->type() == dns::Type::soa && r.validation->verified(*proof)) soa = proof;
  for (const auto& proof : entry.evidence.proofs) {
    const auto verified =
        proof->type() == dns::Type::nsec ? r.validation->verified(*proof) : std::nullopt;
    if (!verified) continue;
    const std::int64_t most =
        house_.cache.expiry(verified->ttl_most, dns::Finding::nodata, now_.age_ms);
    const bool of_zone = soa && soa->owner() == verified->zone;
    house_.cache.spans().store(
        verified->zone, r.key.partition,
        {proof, of_zone ? soa : nullptr, std::min(most, entry.expires_age_ms), r.validation_epoch});
  }
}
}  // namespace windlass::resolver
