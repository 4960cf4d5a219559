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

/// Why no server of the zone is left.
dns::Ede nobody(const Resolution& r) {
  return r.last_trouble ? *r.last_trouble
                        : dns::because<Fault::no_server>(r.delegation->cut.to_text());
}

/// Reasons that another server of the zone may not share: its data, not its parent's. Keys are data
/// when they are what was asked for.
bool worth_another_server(const dns::Ede& ede, dns::Type asked) {
  using enum dns::EdeCode;
  constexpr std::array codes{dnssec_bogus,   signature_expired, signature_not_yet_valid,
                             rrsigs_missing, nsec_missing,      signature_expired_before_valid};
  const bool keys = ede.code == dnskey_missing || ede.code == no_zone_key_bit;
  if (keys) return asked == dns::Type::dnskey;
  return std::find(codes.begin(), codes.end(), ede.code) != codes.end();
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
  if (r.trace) return go(r, State::cut);
  r.entry = cached(r.key);
  if (r.entry && r.doubt && r.entry->from == r.doubt->server) r.entry = nullptr;
  const bool for_client =
      std::any_of(r.waiters.begin(), r.waiters.end(), [](auto& w) { return w.depth == 0; });
  if (r.entry && !(for_client && thin(*r.entry))) return go(r, State::judging);
  if (EntryPtr made = r.doubt ? nullptr : made_from_others(r.key)) {
    r.entry = std::move(made);
    return go(r, State::judging);
  }
  if (auto ede = house_.cache.failure(r.key.name, r.key.type, r.key.partition, now_.age_ms))
    return finish(r, {nullptr, Failure::servers, std::move(ede)});
  go(r, State::cut);
}

// cut

void Engine::on_cut(Resolution& r) {
  const Realm& realm = r.realm ? r.realm->realm : realms_.of(r.key.name, r.key.type);
  if (realm.partition != r.key.partition)  // a reload gave the name another realm
    return finish(r, {nullptr, Failure::overload, dns::because<Fault::reconfigured>()});
  if (realm.delegation && realm.delegation->recursive_upstream()) return enter(r, realm.delegation);
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
  if (realm.delegation && (!deepest || realm.delegation->cut.is_at_or_below(deepest->cut)))
    deepest = realm.delegation;
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
  r.delegation = std::move(delegation);
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
  if (!payer(r) || share_probe(r)) return;
  if (r.failed_tries >= static_cast<unsigned>(limit(Limit::resolution_tries)))
    return nobody_left(r);
  auto server = choose(r);
  const ResolutionId id = r.id;
  while (!server ||
         tried(r, *server).tries > 0) {  // addresses not yet tried come before a second try
    const std::size_t before = r.looked_up.size();
    if (r.subs.empty()) look_up_servers(r);
    if (!find(id) || !payer(r)) return;
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
    return send(r, *server, false, !view.no_edns || expects_signatures(r));
  }
  nobody_left(r);
}

/// No server of the zone answered as one of its own should.
void Engine::nobody_left(Resolution& r) {
  if (!r.last_resort) return give_up(r, nobody(r));
  auto [server, reply] = *std::exchange(r.last_resort, std::nullopt);
  r.last_server = server;
  take_answer(r, reply);
}

/// Looks up names of servers whose addresses are not known: in the cache, else by sub-questions.
void Engine::look_up_servers(Resolution& r) {
  if (r.delegation->source == cache::DelegationSource::forward ||
      r.delegation->source == cache::DelegationSource::stub)
    return;
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

void Engine::on_proof(Resolution& r, const Outcome& outcome) {
  const bool payer_left = outcome.failure == Failure::spent || outcome.failure == Failure::deadline;
  if (r.state != State::proving) return;
  if (!payer_left) provide(r, key_in(r, r.needed.name, r.needed.type), outcome.entry, outcome.ede);
  go(r, State::judging);
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
        validator::Validation::Context{*r.held_validator, r.held_options->limits, keys_, metrics_,
                                       anchors_in(r), r.key.partition, r.trace != nullptr,
                                       r.trace != nullptr, &slice_},
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

/// What is at hand for a question of the validator; nullptr: nothing.
EntryPtr Engine::known_proof(const Resolution& r, const Key& key) const {
  if (key == r.key) return r.entry;
  if (!r.trace) return cached(key);
  const auto& kept = r.trace->entries;
  const auto at = std::find_if(kept.rbegin(), kept.rend(), [&](auto& e) { return e.first == key; });
  return at == kept.rend() ? nullptr : at->second;
}

void Engine::provide(Resolution& r, const Key& key, const EntryPtr& entry,
                     const std::optional<dns::Ede>& failure) {
  r.proved.push_back({key, entry});
  r.validation->provide(entry ? &entry->evidence : nullptr, failure);
  r.needed = {};
  r.needed_anew = false;
}

/// Of the proof that the validator does not believe; nullopt: it was not given one.
std::optional<Doubt> Engine::doubt_of(const Resolution& r, const Key& key) const {
  const auto given = std::find_if(r.proved.rbegin(), r.proved.rend(),
                                  [&](auto& proof) { return proof.key == key && proof.entry; });
  if (given == r.proved.rend()) return std::nullopt;
  return Doubt{given->entry->from, given->entry->stored_age_ms < r.started_age_ms};
}

/// Hands the validator what it needs when that is at hand; else asks for it. False: it must wait.
bool Engine::provide_known(Resolution& r) {
  const Key key = key_in(r, r.needed.name, r.needed.type);
  const auto doubt = r.needed_anew ? doubt_of(r, key) : std::nullopt;
  const EntryPtr entry = known_proof(r, key);
  if (entry && !(doubt && entry->from == doubt->server))
    return provide(r, key, entry, std::nullopt), true;
  r.state = State::proving;
  Pending sub = sub_of(r, key);
  sub.doubt = doubt;
  const Ticket ticket =
      want(std::move(sub), Want::raw, r.waiters.front().budget, r.depth + 1, r.id, r.trace);
  r.subs.push_back({ticket, true, {}});
  return false;
}

/// Keys and DS that led to a bogus verdict are not kept longer than the verdict: they may be what
/// was forged.
void Engine::distrust_proofs(Resolution& r) {
  const std::int64_t most = now_.age_ms + limit(Limit::bogus_ttl) * 1000;
  for (const Resolution::Proof& proof : std::exchange(r.proved, {})) {
    const EntryPtr held = cached(proof.key);
    if (!held || held->security != Security::unchecked || held->expires_age_ms <= most) continue;
    auto brief = std::make_shared<cache::Entry>(*held);
    brief->expires_age_ms = most;
    house_.cache.store(proof.key.partition, std::move(brief), now_.age_ms);
  }
}

/// Another server may hold what this one forged or lost. What was cached without a verdict (asked
/// for by CD, or seen behind an alias) is fetched anew: nobody knows who said it.
bool Engine::ask_again(Resolution& r, const validator::Verdict& verdict) {
  const bool kept = !r.fetched && r.entry->security == Security::unchecked && !r.trace;
  const bool other = r.fetched && candidates(r).size() > 1 && r.last_server;
  if (verdict.kept || !(kept || other) || !worth_another_server(verdict.ede, r.key.type))
    return false;
  // What was kept is fetched anew once, and that is not yet the try at another server: the fetch
  // may meet the one that lost it.
  if (other && r.bogus_retries++ >= static_cast<unsigned>(limit(Limit::bogus_retries)))
    return false;
  if (other) tried(r, *r.last_server).unusable = true;
  r.validation.reset();
  r.entry = nullptr;
  r.last_trouble = verdict.ede;
  go(r, other ? State::select : State::cut);
  return true;
}

void Engine::conclude(Resolution& r, const validator::Verdict& verdict) {
  metrics_.count(Metric::dnssec_validations_total,
                 static_cast<unsigned>(judgement_of(verdict.kind)));
  const bool bogus = verdict.kind == VerdictKind::bogus;
  if (!bogus) keep_spans(r);
  if (bogus) distrust_proofs(r);
  if (bogus && ask_again(r, verdict)) return;
  if (bogus) metrics_.count(Metric::dnssec_bogus_total, static_cast<unsigned>(verdict.ede.fault));
  if (bogus && !r.trace) actions_.push_back(BogusAction{r.key, verdict.zone, verdict.ede});
  auto entry = std::make_shared<cache::Entry>(*r.entry);
  entry->security = security_of(verdict.kind);
  entry->epoch = r.validation_epoch;
  if (!verdict.ede.text.empty() || bogus) entry->ede = verdict.ede;
  const std::int64_t most_s = bogus ? limit(Limit::bogus_ttl) : verdict.ttl_most;
  entry->expires_age_ms = std::min(entry->expires_age_ms, now_.age_ms + most_s * 1000);
  r.entry = entry;
  // A proof that could not be fetched says nothing about the data: the next client asks for it
  // again.
  if (!r.trace && !verdict.unreachable) house_.cache.store(r.key.partition, entry, now_.age_ms);
  if (!r.trace && entry->security == Security::secure) keep_dname(r.key.partition, *entry);
  if (r.trace) {
    const auto& links = r.validation->chain();
    r.trace->chain.insert(r.trace->chain.end(), links.begin(), links.end());
  }
  finish(r, {entry, Failure::none, std::nullopt});
}
}  // namespace windlass::resolver
