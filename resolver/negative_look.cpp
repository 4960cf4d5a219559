#include "resolver/negative_look.hpp"

namespace windlass::resolver {

ClientQuestion look_below(const dns::Name& name, const validator::TrustAnchors& in_force) {
  ClientQuestion question{name, dns::Type::soa, false, true};
  question.anchors = in_force.with_negative({});
  return question;
}

NegativeLook look_at(const Answer& answer) {
  using cache::Security;
  std::string why;
  if (answer.ede)
    why = ": " + (answer.ede->text.empty() ? std::string(dns::purpose_of(answer.ede->code))
                                           : answer.ede->text);
  if (answer.chain.empty()) return {false, "no answer" + why};
  if (answer.security == Security::bogus) return {false, "bogus" + why};
  const bool good = answer.security == Security::secure || answer.security == Security::insecure;
  return {good, std::string(name_of(answer.security))};
}
}  // namespace windlass::resolver
