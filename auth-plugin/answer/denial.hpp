#pragma once
/// Denial: puts the proofs of absence of a signed zone into the authority section.
///
///                      NSEC (RFC 4035 3.1.3)                NSEC3 (RFC 5155 7.2)
///    NXDOMAIN          covers name, covers *.encloser       encloser, covers next closer, covers
///                                                           *.encloser
///    NODATA            of the name                          of the name; under opt-out else
///    encloser
///                                                           and covers next closer
///    ... non-terminal  covers it                            as NODATA
///    ... wildcard      covers name, of the wildcard         encloser, covers next closer, of the
///                                                           wildcard
///    expansion         covers name                          covers next closer
///    referral, no DS   of the cut                           as NODATA
///
/// Each record goes in once, whatever it proves. A zone that says it is signed but lacks a record
/// is answered without it, and an EDE says so.
#include "auth-plugin/answer/draft.hpp"
namespace windlass::auth {

class Denial {
 public:
  explicit Denial(Draft& draft) : draft_(draft) {}
  StoreStatus nxdomain(Lookup& lookup, const ZoneFacts& zone, const dns::Name& name,
                       const Found& found);
  /// Kinds `node` and `empty`, with or without a wildcard.
  StoreStatus nodata(Lookup& lookup, const ZoneFacts& zone, const dns::Name& name,
                     const Found& found);
  /// `name` was answered from the wildcard below its last `encloser_labels` labels.
  StoreStatus expansion(Lookup& lookup, const ZoneFacts& zone, const dns::Name& name,
                        std::size_t encloser_labels);
  /// Kind `referral`, and the cut has no DS.
  StoreStatus unsigned_cut(Lookup& lookup, const ZoneFacts& zone, const Place& cut);

 private:
  struct Given {
    Zid zid;
    Octets rdata;
  };
  void give(const ZoneFacts& zone, const Place& place, dns::Type type);
  void nsec_of(const ZoneFacts& zone, const std::optional<Place>& place);
  StoreStatus nsec_covering(Lookup& lookup, const ZoneFacts& zone, const dns::Name& name);
  StoreStatus nsec3(Lookup& lookup, const ZoneFacts& zone, const dns::Name& name);
  StoreStatus nsec3_nodata(Lookup& lookup, const ZoneFacts& zone, const dns::Name& name);
  StoreResult<std::size_t> nsec3_encloser(Lookup& lookup, const ZoneFacts& zone,
                                          const dns::Name& name, std::size_t labels);
  Draft& draft_;
  /// What was put in: in one zone no two NSEC or NSEC3 have the same next name, so rdata tells them
  /// apart. Full: a record may go in twice.
  std::array<Given, 8> given_;
  std::size_t given_count_ = 0;
};
}  // namespace windlass::auth
