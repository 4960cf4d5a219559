#pragma once
/// Node: all that one owner name answers, precompiled: the value of serve.mdb's table `node`.
///
///    format (1) = 1 | flags (1) | cover (1) | sets (1)
///    owner as it was written, wire form            only with flag has_case; else the key's
///    per RRset, by type:  type (2) | ttl (4) | records (2) | signatures (2) | octets (4)
///                         then (length 2 | rdata) x records | (length 2 | rdata) x signatures
///
/// Integers are native: serve.mdb is derived and never leaves its machine. Rdata is uncompressed,
/// in canonical order; signatures are the RRSIGs over this RRset, their TTL is its TTL. NSEC is an
/// RRset of its node; NSEC3 records are not nodes: table `nsec3`, the same value under zid | hash
/// (20).
#include <cstdint>
#include <optional>
#include <vector>

#include "auth-plugin/store/key.hpp"
#include "dns/rrset.hpp"
namespace windlass::auth {

enum NodeFlag : std::uint8_t {
  node_apex = 1,
  node_cut = 2,  ///< NS here, not the apex
  node_dname = 4,
  node_cname = 8,
  node_occluded = 16,  ///< below a cut or a DNAME: glue, or never seen
  node_has_case = 32,
};

/// `cover` when no cut or DNAME stands at or above the node.
inline constexpr std::uint8_t no_cover = 0xFF;

/// One RRset of a node. Borrows the node's octets.
struct NodeSet {
  dns::Type type = dns::Type::none;
  std::uint32_t ttl = 0;
  dns::RdataRange rdata, signatures;
};

/// A node's value, proven: parse() walks every length, so that damaged octets become an error and
/// never a fault. Borrows.
class NodeView {
 public:
  /// Errors: truncated, trailing, bad_version, bad_label (the owner), bad_rdata (sets out of
  /// order).
  static Result<NodeView> parse(Octets value) noexcept;
  std::uint8_t flags() const noexcept { return flags_; }
  bool is(NodeFlag flag) const noexcept { return (flags_ & flag) != 0; }
  /// Labels below the apex of the topmost cut or DNAME at or above this node; no_cover: none.
  std::uint8_t cover() const noexcept { return cover_; }
  std::size_t set_count() const noexcept { return sets_; }
  /// The owner as it was written, or `key_owner` when its case is lower.
  dns::Name owner(const dns::Name& key_owner) const noexcept;
  std::optional<NodeSet> find(dns::Type type) const noexcept;
  /// The RRset at `index` (by rising type); index < set_count().
  NodeSet at(std::size_t index) const noexcept;

 private:
  Octets owner_, body_;
  std::uint8_t flags_ = 0, cover_ = no_cover, sets_ = 0;
};

class NodeBuilder {
 public:
  NodeBuilder(std::uint8_t flags, std::uint8_t cover);
  /// As written; kept only when it is not all lower case. Before the first add().
  void owner(const dns::Name& owner);
  /// Sets in rising order of type, at most 255 (false: one more was not taken). `records` and
  /// `signatures`: (length 2 native | rdata) each.
  bool add(dns::Type type, std::uint32_t ttl, std::uint16_t record_count, Octets records,
           std::uint16_t signature_count, Octets signatures);
  Octets finish();  ///< valid until the builder is used again or gone
 private:
  std::vector<std::uint8_t> out_;
};
}  // namespace windlass::auth
