// What a DNSKEY RRset says about the keys of a trust anchor's zone: which of them have signed it.
#include <algorithm>
#include <limits>

#include "crypto/verify.hpp"
#include "dns/rdata.hpp"
#include "validator/anchor_match.hpp"
#include "validator/anchor_zone.hpp"
#include "validator/checker.hpp"

namespace windlass::validator {
namespace {
using dns::DnskeyView;
using dns::Octets;

/// The bounds are those of each single check; nobody waits for the answer.
class Unhurried final : public Work {
 public:
  bool pay_signature_check() override { return true; }
  bool pay_signature_failure() override { return true; }
  bool pay_nsec3_hash() override { return false; }
};

/// May become a trust anchor (RFC 5011 2.2): a key that signs keys, and that can be used here.
bool could_be_anchor(const DnskeyView& view, const Checker& checker, const Limits& limits) {
  if (!view.zone_key() || !view.secure_entry_point() || !view.dnssec()) return false;
  return checker.supports(view.algorithm) &&
         static_cast<bool>(crypto::PublicKey::parse(view.algorithm, view.public_key,
                                                    limits[Limit::rsa_bits],
                                                    limits[Limit::rsa_exponent_bits]));
}

/// The zone as if it had this one key.
ZonePtr alone(const dns::Name& zone, Octets rdata, const DnskeyView& view) {
  auto made = std::make_shared<ZoneKeys>();
  made->zone = zone;
  ZoneKey key;
  key.rdata = rdata;
  key.tag = dns::key_tag(rdata);
  key.algorithm = view.algorithm;
  made->keys.push_back(std::move(key));
  return made;
}

class Looker {
 public:
  Looker(const dns::RRset& dnskeys, const AnchorZone& zone, const ValidatorOptions& options,
         const Limits& limits, Metrics& metrics, const Now& now)
      : dnskeys_(dnskeys),
        zone_(zone),
        limits_(limits),
        now_(now),
        effort_(limits, metrics),
        checker_(options, effort_) {}

  Sighting run() {
    seen_.ttl_most_s = std::numeric_limits<std::uint32_t>::max();
    seen_.trouble = {dns::EdeCode::dnskey_missing,
                     describe(dnskeys_) + ": none of the trusted keys is in it"};
    for (const Octets rdata : dnskeys_.rdata()) take(rdata);
    if (held_)
      seen_.trouble = {};
    else
      seen_.ttl_most_s = 0;
    return std::move(seen_);
  }

 private:
  void take(Octets rdata) {
    const auto view = DnskeyView::parse(rdata);
    if (!view || !view->zone_key() || !view->dnssec()) return;
    SeenKey key{{rdata.begin(), rdata.end()}, false, could_be_anchor(*view, checker_, limits_)};
    const auto known = std::ranges::find_if(
        zone_.keys, [&](const FollowedKey& one) { return means(zone_.zone, one.key, rdata); });
    const bool vouches = known != zone_.keys.end() && known->trusted() && !view->revoked();
    if (known != zone_.keys.end() && checker_.supports(view->algorithm))
      key.signs = signs(rdata, *view, vouches);
    else if (vouches)
      complain(
          {dns::EdeCode::unsupported_dnskey_algorithm,
           describe(dnskeys_) + ": the trusted keys have algorithms that are not in use here"});
    seen_.keys.push_back(std::move(key));
  }

  /// Steps are for the sake of clients; here one follows the other.
  bool signs(Octets rdata, const DnskeyView& view, bool vouches) {
    const ZonePtr zone = alone(zone_.zone, rdata, view);
    Fetch fetch;
    checker_.charge(fetch);
    const Checked* checked = nullptr;
    while (checked == nullptr) {
      effort_.begin_step(now_, work_);
      checked = checker_.check(dnskeys_, zone);
    }
    const bool good = checked->outcome == Outcome::secure;
    if (!good && vouches) complain(checked->ede);
    if (!good || !vouches) return good;
    held_ = true;
    seen_.original_ttl_s = std::max(seen_.original_ttl_s, checked->original_ttl);
    seen_.ttl_most_s = std::min(seen_.ttl_most_s, checked->ttl_most);
    return true;
  }

  /// A signature that is wrong or out of its time says more than one that is not there.
  void complain(const dns::Ede& ede) {
    const bool absent = ede.code == dns::EdeCode::dnskey_missing;
    if (absent && seen_.trouble.code != dns::EdeCode::dnskey_missing) return;
    seen_.trouble = ede;
    if (absent)
      seen_.trouble.text = describe(dnskeys_) + ": none of the trusted keys has signed it";
  }

  const dns::RRset& dnskeys_;
  const AnchorZone& zone_;
  const Limits& limits_;
  const Now& now_;
  Effort effort_;
  Checker checker_;
  Unhurried work_;
  Sighting seen_;
  bool held_ = false;
};
}  // namespace

Sighting look(const dns::RRset& dnskeys, const AnchorZone& zone, const ValidatorOptions& options,
              const Limits& limits, Metrics& metrics, const Now& now) {
  return Looker(dnskeys, zone, options, limits, metrics, now).run();
}
}  // namespace windlass::validator
