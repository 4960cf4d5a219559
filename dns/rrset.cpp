#include "dns/rrset.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/limits.hpp"
#include "base/try.hpp"
#include "dns/canonical.hpp"
#include "dns/rrtype_table.hpp"
namespace windlass::dns {
namespace {
using Rdata = std::vector<std::uint8_t>;
constexpr std::size_t prefix_octets = sizeof(std::uint16_t);

std::uint16_t length_at(const std::uint8_t* at) noexcept {
  std::uint16_t length = 0;
  std::memcpy(&length, at, sizeof length);
  return length;
}

bool has_lowered_names(Type type) noexcept {
  const TypeRow* row = find_type(type);
  return row != nullptr && row->canonical_lower;
}

/// Sorts by canonical form and drops what is equal in it (RFC 4034 6.3); each rdata keeps its case.
void sort_canonically(Type type, std::vector<Rdata>& rdatas) {
  if (rdatas.size() < 2) return;
  if (!has_lowered_names(type)) {
    std::sort(rdatas.begin(), rdatas.end());
    rdatas.erase(std::unique(rdatas.begin(), rdatas.end()), rdatas.end());
    return;
  }
  std::vector<std::pair<Rdata, Rdata>> keyed;  // canonical form, rdata
  keyed.reserve(rdatas.size());
  for (Rdata& rdata : rdatas) {
    Rdata key;
    append_canonical_rdata(key, type, rdata);
    keyed.emplace_back(std::move(key), std::move(rdata));
  }
  std::sort(keyed.begin(), keyed.end());
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  keyed.erase(std::unique(keyed.begin(), keyed.end(), same), keyed.end());
  rdatas.clear();
  for (auto& [key, rdata] : keyed) rdatas.push_back(std::move(rdata));
}

void append_records(Rdata& block, const std::vector<Rdata>& rdatas) {
  for (const Rdata& rdata : rdatas) {
    const auto length = static_cast<std::uint16_t>(rdata.size());
    std::array<std::uint8_t, prefix_octets> prefix{};
    std::memcpy(prefix.data(), &length, sizeof length);
    block.insert(block.end(), prefix.begin(), prefix.end());
    block.insert(block.end(), rdata.begin(), rdata.end());
  }
}

bool same_rdata(Type type, Octets a, Octets b) {
  if (std::equal(a.begin(), a.end(), b.begin(), b.end())) return true;
  if (a.size() != b.size() || !has_lowered_names(type)) return false;
  Rdata canonical_a, canonical_b;
  append_canonical_rdata(canonical_a, type, a);
  append_canonical_rdata(canonical_b, type, b);
  return canonical_a == canonical_b;
}
}  // namespace

Octets RdataRange::Iterator::operator*() const noexcept {
  return {at_ + prefix_octets, length_at(at_)};
}

RdataRange::Iterator& RdataRange::Iterator::operator++() noexcept {
  at_ += prefix_octets + length_at(at_);
  return *this;
}

Name RRset::owner() const noexcept {
  const auto name = Name::from_wire(owner_wire());
  return *name;  // the block was made from a Name
}

RdataRange RRset::rdata() const noexcept {
  return {block_.data() + owner_octets_, block_.data() + signatures_at_, records_};
}

RdataRange RRset::signatures() const noexcept {
  return {block_.data() + signatures_at_, block_.data() + block_.size(), signature_count_};
}

std::size_t RRset::memory_octets() const noexcept {
  constexpr std::size_t control_block_octets = 24;  // counts and pointer of the shared_ptr
  return sizeof *this + control_block_octets + block_.capacity();
}

bool RRset::same_data(const RRset& other) const noexcept {
  if (type_ != other.type_ || class_ != other.class_ || records_ != other.records_) return false;
  if (signatures_at_ != other.signatures_at_ || owner() != other.owner()) return false;
  const RdataRange mine = rdata(), others = other.rdata();
  return std::equal(mine.begin(), mine.end(), others.begin(), others.end(),
                    [this](Octets a, Octets b) { return same_rdata(type_, a, b); });
}

RRsetPtr RRset::with_ttl(std::uint32_t ttl) const {
  const std::shared_ptr<RRset> copy(new RRset(*this));
  copy->ttl_ = ttl;
  return copy;
}

RRsetPtr RRset::without_signatures() const {
  const std::shared_ptr<RRset> copy(new RRset);
  copy->block_.assign(block_.begin(), block_.begin() + signatures_at_);
  copy->type_ = type_, copy->class_ = class_, copy->ttl_ = ttl_;
  copy->signatures_at_ = signatures_at_;
  copy->owner_octets_ = owner_octets_, copy->records_ = records_;
  return copy;
}

RRsetBuilder::RRsetBuilder(const Name& owner, Type type, Class klass)
    : owner_(owner), type_(type), class_(klass) {}

Status RRsetBuilder::put(std::vector<Rdata>& to, Octets rdata, std::uint32_t ttl) {
  static const auto records_most =
      static_cast<std::size_t>(row_of(Limit::records_per_rrset).standard);
  static const auto octets_most = static_cast<std::size_t>(row_of(Limit::rrset_octets).standard);
  if (rdata.size() > 0xFFFF) return Error{Errc::bad_rdata, 0, "rdata of at most 65535 octets"};
  if (to.size() >= records_most) return Error{Errc::limit_reached, 0, "fewer records in an RRset (limit records_per_rrset)"};
  const std::size_t octets = octets_ + prefix_octets + rdata.size();
  if (octets > octets_most) return Error{Errc::limit_reached, 0, "a smaller RRset (limit rrset_octets)"};
  octets_ = octets;
  to.emplace_back(rdata.begin(), rdata.end());
  ttl_ = std::min(ttl_, ttl);
  return Done{};
}

Status RRsetBuilder::add(Octets rdata, std::uint32_t ttl) {
  return put(rdatas_, rdata, ttl);
}

Status RRsetBuilder::add_signature(Octets rdata, std::uint32_t ttl) {
  return put(signatures_, rdata, ttl);
}

Status RRsetBuilder::add(const RecordView& record) {
  // No layout has more than two names, and a pointer of 2 octets becomes at most 255.
  Rdata rdata(record.rdata_octets + 2 * Name::max_octets);
  WINDLASS_TRY(size, record.expand_rdata(rdata));
  const Octets expanded = Octets(rdata).first(size);
  if (record.type() == type_) return add(expanded, record.ttl);
  const bool covers = record.type() == Type::rrsig && size >= 2 &&
                      (expanded[0] << 8 | expanded[1]) == static_cast<int>(type_);
  if (!covers) return Error{Errc::bad_rdata, 0, "a record of the RRset's type or its RRSIG"};
  return add_signature(expanded, record.ttl);
}

void RRsetBuilder::cap_ttl(std::uint32_t most) {
  ttl_ = std::min(ttl_, most);
}

RRsetPtr RRsetBuilder::build() {
  sort_canonically(type_, rdatas_);
  sort_canonically(Type::rrsig, signatures_);
  const std::shared_ptr<RRset> rrset(new RRset);
  rrset->block_.reserve(owner_.size_octets() + octets_);
  rrset->block_.assign(owner_.wire().begin(), owner_.wire().end());
  append_records(rrset->block_, rdatas_);
  rrset->signatures_at_ = static_cast<std::uint32_t>(rrset->block_.size());
  append_records(rrset->block_, signatures_);
  rrset->type_ = type_, rrset->class_ = class_, rrset->ttl_ = ttl_;
  rrset->owner_octets_ = static_cast<std::uint16_t>(owner_.size_octets());
  rrset->records_ = static_cast<std::uint16_t>(rdatas_.size());
  rrset->signature_count_ = static_cast<std::uint16_t>(signatures_.size());
  rdatas_.clear(), signatures_.clear();
  octets_ = 0, ttl_ = 0xFFFFFFFFu;
  return rrset;
}
}  // namespace windlass::dns
