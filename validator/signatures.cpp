#include <algorithm>
#include <array>

#include "crypto/verify.hpp"
#include "dns/canonical.hpp"
#include "validator/checker.hpp"
#include "validator/text.hpp"

namespace windlass::validator {
namespace {
using dns::EdeCode;
using dns::RrsigView;

/// Reasons by how much they say; the greatest stays.
enum Rank : int {
  unsigned_rrset,
  unsupported_only,
  other_signer,
  wrong_labels,
  no_key,
  bad_key,
  wrong_time,
  wrong_signature,
  limit
};

/// Microseconds of one verification: RSA by the size of its key, others by algorithm.
std::int64_t cost_us(const ZoneKey& key) {
  switch (key.algorithm) {
    case 13:
      return 60;
    case 14:
      return 700;
    case 15:
      return 150;
    case 16:
      return 400;
    default: {
      const auto octets = static_cast<std::int64_t>(key.rdata.size());
      return std::max<std::int64_t>(10, 25 * octets * octets / (256 * 256));
    }
  }
}

std::string by_key(const RrsigView& rrsig) {
  return "key " + std::to_string(rrsig.key_tag) + " (" + algorithm_text(rrsig.algorithm) + ")";
}

/// Serial number arithmetic (RFC 4034 3.1.5, RFC 1982): a - b.
std::int32_t distance(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b);
}
}  // namespace

std::string describe(const dns::RRset& rrset) {
  return rrset.owner().to_text() + " " + dns::to_text(rrset.type());
}

std::size_t signed_labels(const dns::Name& owner) noexcept {
  return owner.label_count() - (owner.is_wildcard() ? 1 : 0);
}

bool Checker::supports(std::uint8_t algorithm) const noexcept {
  const auto& disabled = options_.disabled_algorithms;
  return crypto::algorithm_supported(algorithm) &&
         std::find(disabled.begin(), disabled.end(), algorithm) == disabled.end();
}

void Checker::note(Progress& progress, int rank, EdeCode code, const std::string& text) {
  if (rank <= progress.rank) return;
  progress.rank = rank;
  progress.result.ede = {code, describe(*progress.rrset) + ": " + text};
}

Checker::Progress& Checker::progress_of(const dns::RRset& rrset, const ZonePtr& zone) {
  for (Progress& known : progress_) {
    if (known.rrset == &rrset && known.zone == zone) return known;
  }
  Progress& fresh = progress_.emplace_back();
  fresh.rrset = &rrset;
  fresh.zone = zone;
  collect(fresh);
  return fresh;
}

/// RFC 4035 5.3.1, what concerns names and numbers.
bool Checker::fits(Progress& progress, const RrsigView& rrsig) {
  const dns::Name owner = progress.rrset->owner();
  const dns::Name& zone = progress.zone->zone;
  if (rrsig.covered != progress.rrset->type()) return false;
  if (!(rrsig.signer == zone) || !owner.is_at_or_below(zone)) {
    note(progress, other_signer, EdeCode::dnssec_bogus,
         "signed by " + rrsig.signer.to_text() + ", not by its zone " + zone.to_text());
    return false;
  }
  if (rrsig.labels > signed_labels(owner) || rrsig.labels < zone.label_count()) {
    note(progress, wrong_labels, EdeCode::dnssec_bogus,
         "the RRSIG of " + by_key(rrsig) + " has an impossible label count " +
             std::to_string(rrsig.labels));
    return false;
  }
  if (!supports(rrsig.algorithm)) {
    note(progress, unsupported_only, EdeCode::rrsigs_missing,
         "only RRSIGs of unsupported algorithms (" + algorithm_text(rrsig.algorithm) + ")");
    return false;
  }
  return true;
}

bool Checker::in_time(Progress& progress, const RrsigView& rrsig) {
  const std::int64_t wall = effort_.now().wall_s;
  const auto now = static_cast<std::uint32_t>(wall);
  const std::int64_t before = effort_.limits()[Limit::signature_skew_before];
  const std::int64_t after = effort_.limits()[Limit::signature_skew_after];
  const std::string times = " (" + time_text(rrsig.inception, wall) + " to " +
                            time_text(rrsig.expiration, wall) + ", now " + time_text(now, wall) +
                            ")";
  if (distance(rrsig.expiration, rrsig.inception) < 0) {
    note(progress, wrong_time, EdeCode::signature_expired_before_valid,
         "the RRSIG of " + by_key(rrsig) + " expires before it is valid" + times);
    return false;
  }
  if (distance(now, rrsig.inception) + before < 0) {
    note(progress, wrong_time, EdeCode::signature_not_yet_valid,
         "the RRSIG of " + by_key(rrsig) + " is not yet valid" + times);
    return false;
  }
  if (distance(rrsig.expiration, now) + after < 0) {
    note(progress, wrong_time, EdeCode::signature_expired,
         "the RRSIG of " + by_key(rrsig) + " has expired" + times);
    return false;
  }
  return true;
}

/// Pairs this RRSIG with the keys of its tag and algorithm; how many.
std::size_t Checker::add_candidates(Progress& progress, const RrsigView& rrsig) {
  const auto most = static_cast<std::size_t>(effort_.limits()[Limit::equal_tag_keys]);
  const auto& keys = progress.zone->keys;
  std::size_t found = 0;
  for (std::size_t at = 0; at < keys.size() && found < most; ++at) {
    if (keys[at].tag != rrsig.key_tag || keys[at].algorithm != rrsig.algorithm) continue;
    progress.candidates.push_back({rrsig, at});
    ++found;
  }
  if (found == 0) {
    note(progress, no_key, EdeCode::dnskey_missing,
         "no usable DNSKEY of " + progress.zone->zone.to_text() + " is " + by_key(rrsig));
  }
  return found;
}

void Checker::collect(Progress& progress) {
  const auto most = static_cast<std::size_t>(effort_.limits()[Limit::rrsigs_per_rrset]);
  std::size_t looked_at = 0;
  note(progress, unsigned_rrset, EdeCode::rrsigs_missing, "no RRSIG");
  for (const auto rdata : progress.rrset->signatures()) {
    const auto rrsig = RrsigView::parse(rdata);
    if (!rrsig || !fits(progress, *rrsig) || !in_time(progress, *rrsig)) continue;
    if (looked_at == most) {
      effort_.count_limit(Limit::rrsigs_per_rrset);
      break;
    }
    if (add_candidates(progress, *rrsig) > 0) ++looked_at;
  }
}

const Checked* Checker::check(const dns::RRset& rrset, const ZonePtr& zone) {
  Progress& progress = progress_of(rrset, zone);
  while (!progress.done) {
    if (!advance(progress)) return nullptr;
  }
  return &progress.result;
}

bool Checker::parse_key(Progress& progress, ZoneKey& key) {
  if (key.parsed == ZoneKey::Parsed::not_yet) {
    const auto parsed = crypto::PublicKey::parse(key.algorithm, key.rdata.subspan(4),
                                                 effort_.limits()[Limit::rsa_bits],
                                                 effort_.limits()[Limit::rsa_exponent_bits]);
    if (parsed) key.key = *parsed;
    const bool large = !parsed && parsed.error().code == Errc::limit_reached;
    key.parsed = parsed  ? ZoneKey::Parsed::good
                 : large ? ZoneKey::Parsed::too_large
                         : ZoneKey::Parsed::malformed;
  }
  if (key.parsed == ZoneKey::Parsed::good) return true;
  const bool large = key.parsed == ZoneKey::Parsed::too_large;
  if (large) effort_.count_limit(Limit::rsa_bits);
  note(progress, bad_key, EdeCode::dnskey_missing,
       "key " + std::to_string(key.tag) + " (" + algorithm_text(key.algorithm) + ") " +
           (large ? "is beyond limit rsa_bits or rsa_exponent_bits" : "is malformed"));
  return false;
}

/// One candidate. False: stopped before or after it.
bool Checker::advance(Progress& progress) {
  if (progress.next == progress.candidates.size()) return progress.done = true;
  const Candidate& candidate = progress.candidates[progress.next];
  ZoneKey& key = progress.zone->keys[candidate.key];
  if (!parse_key(progress, key)) return ++progress.next, true;
  const auto permit = effort_.may_check(*fetch_, key.algorithm, cost_us(key));
  if (permit == Effort::Permit::stopped) return false;
  if (permit == Effort::Permit::answer_limit) {
    note(progress, limit, EdeCode::dnssec_bogus,
         "limit " + std::string(row_of(effort_.limit_hit()).key) + " reached");
    return progress.done = true;
  }
  ++progress.next;
  image_.clear();
  dns::append_signed_image(image_, *progress.rrset, candidate.rrsig);
  if (key.key->verify(image_, candidate.rrsig.signature)) {
    accept(progress, candidate.rrsig);
    return true;
  }
  note(progress, wrong_signature, EdeCode::dnssec_bogus,
       "the signature of " + by_key(candidate.rrsig) + " is wrong");
  return effort_.count_failure(*fetch_);
}

void Checker::accept(Progress& progress, const RrsigView& rrsig) {
  Checked& result = progress.result;
  const auto now = static_cast<std::uint32_t>(effort_.now().wall_s);
  const std::int32_t left_s = std::max(0, distance(rrsig.expiration, now));
  progress.done = true;
  result.outcome = Outcome::secure;
  result.ede = {};
  result.ttl_most = std::min(rrsig.original_ttl, static_cast<std::uint32_t>(left_s));
  result.original_ttl = rrsig.original_ttl;
  result.key_tag = rrsig.key_tag;
  result.algorithm = rrsig.algorithm;
  result.labels = rrsig.labels;
  result.expanded = rrsig.labels < signed_labels(progress.rrset->owner());
}
}  // namespace windlass::validator
