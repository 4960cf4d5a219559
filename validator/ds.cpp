#include "validator/ds.hpp"

#include <algorithm>

#include "crypto/verify.hpp"
#include "dns/because.hpp"
#include "dns/canonical.hpp"
#include "validator/anchor_match.hpp"
#include "validator/text.hpp"

namespace windlass::validator {
namespace {
using dns::because;
using dns::DnskeyView;
using dns::DsView;
using dns::Octets;

constexpr std::uint8_t sha1 = 1;

/// Keeps a DS that is understood; else remembers why not, in words of a parent's DS or an anchor's.
template <Fault algorithm_fault, Fault digest_fault>
void consider(Vouchers& vouchers, const DsView& ds, const std::string& zone,
              const Checker& checker) {
  if (!checker.supports(ds.algorithm)) {
    if (vouchers.unsupported.text.empty())
      vouchers.unsupported = because<algorithm_fault>(zone, algorithm_text(ds.algorithm));
  } else if (!crypto::digest_supported(ds.digest_type)) {
    vouchers.unsupported = because<digest_fault>(zone, digest_text(ds.digest_type));
  } else {
    vouchers.ds.push_back(ds);
  }
}

/// RFC 4509 3: SHA-1 does not count beside SHA-256 or SHA-384.
void drop_sha1(std::vector<DsView>& all) {
  const auto is_sha1 = [](const DsView& ds) { return ds.digest_type == sha1; };
  if (!std::all_of(all.begin(), all.end(), is_sha1))
    all.erase(std::remove_if(all.begin(), all.end(), is_sha1), all.end());
}

/// Those of a parent; what an operator has configured is none too many.
void bound(Vouchers& vouchers, Checker& checker) {
  const auto most = static_cast<std::size_t>(checker.effort().limits()[Limit::ds_records]);
  if (vouchers.ds.size() <= most) return;
  checker.effort().count_limit(Limit::ds_records);
  vouchers.ds.resize(most);
}

ZoneKey key_of(Octets rdata, const DnskeyView& view) {
  ZoneKey key;
  key.rdata = rdata;
  key.tag = dns::key_tag(rdata);
  key.algorithm = view.algorithm;
  return key;
}

bool digest_matches(const dns::Name& zone, Octets dnskey, const DsView& ds) {
  std::vector<std::uint8_t> image;
  dns::append_ds_image(image, zone, dnskey);
  const auto digest = crypto::digest(ds.digest_type, image);
  return digest && std::ranges::equal(digest->view(), ds.digest);
}

/// Collects the matches of one zone's vouchers.
class Matcher {
 public:
  Matcher(ZoneKeys& zone, bool anchored, const Limits& limits)
      : zone_(zone), anchored_(anchored), limits_(limits) {}

  void match(const DsView& ds) {
    std::int64_t tried = 0;
    for (const auto rdata : zone_.dnskeys->rdata()) {
      const auto view = DnskeyView::parse(rdata);
      if (!view || view->algorithm != ds.algorithm || dns::key_tag(rdata) != ds.key_tag) continue;
      if (tried++ == limits_[Limit::equal_tag_keys]) break;
      if (digest_matches(zone_.zone, rdata, ds)) return add(rdata, *view);
      why<Fault::ds_other_digest, Fault::anchor_other_digest>(ds);
    }
    if (tried == 0) why<Fault::ds_without_key, Fault::anchor_without_key>(ds);
  }
  void match(Octets anchor) {
    for (const auto rdata : zone_.dnskeys->rdata()) {
      const auto view = DnskeyView::parse(rdata);
      if (view && same_dnskey(rdata, anchor)) return add(rdata, *view);
    }
    why<Fault::anchor_without_key>(dns::key_tag(anchor),
                                   algorithm_text(anchor.size() > 3 ? anchor[3] : 0));
  }

 private:
  void add(Octets rdata, const DnskeyView& view) {
    const std::uint16_t tag = dns::key_tag(rdata);
    if (!view.zone_key()) return why<Fault::key_no_zone_bit>(tag);
    if (!view.dnssec()) return why<Fault::key_other_protocol>(tag);
    if (view.revoked()) return why<Fault::key_revoked>(tag);
    const auto same = [&](const ZoneKey& key) { return key.rdata.data() == rdata.data(); };
    if (std::none_of(zone_.keys.begin(), zone_.keys.end(), same))
      zone_.keys.push_back(key_of(rdata, view));
  }
  /// The first reason stays, but a key that is there and may not be used says more than one that
  /// is missing.
  template <Fault fault, class... More>
  void why(std::uint16_t tag, const More&... more) {
    constexpr bool there = fault == Fault::key_no_zone_bit || fault == Fault::key_other_protocol ||
                           fault == Fault::key_revoked;
    if (zone_.ede.fault != Fault::none && !there) return;
    zone_.ede = because<fault>(zone_.zone.to_text(), std::to_string(tag), more...);
  }
  template <Fault of_ds, Fault of_anchor>
  void why(const DsView& ds) {
    const std::string algorithm = algorithm_text(ds.algorithm);
    anchored_ ? why<of_anchor>(ds.key_tag, algorithm) : why<of_ds>(ds.key_tag, algorithm);
  }
  ZoneKeys& zone_;
  bool anchored_;
  const Limits& limits_;
};
}  // namespace

Vouchers vouchers_of(const dns::RRset& ds, Checker& checker) {
  Vouchers vouchers;
  const std::string zone = ds.owner().to_text();
  for (const auto rdata : ds.rdata()) {
    if (const auto view = DsView::parse(rdata))
      consider<Fault::algorithm_unsupported, Fault::digest_unsupported>(vouchers, *view, zone,
                                                                        checker);
  }
  drop_sha1(vouchers.ds);
  bound(vouchers, checker);
  return vouchers;
}

Vouchers vouchers_of(const Anchor& anchor, Checker& checker) {
  Vouchers vouchers;
  vouchers.anchored = true;
  const std::string zone = anchor.zone.to_text();
  for (const AnchorKey& key : anchor.keys) {
    if (const auto view = DsView::parse(key.rdata); key.is_ds && view) {
      consider<Fault::anchor_unsupported, Fault::anchor_digest_unsupported>(vouchers, *view, zone,
                                                                            checker);
    } else if (!key.is_ds && checker.supports(key.algorithm)) {
      vouchers.dnskeys.emplace_back(key.rdata);
    } else if (vouchers.unsupported.text.empty()) {
      vouchers.unsupported =
          because<Fault::anchor_unsupported>(zone, algorithm_text(key.algorithm));
    }
  }
  drop_sha1(vouchers.ds);
  return vouchers;
}

std::string describe(const Vouchers& vouchers) {
  std::string text;
  for (const DsView& ds : vouchers.ds) {
    text += (text.empty() ? "DS " : ", ") + std::to_string(ds.key_tag) + " (" +
            algorithm_text(ds.algorithm) + ", " + digest_text(ds.digest_type) + ")";
  }
  for (const Octets key : vouchers.dnskeys)
    text += (text.empty() ? "key " : ", key ") + std::to_string(dns::key_tag(key));
  return text;
}

ZonePtr vouched_keys(const dns::Name& zone, const dns::RRsetPtr& dnskeys, const Vouchers& vouchers,
                     const Checker& checker, const Limits& limits) {
  auto found = std::make_shared<ZoneKeys>();
  found->zone = zone;
  found->dnskeys = dnskeys;
  Matcher matcher(*found, vouchers.anchored, limits);
  for (const DsView& ds : vouchers.ds) {
    if (checker.supports(ds.algorithm)) matcher.match(ds);
  }
  for (const Octets key : vouchers.dnskeys) matcher.match(key);
  return found;
}

ZonePtr usable_keys(const dns::Name& zone, const dns::RRsetPtr& dnskeys, const Checker& checker) {
  auto found = std::make_shared<ZoneKeys>();
  found->zone = zone;
  found->dnskeys = dnskeys;
  for (const auto rdata : dnskeys->rdata()) {
    const auto view = DnskeyView::parse(rdata);
    if (!view || !view->zone_key() || !view->dnssec() || view->revoked()) continue;
    if (checker.supports(view->algorithm)) found->keys.push_back(key_of(rdata, *view));
  }
  return found;
}
}  // namespace windlass::validator
