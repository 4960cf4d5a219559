// Engine: asking a server, and what its reply means.
#include <algorithm>

#include "dns/because.hpp"
#include "resolver/engine.hpp"

namespace windlass::resolver {
namespace {
using cache::EntryPtr;
using cache::ServerView;

/// What is wrong with `server`, in the words of a row that begins with server, RRset and zone.
template <Fault fault, class... More>
dns::Ede trouble(const Resolution& r, const Endpoint& server, const More&... more) {
  return dns::because<fault>(server.to_text(), summary(r.key), r.delegation->cut.to_text(),
                             more...);
}

/// The message with the question's name as it was before its case was shuffled, so that names
/// compressed against it keep no trace of that. Precondition: match() found the question,
/// uncompressed, behind the header.
std::vector<std::uint8_t> with_case_of(const dns::Name& name,
                                       std::span<const std::uint8_t> octets) {
  std::vector<std::uint8_t> restored(octets.begin(), octets.end());
  const bool has_question =
      restored.size() >= 12 + name.size_octets() && (restored[4] != 0 || restored[5] != 0);
  if (has_question) std::copy(name.wire().begin(), name.wire().end(), restored.begin() + 12);
  return restored;
}

unsigned family_of(const Endpoint& server) {
  return server.address.family == 6 ? 1 : 0;
}
}  // namespace

dns::Question Engine::asked(const Resolution& r) const {
  const std::size_t labels = r.key.name.label_count();
  if (!r.minimise || r.probe_labels >= labels) return {r.key.name, r.key.type, dns::Class::in};
  return {r.key.name.suffix(r.probe_labels), dns::Type::a, dns::Class::in};
}

void Engine::send(Resolution& r, const Endpoint& server, bool over_tcp, bool edns) {
  Budget* budget = payer(r);
  if (!budget) return;
  const bool tcp = over_tcp || r.delegation->tcp;
  if (!budget->pay_upstream_query())
    return go(r, State::select);  // the next payer, or nobody, goes on
  if (r.queries++ >= static_cast<std::uint32_t>(limit(Limit::upstream_queries)))
    return finish(r, {nullptr, Failure::spent, reached(Limit::upstream_queries)});
  const ServerView view =
      house_.cache.servers().view(server, now_.mono_us, settings_.resolver->limits);
  if (const dns::Question question = asked(r); is_probe(r, question) && !r.probe && !r.apart) {
    const Key key{question.name, question.type, r.key.partition};
    if (house_.probes.claim(key)) r.probe = key;
  }
  if (view.timeouts_in_row > 0 && !r.only)  // one asks for all whether it is back
    house_.cache.servers().claim_return(server, now_.mono_us, settings_.resolver->limits);
  Tried& t = tried(r, server);
  ++t.tries;
  if (tcp) ++t.tcp_tries;
  Ask ask{next_id_++,   server, asked(r), 0, tcp, edns, r.delegation->recursive_upstream(),
          now_.mono_us, 0};
  give_cookie(ask, view, t.tries);
  ask.deadline_us = now_.mono_us + patience_us(r, ask);
  const AskStyle style{settings_.resolver->case_randomisation && !view.no_case && !tcp &&
                           !r.only_heard(),  // the last: as written
                       ask.recursive && settings_.validator->validation,
                       static_cast<std::uint16_t>(limit(Limit::edns_size))};
  actions_.push_back(SendAction{ask.id, server, tcp, encode(ask, style, rng_)});
  metrics_.count(Metric::upstream_queries_total,
                 static_cast<unsigned>(tcp ? Proto::tcp : Proto::udp), family_of(server));
  timers_.emplace(ask.deadline_us, Due::ask, ask.id);
  asks_[ask.id] = r.id;
  r.last_server = server;
  r.from_copy = false;
  r.asked_us = now_.mono_us;
  r.ask = std::move(ask);
  r.state = State::asking;
}

/// This Ask is over, whatever came of it.
Ask Engine::close_ask(Resolution& r, AskId id, bool answered) {
  Ask ask;
  if (r.ask && r.ask->id == id) {
    ask = *std::exchange(r.ask, std::nullopt);
  } else {
    const auto at =
        std::find_if(r.beside.begin(), r.beside.end(), [&](auto& a) { return a.id == id; });
    ask = std::move(*at);
    r.beside.erase(at);
  }
  asks_.erase(ask.id);
  timers_.erase({ask.deadline_us, Due::ask, ask.id});
  actions_.push_back(DropAction{ask.id, answered});
  return ask;
}

void Engine::on_ask_timeout(Resolution& r, AskId id) {
  if (hedges(r)) return on_overdue(r, id);
  const Ask ask = close_ask(r, id);
  heard_nothing(ask);
  metrics_.count(Metric::upstream_responses_total, static_cast<unsigned>(UpstreamOutcome::timeout));
  traced(r, ask, "timeout");
  next_server(r, trouble<Fault::timeout>(r, ask.server), false);
}

void Engine::on_network_error(AskId id, const Now& now) {
  now_ = now;
  const auto at = asks_.find(id);
  if (at == asks_.end()) return;
  Resolution& r = *find(at->second);
  const Ask ask = close_ask(r, id);
  metrics_.count(Metric::upstream_responses_total, static_cast<unsigned>(UpstreamOutcome::network));
  traced(r, ask, "network error");
  heard_nothing(ask);
  if (r.ask) return run();            // it was overdue, and another has been asked since
  if (now_.mono_us == ask.sent_us) {  // nothing was sent: no route to it
    if (r.failed_tries > 0) --r.failed_tries;
    if (Budget* budget = payer(r))
      budget->refund_upstream_query();
    else
      return run();
    --r.queries;
  }
  next_server(r, trouble<Fault::network>(r, ask.server), !ask.tcp);
  run();
}

void Engine::on_no_room(AskId id, const Now& now) {
  now_ = now;
  const auto at = asks_.find(id);
  if (at == asks_.end()) return;
  Resolution& r = *find(at->second);
  (void)close_ask(r, id);
  if (wait_for_late(r)) return;
  finish(r, {nullptr, Failure::overload, dns::because<Fault::no_socket>()});
  run();
}

void Engine::next_server(Resolution& r, dns::Ede trouble, bool unusable) {
  if (unusable && r.last_server) tried(r, *r.last_server).unusable = true;
  ++r.failed_tries;
  r.last_trouble = std::move(trouble);
  go(r, State::select);
}

// Replies

void Engine::on_message(AskId id, std::span<const std::uint8_t> octets, const Now& now) {
  now_ = now;
  const auto at = asks_.find(id);
  if (at == asks_.end()) return;
  Resolution& r = *find(at->second);
  const bool overdue = !r.ask || r.ask->id != id;
  const Ask& sent =
      overdue ? *std::find_if(r.beside.begin(), r.beside.end(), [&](auto& a) { return a.id == id; })
              : *r.ask;
  const Match matched = match(sent, octets);
  if (matched == Match::yes || (matched == Match::case_lost && sent.tcp)) {
    const Ask ask = close_ask(r, id, true);
    if (r.ask) r.beside.push_back(*std::exchange(r.ask, std::nullopt));
    r.last_server = ask.server;
    r.asked_us = ask.sent_us;
    judge_message(r, ask, octets);
    return run();
  }
  metrics_.count(Metric::upstream_responses_total,
                 static_cast<unsigned>(UpstreamOutcome::mismatch));
  if (overdue || r.ask->tcp ||
      tried(r, r.ask->server).tcp_tries >= static_cast<unsigned>(limit(Limit::upstream_tcp_tries)))
    return;
  // Somebody guesses, or the server does not keep the case: a stream cannot be guessed into.
  const Ask ask = close_ask(r, id);
  if (matched == Match::case_lost) house_.cache.servers().mark_no_case(ask.server, now_.mono_us);
  traced(r, ask,
         matched == Match::case_lost ? "case of the name lost, again over TCP"
                                     : "mismatch, again over TCP");
  send(r, ask.server, true, ask.edns);
  run();
}

void Engine::judge_message(Resolution& r, const Ask& ask, std::span<const std::uint8_t> octets) {
  const std::int64_t rtt_us = now_.mono_us - ask.sent_us;
  heard(r, ask.server, rtt_us);
  metrics_.observe(Metric::upstream_rtt_seconds, static_cast<double>(rtt_us) * 1e-6,
                   family_of(ask.server));
  if (Budget* budget = payer(r); !budget || !budget->pay_octets(octets.size())) {
    if (budget) go(r, State::select);
    return;
  }
  const std::vector<std::uint8_t> restored = with_case_of(asked(r).name, octets);
  const auto message = dns::MessageView::parse(restored);
  if (!message) {
    metrics_.count(Metric::upstream_responses_total,
                   static_cast<unsigned>(UpstreamOutcome::formerr));
    traced(r, ask, std::string("malformed: expected ") + message.error().expected);
    if (ask_whole_name(r)) return;
    return next_server(r, trouble<Fault::answer_malformed>(r, ask.server, message.error().expected),
                       true);
  }
  if (ask.cookie) learn_cookie(ask, *message);
  if (retry_otherwise(r, ask, *message)) return;
  if (message->header().tc())
    return next_server(r, trouble<Fault::answer_truncated>(r, ask.server), true);
  take_reply(r, *message);
}

/// Truncated: the same over TCP. EDNS not understood: the same without it, unless the zone is
/// signed; where that is not known yet, other servers first.
bool Engine::retry_otherwise(Resolution& r, const Ask& ask, const dns::MessageView& message) {
  if (message.header().tc() && !ask.tcp &&
      tried(r, ask.server).tcp_tries < static_cast<unsigned>(limit(Limit::upstream_tcp_tries))) {
    metrics_.count(Metric::upstream_responses_total,
                   static_cast<unsigned>(UpstreamOutcome::truncated));
    traced(r, ask, "truncated, again over TCP");
    send(r, ask.server, true, ask.edns);
    return true;
  }
  const dns::Rcode rcode = message.rcode();
  if (rcode == dns::Rcode::badcookie && ask.cookie) return retry_with_cookie(r, ask);
  const bool refuses_edns =
      rcode == dns::Rcode::formerr || rcode == dns::Rcode::notimp || rcode == dns::Rcode::badvers;
  if (!ask.edns || !refuses_edns) return false;
  if (ask.cookie) {
    house_.cache.servers().mark_no_cookies(ask.server, now_.mono_us);
    traced(r, ask, dns::to_text(rcode) + ", again without a cookie");
    send(r, ask.server, ask.tcp, true);
    return true;
  }
  const Signing signing = signing_of(r);
  if (signing == Signing::yes) return false;
  house_.cache.servers().mark_no_edns(ask.server, now_.mono_us);
  if (signing == Signing::unknown && ask_others_first(r, ask.server)) {
    traced(r, ask, dns::to_text(rcode) + " to EDNS, others first: the zone may be signed");
    next_server(r, trouble<Fault::server_refuses>(r, ask.server, dns::to_text(rcode)), false);
    return true;
  }
  traced(r, ask, dns::to_text(rcode) + ", again without EDNS");
  send(r, ask.server, ask.tcp, false);
  return true;
}

void Engine::take_reply(Resolution& r, const dns::MessageView& message) {
  const dns::Question question = asked(r);
  const ReplyContext context{r.delegation->cut, r.delegation->recursive_upstream(),
                             settings_.resolver->upstream_port, settings_.resolver->limits};
  Reply reply = read_reply(message, question.name, question.type, context);
  const Endpoint server = *r.last_server;
  const bool whole = !is_probe(r, question);
  const auto count = [&](UpstreamOutcome outcome) {
    metrics_.count(Metric::upstream_responses_total, static_cast<unsigned>(outcome));
  };
  const bool recursion_lame = !context.forwarded && !reply.authoritative && message.header().ra() &&
                              reply.kind == ReplyKind::answer && whole;
  if (recursion_lame) {
    if (!r.last_resort) r.last_resort.emplace(server, reply);
    reply.kind = ReplyKind::lame;
  }
  traced_reply(r, question, server, reply);
  const bool useless = reply.kind != ReplyKind::answer && reply.kind != ReplyKind::referral;
  if (useless && ask_whole_name(r)) return;
  switch (reply.kind) {
    case ReplyKind::answer:
      count(UpstreamOutcome::ok);
      if (whole && r.key.name.is_root() && r.key.type == dns::Type::ns && r.key.partition == 0)
        store_root(r, message);
      return whole ? take_answer(r, reply) : take_probe(r, reply);
    case ReplyKind::referral:
      count(UpstreamOutcome::ok);
      return take_referral(r, reply);
    case ReplyKind::lame:
      count(UpstreamOutcome::lame);
      house_.cache.servers().mark_lame(server, r.delegation->cut, now_.mono_us);
      return next_server(r, trouble<Fault::lame>(r, server), true);
    case ReplyKind::refused:
      count(reply.rcode == dns::Rcode::refused ? UpstreamOutcome::refused
                                               : UpstreamOutcome::servfail);
      if (reply.rcode == dns::Rcode::refused)
        house_.cache.servers().mark_lame(server, r.delegation->cut, now_.mono_us);
      return next_server(r, trouble<Fault::server_refuses>(r, server, dns::to_text(reply.rcode)),
                         true);
    case ReplyKind::malformed:
      count(UpstreamOutcome::formerr);
      return next_server(r, trouble<Fault::answer_too_large>(r, server, reply.expected), true);
  }
}

EntryPtr Engine::remember(const Resolution& r, dns::Evidence evidence, std::uint32_t ttl,
                          cache::Rank rank, bool keep, std::optional<dns::Ede> ede) {
  auto entry = std::make_shared<cache::Entry>();
  entry->ede = std::move(ede);
  if (evidence.finding == dns::Finding::yxdomain)
    entry->ede = dns::because<Fault::dname_too_long>(evidence.name.to_text());
  entry->from = r.last_server;
  entry->rank = rank;
  entry->stored_age_ms = now_.age_ms;
  entry->expires_age_ms = house_.cache.expiry(ttl, evidence.finding, now_.age_ms);
  entry->evidence = std::move(evidence);
  if (keep && !r.apart) house_.cache.store(r.key.partition, entry, now_.age_ms);
  if (r.trace)
    r.trace->entries.emplace_back(key_in(r, entry->evidence.name, entry->evidence.type), entry);
  return entry;
}

void Engine::take_answer(Resolution& r, Reply& reply) {
  drop_asks(r);
  const auto rank = reply.authoritative ? cache::Rank::authoritative : cache::Rank::answer;
  for (std::size_t i = 1; i < reply.evidence.size(); ++i) {
    const auto& e = reply.evidence[i];
    if (key_in(r, e.name, e.type).partition != r.key.partition) break;
    const auto closest = house_.cache.deepest(e.name, r.key.partition, now_.age_ms);
    if (closest && closest->cut.is_below(r.delegation->cut))
      break;  // a known cut: its own servers are asked
    (void)remember(r, std::move(reply.evidence[i]), reply.ttls[i], rank, true);
  }
  const bool keep = !keeps_stale(r);  // else nothing takes the stale one's place but a verdict
  r.entry =
      remember(r, std::move(reply.evidence[0]), reply.ttls[0], rank, keep, std::move(reply.ede));
  r.fetched = true;
  if (r.key.type == dns::Type::dnskey) signal_key_tags(r);
  go(r, State::judging);
}

void Engine::take_referral(Resolution& r, Reply& reply) {
  if (++r.cuts > static_cast<unsigned>(limit(Limit::zone_cuts)))
    return give_up(r, reached(Limit::zone_cuts));
  auto delegation = std::make_shared<cache::Delegation>();
  delegation->cut = reply.cut;
  delegation->servers = std::move(reply.servers);
  delegation->has_ds = reply.signed_child;
  delegation->expires_age_ms =
      std::min(house_.cache.expiry(reply.delegation_ttl, dns::Finding::positive, now_.age_ms),
               r.delegation->expires_age_ms);  // never longer than what led here
  for (std::size_t i = 0; i < reply.evidence.size(); ++i)
    (void)remember(r, std::move(reply.evidence[i]), reply.ttls[i], cache::Rank::referral, true);
  if (r.trace)
    r.trace->delegations.emplace_back(r.key.partition, delegation);
  else if (!r.apart)
    house_.cache.store_delegation(r.key.partition, delegation, now_.age_ms);
  const bool is_signed = reply.signed_child;
  enter(r, std::move(delegation));
  warm_keys(r, is_signed);
}

/// The DNSKEY of a zone that has a DS or an anchor is asked for in the same turn as the next
/// question to that zone: the verdict will need it.
void Engine::warm_keys(Resolution& r, bool is_signed) {
  if (!settings_.validator->validation || r.apart || !wants_verdict(r)) return;
  const dns::Name& zone = r.delegation->cut;
  const auto anchors = anchors_in(r);
  const validator::Anchor* anchor = anchors->closest(zone);
  if (!anchor || !(is_signed || anchor->zone == zone)) return;
  if (anchors->negative_for(zone, now_.wall_s)) return;
  const Key key = key_in(r, zone, dns::Type::dnskey);
  if (key == r.key || running_.contains(key) || cached(key)) return;
  Pending pending = sub_of(r, key);
  pending.purpose = Pending::For::warm;
  (void)want(std::move(pending), Want::raw, r.waiters.front().budget, r.depth + 1, 0, nullptr);
}

/// The root's own servers, as the root says (RFC 9609).
void Engine::store_root(Resolution& r, const dns::MessageView& message) {
  if (r.apart || !r.delegation->cut.is_root()) return;
  const ReplyContext context{dns::Name{}, false, settings_.resolver->upstream_port,
                             settings_.resolver->limits};
  auto root = std::make_shared<cache::Delegation>();
  root->servers = priming_servers(message, context);
  std::uint32_t ttl = 0;
  for (const dns::RecordView record : message.records(dns::Section::answer))
    ttl = std::max(ttl, record.ttl);
  root->expires_age_ms = house_.cache.expiry(ttl, dns::Finding::positive, now_.age_ms);
  const bool reachable = std::any_of(root->servers.begin(), root->servers.end(),
                                     [](auto& s) { return !s.endpoints.empty(); });
  if (reachable) house_.cache.store_delegation(0, std::move(root), now_.age_ms);
}

// Trace

void Engine::traced(Resolution& r, const Ask& ask, const std::string& result) {
  if (!r.trace) return;
  r.trace->steps.push_back({r.delegation->cut.to_text(), ask.server.to_text(),
                            ask.question.name.to_text() + " " + dns::to_text(ask.question.type),
                            now_.mono_us - ask.sent_us, result, r.depth});
}

void Engine::traced_reply(Resolution& r, const dns::Question& question, const Endpoint& server,
                          const Reply& reply) {
  if (!r.trace) return;
  Ask ask;
  ask.server = server;
  ask.question = question;
  ask.sent_us = r.asked_us;
  constexpr std::array<std::string_view, 5> kinds{"answer", "referral", "lame", "refused",
                                                  "malformed"};
  std::string result(kinds[static_cast<std::size_t>(reply.kind)]);
  if (reply.kind == ReplyKind::referral)
    result += " to " + reply.cut.to_text() + (reply.signed_child ? " (signed)" : " (no DS)");
  else if (reply.rcode != dns::Rcode::noerror || reply.kind != ReplyKind::answer)
    result += " " + dns::to_text(reply.rcode);
  else if (!reply.evidence.empty() && reply.evidence[0].finding == dns::Finding::nodata)
    result = "no such data";
  traced(r, ask, result);
}
}  // namespace windlass::resolver
