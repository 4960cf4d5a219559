#include "auth-plugin/zone/content.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "auth-plugin/store/native.hpp"
#include "dns/canonical.hpp"
#include "dns/rrtype_table.hpp"
namespace windlass::auth {
namespace {
constexpr std::size_t head_octets = 7;       // key octets 2 | owner octets 1 | ttl 4
constexpr std::size_t records_most = 65535;  // of an RRset

/// Copies to `at` and steps behind it.
void put(std::uint8_t*& at, const void* from, std::size_t octets) noexcept {
  if (octets != 0) std::memcpy(at, from, octets);
  at += octets;
}

/// Eight octets of a key from `depth` on, big endian; behind its end zeros.
std::uint64_t part_of(Octets key, std::size_t depth) noexcept {
  std::uint64_t part = 0;
  for (std::size_t i = depth; i < depth + 8; ++i) part = part << 8 | (i < key.size() ? key[i] : 0u);
  return part;
}

bool is_lowered(dns::Type type) noexcept {
  const dns::TypeRow* row = dns::find_type(type);
  return row != nullptr && row->canonical_lower;
}

bool less(Octets a, Octets b) noexcept {
  const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  return order != 0 ? order < 0 : a.size() < b.size();
}

std::uint32_t ttl_of(const std::uint8_t* at) noexcept {
  return native<std::uint32_t>(at + 3);
}

dns::Type type_at_end(Octets key) noexcept {
  return static_cast<dns::Type>(dns::word16(key, key.size() - 2));
}
}  // namespace

Octets take_rdata(Octets& rdatas) noexcept {
  std::uint16_t octets = 0;
  if (rdatas.size() < sizeof octets) return rdatas = {};
  std::memcpy(&octets, rdatas.data(), sizeof octets);
  if (rdatas.size() - sizeof octets < octets) return rdatas = {};
  const Octets rdata = rdatas.subspan(sizeof octets, octets);
  rdatas = rdatas.subspan(sizeof octets + octets);
  return rdata;
}

std::string InputFault::to_text() const {
  std::string out = file;
  for (const std::size_t number : {line, column})
    if (number != 0) out += (out.empty() ? "" : ":") + std::to_string(number);
  if (!out.empty()) out += ": ";
  return out + text;
}

std::uint8_t* OctetBlock::take(std::size_t octets) {
  if (octets > left_) {
    left_ = std::max(octets, chunk_octets);
    chunks_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(left_));
    next_ = chunks_.back().get();
  }
  left_ -= octets;
  return std::exchange(next_, next_ + octets);
}

ZoneContent::ZoneContent(const dns::Name& zone) : zone_(zone) {}

Octets ZoneContent::key_of(const std::uint8_t* at) noexcept {
  return {at + head_octets, native<std::uint16_t>(at)};
}

Octets ZoneContent::rdata_of(const std::uint8_t* at) noexcept {
  const std::uint8_t* rdata = at + head_octets + native<std::uint16_t>(at) + at[2];
  return {rdata + 2, native<std::uint16_t>(rdata)};
}

Status ZoneContent::add(const dns::Name& owner, dns::Type type, std::uint32_t ttl, Octets rdata,
                        std::uint32_t line) {
  if (rdata.size() > 0xFFFF) return Error{Errc::no_space, 0, "rdata of at most 65535 octets"};
  if (last_key_.octets().empty() || !owner.same_case(last_owner_)) {
    if (!owner.is_at_or_below(zone_)) return Error{Errc::not_found, 0, "an owner in the zone"};
    const auto key = Key::node(0, zone_, owner);
    if (!key) return key.error();
    last_key_ = *key;
    last_owner_ = owner;
  }
  Key key = last_key_;
  if (!key.append16(static_cast<std::uint16_t>(type)))
    return Error{Errc::no_space, 0, "an owner whose key has at most 511 octets"};
  if (type == dns::Type::rrsig) {
    if (rdata.size() < 8) return Error{Errc::bad_rdata, 0, "18 octets of RRSIG"};
    ttl = dns::word32(rdata, 4);
  }
  const Octets key_octets = key.octets().subspan(zid_octets);
  const auto key_size = static_cast<std::uint16_t>(key_octets.size());
  const auto owner_size = static_cast<std::uint8_t>(owner.size_octets());
  const auto rdata_size = static_cast<std::uint16_t>(rdata.size());
  std::uint8_t* const at = octets_.take(head_octets + key_size + owner_size + 2u + rdata_size);
  std::uint8_t* to = at;
  put(to, &key_size, 2);
  put(to, &owner_size, 1);
  put(to, &ttl, 4);
  put(to, key_octets.data(), key_size);
  put(to, owner.wire().data(), owner_size);
  put(to, &rdata_size, 2);
  put(to, rdata.data(), rdata_size);
  rows_.push_back({0, at, line, static_cast<std::uint32_t>(rows_.size())});
  return Done{};
}

/// By eight octets of the key at a time, so that most comparisons touch the rows alone. No key is
/// the front of another (they end in 00 | type): equal up to the end of one is equal.
void ZoneContent::sort_by_key(std::span<Row> rows, std::size_t depth) {
  const auto before = [](const Row& a, const Row& b) { return a.part < b.part; };
  for (Row& row : rows) row.part = part_of(key_of(row.at), depth);
  if (!std::is_sorted(rows.begin(), rows.end(), before))
    std::sort(rows.begin(), rows.end(), before);
  for (std::size_t from = 0; from < rows.size();) {
    std::size_t to = from + 1;
    while (to < rows.size() && rows[to].part == rows[from].part) ++to;
    if (to - from > 1 && key_of(rows[from].at).size() > depth + 8)
      sort_by_key(rows.subspan(from, to - from), depth + 8);
    from = to;
  }
}

/// The records of one key in canonical order, without duplicates; of equal ones the first added.
std::vector<const std::uint8_t*> ZoneContent::canonical(std::span<const Row> rows) {
  const dns::Type type = type_at_end(key_of(rows[0].at));
  struct Item {
    Octets image;
    const Row* row;
  };
  std::vector<std::uint8_t> images;  // canonical forms, where they differ from the rdata
  std::size_t octets = 0;
  for (const Row& row : rows) octets += rdata_of(row.at).size();
  const bool lowered = is_lowered(type);
  if (lowered) images.reserve(octets);  // lowering keeps the length: what is pointed at stays
  std::vector<Item> items;
  for (const Row& row : rows) {
    const Octets rdata = rdata_of(row.at);
    const std::size_t before = images.size();
    if (lowered) dns::append_canonical_rdata(images, type, rdata);
    items.push_back({lowered ? Octets(images).subspan(before) : rdata, &row});
  }
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    if (less(a.image, b.image)) return true;
    return !less(b.image, a.image) && a.row->number < b.row->number;
  });
  const auto last = std::unique(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return !less(a.image, b.image) && !less(b.image, a.image);
  });
  std::vector<const std::uint8_t*> kept;
  for (auto item = items.begin(); item != last; ++item) kept.push_back(item->row->at);
  return kept;
}

/// The rows of one key, in any order, as an RRset.
void ZoneContent::group(std::span<const Row> rows) {
  auto records = canonical(rows);
  duplicates_ += rows.size() - records.size();
  if (records.size() > records_most) records.resize(records_most);
  const Row& first = *std::min_element(
      rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.number < b.number; });
  Group made{first.at,   nullptr,
             first.line, ttl_of(first.at),
             0,          static_cast<std::uint16_t>(records.size()),
             false};
  for (const Row& row : rows) {
    made.ttls_differ = made.ttls_differ || ttl_of(row.at) != ttl_of(first.at);
    made.ttl = std::min(made.ttl, ttl_of(row.at));
  }
  for (const std::uint8_t* at : records)
    made.rdatas_octets += static_cast<std::uint32_t>(2 + rdata_of(at).size());
  std::uint8_t* to = octets_.take(made.rdatas_octets);
  made.rdatas = to;
  for (const std::uint8_t* at : records)
    put(to, rdata_of(at).data() - 2, rdata_of(at).size() + 2);  // its length stands before it
  records_ += records.size();
  rrsets_.push_back(made);
}

void ZoneContent::seal() {
  sort_by_key(rows_, 0);
  const auto same_key = [](const Row& a, const Row& b) {
    const Octets x = key_of(a.at), y = key_of(b.at);
    return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size()) == 0;
  };
  std::size_t groups = rows_.empty() ? 0 : 1;
  for (std::size_t i = 1; i < rows_.size(); ++i) groups += same_key(rows_[i - 1], rows_[i]) ? 0 : 1;
  rrsets_.reserve(groups);
  for (std::size_t from = 0; from < rows_.size();) {
    std::size_t to = from + 1;
    while (to < rows_.size() && same_key(rows_[from], rows_[to])) ++to;
    if (to - from > 1) {
      group(std::span(rows_).subspan(from, to - from));
    } else {  // alone: its rdata is used where it stands
      const Row& row = rows_[from];
      const Octets rdata = rdata_of(row.at);
      rrsets_.push_back({row.at, rdata.data() - 2, row.line, ttl_of(row.at),
                         static_cast<std::uint32_t>(rdata.size() + 2), 1, false});
      ++records_;
    }
    from = to;
  }
  rows_ = {};
}

RRsetSlice ZoneContent::operator[](std::size_t index) const noexcept {
  const Group& from = rrsets_[index];
  const Octets key = key_of(from.at);
  return {key,        type_at_end(key),
          from.ttl,   {key.data() + key.size(), from.at[2]},
          from.count, {from.rdatas, from.rdatas_octets}};
}

std::size_t ZoneContent::lower_bound(Octets key) const noexcept {
  const auto found =
      std::lower_bound(rrsets_.begin(), rrsets_.end(), key,
                       [](const Group& a, Octets b) { return less(key_of(a.at), b); });
  return static_cast<std::size_t>(found - rrsets_.begin());
}
}  // namespace windlass::auth
