// Internet: what its servers say, and what becomes of it on the way.
#include <algorithm>

#include "dns/rdata.hpp"
#include "test/simulate/internet.hpp"

namespace windlass::simulate {
namespace {
using dns::Name;
using dns::Type;
using test::Bytes;
using test::Response;
using Reply = test::Servers::Reply;

dns::RRsetPtr one(const Name& owner, Type type, const Bytes& rdata) {
  dns::RRsetBuilder builder(owner, type);
  (void)builder.add(rdata, 86'400);
  return builder.build();
}

void put64(Bytes& out, std::uint64_t value) {
  for (unsigned shift = 64; shift > 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
}

/// The ticking name's RRset as this host gives it now.
dns::RRsetPtr ticking(const ModelZone& z, const Name& owner, std::size_t host, const Now& now) {
  Bytes rdata{16};
  put64(rdata, host);
  put64(rdata, static_cast<std::uint64_t>(now.age_ms));
  dns::RRsetBuilder plain(owner, Type::txt);
  (void)plain.add(rdata, z.tick_ttl);
  const auto bare = plain.build();
  if (!z.zone.is_signed()) return bare;
  test::Signing how;
  how.ttl = z.tick_ttl, how.inception = 1'600'000'000, how.expiration = 1'900'000'000;
  dns::RRsetBuilder full(owner, Type::txt);
  (void)full.add(rdata, z.tick_ttl);
  (void)full.add_signature(rrsig_rdata(*bare, z.zone.apex(), how, z.zone.keys().back()),
                           z.tick_ttl);
  return full.build();
}

/// Nothing of it arrives.
Reply lost(Hazard hazard) {
  return {0, {}, false, true, static_cast<unsigned>(hazard)};
}

/// Octets of header and question.
std::size_t head_octets(const Bytes& message) {
  const auto name = dns::read_name(message, dns::HeaderView::size_octets);
  return name ? dns::HeaderView::size_octets + name->second + 4 : message.size();
}
}  // namespace

const ModelZone* Internet::served(const Host& host, const dns::Question& question) const {
  const ModelZone* best = nullptr;
  for (const std::size_t index : host.zones) {
    const Name& apex = zones_[index].zone.apex();
    if (!question.name.is_at_or_below(apex)) continue;
    const bool at_child = question.type == Type::ds && question.name == apex;
    if (!best || (apex.is_below(best->zone.apex()) && !at_child)) best = &zones_[index];
  }
  return best;
}

Response Internet::answered(const Host& host, const ModelZone& z, const dns::Question& question,
                            const Now& now) const {
  Response response = z.zone.answer(question.name, question.type);
  const Name tick = below("tick", z.zone.apex());
  for (auto& set : response.answer)
    if (set->type() == Type::txt && set->owner() == tick)
      set = ticking(z, tick, static_cast<std::size_t>(&host - hosts_.data()), now);
  return response;
}

// Lies

/// Foreign records, wherever they might be taken for something: names of servers and ends of
/// aliases that are another zone's, and names nobody spoke of.
void Internet::poison(const Host& host, Response& response) {
  const Bytes mark = address_rdata(poison_mark());
  const auto foreign = [&](const Name& name) {
    return std::ranges::none_of(host.zones, [&](std::size_t zone) {
      return name.is_at_or_below(zones_[zone].zone.apex());
    });
  };
  std::vector<Name> named;
  for (const auto& set : response.authority)
    if (set->type() == Type::ns)
      for (const auto rdata : set->rdata()) named.push_back(*dns::name_of(rdata));
  for (const Name& name : named)
    if (foreign(name)) response.additional.push_back(one(name, Type::a, mark));
  named.clear();
  for (const auto& set : response.answer)
    if (set->type() == Type::cname) named.push_back(*dns::name_of(set->rdata().front()));
  for (const Name& name : named)
    if (foreign(name)) response.answer.push_back(one(name, Type::a, mark));
  const Name victim = zones_[rng_.below(static_cast<std::uint32_t>(zones_.size()))].zone.apex();
  if (foreign(victim)) {
    response.authority.push_back(one(victim, Type::ns, name_rdata(below("ns0", victim))));
    response.additional.push_back(one(below("ns0", victim), Type::a, mark));
  }
  response.additional.push_back(one(below("www", victim), Type::a, mark));
  if (!response.answer.empty()) response.answer.push_back(one(below("no1", victim), Type::a, mark));
}

/// Where signatures tell: not of servers' addresses, which count as they come, and not of what
/// opt-out leaves open (RFC 5155 12.2.1: an unsigned delegation could stand there).
bool Internet::can_forge(const ModelZone& z, const dns::Question& question) const {
  const Name& name = question.name;
  const bool of_server = std::ranges::find(z.ns_names, name) != z.ns_names.end();
  return z.secure && question.type == Type::a && !of_server &&
         (!z.opt_out || z.zone.nodes().contains(name));
}

void Internet::forge(const ModelZone& z, const dns::Question& question, Response& response) const {
  response.answer = {one(question.name, Type::a, address_rdata(forge_mark()))};
  response.additional = {one(below("ns0", z.zone.apex()), Type::a, address_rdata(forge_mark()))};
}

/// To the zone it stands for, or to one above.
void Internet::loop(const ModelZone& z, const dns::Question& question, Response& response) {
  const std::size_t up = rng_.below(static_cast<std::uint32_t>(z.zone.apex().label_count() + 1));
  const ModelZone& to = zones_[deepest(question.name.suffix(up), Type::ns)];
  response = {false, dns::Rcode::noerror, {}, {}, {}};
  for (const Name& ns : to.ns_names)
    response.authority.push_back(one(to.zone.apex(), Type::ns, name_rdata(ns)));
}

/// True: what the host says is not what is so.
bool Internet::misled(const Host& host, const ModelZone& z, const test::Decoded& query,
                      Response& response) {
  const auto only = [&](dns::Rcode rcode) { return response = {false, rcode, {}, {}, {}}, true; };
  switch (host.habit) {
    case Hazard::lame:
      return only(dns::Rcode::noerror);
    case Hazard::refuses:
      return only(dns::Rcode::refused);
    case Hazard::fails:
      return only(dns::Rcode::servfail);
    case Hazard::no_edns:
      return query.edns && only(dns::Rcode::formerr);
    case Hazard::loops:
      return loop(z, query.question, response), true;
    case Hazard::poisons:
      return poison(host, response), true;
    case Hazard::forges:
      if (response.answer.empty() || !can_forge(z, query.question)) return false;
      return forge(z, query.question, response), true;
    default:
      return false;
  }
}

// Damage

/// Anything of an answer in a zone where signatures tell; elsewhere only what the question must
/// match: nobody could tell the rest. What refers to others is unsigned everywhere, and servers'
/// addresses count as they come.
bool Internet::flip(const ModelZone& z, const Response& response, Bytes& octets) {
  const bool of_server = std::ranges::any_of(response.answer, [&](const dns::RRsetPtr& set) {
    return std::ranges::find(z.ns_names, set->owner()) != z.ns_names.end();
  });
  const bool told = z.secure && response.aa && !of_server;
  const std::size_t most = told ? octets.size() : std::min(octets.size(), head_octets(octets));
  const std::uint32_t flips = 1 + rng_.below(3);
  for (std::uint32_t i = 0; i < flips; ++i) {
    std::size_t at = rng_.below(static_cast<std::uint32_t>(most));
    if (!told && at >= 2 && at < dns::HeaderView::size_octets) at = 0;
    octets[at] = static_cast<std::uint8_t>(octets[at] ^ (1u << rng_.below(8)));
  }
  return true;
}

/// True: it is not as it should be.
bool Internet::misshapen(Host& host, const ModelZone& z, const Response& response, bool tcp,
                         Reply& reply) {
  Bytes& octets = reply.octets;
  switch (host.habit) {
    case Hazard::truncates:
      return !tcp && (octets[2] |= 2, true);
    case Hazard::wrong_id:
      return !tcp && (octets[0] ^= 0x5A, true);
    case Hazard::wrong_question:
      return !tcp && octets.size() > 14 && (octets[13] ^= 1, true);
    case Hazard::corrupts:
      return !tcp && flip(z, response, octets);
    case Hazard::cuts:
      if (rng_.below(2) == 0) return false;
      return octets.resize(rng_.below(static_cast<std::uint32_t>(octets.size()))), true;
    case Hazard::slow:
      return reply.delay_us = rng_.below(second_us), true;
    case Hazard::reorders:
      if (host.replies++ % 2 == 0) return false;
      return reply.delay_us = second_us / 2 + rng_.below(second_us), true;
    default:
      return false;
  }
}

bool Internet::is_away(const Host& host, const Now& now) const {
  if (host.habit != Hazard::goes_away || now.mono_us < host.away_from_us) return false;
  return (now.mono_us - host.away_from_us) % host.period_us < host.away_us;
}

Reply Internet::replied(Host& host, const test::Decoded& query, bool tcp, const Now& now) {
  const ModelZone* z = served(host, query.question);
  if (!z) {
    const Response unknown{false, dns::Rcode::refused, {}, {}, {}};
    return {0, test::write_response(query, unknown, tcp)};
  }
  Response response = answered(host, *z, query.question, now);
  bool struck = misled(host, *z, query, response);
  Reply reply{0, test::write_response(query, response, tcp)};
  struck = misshapen(host, *z, response, tcp, reply) || struck;
  if (struck) reply.mark = static_cast<unsigned>(host.habit);
  return reply;
}

/// Somebody who sees nothing guesses, and is faster than the server: each guess misses one thing.
std::vector<Reply> Internet::raced(const test::Decoded& query, const ModelZone& z,
                                   const Reply& own) {
  Response forged{true, dns::Rcode::noerror, {}, {}, {}};
  const Bytes mark = address_rdata(race_mark());
  const Name& name = query.question.name;
  forged.answer.push_back(one(name, Type::a, mark));
  forged.authority.push_back(one(z.zone.apex(), Type::ns, name_rdata(below("ns0", z.zone.apex()))));
  forged.additional.push_back(one(below("ns0", z.zone.apex()), Type::a, mark));
  test::Decoded guess = query;
  switch (rng_.below(3)) {
    case 0:
      guess.header.id = static_cast<std::uint16_t>(query.header.id + 1 + rng_.below(1000));
      break;
    case 1:
      guess.question.name = below("www", z.zone.apex());
      if (guess.question.name == name) guess.question.name = below("alias", z.zone.apex());
      break;
    default:
      guess.question.type = query.question.type == Type::txt ? Type::mx : Type::txt;
      break;
  }
  Reply late = own;
  late.delay_us += 5000;
  const auto raced = static_cast<unsigned>(Hazard::raced);
  return {{0, test::write_response(guess, forged, false), false, false, raced}, late};
}

/// A third of what is under way in a storm is lost, late, doubled or damaged where that shows.
std::vector<Reply> Internet::weathered(Reply reply, bool tcp) {
  const std::uint32_t what = storm_ ? rng_.below(12) : 12;
  if (what > 3) return {std::move(reply)};
  reply.mark = static_cast<unsigned>(Hazard::storm);
  if (what == 0 || reply.octets.empty()) return {lost(Hazard::storm)};
  if (what == 1) reply.delay_us += rng_.below(2 * second_us);
  if (what == 2 && !tcp) reply.octets[0] ^= static_cast<std::uint8_t>(1 + rng_.below(255));
  std::vector<Reply> replies(what == 3 ? 2 : 1, reply);
  if (what == 3) replies[1].delay_us += rng_.below(second_us);
  return replies;
}

std::vector<Reply> Internet::on_question(const Endpoint& server, bool tcp,
                                         std::span<const std::uint8_t> octets, const Now& now) {
  const auto known = by_endpoint_.find(server);
  if (cut_off_) return {lost(Hazard::outage)};
  if (known == by_endpoint_.end()) return {};
  Host& host = hosts_[known->second];
  if (no_ipv6_ && server.address.family == 6) return {lost(Hazard::no_ipv6)};
  const auto query = test::decode(octets);
  if (!query) return {};
  if (host.habit == Hazard::silent || is_away(host, now) ||
      (host.habit == Hazard::lossy && rng_.below(3) == 0))
    return {lost(host.habit)};
  if (host.habit == Hazard::unreachable)
    return {{0, {}, true, false, static_cast<unsigned>(Hazard::unreachable)}};
  const Reply reply = replied(host, *query, tcp, now);
  const ModelZone* z = served(host, query->question);
  if (host.habit == Hazard::raced && z && !tcp) return raced(*query, *z, reply);
  if (host.habit != Hazard::duplicates) return weathered(reply, tcp);
  std::vector<Reply> replies(2, reply);
  for (Reply& each : replies) each.mark = static_cast<unsigned>(Hazard::duplicates);
  replies[1].delay_us += rng_.below(second_us);
  return replies;
}
}  // namespace windlass::simulate
