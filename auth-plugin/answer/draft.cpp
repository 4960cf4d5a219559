#include "auth-plugin/answer/draft.hpp"

#include <algorithm>
namespace windlass::auth {

Draft::Draft(const LocalQuestion& question, const AnswerOptions& options,
             std::span<std::uint8_t> out)
    : question_(question), builder_(out, question.octets_max) {
  builder_.question(question.question);
  if (question.edns)
    builder_.opt({.payload_octets = options.edns_payload, .dnssec_ok = question.dnssec_ok});
}

bool Draft::add(dns::Section section, const dns::Name& owner, const NodeSet& set,
                std::uint32_t ttl) {
  if (!builder_.add(section, owner, {set.type, ttl, set.rdata, set.signatures}, dnssec()))
    return false;
  ttl_least_ = std::min(ttl_least_, ttl);
  return true;
}

bool Draft::add_signatures(const dns::Name& owner, const NodeSet& set) {
  const dns::RRsetSpans spans{dns::Type::rrsig, set.ttl, set.signatures, set.signatures};
  if (!builder_.add(dns::Section::answer, owner, spans, false)) return false;
  ttl_least_ = std::min(ttl_least_, set.ttl);
  return true;
}

bool Draft::add_cname(const dns::Name& owner, std::uint32_t ttl, const dns::Name& target) {
  return builder_.add_record(dns::Section::answer, owner, dns::Type::cname, dns::Class::in, ttl,
                             target.wire());
}

std::size_t Draft::finish() {
  builder_.header({.id = question_.id,
                   .qr = true,
                   .aa = aa_,
                   .rd = question_.rd,
                   .cd = question_.cd,
                   .rcode = rcode_});
  return builder_.finish().size();
}
}  // namespace windlass::auth
