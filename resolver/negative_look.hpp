#pragma once
/// One look whether a negative trust anchor is still needed (RFC 7646): the SOA at its name,
/// resolved afresh and apart from all else, with no negative anchor in force.
#include <string>

#include "resolver/engine.hpp"
namespace windlass::resolver {

/// What is to be begun in the background.
ClientQuestion look_below(const dns::Name& name, const validator::TrustAnchors& in_force);

struct NegativeLook {
  bool needless = false;  ///< an answer that validates, or that is proven to need no validation
  std::string found;      ///< "secure", "insecure", "bogus: why", "no answer: why"
};
/// What the answer to it means. One that cannot be had says nothing: the anchor is still needed.
NegativeLook look_at(const Answer& answer);
}  // namespace windlass::resolver
