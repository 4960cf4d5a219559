// Engine: answers made from what has been proven about other names. Only validated data is used.
#include <algorithm>

#include "dns/because.hpp"
#include "dns/rdata.hpp"
#include "resolver/engine.hpp"
#include "validator/deduction.hpp"
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

/// What a negative trust anchor covers is proven by nothing. nullopt: the Resolution must wait for
/// a slice of cryptography.
std::optional<EntryPtr> Engine::made_from_others(const View& view, const Key& key, Budget& budget) {
  if (anchors_->negative_for(key.name, now_.wall_s)) return EntryPtr{};
  if (EntryPtr made = made_from_above(view, key)) return made;
  return made_from_spans(view, key, budget);
}

/// The closest cut that is known above a name, or configured: what stands above that says nothing
/// of it.
std::size_t Engine::labels_of_cut(const View& view, const Key& key, bool of_parent) const {
  const auto closest = house_.cache.deepest(key.name, key.partition, now_.age_ms, of_parent);
  const std::size_t known = closest ? closest->cut.label_count() : 0;
  const Realm& realm = view.realms.of(key.name, key.type);
  const bool configured = realm.delegation && realm.partition == key.partition;
  return configured ? std::max(known, realm.delegation->cut.label_count()) : known;
}

/// A proven DNAME speaks for every name below it, and so does a proven NXDOMAIN, also for those
/// that nobody has asked for yet. Both stand in the name's zone, so not above the closest known
/// cut. Absent names are not stored: they would only fill the cache.
EntryPtr Engine::made_from_above(const View& view, const Key& key) {
  if (key.name.is_root()) return nullptr;
  const std::size_t least = labels_of_cut(view, key, false);
  for (std::size_t labels = key.name.label_count(); labels-- > least;) {
    const EntryPtr above = house_.cache.find(key.name.suffix(labels), dns::Type::dname,
                                             key.partition, now_.age_ms, 0, false);
    if (!above || above->security != Security::secure || !judged(*above)) continue;
    if (above->evidence.finding == dns::Finding::nxdomain &&
        !validator::denied_by_nxname(above->evidence))
      return absent_below(key, *above, now_.age_ms);
    if (!above->evidence.rrset) continue;
    EntryPtr made = alias_below(key.name, *above, now_.age_ms);
    if (made) house_.cache.store(key.partition, made, now_.age_ms);
    return made;
  }
  return nullptr;
}

/// What an answer was made from, and was proven with it: the DNAME behind an alias, the wildcard's
/// RRset behind data (RFC 8198 5.3).
void Engine::keep_sources(cache::Partition partition, const cache::Entry& made) {
  const dns::Evidence& evidence = made.evidence;
  std::vector<dns::RRsetPtr> sources;
  if (validator::dname_of(evidence))
    for (const auto& proof : evidence.proofs)
      if (proof->type() == dns::Type::dname) sources.push_back(proof);
  if (settings_.resolver->aggressive_nsec && evidence.rrset)
    sources.push_back(validator::wildcard_of(*evidence.rrset));
  for (const dns::RRsetPtr& source : sources) {
    if (!source) continue;
    auto kept = std::make_shared<cache::Entry>(made);
    kept->ede.reset();
    kept->evidence = {source->owner(), source->type(), dns::Finding::positive, source, {},
                      evidence.zone};
    house_.cache.store(partition, std::move(kept), now_.age_ms);
  }
}
}  // namespace windlass::resolver
