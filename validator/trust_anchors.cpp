#include "validator/trust_anchors.hpp"

#include <algorithm>
#include <array>

#include "crypto/verify.hpp"
#include "dns/ldns_bridge.hpp"
#include "dns/rdata.hpp"
#include "validator/anchor_match.hpp"

namespace windlass::validator {
namespace {
using dns::Name;
using dns::Type;

constexpr std::size_t changes_most = 16;  ///< told apart by epoch_of
constexpr std::int64_t rsa_bits_most = 16'384, rsa_exponent_bits_most = 256;

AnchorError at_line(std::size_t line, const std::string& what) {
  return {line, "line " + std::to_string(line) + ": " + what};
}

/// Octets of a digest (RFC 4509, RFC 6605, RFC 5933); 0: unknown.
std::size_t digest_octets(std::uint8_t digest_type) {
  constexpr std::array<std::size_t, 5> octets{0, 20, 32, 32, 48};
  return digest_type < octets.size() ? octets[digest_type] : 0;
}

/// What is wrong with a DS; empty: nothing.
std::string complaint(const dns::DsView& ds) {
  const std::size_t wanted = digest_octets(ds.digest_type);
  if (ds.digest.empty()) return "a DS without a digest";
  if (wanted != 0 && ds.digest.size() != wanted)
    return "a digest of " + std::to_string(ds.digest.size()) + " octets, its type has " +
           std::to_string(wanted);
  return {};
}

std::string complaint(const dns::DnskeyView& key) {
  if (!key.zone_key()) return "a DNSKEY without the zone key bit";
  if (!key.dnssec()) return "a DNSKEY whose protocol is not 3";
  if (key.revoked()) return "a DNSKEY that is revoked";
  if (!crypto::algorithm_supported(key.algorithm)) return {};
  const bool good = static_cast<bool>(crypto::PublicKey::parse(
      key.algorithm, key.public_key, rsa_bits_most, rsa_exponent_bits_most));
  return good ? std::string() : "a public key that cannot be read";
}

/// Lines `from` to before `to` (counted from 1) without comments, parentheses and blanks, in upper
/// case.
std::string bare_lines(std::string_view text, std::size_t from, std::size_t to) {
  std::string bare;
  bool comment = false;
  std::size_t line = 1;
  for (const char octet : text) {
    if (octet == '\n') ++line, comment = false;
    if (octet == ';') comment = true;
    if (comment || line < from || line >= to || octet == '(' || octet == ')') continue;
    if (static_cast<unsigned char>(octet) <= ' ') continue;
    bare.push_back(octet >= 'a' && octet <= 'z' ? static_cast<char>(octet - 32) : octet);
  }
  return bare;
}

/// An odd number of hex digits, a digest cut short, is read as if a zero stood there: the digest
/// must stand in the text.
bool digest_is_written(const dns::ZoneRecord& record, std::size_t next_line,
                       std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::size_t digest_at = 4;
  std::string written;
  for (std::size_t at = digest_at; at < record.rdata.size(); ++at) {
    written.push_back(digits[record.rdata[at] >> 4]);
    written.push_back(digits[record.rdata[at] & 0xF]);
  }
  return bare_lines(text, record.line, next_line).find(written) != std::string::npos;
}

void add(std::vector<Anchor>& anchors, const Name& zone, AnchorKey key) {
  auto at = std::ranges::find(anchors, zone, &Anchor::zone);
  if (at == anchors.end()) at = anchors.insert(at, Anchor{zone, {}});
  if (std::ranges::find(at->keys, key) == at->keys.end()) at->keys.push_back(std::move(key));
}

/// A DS and the DNSKEY it means are the same: no verdict changes when one takes the other's place.
bool same_keys(const Anchor* a, const Anchor* b) {
  if (!a || !b) return a == b;
  const auto all_in = [](const Anchor& those, const Anchor& these) {
    return std::ranges::all_of(those.keys, [&](const AnchorKey& key) {
      return std::ranges::any_of(
          these.keys, [&](const AnchorKey& other) { return same_key(those.zone, key, other); });
    });
  };
  return all_in(*a, *b) && all_in(*b, *a);
}

const Anchor* anchor_at(const std::vector<Anchor>& anchors, const Name& zone) {
  const auto at = std::ranges::find(anchors, zone, &Anchor::zone);
  return at == anchors.end() ? nullptr : &*at;
}

/// NTAs differ when one ends at another time; their reasons do not change a verdict.
bool same_negative(const std::vector<NegativeAnchor>& before,
                   const std::vector<NegativeAnchor>& after, const Name& name) {
  const auto a = std::ranges::find(before, name, &NegativeAnchor::name);
  const auto b = std::ranges::find(after, name, &NegativeAnchor::name);
  if (a == before.end() || b == after.end()) return (a == before.end()) == (b == after.end());
  return a->until_wall_s == b->until_wall_s;
}

void remember(std::vector<Name>& names, const Name& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}
}  // namespace

Result<AnchorKey, std::string> anchor_key(bool is_ds, std::vector<std::uint8_t> rdata) {
  AnchorKey key{is_ds, std::move(rdata)};
  std::string wrong = "malformed rdata";
  if (const auto ds = dns::DsView::parse(key.rdata); is_ds && ds) {
    key.key_tag = ds->key_tag;
    key.algorithm = ds->algorithm;
    wrong = complaint(*ds);
  } else if (const auto dnskey = dns::DnskeyView::parse(key.rdata); !is_ds && dnskey) {
    key.key_tag = dns::key_tag(key.rdata);
    key.algorithm = dnskey->algorithm;
    wrong = complaint(*dnskey);
  }
  if (!wrong.empty()) return wrong;
  return key;
}

Result<std::vector<Anchor>, AnchorError> TrustAnchors::parse(std::string_view text) {
  constexpr std::uint32_t default_ttl = 86'400;
  constexpr std::string_view mark = "\xEF\xBB\xBF";  // some editors begin UTF-8 with it
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  std::vector<Anchor> anchors;
  const auto records = dns::parse_zone_text(text, Name(), default_ttl);
  if (!records)
    return at_line(records.error().line, "not a DS or DNSKEY record: " + records.error().what);
  for (std::size_t at = 0; at < records->size(); ++at) {
    const auto& record = (*records)[at];
    if ((record.type != Type::ds && record.type != Type::dnskey) || record.klass != dns::Class::in)
      return at_line(record.line, "not a DS or DNSKEY record");
    auto key = anchor_key(record.type == Type::ds, record.rdata);
    if (!key) return at_line(record.line, key.error());
    const std::size_t next_line =
        at + 1 < records->size() ? (*records)[at + 1].line : std::string_view::npos;
    if (key->is_ds && !digest_is_written(record, next_line, text))
      return at_line(record.line, "a digest that is not whole octets in hexadecimal");
    add(anchors, record.owner, *std::move(key));
  }
  return anchors;
}

TrustAnchors::Ptr TrustAnchors::make(std::vector<Anchor> anchors,
                                     std::vector<NegativeAnchor> negative) {
  auto made = std::shared_ptr<TrustAnchors>(new TrustAnchors());
  made->anchors_ = std::move(anchors);
  made->negative_ = std::move(negative);
  return made;
}

/// `next` with the epochs of `before`, raised for the names that differ.
TrustAnchors::Ptr TrustAnchors::succeed(const TrustAnchors& before, TrustAnchors next) {
  const std::vector<Name> names = changed(before, next);
  next.changes_ = before.changes_;
  next.epoch_ = before.epoch_ + (names.empty() ? 0 : 1);
  for (const Name& name : names) {
    auto at = std::ranges::find(next.changes_, name, &Change::name);
    if (at == next.changes_.end()) at = next.changes_.insert(at, Change{name, 0});
    at->epoch = next.epoch_;
  }
  if (next.changes_.size() > changes_most) next.join_oldest();
  return std::shared_ptr<TrustAnchors>(new TrustAnchors(std::move(next)));
}

/// The older half of the changes becomes one, of the name they all are at or below. What was judged
/// between them is judged again once more than needed.
void TrustAnchors::join_oldest() {
  std::ranges::sort(changes_, {}, &Change::epoch);
  const auto end = changes_.begin() + static_cast<std::ptrdiff_t>(changes_.size() / 2);
  Change joined = *(end - 1);
  for (auto at = changes_.begin(); at != end; ++at)
    joined.name = joined.name.suffix(joined.name.common_labels(at->name));
  changes_.erase(changes_.begin(), end);
  changes_.push_back(joined);
}

TrustAnchors::Ptr TrustAnchors::with_anchors(std::vector<Anchor> anchors) const {
  TrustAnchors next;
  next.anchors_ = std::move(anchors);
  next.negative_ = negative_;
  return succeed(*this, std::move(next));
}

TrustAnchors::Ptr TrustAnchors::with_negative(std::vector<NegativeAnchor> negative) const {
  TrustAnchors next;
  next.anchors_ = anchors_;
  next.negative_ = std::move(negative);
  return succeed(*this, std::move(next));
}

const Anchor* TrustAnchors::closest(const Name& name) const noexcept {
  const Anchor* best = nullptr;
  for (const Anchor& anchor : anchors_) {
    if (!name.is_at_or_below(anchor.zone) || anchor.keys.empty()) continue;
    if (!best || anchor.zone.is_below(best->zone)) best = &anchor;
  }
  return best;
}

const Anchor* TrustAnchors::above(const Anchor& anchor) const noexcept {
  return anchor.zone.is_root() ? nullptr : closest(anchor.zone.parent());
}

const NegativeAnchor* TrustAnchors::negative_for(const Name& name,
                                                 std::int64_t wall_s) const noexcept {
  const NegativeAnchor* best = nullptr;
  for (const NegativeAnchor& nta : negative_) {
    if (!nta.in_force(wall_s) || !name.is_at_or_below(nta.name)) continue;
    if (!best || nta.name.is_below(best->name)) best = &nta;
  }
  if (!best) return nullptr;
  const Anchor* anchor = closest(name);
  return anchor && anchor->zone.is_below(best->name) ? nullptr : best;
}

std::uint64_t TrustAnchors::epoch_of(const Name& name) const noexcept {
  std::uint64_t epoch = 1;
  for (const Change& change : changes_) {
    if (name.is_at_or_below(change.name)) epoch = std::max(epoch, change.epoch);
  }
  return epoch;
}

std::vector<Name> TrustAnchors::changed(const TrustAnchors& before, const TrustAnchors& after) {
  std::vector<Name> names;
  for (const auto* anchors : {&before.anchors_, &after.anchors_}) {
    for (const Anchor& anchor : *anchors) {
      if (!same_keys(anchor_at(before.anchors_, anchor.zone),
                     anchor_at(after.anchors_, anchor.zone)))
        remember(names, anchor.zone);
    }
  }
  for (const auto* negative : {&before.negative_, &after.negative_}) {
    for (const NegativeAnchor& nta : *negative) {
      if (!same_negative(before.negative_, after.negative_, nta.name)) remember(names, nta.name);
    }
  }
  return names;
}
}  // namespace windlass::validator
