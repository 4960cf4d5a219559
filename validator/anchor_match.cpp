#include "validator/anchor_match.hpp"

#include <algorithm>

#include "crypto/verify.hpp"
#include "dns/canonical.hpp"
#include "dns/rdata.hpp"

namespace windlass::validator {
namespace {
constexpr std::size_t flags_low_at = 1;    ///< the second octet of the flags
constexpr std::uint8_t revoke_bit = 0x80;  ///< in it
}  // namespace

std::vector<std::uint8_t> without_revoke(dns::Octets dnskey) {
  std::vector<std::uint8_t> rdata(dnskey.begin(), dnskey.end());
  if (rdata.size() > flags_low_at) rdata[flags_low_at] &= static_cast<std::uint8_t>(~revoke_bit);
  return rdata;
}

bool same_dnskey(dns::Octets a, dns::Octets b) noexcept {
  constexpr std::size_t head = 4;
  if (a.size() != b.size() || a.size() < head) return false;
  return a[0] == b[0] && (a[1] | revoke_bit) == (b[1] | revoke_bit) &&
         std::equal(a.begin() + 2, a.end(), b.begin() + 2);
}

bool means(const dns::Name& zone, const AnchorKey& anchor, dns::Octets dnskey) {
  if (!anchor.is_ds) return same_dnskey(anchor.rdata, dnskey);
  const auto ds = dns::DsView::parse(anchor.rdata);
  const auto view = dns::DnskeyView::parse(dnskey);
  if (!ds || !view || ds->algorithm != view->algorithm) return false;
  const auto key = without_revoke(dnskey);
  if (dns::key_tag(key) != ds->key_tag) return false;
  std::vector<std::uint8_t> image;
  dns::append_ds_image(image, zone, key);
  const auto digest = crypto::digest(ds->digest_type, image);
  return digest && std::ranges::equal(digest->view(), ds->digest);
}

bool same_key(const dns::Name& zone, const AnchorKey& a, const AnchorKey& b) {
  if (a.is_ds && b.is_ds) return a.rdata == b.rdata;
  return a.is_ds ? means(zone, a, b.rdata) : means(zone, b, a.rdata);
}
}  // namespace windlass::validator
