// Engine: which server of a Delegation is asked next.
#include <algorithm>

#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
using cache::ServerView;

/// Round trip assumed for a server never asked: better than a slow one, worse than a near one.
constexpr std::int64_t unknown_rtt_us = 100'000;
/// Servers this close to the best are as good as the best.
constexpr std::int64_t band_us = 30'000;

/// What asking it is likely to cost: of a server that let us wait lately, waiting again.
std::int64_t rtt_of(const ServerView& view) {
  if (view.timeouts_in_row > 0) return std::max(view.srtt_us, view.timeout_us);
  return view.known ? view.srtt_us : unknown_rtt_us;
}
}  // namespace

Tried& Engine::tried(Resolution& r, const Endpoint& server) {
  const auto at = std::find_if(r.tried.begin(), r.tried.end(),
                               [&](const Tried& t) { return t.server == server; });
  return at != r.tried.end() ? *at : r.tried.emplace_back(Tried{server});
}

bool Engine::denied(const Resolution& r, const Endpoint& server) const {
  if (r.delegation->by_operator()) return false;
  return any_contains(settings_.resolver->deny_upstream, server.address);
}

std::vector<Endpoint> Engine::candidates(const Resolution& r) const {
  std::vector<Endpoint> out;
  // Where there is a way besides, none is asked twice; where a server answers other questions, it
  // may be the way to it that loses datagrams.
  const bool once = r.only || r.delegation->first;
  const auto tries_of = [&](const Tried& t) {
    const auto& limits = settings_.resolver->limits;
    const bool lossy = !r.only_heard() && !hedges(r) && t.tcp_tries == 0 &&
                       house_.cache.servers().view(t.server, now_.mono_us, limits).answers;
    return once ? 1 : static_cast<unsigned>(limit(Limit::server_tries)) * (lossy ? 2 : 1);
  };
  const auto add = [&](const Endpoint& server) {
    const bool family =
        server.address.family == 4 ? settings_.resolver->ipv4 : settings_.resolver->ipv6;
    const bool doubted = r.doubt && Doubt::has(r.doubt->said, server);
    const bool gone =
        !r.only &&
        house_.cache.servers().view(server, now_.mono_us, settings_.resolver->limits).gone;
    if (!family || gone || doubted || denied(r, server) || (r.only && server != *r.only) ||
        std::find(out.begin(), out.end(), server) != out.end())
      return;
    const auto at = std::find_if(r.tried.begin(), r.tried.end(),
                                 [&](const Tried& t) { return t.server == server; });
    if (at != r.tried.end() && (at->unusable || at->tries >= tries_of(*at))) return;
    out.push_back(server);
  };
  for (const auto& server : r.delegation->servers)
    for (const Endpoint& endpoint : server.endpoints) add(endpoint);
  for (const auto& [name, endpoint] : r.found) add(endpoint);
  return out;
}

/// This one's question does not count as a try where there are others.
bool Engine::ask_others_first(Resolution& r, const Endpoint& server) {
  const auto servers = candidates(r);
  const bool others = std::any_of(servers.begin(), servers.end(),
                                  [&](const Endpoint& other) { return other != server; });
  if (others) --tried(r, server).tries;
  return others;
}

/// Least tried first, living before dead and lame, then one of the best band by chance, or the
/// operator's first; now and then any.
std::optional<Endpoint> Engine::choose(Resolution& r) {
  struct Rated {
    Endpoint server;
    unsigned tries, burden;
    std::int64_t rtt_us;
  };
  std::vector<Rated> rated;
  const auto& servers = house_.cache.servers();
  for (const Endpoint& server : candidates(r)) {
    const ServerView view = servers.view(server, now_.mono_us, settings_.resolver->limits);
    const bool lame = servers.is_lame(server, r.delegation->cut, now_.mono_us);
    const bool doubted = r.doubt && Doubt::has(r.doubt->kept, server);
    const bool unfit = view.no_edns && signing_of(r) != Signing::no;
    rated.push_back(
        {server, tried(r, server).tries,
         (view.dead || view.unreached || unfit ? 1u : 0u) + (lame ? 2u : 0u) + (doubted ? 4u : 0u),
         rtt_of(view)});
  }
  if (rated.empty()) return std::nullopt;
  const auto rank = [](const Rated& a) { return std::pair(a.tries, a.burden); };
  const auto best_rank = rank(*std::min_element(
      rated.begin(), rated.end(), [&](auto& a, auto& b) { return rank(a) < rank(b); }));
  std::erase_if(rated, [&](const Rated& a) { return rank(a) != best_rank; });
  const auto best = std::min_element(rated.begin(), rated.end(), [](auto& a, auto& b) {
                      return a.rtt_us < b.rtt_us;
                    })->rtt_us;
  const bool explores = rng_.below(100) < static_cast<std::uint32_t>(limit(Limit::server_explore));
  if (!explores) std::erase_if(rated, [&](const Rated& a) { return a.rtt_us > best + band_us; });
  if (!explores && r.delegation->by_operator()) return rated.front().server;
  return rated[rng_.below(static_cast<std::uint32_t>(rated.size()))].server;
}

/// As far as we know. A signed zone is never asked without EDNS, whatever was said of its servers;
/// of one that is configured nobody has told us before its first answer is judged.
Engine::Signing Engine::signing_of(const Resolution& r) const {
  const dns::Name& cut = r.delegation->cut;
  const auto anchors = anchors_in(r);
  const validator::Anchor* anchor = anchors->closest(cut);
  if ((anchor && anchor->zone == cut) || r.delegation->has_ds) return Signing::yes;
  const EntryPtr ds = cached(key_in(r, cut, dns::Type::ds));
  if (ds) return ds->evidence.rrset ? Signing::yes : Signing::no;
  const bool untold = r.delegation->by_operator() && settings_.validator->validation;
  return untold ? Signing::unknown : Signing::no;
}
}  // namespace windlass::resolver
