// Engine: minimised questions (RFC 9156): how they grow, how they are shared, what their replies
// mean.
#include <algorithm>

#include "dns/because.hpp"
#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
}  // namespace

/// The reply to a minimised name: relaxed about denials, one label more otherwise.
void Engine::take_probe(Resolution& r, Reply& reply) {
  const bool denied =
      reply.evidence.size() == 1 && reply.evidence[0].finding == dns::Finding::nxdomain;
  if (denied && settings_.resolver->minimisation == Minimisation::strict) {
    // Nothing exists below a name that does not (RFC 8020); the verdict is about the whole name.
    reply.ede = dns::because<Fault::ancestor_absent>(reply.evidence[0].name.to_text());
    reply.evidence[0].name = r.key.name;
    reply.evidence[0].type = r.key.type;
    return take_answer(r, reply);
  }
  const auto rank = reply.authoritative ? cache::Rank::authoritative : cache::Rank::answer;
  if (!reply.evidence.empty())
    (void)remember(r, std::move(reply.evidence[0]), reply.ttls[0], rank, true);
  end_probe(r);
  drop_asks(r);
  r.failed_tries = 0;
  for (Tried& t : r.tried) t.tries = t.tcp_tries = 0;
  if (denied)
    r.minimise = false;
  else
    grow_probe(r);
  go(r, State::select);
}

bool Engine::is_probe(const Resolution& r, const dns::Question& question) const {
  return !(question.name == r.key.name && question.type == r.key.type);
}

/// A probe's answer may be known, or on its way to another Resolution: one outstanding question in
/// a worker, however many names below it are sought. True: nothing is to be sent now.
bool Engine::share_probe(Resolution& r) {
  constexpr unsigned waits_most = 3;  // answers that cannot be cached would make all wait in a row
  const dns::Question question = asked(r);
  if (r.apart || r.probe || !is_probe(r, question) ||
      settings_.resolver->minimisation == Minimisation::strict)
    return false;
  const Key key{question.name, question.type, r.key.partition};
  if (const EntryPtr known = cached(key)) {
    if (known->evidence.finding == dns::Finding::nxdomain)
      r.minimise = false;
    else
      ++r.probe_labels;
    drop_asks(r);
    go(r, State::select);
    return true;
  }
  if (r.probes_shared == waits_most || !house_.probes.wait(key, {self_, r.id})) return false;
  ++r.probes_shared;
  metrics_.count(Metric::coalesced_queries_total);
  r.state = State::sharing;
  return true;
}

/// What this Resolution's probe brought is in the cache, or it failed: those that wait for it look
/// again.
void Engine::end_probe(Resolution& r) {
  if (!r.probe) return;
  for (const auto& [worker, id] : house_.probes.release(*std::exchange(r.probe, std::nullopt))) {
    if (worker == self_)
      wake(id);
    else
      actions_.push_back(MailAction{worker, Mail{Mail::Kind::wake, {}, {}, id, {}}});
  }
}

void Engine::wake(ResolutionId id) {
  if (Resolution* r = find(id); r && r->state == State::sharing) go(*r, State::cut);
}

void Engine::grow_probe(Resolution& r) {
  ++r.probes;
  const auto most = static_cast<unsigned>(limit(Limit::qmin_probes));
  if (r.probes >= most) return r.minimise = false, void();
  if (r.probes < static_cast<unsigned>(limit(Limit::qmin_single_labels)))
    return ++r.probe_labels, void();
  const std::size_t left = r.key.name.label_count() - r.probe_labels;
  r.probe_labels += std::max<std::size_t>(1, left / (most - r.probes));
}

/// What a server does not say, or says wrongly, of a minimised name is no word about the whole one:
/// that is asked from here on, of this server too, and only its own replies tell of the servers
/// (relaxed minimisation, RFC 9156 2.3). False: what was asked is the whole name, or must not be.
bool Engine::ask_whole_name(Resolution& r) {
  if (!is_probe(r, asked(r)) || settings_.resolver->minimisation == Minimisation::strict)
    return false;
  r.minimise = false;
  end_probe(r);
  drop_asks(r);
  go(r, State::select);
  return true;
}
}  // namespace windlass::resolver
