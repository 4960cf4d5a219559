#pragma once
/// Lookup: one cursor finds what a zone says about a name (RFC 1034 4.3.2, RFC 4592, RFC 6672).
///
/// SET_RANGE(zid, E(qname)): equal -> the node; the successor begins with it -> an empty
/// non-terminal; else the predecessor is the NSEC neighbour, the closest encloser is the longest
/// common ending with predecessor or successor, and a cut or DNAME above shows in the predecessor's
/// cover. At most one seek more for the wildcard, and up to three for NSEC3.
///
/// What it finds is copied from mapped pages into the worker's Scratch inside one guarded leaf
/// (store/ guard.hpp), then parsed: damaged pages become an error, never a fault of the process.
#include <optional>

#include "auth-plugin/store/node.hpp"
#include "auth-plugin/store/serve_reader.hpp"
#include "dns/name.hpp"
namespace windlass::auth {

enum class FoundKind : std::uint8_t {
  node,      ///< the name exists (or a wildcard covers it): `node` holds its RRsets
  empty,     ///< an empty non-terminal
  referral,  ///< at or below a cut: `node` is the cut
  dname,     ///< below a DNAME: `node` is its owner
  nxdomain,
};

/// A node with its owner's name, as written.
struct Place {
  dns::Name owner;
  NodeView node;
};

struct Found {
  FoundKind kind = FoundKind::nxdomain;
  std::optional<Place> node;  ///< for `node` by wildcard: the wildcard itself
  /// `node` is *.closest_encloser; with `empty`: that is an empty non-terminal (RFC 4592 4.9).
  bool wildcard = false;
  /// Of the name; the name itself when it exists; of referral and dname: their owner. In the case
  /// of the question.
  dns::Name closest_encloser;
  /// Signed zones with NSEC only, for `empty`, `nxdomain` and wildcards: the node whose NSEC covers
  /// the name (or, for `empty`, stands before it).
  std::optional<Place> predecessor;
};

class Lookup {
 public:
  /// Borrows both; the views in what it gives live until the reader's release() or end(), which
  /// nothing here calls. Precondition of all calls: the reader has begun.
  Lookup(ServeReader& reader, const ZoneFacts& zone) : reader_(reader), zone_(zone) {}
  /// Precondition: name is at or below the zone. `at_parent`: DS at a cut is the parent's (RFC
  /// 4035 3.1.4.1).
  StoreResult<Found> find(const dns::Name& name, bool at_parent);
  /// The node that stands exactly at `name`, occluded or not: glue, apex, additional data.
  StoreResult<std::optional<Place>> exact(const dns::Name& name);
  /// The NSEC that matches or covers `name`: for wildcard proofs.
  StoreResult<std::optional<Place>> nsec_for(const dns::Name& name);
  /// The NSEC3 that matches (`matches` set) or covers the hash of `name`.
  struct Nsec3 {
    Place place;  ///< owner: hash.zone
    bool matches = false;
  };
  StoreResult<std::optional<Nsec3>> nsec3_for(const dns::Name& name);

 private:
  ServeReader& reader_;
  const ZoneFacts& zone_;
};
}  // namespace windlass::auth
