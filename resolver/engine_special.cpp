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
cache::EntryPtr Engine::special(const View& view, const Key& key) const {
  const auto& [realms, dns64] = std::tie(view.realms, view.dns64);
  if (key.type == dns::Type::ptr && !realms.configured_within(dns64.reverse_apex(), key.name))
    if (cache::EntryPtr alias = dns64.reverse(key.name)) return alias;
  const SpecialZone* zone = view.special_names.zone_of(key.name, key.type);
  if (zone == nullptr || realms.configured_within(zone->apex(), key.name)) return nullptr;
  if (!(key == key_of(view, key.name, key.type))) return nullptr;  // of a local delegation
  if (is_anchored(*anchors_, key.name, zone->apex(), now_.wall_s)) return nullptr;
  return zone->answer(key.name, key.type);
}

bool Engine::answers_here(const ClientQuestion& question, const Now& now) {
  now_ = now;
  const View& view = in(question.view);
  return special(view, key_of(view, question.name, question.type)) != nullptr;
}

void Engine::trace_special(Trace& trace, const Key& key) {
  trace.steps.push_back({"", "special name", summary(key), 0, "answered here", 0});
}

/// True: the Resolution is over.
bool Engine::end_special(Resolution& r) {
  cache::EntryPtr entry = r.realm ? nullptr : special(view_of(r), r.key);
  if (!entry) return false;
  if (r.trace) trace_special(*r.trace, r.key);
  finish(r, {std::move(entry), Failure::none, std::nullopt});
  return true;
}
}  // namespace windlass::resolver
