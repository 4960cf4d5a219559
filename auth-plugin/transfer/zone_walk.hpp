#pragma once
/// ZoneWalk: every record of a zone as it is served, one by one, out of one snapshot: nodes in
/// canonical order, then NSEC3; RRSIGs right behind what they cover, with its TTL.
#include <optional>
#include <vector>

#include "auth-plugin/store/node.hpp"
#include "auth-plugin/store/serve_reader.hpp"
namespace windlass::auth {

struct WalkedRecord {
  dns::Name owner;
  dns::Type type = dns::Type::none;
  std::uint32_t ttl = 0;
  Octets rdata;  ///< lives until the walk moves on
};

class ZoneWalk {
 public:
  /// `reader` is in a snapshot, and nobody else's, while the walk lasts. Borrows both.
  ZoneWalk(ServeReader& reader, const ZoneFacts& zone) : reader_(reader), zone_(zone) {}
  /// Stands on the first record. not_found: the zone is not in this snapshot.
  StoreStatus begin();
  StoreStatus advance();
  bool at_end() const noexcept { return !set_; }
  /// Precondition: !at_end().
  WalkedRecord record() const noexcept;
  /// The SOA's rdata and TTL; lives as long as the walk. Precondition: begin() succeeded.
  const WalkedRecord& soa() const noexcept { return soa_; }

 private:
  StoreStatus step(Seek how);  ///< on to the next record's row; set_ empty: there is none
  StoreStatus take_row(const Row& row);
  Result<dns::Name> owner_in(Octets key) const;
  void open_set(std::size_t index);
  bool keep_soa();

  ServeReader& reader_;
  const ZoneFacts& zone_;
  Table table_ = Table::node;
  std::vector<std::uint8_t> value_, soa_octets_;  ///< value_: the node that view_ shows
  WalkedRecord soa_;
  std::optional<NodeView> view_;
  dns::Name owner_;
  std::size_t set_index_ = 0;
  std::optional<NodeSet> set_;
  bool in_signatures_ = false;
  std::optional<dns::RdataRange::Iterator> at_;
};
}  // namespace windlass::auth
