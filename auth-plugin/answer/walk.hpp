#pragma once
/// Walk: one question on its way through our zones (RFC 1034 4.3.2, RFC 6672 3.2).
///
///    find name --node with the type----> answer
///       ^      --node, CNAME or DNAME--> alias: name changes, on in its zone | ends: leaves our
///       |                                zones, circle, too many hops, too long (YXDOMAIN)
///       +--------------------------------+
///              --node without, empty---> absent (NODATA)
///              --nxdomain--------------> absent (NXDOMAIN)
///              --referral--------------> referral; after an alias a chase, where one is offered
///
/// The answer section is written on the way; then authority, then additional.
#include "auth-plugin/answer/additional.hpp"
#include "auth-plugin/answer/denial.hpp"
#include "auth-plugin/answer/draft.hpp"
#include "auth-plugin/answer/trail.hpp"
namespace windlass::auth {

class Walk {
 public:
  Walk(const LocalQuestion& question, const ZoneFacts& zone, const ZoneMap& zones,
       ServeReader& reader, const AnswerOptions& options, Draft& draft);
  /// An error of the store: no answer can be made.
  StoreStatus run();
  /// said, next, single_zone.
  const Spoken& spoken() const noexcept { return spoken_; }

 private:
  enum class End : std::uint8_t { answer, absent, referral, alias };
  StoreResult<bool> step(Lookup& lookup);
  bool at_node();
  bool answer_with(const NodeSet& set);
  StoreResult<bool> through_dname();
  bool follow(const dns::Name& target);
  void leave();
  bool ends(End end) { return end_ = end, false; }
  StoreStatus authority(Lookup& lookup);
  StoreStatus absence(Lookup& lookup);
  StoreStatus referral(Lookup& lookup);
  StoreStatus expansions();

  const LocalQuestion& question_;
  const ZoneMap& zones_;
  ServeReader& reader_;
  const AnswerOptions& options_;
  Draft& draft_;
  Denial denial_;
  const ZoneFacts* zone_;
  dns::Name name_;
  Trail trail_;
  Found found_;                 ///< of name_; lives while no other name is sought
  std::optional<NodeSet> set_;  ///< what answers, or the NS of a referral
  End end_ = End::absent;
  Spoken spoken_;
};
}  // namespace windlass::auth
