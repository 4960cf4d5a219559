#include "resolver/special_names.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "dns/because.hpp"
#include "dns/rdata.hpp"
#include "resolver/outcome.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
using dns::Name;
using dns::Type;

constexpr auto nothing = SpecialBelow::nothing;
// clang-format off
constexpr auto special_rows = std::to_array<SpecialRow>({
  {"localhost.", SpecialBelow::the_same, "RFC 6761"},
  {"test.", nothing, "RFC 6761"},
  {"invalid.", nothing, "RFC 6761"},
  {"local.", nothing, "RFC 6762"},
  {"onion.", nothing, "RFC 7686"},
  {"alt.", nothing, "RFC 9476"},
  {"home.arpa.", nothing, "RFC 8375"},
  {"resolver.arpa.", SpecialBelow::no_data, "RFC 9462"},
  {"service.arpa.", nothing, "RFC 9665"},
  {"ipv4only.arpa.", nothing, "RFC 8880"},
  {"0.in-addr.arpa.", nothing, "RFC 6303"},
  {"10.in-addr.arpa.", nothing, "RFC 6303"},
  {"127.in-addr.arpa.", nothing, "RFC 6303"},
  {"254.169.in-addr.arpa.", nothing, "RFC 6303"},
  {"172.in-addr.arpa.", nothing, "RFC 6303", 16, 31},
  {"168.192.in-addr.arpa.", nothing, "RFC 6303"},
  {"100.in-addr.arpa.", nothing, "RFC 7793", 64, 127},
  {"170.0.0.192.in-addr.arpa.", nothing, "RFC 8880"},
  {"171.0.0.192.in-addr.arpa.", nothing, "RFC 8880"},
  {"2.0.192.in-addr.arpa.", nothing, "RFC 6303"},
  {"100.51.198.in-addr.arpa.", nothing, "RFC 6303"},
  {"113.0.203.in-addr.arpa.", nothing, "RFC 6303"},
  {"255.255.255.255.in-addr.arpa.", nothing, "RFC 6303"},
  {"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", nothing, "RFC 6303"},
  {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", nothing, "RFC 6303"},
  {"8.b.d.0.1.0.0.2.ip6.arpa.", nothing, "RFC 6303"},
  {"0.f.f.f.3.ip6.arpa.", nothing, "RFC 9637"},
  {"d.f.ip6.arpa.", nothing, "RFC 6303"},
  {"8.e.f.ip6.arpa.", nothing, "RFC 6303"},
  {"9.e.f.ip6.arpa.", nothing, "RFC 6303"},
  {"a.e.f.ip6.arpa.", nothing, "RFC 6303"},
  {"b.e.f.ip6.arpa.", nothing, "RFC 6303"},
});

struct SpecialRecord {
  std::string_view owner;
  Type type;
  std::string_view data;  ///< an address, or a name
};
constexpr auto special_records = std::to_array<SpecialRecord>({
  {"localhost.", Type::a, "127.0.0.1"},
  {"localhost.", Type::aaaa, "::1"},
  {"1.0.0.127.in-addr.arpa.", Type::ptr, "localhost."},
  {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", Type::ptr, "localhost."},
  {"ipv4only.arpa.", Type::a, "192.0.0.170"},
  {"ipv4only.arpa.", Type::a, "192.0.0.171"},
  {"170.0.0.192.in-addr.arpa.", Type::ptr, "ipv4only.arpa."},
  {"171.0.0.192.in-addr.arpa.", Type::ptr, "ipv4only.arpa."},
});
// clang-format on

constexpr std::uint32_t special_ttl = 10'800;  // RFC 6303 3

/// The shape of RFC 6303 3: the zone is its own server, and nobody is to be written to.
dns::RRsetPtr soa_of(const Name& apex) {
  const Name nobody = Name::literal("nobody.invalid.");
  std::vector<std::uint8_t> rdata(apex.wire().begin(), apex.wire().end());
  rdata.insert(rdata.end(), nobody.wire().begin(), nobody.wire().end());
  for (const std::uint32_t number : {1u, 3'600u, 1'200u, 604'800u, special_ttl})
    for (const int shift : {24, 16, 8, 0})
      rdata.push_back(static_cast<std::uint8_t>(number >> static_cast<unsigned>(shift)));
  dns::RRsetBuilder builder(apex, Type::soa);
  (void)builder.add(rdata, special_ttl);
  return builder.build();
}

dns::RRsetPtr ns_of(const Name& apex) {
  dns::RRsetBuilder builder(apex, Type::ns);
  (void)builder.add(apex.wire(), special_ttl);
  return builder.build();
}

std::vector<std::uint8_t> rdata_of(const SpecialRecord& record) {
  if (const auto address = IpAddress::parse(record.data))
    return {address->octets.begin(),
            address->octets.begin() + static_cast<std::ptrdiff_t>(address->size_octets())};
  const Name name = Name::literal(record.data);
  return {name.wire().begin(), name.wire().end()};
}

/// The RRset that the table of records has for (owner, type); nullptr: none.
dns::RRsetPtr rrset_of(const Name& owner, Type type) {
  dns::RRsetBuilder builder(owner, type);
  for (const SpecialRecord& record : special_records)
    if (record.type == type && Name::literal(record.owner) == owner)
      (void)builder.add(rdata_of(record), special_ttl);
  return builder.empty() ? nullptr : builder.build();
}

std::vector<SpecialZone> special_zones() {
  std::vector<SpecialZone> zones;
  for (const SpecialRow& row : special_rows) {
    const Name name = Name::literal(row.name);
    if (row.last == 0) zones.emplace_back(name, row);
    for (unsigned number = row.first; number <= row.last && row.last != 0; ++number) {
      const std::string label = std::to_string(number);
      zones.emplace_back(
          *name.with_label({reinterpret_cast<const std::uint8_t*>(label.data()), label.size()}),
          row);
    }
  }
  std::sort(zones.begin(), zones.end(), [](const SpecialZone& a, const SpecialZone& b) {
    return a.apex().canonical_order(b.apex()) < 0;
  });
  return zones;
}

const std::vector<SpecialZone>& all_special() {
  static const std::vector<SpecialZone> zones = special_zones();
  return zones;
}

/// Cheap, for it is asked with every question: could a name with this last label be special?
bool may_be_special(const Name& name) noexcept {
  const auto wire = name.wire();
  std::size_t last = 0;
  for (std::size_t at = 0; wire[at] != 0; at += wire[at] + 1u) last = at;
  constexpr std::array<std::string_view, 7> endings{"arpa",  "localhost", "test", "invalid",
                                                    "local", "onion",     "alt"};
  const auto label = wire.subspan(last + 1, wire[last]);
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    return std::equal(
        ending.begin(), ending.end(), label.begin(), label.end(),
        [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == dns::lower(b); });
  });
}
}  // namespace

std::span<const SpecialRow> special_table() {
  return special_rows;
}

SpecialNames::SpecialNames(const ResolverOptions& options)
    : on_(options.special_names), except_(options.special_names_except) {}

/// No row is below another: the one at or above a name is the last that does not stand behind it.
const SpecialZone* SpecialNames::zone_of(const Name& name, Type type) const {
  if (!on_ || name.is_root() || !may_be_special(name)) return nullptr;
  const auto& zones = all_special();
  const auto behind = std::upper_bound(zones.begin(), zones.end(), name,
                                       [](const Name& sought, const SpecialZone& zone) {
                                         return sought.canonical_order(zone.apex()) < 0;
                                       });
  if (behind == zones.begin()) return nullptr;
  const SpecialZone& zone = *std::prev(behind);
  if (!name.is_at_or_below(zone.apex())) return nullptr;
  if (type == Type::ds && name == zone.apex() && name.label_count() > 1) return nullptr;
  const bool excepted = std::any_of(except_.begin(), except_.end(),
                                    [&](const Name& top) { return name.is_at_or_below(top); });
  return excepted ? nullptr : &zone;
}

SpecialZone::SpecialZone(const Name& apex, const SpecialRow& row)
    : apex_(apex), below_(row.below), soa_rrset_(soa_of(apex)) {
  const bool empty = std::none_of(special_records.begin(), special_records.end(),
                                  [&](auto& one) { return Name::literal(one.owner) == apex; });
  if (empty && below_ == nothing) why_ = dns::because<Fault::special_name>(apex.to_text(), row.rfc);
  data_ = {entry(dns::Finding::positive, Type::soa, soa_rrset_),
           entry(dns::Finding::positive, Type::ns, ns_of(apex))};
  for (const SpecialRecord& record : special_records) {
    const Name owner = Name::literal(record.owner);
    const bool known = std::any_of(data_.begin(), data_.end(), [&](const EntryPtr& one) {
      return one->evidence.type == record.type && one->evidence.name == owner;
    });
    if (known || !owner.is_at_or_below(apex)) continue;
    data_.push_back(entry(dns::Finding::positive, record.type, rrset_of(owner, record.type)));
  }
  no_data_ = entry(dns::Finding::nodata, Type::none, nullptr);
  no_name_ = entry(dns::Finding::nxdomain, Type::none, nullptr);
}

EntryPtr SpecialZone::entry(dns::Finding finding, Type type, dns::RRsetPtr rrset) const {
  auto made = std::make_shared<cache::Entry>();
  made->evidence = {rrset ? rrset->owner() : apex_, type, finding, rrset, {}, apex_};
  if (dns::denies(finding)) made->evidence.proofs.push_back(soa_rrset_);
  if (dns::denies(finding)) made->ede = why_;
  made->rank = cache::Rank::authoritative;
  made->security = cache::Security::insecure;
  made->epoch = std::numeric_limits<std::uint64_t>::max();
  made->expires_age_ms = ageless;
  return made;
}

/// A name with a record below it exists.
EntryPtr SpecialZone::denied(const Name& name) const {
  const bool exists =
      below_ != nothing || std::any_of(data_.begin(), data_.end(), [&](const EntryPtr& one) {
        return one->evidence.name.is_at_or_below(name);
      });
  return exists ? no_data_ : no_name_;
}

EntryPtr SpecialZone::answer(const Name& name, Type type) const {
  const bool same = below_ == SpecialBelow::the_same && !(name == apex_);
  for (const EntryPtr& one : data_) {
    const Type of = one->evidence.type;
    if (type != of && type != Type::any) continue;
    if (one->evidence.name == name) return one;
    if (!same || of == Type::soa || of == Type::ns) continue;
    dns::RRsetBuilder builder(name, of);
    for (const auto rdata : one->evidence.rrset->rdata()) (void)builder.add(rdata, special_ttl);
    return entry(dns::Finding::positive, of, builder.build());
  }
  return denied(name);
}
}  // namespace windlass::resolver
