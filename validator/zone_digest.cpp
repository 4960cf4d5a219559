#include "validator/zone_digest.hpp"

#include <algorithm>
#include <tuple>

#include "crypto/verify.hpp"
#include "dns/canonical.hpp"
#include "dns/octets.hpp"
#include "dns/rdata.hpp"

namespace windlass::validator {
namespace {
using dns::Type;
using dns::ZoneRecord;
constexpr std::uint8_t simple_scheme = 1;
constexpr Type zonemd{63};

std::vector<std::uint8_t> canonical_rdata(const ZoneRecord& record) {
  std::vector<std::uint8_t> out;
  dns::append_canonical_rdata(out, record.type, record.rdata);
  return out;
}

/// The ZONEMD records at the apex and their signatures digest everything but themselves.
bool left_out(const ZoneRecord& record, const dns::Name& zone) {
  if (!(record.owner == zone)) return false;
  if (record.type != Type::rrsig) return record.type == zonemd;
  const auto rrsig = dns::RrsigView::parse(record.rdata);
  return rrsig && rrsig->covered == zonemd;
}

/// All records in canonical form (RFC 4034 6.2), one behind the other.
std::vector<std::uint8_t> image_of(const std::vector<ZoneRecord>& records, const dns::Name& zone) {
  std::vector<std::uint8_t> out;
  for (const ZoneRecord& record : records) {
    if (left_out(record, zone)) continue;
    const dns::Name owner = record.owner.lowercase();
    out.insert(out.end(), owner.wire().begin(), owner.wire().end());
    dns::append_word(out, static_cast<std::size_t>(record.type));
    dns::append_word(out, static_cast<std::size_t>(record.klass));
    dns::append_word(out, record.ttl >> 16);
    dns::append_word(out, record.ttl & 0xFFFFu);
    const std::size_t length_at = out.size();
    dns::append_word(out, 0);
    dns::append_canonical_rdata(out, record.type, record.rdata);
    dns::put_word(&out[length_at], out.size() - length_at - 2);
  }
  return out;
}
}  // namespace

Result<ZonemdView> ZonemdView::parse(std::span<const std::uint8_t> rdata) {
  constexpr std::size_t fixed = 6, least_digest = 12;  // RFC 8976 2.2.4
  if (rdata.size() < fixed + least_digest)
    return Error{Errc::truncated, 0, "a ZONEMD digest of at least 12 octets"};
  return ZonemdView{dns::word32(rdata, 0), rdata[4], rdata[5], rdata.subspan(fixed)};
}

void make_canonical(std::vector<ZoneRecord>& records) {
  struct Sortable {
    ZoneRecord record;
    std::vector<std::uint8_t> rdata;
  };
  std::vector<Sortable> all;
  all.reserve(records.size());
  for (ZoneRecord& record : records) {
    auto rdata = canonical_rdata(record);
    all.push_back({std::move(record), std::move(rdata)});
  }
  const auto rest = [](const Sortable& a) { return std::tie(a.record.type, a.rdata); };
  std::sort(all.begin(), all.end(), [&](const Sortable& a, const Sortable& b) {
    const auto order = a.record.owner.canonical_order(b.record.owner);
    return order != 0 ? order < 0 : rest(a) < rest(b);
  });
  const auto last = std::unique(all.begin(), all.end(), [&](const Sortable& a, const Sortable& b) {
    return a.record.owner == b.record.owner && rest(a) == rest(b);
  });
  records.clear();
  for (auto at = all.begin(); at != last; ++at) records.push_back(std::move(at->record));
}

std::string wrong_with_digest(const std::vector<ZoneRecord>& records, const dns::Name& zone) {
  std::vector<ZonemdView> claims;
  std::optional<std::uint32_t> serial;
  for (const ZoneRecord& record : records) {
    if (!(record.owner == zone)) continue;
    if (record.type == Type::soa) serial = dns::soa_serial(record.rdata);
    if (record.type != zonemd) continue;
    const auto claim = ZonemdView::parse(record.rdata);
    if (claim) claims.push_back(*claim);
  }
  if (!serial) return "it has no SOA";
  if (claims.empty()) return "it has no ZONEMD";
  std::string why = "no ZONEMD of a scheme and hash that are known (SIMPLE; SHA-384, SHA-512)";
  const auto image = image_of(records, zone);
  for (const ZonemdView& claim : claims) {
    const auto same = [&](const ZonemdView& other) {
      return other.scheme == claim.scheme && other.algorithm == claim.algorithm;
    };
    const auto digest = crypto::zone_digest(claim.algorithm, image);
    if (claim.scheme != simple_scheme || !digest) continue;
    if (std::count_if(claims.begin(), claims.end(), same) != 1)
      why = "two ZONEMD of one scheme and hash";
    else if (claim.serial != *serial)
      why = "its ZONEMD is for serial " + std::to_string(claim.serial) + ", its SOA has " +
            std::to_string(*serial);
    else if (std::equal(claim.digest.begin(), claim.digest.end(), digest->begin(), digest->end()))
      return {};
    else
      why = "its digest is another than its ZONEMD says";
  }
  return why;
}
}  // namespace windlass::validator
