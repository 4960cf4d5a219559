// Engine: special names, answered here and asked of nobody, wherever the question came from: a
// client, an alias, the name of a server, a proof, work in the background.
#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
/// The operator trusts, or distrusts, something there: then there is something to be asked.
bool is_anchored(const validator::TrustAnchors& anchors, const dns::Name& name,
                 const dns::Name& top, std::int64_t wall_s) {
  const validator::Anchor* anchor = anchors.closest(name);
  if (anchor && anchor->zone.is_at_or_below(top)) return true;
  const validator::NegativeAnchor* negative = anchors.negative_for(name, wall_s);
  return negative && negative->name.is_at_or_below(top);
}
}  // namespace

/// nullptr: the name is none, or the operator has it elsewhere: in a forward or stub zone or below
/// an anchor that is at or below the special name. Local zones are asked before.
cache::EntryPtr Engine::special(const Key& key) const {
  if (key.type == dns::Type::ptr && !realms_.configured_within(dns64_.reverse_apex(), key.name))
    if (cache::EntryPtr alias = dns64_.reverse(key.name)) return alias;
  const SpecialZone* zone = special_.zone_of(key.name, key.type);
  if (zone == nullptr || realms_.configured_within(zone->apex(), key.name)) return nullptr;
  if (key.partition != realms_.of(key.name, key.type).partition) return nullptr;  // local realm
  if (is_anchored(*anchors_, key.name, zone->apex(), now_.wall_s)) return nullptr;
  return zone->answer(key.name, key.type);
}

bool Engine::answers_here(const ClientQuestion& question, const Now& now) {
  now_ = now;
  return special(key_of(question.name, question.type)) != nullptr;
}

/// True: the Resolution is over.
bool Engine::end_special(Resolution& r) {
  cache::EntryPtr entry = r.realm ? nullptr : special(r.key);
  if (!entry) return false;
  if (r.trace)
    r.trace->steps.push_back({"", "special name", summary(r.key), 0, "answered here", 0});
  finish(r, {std::move(entry), Failure::none, std::nullopt});
  return true;
}
}  // namespace windlass::resolver
