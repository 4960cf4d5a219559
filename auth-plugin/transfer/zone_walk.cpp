#include "auth-plugin/transfer/zone_walk.hpp"

#include <array>

#include "dns/canonical.hpp"

namespace windlass::auth {

StoreStatus ZoneWalk::begin() {
  const auto first = step(Seek::at_or_next);
  if (!first) return first;
  if (at_end() || !view_->is(node_apex) || !keep_soa())
    return StoreError{Trouble::not_found,
                      "zone " + zone_.name.to_text() + " has no SOA in the store's snapshot"};
  return Done{};
}

bool ZoneWalk::keep_soa() {
  const auto soa = view_->find(dns::Type::soa);
  if (!soa || soa->rdata.empty()) return false;
  const Octets rdata = soa->rdata.front();
  soa_octets_.assign(rdata.begin(), rdata.end());
  soa_ = {owner_, dns::Type::soa, soa->ttl, soa_octets_};
  return true;
}

/// A row without a set does not exist in a sound store, and is passed over.
StoreStatus ZoneWalk::step(Seek how) {
  const Key front(zone_.zid);
  for (set_.reset(); at_end(); how = Seek::next) {
    auto row = reader_.seek(table_, how, front.octets());
    if (row && !row->found && table_ == Table::node) {
      table_ = Table::nsec3;
      row = reader_.seek(table_, Seek::at_or_next, front.octets());
    }
    if (!row) return row.error();
    if (!row->found) break;
    if (auto taken = take_row(*row); !taken) return taken;
  }
  return Done{};
}

Result<dns::Name> ZoneWalk::owner_in(Octets key) const {
  if (table_ == Table::nsec3) {
    const std::string label = dns::base32hex(key.subspan(std::min(key.size(), zid_octets)));
    return zone_.name.with_label(
        {reinterpret_cast<const std::uint8_t*>(label.data()), label.size()});
  }
  const auto parts = read_key(key, zone_.name);
  if (!parts) return parts.error();
  return parts->owner;
}

StoreStatus ZoneWalk::take_row(const Row& row) {
  const auto owner = owner_in(row.key);
  value_.assign(row.value.begin(), row.value.end());
  reader_.release();
  const auto view = NodeView::parse(value_);
  if (!owner || !view)
    return StoreError{Trouble::damaged, "zone " + zone_.name.to_text() +
                                            " holds a damaged node in serve.mdb: `windlassctl "
                                            "store rebuild` makes it anew"};
  view_ = *view;
  owner_ = view_->owner(*owner);
  open_set(0);
  return Done{};
}

/// The first set from `index` on that has records or signatures.
void ZoneWalk::open_set(std::size_t index) {
  set_.reset();
  at_.reset();
  for (set_index_ = index; set_index_ < view_->set_count(); ++set_index_) {
    const NodeSet set = view_->at(set_index_);
    in_signatures_ = set.rdata.empty();
    const dns::RdataRange& range = in_signatures_ ? set.signatures : set.rdata;
    if (range.empty()) continue;
    set_ = set;
    at_ = range.begin();
    return;
  }
}

StoreStatus ZoneWalk::advance() {
  ++*at_;
  if (!in_signatures_ && *at_ == set_->rdata.end()) {
    in_signatures_ = true;
    at_ = set_->signatures.begin();
  }
  if (!in_signatures_ || *at_ != set_->signatures.end()) return Done{};
  open_set(set_index_ + 1);
  return at_end() ? step(Seek::next) : StoreStatus(Done{});
}

WalkedRecord ZoneWalk::record() const noexcept {
  return {owner_, in_signatures_ ? dns::Type::rrsig : set_->type, set_->ttl, **at_};
}
}  // namespace windlass::auth
