#pragma once
/// RootCopy: a verified copy of the root zone, which answers in place of the root's servers
/// (RFC 8806).
///
/// Its answers are messages as those servers would send them, and are read, scrubbed and validated
/// like those. It speaks of what the root zone holds and no more: what it cannot tell for sure is
/// asked of the servers. Immutable, shared by all workers.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "dns/message_view.hpp"
#include "dns/rrset.hpp"
#include "resolver/zone_transfer.hpp"
#include "validator/validation.hpp"
namespace windlass::resolver {

class RootAnswer;

class RootZone {
 public:
  /// `records`: a whole zone, in any order. RRsets beyond the limits are left out, which the digest
  /// would have told.
  explicit RootZone(const ZoneRecords& records);
  std::uint32_t serial() const noexcept { return serial_; }
  std::int64_t refresh_s() const noexcept { return refresh_s_; }
  std::int64_t retry_s() const noexcept { return retry_s_; }
  std::int64_t expire_s() const noexcept { return expire_s_; }
  std::size_t names() const noexcept { return nodes_.size(); }
  /// nullptr: there is none.
  dns::RRsetPtr find(const dns::Name& name, dns::Type type) const;
  /// The message that answers the question; nullopt: ask the servers. `out` has room for 65,535.
  std::optional<std::span<const std::uint8_t>> answer(const dns::Question& question,
                                                      std::span<std::uint8_t> out) const;

 private:
  struct Before {
    bool operator()(const dns::Name& a, const dns::Name& b) const {
      return a.canonical_order(b) < 0;
    }
  };
  using Node = std::vector<dns::RRsetPtr>;
  using Nodes = std::map<dns::Name, Node, Before>;
  static dns::RRsetPtr in(const Node& node, dns::Type type);
  void add_addresses(RootAnswer& answer, const dns::RRset& ns) const;
  dns::RRsetPtr nsec_at_or_before(const dns::Name& name) const;
  Nodes nodes_;
  std::uint32_t serial_ = 0;
  std::int64_t refresh_s_ = 0, retry_s_ = 0, expire_s_ = 0;
};

struct RootCopy {
  std::shared_ptr<const RootZone> zone;
  std::int64_t expires_age_ms = 0;  ///< confirmed by nobody since: it is not used beyond
};
using RootCopyPtr = std::shared_ptr<const RootCopy>;

/// Who says so, and whether all of it is there: the digest (RFC 8976), and SOA and ZONEMD secure
/// from the root's trust anchor down. Empty: it may be used; else why not. Sorts `records`.
std::string wrong_with_root(ZoneRecords& records, const RootZone& zone,
                            const validator::TrustAnchors::Ptr& anchors,
                            const validator::ValidatorOptions& options, const Limits& limits,
                            Metrics& metrics, const Now& now);
}  // namespace windlass::resolver
