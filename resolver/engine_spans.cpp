// Engine: proven NSEC and NSEC3 records deny names and types nobody has asked for (RFC 8198).
#include <algorithm>

#include "dns/rdata.hpp"
#include "resolver/engine.hpp"
#include "validator/deduction.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
using cache::Security;

/// Of a request's NSEC3 hashes half may go into deductions: the answer of a server, where they lead
/// to nothing, has to be proven too.
class HashShare final : public validator::Work {
 public:
  HashShare(Budget& budget, std::int64_t most) : budget_(budget), most_(most / 2) {}
  bool pay_signature_check() override { return false; }
  bool pay_signature_failure() override { return false; }
  bool pay_nsec3_hash() override { return budget_.hashes() < most_ && budget_.pay_nsec3_hash(); }

 private:
  Budget& budget_;
  std::int64_t most_;
};

/// What the cache holds of one zone, as far as it was proven under the anchors of today.
class Known final : public validator::Records {
 public:
  Known(cache::Cache& cache, const dns::Name& zone, cache::Partition partition, std::int64_t age_ms,
        std::uint64_t epoch)
      : cache_(cache), zone_(zone), partition_(partition), age_ms_(age_ms), epoch_(epoch) {}

  dns::RRsetPtr nsec(const dns::Name& name) override {
    return note(cache_.spans().at_or_before(zone_, partition_, name, age_ms_));
  }
  dns::RRsetPtr nsec3(const dns::Nsec3Hash& hash) override {
    return note(cache_.spans().at_or_before(zone_, partition_, hash, age_ms_));
  }
  std::optional<dns::Nsec3Parameters> parameters() override {
    return cache_.spans().parameters(zone_, partition_);
  }
  dns::RRsetPtr at_wildcard(const dns::Name& wildcard, dns::Type type) override {
    for (const dns::Type sought : {type, dns::Type::cname}) {
      wildcard_ = cache_.find(wildcard, sought, partition_, age_ms_, 0, false);
      if (wildcard_ && answers(*wildcard_)) return wildcard_->evidence.rrset;
    }
    return nullptr;
  }
  /// Precondition: at_wildcard() has given an RRset.
  const cache::Entry& wildcard() const { return *wildcard_; }
  /// Precondition: nsec() or nsec3() gave it.
  const cache::Span& span_of(const dns::RRsetPtr& record) const {
    return *std::ranges::find(seen_, record, &cache::Span::record);
  }

 private:
  bool answers(const cache::Entry& entry) const {
    return entry.security == Security::secure && entry.epoch >= epoch_ && entry.evidence.rrset &&
           !entry.evidence.rrset->signatures().empty() && signed_here(*entry.evidence.rrset);
  }
  bool signed_here(const dns::RRset& rrset) const {
    for (const auto rdata : rrset.signatures()) {
      const auto rrsig = dns::RrsigView::parse(rdata);
      if (!rrsig || !(rrsig->signer == zone_)) return false;
    }
    return true;
  }
  dns::RRsetPtr note(const std::optional<cache::Span>& span) {
    if (!span || span->epoch < epoch_) return nullptr;
    return seen_.push_back(*span), span->record;
  }

  cache::Cache& cache_;
  const dns::Name& zone_;
  cache::Partition partition_;
  std::int64_t age_ms_;
  std::uint64_t epoch_;
  std::vector<cache::Span> seen_;
  EntryPtr wildcard_;
};
}  // namespace

/// The records are of the name's zone, so not of one above the closest known cut. nullopt: the
/// Resolution must wait for a slice of cryptography.
std::optional<EntryPtr> Engine::made_from_spans(const View& view, const Key& key, Budget& budget) {
  if (!settings_.resolver->aggressive_nsec || key.type == dns::Type::any || key.name.is_root())
    return EntryPtr{};
  const bool of_parent = key.type == dns::Type::ds;
  const std::size_t least = labels_of_cut(view, key, of_parent);
  HashShare share(budget, limit(Limit::nsec3_hashes));
  validator::Effort effort(settings_.resolver->limits, metrics_, &slice_);
  effort.begin_step(now_, share);
  for (std::size_t labels = key.name.label_count() + (of_parent ? 0 : 1); labels-- > least;) {
    const auto made = deduced_in(key, key.name.suffix(labels), effort);
    if (!made || *made) return made;
  }
  return EntryPtr{};
}

std::optional<EntryPtr> Engine::deduced_in(const Key& key, const dns::Name& zone,
                                           validator::Effort& effort) {
  Known known(house_.cache, zone, key.partition, now_.age_ms, anchors_->epoch_of(key.name));
  validator::Deducer deducer(known, zone, effort);
  auto deduction = deducer.deduce(key.name, key.type);
  if (deducer.stopped() && effort.take_stop().kind == validator::VerdictKind::more)
    return std::nullopt;
  if (!deduction) return EntryPtr{};
  auto made = std::make_shared<cache::Entry>();
  auto& [finding, proofs, wildcard] = *deduction;
  made->expires_age_ms =
      wildcard ? known.wildcard().expires_age_ms : known.span_of(proofs.front()).expires_age_ms;
  for (const auto& proof : proofs)
    made->expires_age_ms = std::min(made->expires_age_ms, known.span_of(proof).expires_age_ms);
  const dns::RRsetPtr soa = known.span_of(proofs.front()).soa;
  if (!wildcard && !soa) return EntryPtr{};
  if (!wildcard) proofs.insert(proofs.begin(), soa);
  const dns::RRsetPtr data = wildcard ? validator::at_name(*wildcard, key.name) : nullptr;
  made->evidence = {key.name, data ? data->type() : key.type, finding, data, std::move(proofs),
                    zone};
  made->deduced = true;
  made->rank = cache::Rank::authority;
  made->security = Security::secure;
  made->epoch = anchors_->epoch();
  made->stored_age_ms = now_.age_ms;
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
    if (!validator::speaks_of_others(*proof, limit(Limit::nsec3_iterations))) continue;
    const auto verified = r.validation->verified(*proof);
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
