#include "auth-plugin/answer/answer.hpp"

#include <algorithm>

#include "auth-plugin/answer/walk.hpp"
namespace windlass::auth {
namespace {
using dns::Rcode;
using dns::Type;

/// Questions that no zone answers, whatever is in it.
struct RefusedType {
  Type type;
  Rcode rcode;
  dns::Ede ede;
};
const RefusedType refused_types[] = {
    {Type::opt, Rcode::formerr, {dns::EdeCode::invalid_query_type, ""}},
    {Type::nxname, Rcode::formerr, {dns::EdeCode::invalid_query_type, "RFC 9824 3.5"}},
    {Type::axfr, Rcode::refused, {dns::EdeCode::prohibited, "no transfer here"}},
    {Type::ixfr, Rcode::refused, {dns::EdeCode::prohibited, "no transfer here"}},
};

const RefusedType* refused_type(const LocalQuestion& question) {
  const auto found =
      std::find_if(std::begin(refused_types), std::end(refused_types),
                   [&](const auto& row) { return row.type == question.question.type; });
  return found == std::end(refused_types) ? nullptr : found;
}
}  // namespace

Spoken answer(const LocalQuestion& question, const ZoneFacts& zone, const ZoneMap& zones,
              ServeReader& reader, const AnswerOptions& options, std::span<std::uint8_t> out) {
  Spoken spoken;
  if (std::min(out.size(), question.octets_max) < 512) return spoken;
  Draft draft(question, options, out);
  if (const RefusedType* refusal = refused_type(question)) {
    draft.set_rcode(refusal->rcode);
    draft.set_aa(false);
    draft.explain(refusal->ede);
    spoken.said = Said::done;
    spoken.octets = draft.finish();
    return spoken;
  }
  const auto& [name, type, klass] = question.question;
  const ZoneFacts* first = zones.side_of(zone, name, type);
  if (first == nullptr && options.offers_chase && question.rd) {
    spoken.said = Said::not_ours;
    return spoken;
  }
  Walk walk(question, first == nullptr ? zone : *first, zones, reader, options, draft);
  if (!walk.run()) return spoken;
  spoken = walk.spoken();
  spoken.single_zone = spoken.single_zone && !ZoneMap::is_parents(zone, name, type);
  spoken.octets = draft.finish();
  spoken.ttl_max_s = draft.ttl_least();
  return spoken;
}
}  // namespace windlass::auth
