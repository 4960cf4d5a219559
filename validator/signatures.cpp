#include <algorithm>
#include <array>

#include "crypto/verify.hpp"
#include "dns/because.hpp"
#include "dns/canonical.hpp"
#include "validator/checker.hpp"
#include "validator/text.hpp"

namespace windlass::validator {
namespace {
using dns::because;
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

/// Of the canonical image and its digest.
std::int64_t image_cost_us(const dns::RRset& rrset) {
  return static_cast<std::int64_t>(rrset.memory_octets()) / 256;
}

/// Serial number arithmetic (RFC 4034 3.1.5, RFC 1982): a - b.
std::int32_t distance(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b);
}
/// What the clock says of a signature.
enum class Time : std::uint8_t { good, never, not_yet, over };

Time time_of(const RrsigView& rrsig, std::int64_t wall_s, const Limits& limits) {
  const auto now = static_cast<std::uint32_t>(wall_s);
  const std::int64_t before = limits[Limit::signature_skew_before];
  const std::int64_t after = limits[Limit::signature_skew_after];
  if (distance(rrsig.expiration, rrsig.inception) < 0) return Time::never;
  if (distance(now, rrsig.inception) + before < 0) return Time::not_yet;
  if (distance(rrsig.expiration, now) + after < 0) return Time::over;
  return Time::good;
}

/// Why a signature that is not good now is none. `root_keys`: it is one over the root's keys, and
/// none of them is good now. They are signed anew all the time: rather the clock is wrong.
dns::Ede untimely(Time time, bool root_keys, const std::string& rrset, const RrsigView& rrsig,
                  std::int64_t wall_s) {
  const std::string key = by_key(rrsig), from = time_text(rrsig.inception, wall_s),
                    to = time_text(rrsig.expiration, wall_s),
                    now = time_text(static_cast<std::uint32_t>(wall_s), wall_s);
  if (time == Time::never) return because<Fault::signature_never_valid>(rrset, key, from, to, now);
  if (time == Time::not_yet)
    return root_keys ? because<Fault::clock_behind>(rrset, key, from, now)
                     : because<Fault::signature_not_yet_valid>(rrset, key, from, to, now);
  return root_keys ? because<Fault::clock_ahead>(rrset, key, to, now)
                   : because<Fault::signature_expired>(rrset, key, from, to, now);
}

/// The root's own keys, no signature of which is good now.
bool root_out_of_time(const dns::RRset& rrset, const dns::Name& zone, std::int64_t wall_s,
                      const Limits& limits) {
  if (rrset.type() != dns::Type::dnskey || !zone.is_root()) return false;
  for (const auto rdata : rrset.signatures()) {
    const auto rrsig = RrsigView::parse(rdata);
    if (rrsig && time_of(*rrsig, wall_s, limits) == Time::good) return false;
  }
  return true;
}
}  // namespace

std::string rrset_text(const dns::Name& name, dns::Type type) {
  return name.to_text() + " " + dns::to_text(type);
}

std::string describe(const dns::RRset& rrset) {
  return rrset_text(rrset.owner(), rrset.type());
}

std::size_t signed_labels(const dns::Name& owner) noexcept {
  return owner.label_count() - (owner.is_wildcard() ? 1 : 0);
}

bool Checker::supports(std::uint8_t algorithm) const noexcept {
  const auto& disabled = options_.disabled_algorithms;
  return crypto::algorithm_supported(algorithm) &&
         std::find(disabled.begin(), disabled.end(), algorithm) == disabled.end();
}

std::optional<SignatureFacts> Checker::facts_of(const RrsigView* rrsig) {
  if (!rrsig) return std::nullopt;
  return SignatureFacts{rrsig->key_tag, rrsig->algorithm, rrsig->inception, rrsig->expiration};
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
    note(progress, other_signer, &rrsig, [&] {
      return because<Fault::signer_other>(describe(*progress.rrset), rrsig.signer.to_text(),
                                          zone.to_text());
    });
    return false;
  }
  if (rrsig.labels > signed_labels(owner) || rrsig.labels < zone.label_count()) {
    note(progress, wrong_labels, &rrsig, [&] {
      return because<Fault::label_count>(describe(*progress.rrset), by_key(rrsig),
                                         std::to_string(rrsig.labels));
    });
    return false;
  }
  if (!supports(rrsig.algorithm)) {
    note(progress, unsupported_only, &rrsig, [&] {
      return because<Fault::rrsig_unsupported>(describe(*progress.rrset),
                                               algorithm_text(rrsig.algorithm), zone.to_text());
    });
    return false;
  }
  return true;
}

bool Checker::in_time(Progress& progress, const RrsigView& rrsig, bool root_keys) {
  const std::int64_t wall_s = effort_.now().wall_s;
  const Time time = time_of(rrsig, wall_s, effort_.limits());
  if (time == Time::good) return true;
  note(progress, wrong_time, &rrsig,
       [&] { return untimely(time, root_keys, describe(*progress.rrset), rrsig, wall_s); });
  return false;
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
    note(progress, no_key, &rrsig, [&] {
      return because<Fault::key_missing>(describe(*progress.rrset), progress.zone->zone.to_text(),
                                         by_key(rrsig));
    });
  }
  return found;
}

void Checker::collect(Progress& progress) {
  const auto most = static_cast<std::size_t>(effort_.limits()[Limit::rrsigs_per_rrset]);
  std::size_t looked_at = 0;
  const bool root_keys = root_out_of_time(*progress.rrset, progress.zone->zone,
                                          effort_.now().wall_s, effort_.limits());
  for (const auto rdata : progress.rrset->signatures()) {
    const auto rrsig = RrsigView::parse(rdata);
    if (!rrsig || !fits(progress, *rrsig) || !in_time(progress, *rrsig, root_keys)) continue;
    if (looked_at == most) {
      effort_.count_limit(Limit::rrsigs_per_rrset);
      break;
    }
    if (add_candidates(progress, *rrsig) > 0) ++looked_at;
  }
  if (looked_at > 0) return;
  note(progress, unsigned_rrset, nullptr, [&] {
    return because<Fault::rrsig_missing>(describe(*progress.rrset), progress.zone->zone.to_text());
  });
}

const Checked* Checker::check(const dns::RRset& rrset, const ZonePtr& zone) {
  Progress& progress = progress_of(rrset, zone);
  while (!progress.done) {
    if (!advance(progress)) return nullptr;
  }
  return &progress.result;
}

std::optional<Verified> Checker::verified(const dns::RRset& rrset) const {
  for (const Progress& known : progress_) {
    const bool good = known.rrset == &rrset && known.done &&
                      known.result.outcome == Outcome::secure && !known.result.expanded;
    if (good) return Verified{known.zone->zone, std::min(known.result.ttl_most, rrset.ttl())};
  }
  return std::nullopt;
}

bool Checker::parse_key(Progress& progress, const RrsigView& rrsig, ZoneKey& key) {
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
  note(progress, bad_key, &rrsig, [&] {
    const std::string rrset = describe(*progress.rrset), zone = progress.zone->zone.to_text();
    const auto number = [&](Limit limit) { return std::to_string(effort_.limits()[limit]); };
    return large
               ? because<Fault::key_too_large>(rrset, by_key(rrsig), zone, number(Limit::rsa_bits),
                                               number(Limit::rsa_exponent_bits))
               : because<Fault::key_malformed>(rrset, by_key(rrsig), zone);
  });
  return false;
}

bool Checker::trapped() const noexcept {
  return collided_ && fetch_->failures >= effort_.limits()[Limit::signature_failures_per_fetch];
}

/// One candidate. False: stopped before or after it.
bool Checker::advance(Progress& progress) {
  if (progress.next == progress.candidates.size()) return progress.done = true;
  const Candidate& candidate = progress.candidates[progress.next];
  ZoneKey& key = progress.zone->keys[candidate.key];
  if (!parse_key(progress, candidate.rrsig, key)) return ++progress.next, true;
  const auto permit =
      effort_.may_check(*fetch_, key.algorithm, cost_us(key) + image_cost_us(*progress.rrset));
  if (permit == Effort::Permit::stopped) return false;
  if (permit == Effort::Permit::answer_limit) {
    note(progress, limit, &candidate.rrsig, [&] {
      const Limit hit = effort_.limit_hit();
      return because<Fault::signature_limit>(describe(*progress.rrset), row_of(hit).key,
                                             std::to_string(effort_.limits()[hit]));
    });
    return progress.done = true;
  }
  ++progress.next;
  image_.clear();
  dns::append_signed_image(image_, *progress.rrset, candidate.rrsig);
  if (key.key->verify(image_, candidate.rrsig.signature)) {
    accept(progress, candidate.rrsig);
    return true;
  }
  note(progress, wrong_signature, &candidate.rrsig, [&] {
    return because<Fault::signature_wrong>(describe(*progress.rrset), by_key(candidate.rrsig));
  });
  const auto collides = [&](const ZoneKey& other) {
    return &other != &key && other.tag == key.tag && other.algorithm == key.algorithm;
  };
  const auto& keys = progress.zone->keys;
  collided_ = collided_ || std::any_of(keys.begin(), keys.end(), collides);
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
  result.by = facts_of(&rrsig);
  result.labels = rrsig.labels;
  result.expanded = rrsig.labels < signed_labels(progress.rrset->owner());
}
}  // namespace windlass::validator
