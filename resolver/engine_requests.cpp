// Engine: client requests. A request walks along aliases, link by link, within one Budget.
#include "dns/because.hpp"
#include "dns/rdata.hpp"
#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
using cache::Security;

/// Changes of anchors that one request waits out.
constexpr unsigned outdated_most = 8;

/// The weaker of two verdicts: an answer is worth what its weakest link is.
Security weaker(Security a, Security b) {
  if (a == Security::bogus || b == Security::bogus) return Security::bogus;
  return std::min(a, b);
}

dns::Rcode rcode_of(const EntryPtr& last) {
  const dns::Finding finding = last->evidence.finding;
  return finding == dns::Finding::nxdomain   ? dns::Rcode::nxdomain
         : finding == dns::Finding::yxdomain ? dns::Rcode::yxdomain
                                             : dns::Rcode::noerror;
}

/// It could not be found out whether the data is to be trusted: an outage, no verdict.
bool unproven(const cache::Entry& entry) {
  return entry.security == Security::bogus && entry.ede && entry.ede->fault != Fault::none &&
         row_of(entry.ede->fault).gets == Gets::unproven;
}

}  // namespace

std::optional<dns::Name> Engine::alias_target(const EntryPtr& entry, dns::Type asked) {
  if (!entry->evidence.alias_for(asked)) return std::nullopt;
  const auto target = dns::name_of(entry->evidence.rrset->rdata().front());
  return target ? std::optional(*target) : std::nullopt;
}

/// Completes an answer whose chain stands. That it is stale is told before anything else, and of
/// its end before that of an alias: a denial has a code of its own.
void Engine::judge(Answer& answer, bool checking_disabled) {
  answer.security = Security::secure;
  if ((*answer.chain.begin())->expires_age_ms == ageless) answer.authoritative = true;
  for (const EntryPtr& link : answer.chain) {
    answer.security = weaker(answer.security, link->security);
    if (link->ede && (!answer.ede || link->stale())) answer.ede = link->ede;
    if (link->stale()) answer.source = Source::stale;
  }
  answer.rcode = rcode_of(answer.chain.back());
  if (answer.security != Security::bogus || checking_disabled) return;
  answer.rcode = dns::Rcode::servfail;
}

bool Engine::judged(const cache::Entry& entry) const {
  if (!settings_.validator->validation) return true;
  return entry.security != Security::unchecked &&
         entry.epoch >= anchors_->epoch_of(entry.evidence.name);
}

/// Have the anchors above its name changed since it was last judged?
bool Engine::outdated(const Resolution& r) const {
  return r.validation_epoch != 0 && r.validation_epoch < anchors_->epoch_of(r.key.name);
}

/// A referral's proof that there is no DS: enough for the validator, but no answer for a client: it
/// has no SOA.
bool Engine::thin(const cache::Entry& entry) {
  return entry.rank == cache::Rank::referral && entry.evidence.finding == dns::Finding::nodata;
}

/// What stands in the cache under the question: data, a denial, or an alias in its place. ANY is
/// content with any one RRset (RFC 8482 4.1). With `stale_ms` also what ended less long ago.
EntryPtr Engine::cached(const Key& key, std::int64_t stale_ms) const {
  const auto find = [&](dns::Type type) {
    return house_.cache.find(key.name, type, key.partition, now_.age_ms, stale_ms, stale_ms == 0);
  };
  if (key.type == dns::Type::any) {
    using enum dns::Type;
    for (const dns::Type type : {a, aaaa, mx, txt, ns, soa, https, srv, ptr, caa, ds, dnskey}) {
      EntryPtr one = find(type);
      if (one && (one->evidence.rrset || one->evidence.finding == dns::Finding::nxdomain))
        return one;
    }
  }
  EntryPtr entry = find(key.type);
  const bool counts = entry && (stale_ms == 0 || entry->fresh(now_.age_ms));
  if (counts || dns::stands_beside_alias(key.type)) return entry;
  EntryPtr alias = find(dns::Type::cname);
  if (!alias || dns::denies(alias->evidence.finding)) return entry;
  if (entry && !alias->fresh(now_.age_ms) && alias->stored_age_ms < entry->stored_age_ms)
    return entry;
  // Where a zone has a CNAME at its apex, against RFC 1034 3.6.2, the alias is the child's word,
  // and the DS is the parent's. Only a proven alias stands where the DS would.
  const bool proven = alias->security == Security::secure && judged(*alias);
  return key.type != dns::Type::ds || proven ? alias : entry;
}

bool Engine::answer_from_cache(const ClientQuestion& question, const Now& now, Answer& answer) {
  now_ = now;
  if (!from_cache(question, answer)) return false;
  const auto find = [this](const ClientQuestion& other, Answer& a) { return from_cache(other, a); };
  return !question.dns64 || translate_at_once(question, answer, find);
}

bool Engine::from_cache(const ClientQuestion& question, Answer& answer) {
  const View& view = in(question.view);
  dns::Name at = question.name;
  for (std::int64_t hops = 0; hops <= limit(Limit::cname_hops); ++hops) {
    if (hops > 0 && sees_local(view, at)) return false;  // local zones win
    const Key key = key_of(view, at, question.type);
    EntryPtr entry = at_hand(view, key);
    if (!entry || thin(*entry) || !(question.checking_disabled || judged(*entry))) return false;
    const bool bogus = entry->security == Security::bogus && !question.checking_disabled;
    const auto next = alias_target(entry, question.type);
    answer.near_end = answer.near_end || near_end(*entry);
    if (!append(answer, view, std::move(entry), key.partition)) return false;
    if (!next || bogus) {
      const bool ours = (*answer.chain.begin())->expires_age_ms == ageless;
      answer.source = ours ? Source::special_name : Source::rrset_cache;
      judge(answer, question.checking_disabled);
      return heed_sentinel(question, answer), true;
    }
    at = *next;
  }
  return false;
}

RequestId Engine::begin(const ClientQuestion& question, const Now& now,
                        std::optional<LocalWord> start) {
  now_ = now;
  const std::int64_t deadline = now.mono_us + limit(Limit::request_time) * 1000;
  return begin(question, std::move(start),
               std::make_shared<Budget>(settings_.resolver->limits, deadline));
}

RequestId Engine::begin(const ClientQuestion& question, std::optional<LocalWord> start,
                        BudgetPtr budget) {
  const RequestId id = next_id_++;
  const std::int64_t deadline = budget->deadline_us();
  auto request = std::make_unique<Request>();
  request->id = id;
  request->begun_us = now_.mono_us;
  request->question = question;
  request->at = question.name;
  request->word = std::move(start);
  request->budget = std::move(budget);
  if (question.trace) request->trace = std::make_shared<Trace>();
  if (question.trace) request->trace->anchors = question.anchors;
  timers_.emplace(deadline, Due::request, id);
  Request& held = *(requests_[id] = std::move(request));
  advance(held);
  run();
  return id;
}

void Engine::advance(Request& request) {
  const View& view = in(request.question.view);
  for (;;) {
    LocalWord word = request.word ? *std::exchange(request.word, std::nullopt)
                                  : ask_local(view, request.at, request.question.type);
    trace_local(request, word);
    const bool local = word.kind == LocalWord::Kind::links || word.kind == LocalWord::Kind::failed;
    if (local) {
      if (advance_locally(request, word)) return finish(request);
      continue;
    }
    if (request.question.local_only) return end_locally(request);
    request.key = key_of(view, request.at, request.question.type);
    request.local = request.local || word.realm;
    if (word.realm) request.key.partition = word.realm->realm.partition;
    const EntryPtr entry = without_asking(request);
    if (!entry || thin(*entry) || !(request.question.checking_disabled || judged(*entry)))
      return wait_for_link(request, std::move(word.realm));
    if (use(request, entry)) return finish(request);
  }
}

/// What is there of the link; nullptr: nothing that would do.
EntryPtr Engine::without_asking(Request& request) {
  const View& view = in(request.question.view);
  if (EntryPtr entry = special(view, request.key)) {
    if (request.trace) trace_special(*request.trace, request.key);
    return entry;
  }
  if (request.trace) return nullptr;
  const bool fresh = request.question.fresh || request.behind;
  return fresh ? cached(request.key) : at_hand(view, request.key);
}

/// Nobody is to be asked for the rest.
void Engine::end_locally(Request& request) {
  if (!request.answer.chain.empty()) return judge(request.answer, true), finish(request);
  fail(request, {nullptr, Failure::overload, dns::because<Fault::not_cached>()});
  request.answer.rcode = dns::Rcode::refused;
  finish(request);
}

void Engine::wait_for_link(Request& request, LocalRealmPtr realm) {
  if (waits_for_none(request)) return finish(request);
  const Want wanted =
      request.question.checking_disabled && !request.trace ? Want::raw : Want::judged;
  Pending pending{Pending::For::request, request.id, request.key, 0, 0, std::move(realm)};
  pending.view = request.question.view;
  ++awaited_[request.key];
  request.ticket = want(std::move(pending), wanted, request.budget, 0, 0, request.trace);
  await_stale(request);
}

/// Appends a link. True: the answer is complete (or failed); false: go on at request.at.
bool Engine::use(Request& request, const EntryPtr& entry) {
  Answer& answer = request.answer;
  const bool room = append(answer, in(request.question.view), entry, request.key.partition);
  if (entry->deduced) answer.source = Source::aggressive_nsec;
  const auto next = alias_target(entry, request.question.type);
  const bool bogus = entry->security == Security::bogus && !request.question.checking_disabled;
  if (!next || bogus) return judge(answer, request.question.checking_disabled), true;
  if (room && request.budget->pay_hop()) return request.at = *next, false;
  fail(request, own_reason(*request.budget));
  return true;
}

dns::Ede Engine::reached(Limit limit) const {
  return dns::because<Fault::limit_reached>(row_of(limit).key, std::to_string(this->limit(limit)));
}

Outcome Engine::own_reason(const Budget& budget) const {
  const Limit stopped = budget.stopped_by();
  if (stopped != Limit::count_of_rows) return {nullptr, Failure::spent, reached(stopped)};
  return {nullptr, Failure::deadline, overdue({})};
}

/// `last`: what went wrong meanwhile, or empty.
dns::Ede Engine::overdue(const std::string& last) const {
  return dns::because<Fault::deadline>(std::to_string(limit(Limit::request_time)),
                                       last.empty() ? last : "; last: " + last);
}

void Engine::fail(Request& request, const Outcome& outcome) {
  const Limit stopped = request.budget->stopped_by();
  if (outcome.failure == Failure::spent && stopped != Limit::count_of_rows)
    metrics_.count(Metric::limit_exceeded_total, static_cast<unsigned>(stopped),
                   static_cast<unsigned>(LimitMode::enforce));
  request.answer.chain = {};
  request.answer.rcode = dns::Rcode::servfail;
  request.answer.security = Security::indeterminate;
  request.answer.ede = outcome.ede;
  request.answer.servers_failed = outcome.failure == Failure::servers;
}

void Engine::await_no_more(Request& request) {
  request.ticket = 0;
  const auto at = awaited_.find(request.key);
  if (at != awaited_.end() && --at->second == 0) awaited_.erase(at);
}

bool Engine::awaits(const ClientQuestion& question) const {
  return awaited_.contains(key_of(in(question.view), question.name, question.type));
}

/// Nobody waits for it any more, nor does it wait for anything.
void Engine::forget(Request& request) {
  if (request.ticket != 0) withdraw(request.ticket), await_no_more(request);
  request.budget->cancel();
  timers_.erase({request.budget->deadline_us(), Due::request, request.id});
  timers_.erase({request.stale_at_us, Due::stale, request.id});
  if (request.behind) --behind_;
  requests_.erase(request.id);
}

void Engine::finish(Request& request) {
  if (turn_to_a(request)) return;
  request.answer = translated(request, std::move(request.answer));
  if (!request.local) heed_sentinel(request.question, request.answer);
  const std::uint32_t queries = request.budget->queries();
  request.answer.upstream_queries = queries;
  metrics_.observe(Metric::resolution_queries, queries);
  if (queries > limit(Limit::upstream_queries_shadow))
    metrics_.count(Metric::limit_exceeded_total,
                   static_cast<unsigned>(Limit::upstream_queries_shadow),
                   static_cast<unsigned>(LimitMode::shadow));
  if (request.behind) return forget(request);
  const auto& question = request.question;
  const Realm& realm = in(question.view).realms.of(question.name, question.type);
  const bool forwarded = realm.delegation && realm.delegation->recursive_upstream();
  if (forwarded && request.answer.source != Source::stale) request.answer.source = Source::forward;
  actions_.push_back(AnswerAction{request.id, std::move(request.answer), std::move(request.trace)});
  forget(request);
}

void Engine::on_request_outcome(RequestId id, Outcome outcome) {
  const auto at = requests_.find(id);
  if (at == requests_.end()) return;
  Request& request = *at->second;
  await_no_more(request);
  if (!outcome.entry || (unproven(*outcome.entry) && !request.question.checking_disabled)) {
    const auto& why = outcome.entry ? outcome.entry->ede : outcome.ede;
    if (go_stale(request, why ? why->text : "")) return finish(request);
  }
  if (!outcome.entry) {
    fail(request, outcome);
    return finish(request);
  }
  // Judged by its owner before the owner heard of a change that we know.
  const bool raw = request.question.checking_disabled || request.trace;
  if (!raw && !judged(*outcome.entry) && request.outdated++ < outdated_most)
    return advance(request);
  if (use(request, outcome.entry)) return finish(request);
  advance(request);
}

void Engine::on_request_deadline(RequestId id) {
  const auto at = requests_.find(id);
  if (at == requests_.end()) return;
  Request& request = *at->second;
  Outcome outcome = own_reason(*request.budget);
  const auto running = running_.find(request.key);
  if (const Resolution* r = running == running_.end() ? nullptr : find(running->second);
      r && r->last_trouble && outcome.failure == Failure::deadline)
    outcome.ede = overdue(r->last_trouble->text);
  if (!go_stale(request, outcome.ede->text)) fail(request, outcome);
  finish(request);
}

void Engine::cancel(RequestId id) {
  const auto at = requests_.find(id);
  if (at != requests_.end()) forget(*at->second);
}

void Engine::abandon(const dns::Ede& why, const Now& now) {
  now_ = now;
  while (!requests_.empty()) {
    Request& request = *requests_.begin()->second;
    fail(request, {nullptr, Failure::overload, why});
    finish(request);
  }
  run();
}
}  // namespace windlass::resolver
