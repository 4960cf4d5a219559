// Engine: the states of a Resolution in the order of the diagram in resolution.hpp.
#include <algorithm>

#include "dns/because.hpp"
#include "dns/rdata.hpp"
#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
using cache::DelegationPtr;
using cache::EntryPtr;
using cache::Security;
using validator::VerdictKind;

Security security_of(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::secure:
      return Security::secure;
    case VerdictKind::insecure:
      return Security::insecure;
    case VerdictKind::bogus:
      return Security::bogus;
    default:
      return Security::indeterminate;
  }
}

Judgement judgement_of(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::secure:
      return Judgement::secure;
    case VerdictKind::insecure:
      return Judgement::insecure;
    case VerdictKind::bogus:
      return Judgement::bogus;
    default:
      return Judgement::indeterminate;
  }
}

/// Does it tell how the answer came about? Else a verdict said it, maybe under other anchors.
bool of_the_answer(const std::optional<dns::Ede>& ede) {
  return ede && ede->fault != Fault::none && row_of(ede->fault).gets == Gets::synthetic;
}

}  // namespace

void Engine::step(Resolution& r) {
  switch (r.state) {
    case State::start:
      return on_start(r);
    case State::cut:
      return on_cut(r);
    case State::select:
      return on_select(r);
    case State::judging:
      return on_judging(r);
    case State::sharing:
    case State::addresses:
    case State::asking:
    case State::proving:
    case State::done:
      return;  // they wait for an event
  }
}

void Engine::on_start(Resolution& r) {
  if (end_special(r)) return;
  if (r.apart) return go(r, State::cut);
  r.entry = r.anew ? nullptr : cached(r.key);
  if (r.entry && r.doubt && r.doubt->of(*r.entry)) r.entry = nullptr;
  const bool for_client =
      std::any_of(r.waiters.begin(), r.waiters.end(), [](auto& w) { return w.depth == 0; });
  if (r.entry && !(for_client && thin(*r.entry))) return go(r, State::judging);
  Budget* budget = payer(r);
  if (!budget) return;
  const auto made = r.doubt || r.anew ? EntryPtr{} : made_from_others(view_of(r), r.key, *budget);
  if (!made) return later_.push_back(r.id);
  if (*made) {
    r.entry = *made;
    return go(r, State::judging);
  }
  if (auto ede = house_.cache.failure(r.key.name, r.key.type, r.key.partition, now_.age_ms))
    return finish(r, {nullptr, Failure::servers, std::move(ede)});
  go(r, State::cut);
}

// cut

void Engine::on_cut(Resolution& r) {
  const View& view = view_of(r);
  const Realm& realm = r.realm ? r.realm->realm : view.realms.of(r.key.name, r.key.type);
  // A reload gave the name another realm.
  if (!r.realm && !(key_of(view, r.key.name, r.key.type) == r.key))
    return finish(r, {nullptr, Failure::overload, dns::because<Fault::reconfigured>()});
  const DelegationPtr configured = r.fell_back ? nullptr : realm.delegation;
  if (configured && configured->recursive_upstream()) return enter(r, configured);
  const bool above_only = r.key.type == dns::Type::ds && !r.key.name.is_root();
  DelegationPtr deepest;
  if (r.trace) {
    for (const auto& [partition, known] : r.trace->delegations) {
      const bool covers =
          above_only ? r.key.name.is_below(known->cut) : r.key.name.is_at_or_below(known->cut);
      if (partition == r.key.partition && covers && (!deepest || known->cut.is_below(deepest->cut)))
        deepest = known;
    }
  } else {
    deepest = house_.cache.deepest(r.key.name, r.key.partition, now_.age_ms, above_only);
  }
  if (configured && (!deepest || configured->cut.is_at_or_below(deepest->cut)))
    deepest = configured;
  const bool in_the_tree = !configured && !r.realm && r.key.partition != 0;
  if (!deepest && in_the_tree && !r.trace)
    deepest = house_.cache.deepest(r.key.name, 0, now_.age_ms, above_only);
  if (!deepest) {
    deepest = hints_;
    prime(now_);
  }
  enter(r, std::move(deepest));
  const EntryPtr ds = cached(key_in(r, r.delegation->cut, dns::Type::ds));
  warm_keys(r, ds && ds->evidence.rrset && ds->evidence.type == dns::Type::ds);
}

void Engine::enter(Resolution& r, DelegationPtr delegation) {
  for (const auto& sub : std::exchange(r.subs, {}))
    withdraw(sub.ticket);  // addresses for the Delegation left behind
  end_probe(r);
  drop_asks(r);
  r.delegation = std::move(delegation);
  r.from_copy = false;
  r.last_wait = false;
  r.tried.clear();
  r.last_resort.reset();
  r.looked_up.clear();
  r.found.clear();
  r.probe_labels = r.delegation->cut.label_count() + 1;
  // The name of a server is no client's secret, and probes would double what a long list of them
  // costs (NXNSAttack).
  const bool server_address =
      r.depth > 0 && (r.key.type == dns::Type::a || r.key.type == dns::Type::aaaa);
  r.minimise = settings_.resolver->minimisation != Minimisation::off &&
               !r.delegation->recursive_upstream() && !server_address &&
               r.probes < static_cast<unsigned>(limit(Limit::qmin_probes));
  go(r, State::select);
}

// select

void Engine::on_select(Resolution& r) {
  if (!payer(r) || resume(r) || share_probe(r)) return;
  if (ask_root_copy(r)) return;
  look_for_life(r);
  if (r.delegation->first && r.beside.empty() && all_dead(r) && fall_back(r)) return;
  if (r.failed_tries >= static_cast<unsigned>(limit(Limit::resolution_tries)))
    return nobody_left(r);
  auto server = choose(r);
  const ResolutionId id = r.id;
  while (!server ||
         tried(r, *server).tries > 0) {  // addresses not yet tried come before a second try
    const std::size_t before = r.looked_up.size();
    const Budget* paying = payer(r);
    if (r.subs.empty()) look_up_servers(r);
    if (!find(id) || !payer(r)) return;
    if (payer(r) != paying) continue;  // it was spent: the next one pays for what is missing
    server = choose(r);
    if (server && tried(r, *server).tries == 0) break;
    if (!r.subs.empty()) return r.state = State::addresses, void();
    if (r.looked_up.size() == before) break;
  }
  if (server) {
    // All have been asked the probe, and none answered it.
    if (tried(r, *server).tries > 0 && ask_whole_name(r)) return;
    const auto view =
        house_.cache.servers().view(*server, now_.mono_us, settings_.resolver->limits);
    return send(r, *server, false, !view.no_edns || signing_of(r) == Signing::yes);
  }
  nobody_left(r);
}

/// Why no server of the zone is left.
dns::Ede Engine::why_nobody(const Resolution& r) const {
  if (r.last_trouble) return *r.last_trouble;
  const auto gone = [&](const Endpoint& server) {
    return house_.cache.servers().view(server, now_.mono_us, settings_.resolver->limits).gone;
  };
  const std::string zone = r.delegation->cut.to_text();
  for (const auto& named : r.delegation->servers)
    for (const Endpoint& server : named.endpoints)
      if (gone(server))
        return dns::because<Fault::servers_silent>(zone, server.to_text(),
                                                   std::to_string(limit(Limit::server_probe_max)));
  return dns::because<Fault::no_server>(zone);
}

/// No server of the zone answered as one of its own should.
void Engine::nobody_left(Resolution& r) {
  if (fall_back(r) || wait_for_late(r)) return;
  if (!r.last_resort) return give_up(r, why_nobody(r));
  auto [server, reply] = *std::exchange(r.last_resort, std::nullopt);
  r.last_server = server;
  take_answer(r, reply);
}

/// Looks up names of servers whose addresses are not known: in the cache, else by sub-questions.
void Engine::look_up_servers(Resolution& r) {
  if (r.delegation->by_operator()) return;
  if (r.glueless_failures >= static_cast<unsigned>(limit(Limit::glueless_failures))) return;
  constexpr std::size_t at_once = 2;
  std::vector<dns::Name> names;
  for (const bool with_glue : {false, true}) {
    for (const auto& server : r.delegation->servers) {
      const bool known =
          std::find(r.looked_up.begin(), r.looked_up.end(), server.name) != r.looked_up.end();
      // Servers inside the zone with glue: asking them for their own names is asking them again.
      const bool inside = server.name.is_at_or_below(r.delegation->cut);
      if (known || server.endpoints.empty() == with_glue || (inside && with_glue) ||
          names.size() == at_once)
        continue;
      names.push_back(server.name);
    }
    if (!names.empty()) break;
  }
  for (const auto& name : names) {
    r.looked_up.push_back(name);
    bool paid = false;  // what is cached or asked for already costs nothing
    for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
      if (type == dns::Type::a ? !settings_.resolver->ipv4 : !settings_.resolver->ipv6) continue;
      auto sub = sub_for_server(r, name, type);
      if (!sub) continue;
      const Key key = sub->key;
      Budget* budget = payer(r);
      if (!budget) return;
      const bool joins = !r.trace && running_.contains(key);
      if (!joins && !paid && !budget->pay_glueless())
        return std::erase(r.looked_up, name), void();  // the next payer goes on
      paid = paid || !joins;
      const Ticket ticket =
          want(*std::move(sub), Want::raw, r.waiters.front().budget, r.depth + 1, r.id, r.trace);
      r.subs.push_back({ticket, false, name});
    }
  }
}

// addresses, proving

void Engine::on_sub(Resolution& r, Ticket ticket, Outcome outcome) {
  const auto sub =
      std::find_if(r.subs.begin(), r.subs.end(), [&](const auto& s) { return s.ticket == ticket; });
  if (sub == r.subs.end()) return;
  const Resolution::Sub ended = *sub;
  r.subs.erase(sub);
  if (ended.proof) return on_proof(r, outcome);
  const std::size_t before = r.found.size();
  const bool payer_gone = outcome.failure == Failure::spent || outcome.failure == Failure::deadline;
  if (payer_gone)
    std::erase(r.looked_up, ended.name);  // the next payer looks it up again
  else
    on_address(r, outcome);
  const bool waits = r.state == State::addresses;
  if (waits && (r.found.size() > before || r.subs.empty())) go(r, State::select);
}

void Engine::on_address(Resolution& r, const Outcome& outcome) {
  const bool data = outcome.entry && outcome.entry->evidence.rrset &&
                    outcome.entry->security != Security::bogus && !r.looked_up.empty();
  if (!data) {
    if (!outcome.entry) ++r.glueless_failures;
    if (outcome.failure == Failure::overload) r.not_its_fault = true;
    if (outcome.ede && !r.last_trouble) r.last_trouble = outcome.ede;
    return;
  }
  const auto& rrset = *outcome.entry->evidence.rrset;
  std::size_t taken = 0;
  for (const auto rdata : rrset.rdata()) {
    const auto address = dns::address_of(rrset.type(), rdata);
    if (!address || taken++ == static_cast<std::size_t>(limit(Limit::addresses_per_nameserver)))
      break;
    r.found.emplace_back(rrset.owner(), Endpoint{*address, settings_.resolver->upstream_port});
  }
}

// judging

void Engine::on_judging(Resolution& r) {
  tell_raw(r);
  if (!wants_verdict(r) || judged(*r.entry)) {
    return finish(r, {r.entry, Failure::none, std::nullopt});
  }
  if (!r.validation) {
    r.validation_epoch = anchors_->epoch();
    r.held_options = settings_.resolver;
    r.held_validator = settings_.validator;
    r.validation.emplace(
        validator::Validation::Context{
            *r.held_validator, r.held_options->limits, r.trace ? r.trace->keys : keys_, metrics_,
            anchors_in(r), r.key.partition, r.trace != nullptr, r.trace != nullptr, &slice_},
        r.entry->evidence);
  }
  while (Budget* budget = payer(r)) {
    if (r.needed.type != dns::Type::none && !provide_known(r)) return;
    const validator::Verdict verdict = r.validation->step(now_, *budget);
    switch (verdict.kind) {
      case VerdictKind::needs:
        r.needed = verdict.question;
        r.needed_anew = verdict.anew;
        break;
      case VerdictKind::more:
        later_.push_back(r.id);
        return;
      case VerdictKind::spent:
        if (!budget->spent(now_.mono_us)) return finish(r, {nullptr, Failure::spent, verdict.ede});
        break;
      default:
        return conclude(r, verdict);
    }
  }
}

/// Whoever asked since the anchors changed must not hear what was found under the old ones: `entry`
/// is judged again.
bool Engine::overtaken(Resolution& r, EntryPtr entry) {
  if (r.trace || !outdated(r)) return false;
  r.entry = std::move(entry);
  r.validation.reset();
  r.proved.clear();
  go(r, State::judging);
  return true;
}

/// AD speaks of all that is sent (RFC 4035 3.2.3): what stood beside the proof and was not verified
/// with it is dropped.
EntryPtr Engine::only_verified(const Resolution& r) {
  const auto stranger = [&](const dns::RRsetPtr& proof) { return !r.validation->verified(*proof); };
  if (std::ranges::none_of(r.entry->evidence.proofs, stranger)) return r.entry;
  auto entry = std::make_shared<cache::Entry>(*r.entry);
  std::erase_if(entry->evidence.proofs, stranger);
  return entry;
}

void Engine::conclude(Resolution& r, const validator::Verdict& verdict) {
  if (overtaken(r, r.entry)) return;
  metrics_.count(Metric::dnssec_validations_total,
                 static_cast<unsigned>(judgement_of(verdict.kind)));
  const bool secure = verdict.kind == VerdictKind::secure;
  Ruling ruling{secure ? only_verified(r) : r.entry, verdict, r.validation_epoch, {}};
  if (r.trace) ruling.chain = r.validation->chain();
  if (verdict.kind == VerdictKind::bogus) {
    distrust_proofs(r, verdict);
    if (ask_again(r, ruling)) return;
  } else {
    keep_spans(r);
  }
  pronounce(r, ruling);
}

/// It stands, whatever other servers might say.
void Engine::pronounce(Resolution& r, const Ruling& ruling) {
  const validator::Verdict& verdict = ruling.verdict;
  const bool bogus = verdict.kind == VerdictKind::bogus;
  if (bogus) metrics_.count(Metric::dnssec_bogus_total, static_cast<unsigned>(verdict.ede.fault));
  if (bogus && !r.trace) actions_.push_back(BogusAction{r.key, verdict.zone, verdict.ede});
  auto entry = std::make_shared<cache::Entry>(*ruling.entry);
  entry->security = security_of(verdict.kind);
  entry->epoch = ruling.epoch;
  if (!of_the_answer(entry->ede)) entry->ede.reset();
  if (!verdict.ede.text.empty() || bogus) entry->ede = verdict.ede;
  const std::int64_t lives_s = bogus ? limit(Limit::bogus_ttl) : verdict.ttl_most;
  const std::int64_t ends_ms = now_.age_ms + lives_s * 1000;
  // What is bogus is kept as that, whatever TTL it came with (RFC 4035 4.7, RFC 9520 3.2).
  entry->expires_age_ms = bogus ? ends_ms : std::min(entry->expires_age_ms, ends_ms);
  r.entry = entry;
  // A proof that could not be fetched says nothing about the data: the next client asks for it
  // again.
  if (!r.trace && !verdict.unreachable) house_.cache.store(r.key.partition, entry, now_.age_ms);
  if (!r.trace && entry->security == Security::secure) keep_sources(r.key.partition, *entry);
  if (r.trace) {
    auto& links = r.trace->chain;
    links.insert(links.end(), ruling.chain.begin(), ruling.chain.end());
  }
  finish(r, {entry, Failure::none, std::nullopt});
}
}  // namespace windlass::resolver
