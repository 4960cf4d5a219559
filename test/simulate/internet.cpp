#include "test/simulate/internet.hpp"

#include <algorithm>

#include "dns/rdata.hpp"

namespace windlass::simulate {
namespace {
using dns::Name;
using dns::Type;
using test::Bytes;
using test::Key;

Name below(std::string_view label, const Name& zone) {
  return *zone.with_label(
      std::span(reinterpret_cast<const std::uint8_t*>(label.data()), label.size()));
}

Bytes name_rdata(const Name& name) {
  return {name.wire().begin(), name.wire().end()};
}

Bytes address_rdata(const IpAddress& address) {
  return {address.octets.begin(),
          address.octets.begin() + static_cast<std::ptrdiff_t>(address.size_octets())};
}

Bytes text_rdata(std::size_t octets) {
  Bytes out;
  while (octets > 0) {
    const std::size_t part = std::min<std::size_t>(octets, 255);
    out.push_back(static_cast<std::uint8_t>(part));
    out.insert(out.end(), part, 't');
    octets -= part;
  }
  return out;
}

const std::vector<Key>& keys() {
  static const std::vector<Key> made = [] {
    std::vector<Key> all;
    for (int i = 0; i < 6; ++i) all.push_back(Key::make(15));
    return all;
  }();
  return made;
}

constexpr std::array<std::string_view, 16> habit_names{
    "honest",      "duplicates", "truncates",      "poisons", "slow", "lossy",   "silent",
    "unreachable", "wrong_id",   "wrong_question", "cuts",    "lame", "refuses", "fails",
    "forges",      "dies"};

dns::RRsetPtr one(const Name& owner, Type type, const Bytes& rdata) {
  dns::RRsetBuilder builder(owner, type);
  (void)builder.add(rdata, 86'400);
  return builder.build();
}
}  // namespace

bool is_sure(Habit habit) {
  return habit <= Habit::poisons;
}
IpAddress poison_mark() {
  return *IpAddress::parse("203.0.113.66");
}
IpAddress forge_mark() {
  return *IpAddress::parse("198.51.100.66");
}

bool is_mark(std::span<const std::uint8_t> a_rdata) {
  return std::ranges::equal(a_rdata, address_rdata(poison_mark())) ||
         std::ranges::equal(a_rdata, address_rdata(forge_mark()));
}

// Making it

Internet::Internet(std::uint64_t seed) : rng_(seed) {
  add_zone(Name{}, 0);
  const std::uint32_t tlds = 3 + rng_.below(3);
  for (std::uint32_t t = 0; t < tlds; ++t) {
    const std::size_t tld = add_zone(below("tld" + std::to_string(t), Name{}), 0);
    const std::uint32_t seconds = 4 + rng_.below(6);
    for (std::uint32_t s = 0; s < seconds; ++s) {
      const std::size_t second =
          add_zone(below("zone" + std::to_string(s), zones_[tld].zone.apex()), tld);
      if (rng_.below(3) == 0) add_zone(below("sub", zones_[second].zone.apex()), second);
    }
  }
  for (std::size_t i = 0; i < zones_.size(); ++i) fill(i);
  sign_all();
}

Habit Internet::any_habit(std::size_t depth) {
  if (rng_.below(100) < (depth < 2 ? 70 : 40)) return Habit::honest;
  return static_cast<Habit>(rng_.below(static_cast<std::uint32_t>(Habit::count_of_rows)));
}

std::size_t Internet::add_zone(const Name& apex, std::size_t parent) {
  const std::size_t index = zones_.size();
  zones_.push_back({test::Zone(apex), parent, false, false, {}, {}});
  by_apex_[apex] = index;
  ModelZone& z = zones_.back();
  const std::uint32_t style = apex.label_count() < 2 ? 0 : rng_.below(10);
  if (style >= 8) {  // hosted by its parent's servers
    z.ns_names = zones_[parent].ns_names;
    z.hosts = zones_[parent].hosts;
  } else if (style >= 5) {  // hosted by an earlier zone's: glueless when that is under another TLD
    std::size_t provider = 1 + rng_.below(static_cast<std::uint32_t>(index - 1));
    while (!z.zone.apex().is_below(zones_[provider].zone.apex()) &&
           zones_[provider].ns_names[0].parent() != zones_[provider].zone.apex())
      provider = zones_[provider].parent;
    z.ns_names = zones_[provider].ns_names;
    z.hosts = zones_[provider].hosts;
  } else {
    add_own_servers(z);
  }
  for (const std::size_t host : z.hosts) hosts_[host].zones.push_back(index);
  return index;
}

void Internet::add_own_servers(ModelZone& z) {
  const std::uint32_t count = 2 + rng_.below(2);
  const std::size_t depth = z.zone.apex().label_count();
  const std::uint32_t sure = rng_.below(count);
  std::uint32_t forgers = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Name ns = below("ns" + std::to_string(i), z.zone.apex());
    z.ns_names.push_back(ns);
    Habit habit = any_habit(depth);
    if (habit == Habit::forges && ++forgers > 1) habit = Habit::silent;
    if (i == sure && !is_sure(habit)) habit = Habit::honest;
    add_host(z, ns, false, habit);
    if (rng_.below(3) == 0)
      add_host(z, ns, true, rng_.below(4) == 0 ? Habit::silent : Habit::honest);
  }
}

std::size_t Internet::add_host(ModelZone& z, const Name& ns, bool v6, Habit habit) {
  const std::size_t index = hosts_.size();
  Host host;
  host.endpoint.address.family = v6 ? 6 : 4;
  auto& o = host.endpoint.address.octets;
  if (v6)
    o[0] = 0x20, o[1] = 0x01, o[2] = 0x0d, o[3] = 0xb8;
  else
    o[0] = 10, o[1] = static_cast<std::uint8_t>(index % 50);  // of many networks
  o[v6 ? 15 : 3] = static_cast<std::uint8_t>(index & 0xFF);
  o[v6 ? 14 : 2] = static_cast<std::uint8_t>(index >> 8);
  host.habit = habit;
  host.down_from_us = 1'000'000 + rng_.below(60'000'000);
  host.down_until_us = host.down_from_us + 1'000'000 + rng_.below(60'000'000);
  z.zone.add(ns, v6 ? Type::aaaa : Type::a, address_rdata(host.endpoint.address));
  by_endpoint_[host.endpoint] = index;
  hosts_.push_back(std::move(host));
  z.hosts.push_back(index);
  return index;
}

/// NS (and glue, where the parent has the right to it) in the parent.
void Internet::delegate(std::size_t index) {
  ModelZone& z = zones_[index];
  test::Zone& parent = zones_[z.parent].zone;
  for (const Name& ns : z.ns_names) {
    parent.add(z.zone.apex(), Type::ns, name_rdata(ns), 60 + rng_.below(7200));
    if (!ns.is_at_or_below(z.zone.apex())) continue;
    for (const Type type : {Type::a, Type::aaaa}) {
      const auto node = z.zone.nodes().at(ns);
      if (const auto set = node.find(type); set != node.end())
        parent.add(ns, type,
                   Bytes(set->second->rdata().front().begin(), set->second->rdata().front().end()));
    }
  }
}

void Internet::fill(std::size_t index) {
  ModelZone& z = zones_[index];
  test::Zone& zone = z.zone;
  const Name apex = zone.apex();
  const auto ttl = [&] { return 1 + rng_.below(3600); };
  const auto someone = [&] {
    return zones_[rng_.below(static_cast<std::uint32_t>(zones_.size()))].zone.apex();
  };
  zone.add(apex, Type::soa, test::soa_rdata(apex.to_text()));
  for (const Name& ns : z.ns_names) zone.add(apex, Type::ns, name_rdata(ns), ttl());
  if (index != 0) delegate(index);
  const auto number = static_cast<std::uint8_t>(index);
  const std::uint32_t www_ttl = ttl();
  for (std::uint32_t i = 0; i <= rng_.below(3); ++i)
    zone.add(below("www", apex), Type::a, {192, 0, static_cast<std::uint8_t>(2 + i), number},
             www_ttl);
  zone.add(below("alias", apex), Type::cname, name_rdata(below("www", apex)), ttl());
  zone.add(below("ext", apex), Type::cname, name_rdata(below("www", someone())), ttl());
  zone.add(below("lost", apex), Type::cname, name_rdata(below("nothing", someone())), ttl());
  zone.add(below("deep", below("ent", apex)), Type::txt, text_rdata(20), ttl());
  zone.add(below("big", apex), Type::txt, text_rdata(3000), ttl());
  if (rng_.below(2) == 0)
    zone.add(*below("wild", apex).wildcard(), Type::a, {192, 0, 2, number}, ttl());
  if (rng_.below(2) == 0) zone.add(below("dn", apex), Type::dname, name_rdata(someone()), ttl());
}

/// Children first, so that a parent signs their DS.
void Internet::sign_all() {
  for (std::size_t i = zones_.size(); i-- > 0;) {
    ModelZone& z = zones_[i];
    if (i != 0 && rng_.below(10) < 3) continue;
    test::Signing how;
    how.inception = 1'600'000'000;
    how.expiration = 1'800'000'000;
    const Key& zsk = keys()[i % keys().size()];
    const Key& ksk = keys()[(i + 1) % keys().size()];
    if (rng_.below(2) == 0)
      z.zone.sign({zsk}, how);
    else
      z.zone.sign({ksk, zsk.with(Key::zsk)}, how);
    z.has_ds = i != 0 && rng_.below(10) != 0;
    if (z.has_ds)
      zones_[z.parent].zone.add(z.zone.apex(), Type::ds, z.zone.ds(), 60 + rng_.below(3600));
  }
  zones_[0].secure = true;
  for (std::size_t i = 1; i < zones_.size(); ++i)
    zones_[i].secure =
        zones_[i].has_ds && zones_[i].zone.is_signed() && zones_[zones_[i].parent].secure;
}

resolver::RootServer Internet::root_hint() const {
  resolver::RootServer hint{zones_[0].ns_names[0], {}};
  for (const std::size_t host : zones_[0].hosts)
    hint.addresses.push_back(hosts_[host].endpoint.address);
  return hint;
}

/// Its servers know all that is below it, and an empty answer of theirs means that nothing is.
bool Internet::can_forward(std::size_t index) const {
  const bool has_children = std::any_of(zones_.begin() + 1, zones_.end(),
                                        [&](const ModelZone& z) { return z.parent == index; });
  return !has_children && std::ranges::none_of(zones_[index].hosts, [&](std::size_t host) {
    return hosts_[host].habit == Habit::lame;
  });
}

void Internet::configure(resolver::ResolverOptions& options, Rng& rng) const {
  for (std::size_t i = 1; i < zones_.size(); ++i) {
    if (rng.below(3) != 0) continue;
    resolver::ConfiguredZone zone{zones_[i].zone.apex(), {}};
    for (const std::size_t host : zones_[i].hosts)
      zone.servers.insert(rng.below(2) == 0 ? zone.servers.begin() : zone.servers.end(),
                          hosts_[host].endpoint);
    zone.first = rng.below(4) == 0;
    zone.tcp = rng.below(8) == 0;
    const bool forwards = can_forward(i) && rng.below(4) != 0;
    (forwards ? options.forwards : options.stubs).push_back(std::move(zone));
  }
}

validator::TrustAnchors::Ptr Internet::anchors() const {
  const Key& key = zones_[0].zone.keys().front();
  return validator::TrustAnchors::make(
      {{Name{}, {validator::AnchorKey{true, zones_[0].zone.ds(), key.tag(), key.algorithm()}}}},
      {});
}

// What is true

std::size_t Internet::deepest(const Name& name, Type type) const {
  for (std::size_t labels = name.label_count() + 1; labels-- > 0;) {
    const auto at = by_apex_.find(name.suffix(labels));
    if (at == by_apex_.end()) continue;
    if (type == Type::ds && at->first == name && !name.is_root()) continue;
    return at->second;
  }
  return 0;
}

Expected Internet::expected(const Name& name, Type type) const {
  Expected out;
  Name at = name;
  for (unsigned zones_passed = 0; zones_passed < 16; ++zones_passed) {
    const std::size_t index = deepest(at, type);
    const ModelZone& z = zones_[index];
    const test::Response response = z.zone.answer(at, type);
    out.secure = out.secure && z.secure;
    for (const std::size_t host : z.hosts)
      out.forged_somewhere |= hosts_[host].habit == Habit::forges;
    out.rcode = response.rcode;
    for (const auto& set : response.answer) {
      for (const auto rdata : set->rdata())
        out.answer.insert(
            to_text(test::Record{set->owner(), set->type(), 0, Bytes(rdata.begin(), rdata.end())}));
      if (set->type() == Type::cname && set->owner() == at && type != Type::cname)
        at = *dns::name_of(set->rdata().front());
    }
    if (deepest(at, type) == index) return out;
  }
  return out;
}

dns::Question Internet::pick(Rng& rng) const {
  const bool popular = rng.below(2) == 0;
  const auto all = static_cast<std::uint32_t>(zones_.size());
  const Name apex = zones_[rng.below(popular ? std::min<std::uint32_t>(all, 8) : all)].zone.apex();
  const std::string number = std::to_string(rng.below(1000));
  switch (rng.below(16)) {
    case 0:
      return {below("alias", apex), Type::a};
    case 1:
      return {below("ext", apex), Type::a};
    case 2:
      return {below("lost", apex), Type::a};
    case 3:
      return {below("deep", below("ent", apex)), Type::txt};
    case 4:
      return {below("ent", apex), Type::a};
    case 5:
      return {below("big", apex), Type::txt};
    case 6:
      return {below("w" + number, below("wild", apex)), Type::a};
    case 7:
      return {below("www", below("dn", apex)), Type::a};
    case 8:
      return {below("no" + number, apex), Type::a};
    case 9:
      return {below("www", apex), Type::aaaa};
    case 10:
      return {apex,
              std::array{Type::soa, Type::ns, Type::dnskey, Type::ds, Type::mx}[rng.below(5)]};
    case 11:
      return {below("ns0", apex), Type::a};
    default:
      return {below("www", apex), Type::a};
  }
}

// Serving

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

test::Response Internet::misled(const Host& host, const ModelZone& z, const dns::Question& question,
                                test::Response response) {
  if (host.habit == Habit::lame) return {false, dns::Rcode::noerror, {}, {}, {}};
  if (host.habit == Habit::refuses) return {false, dns::Rcode::refused, {}, {}, {}};
  if (host.habit == Habit::fails) return {false, dns::Rcode::servfail, {}, {}, {}};
  const Name www = below("www", z.zone.apex());
  if (host.habit == Habit::forges && z.secure && question.name == www && !response.answer.empty())
    response.answer = {one(www, Type::a, address_rdata(forge_mark()))};
  if (host.habit != Habit::poisons) return response;
  const Name victim = zones_[rng_.below(static_cast<std::uint32_t>(zones_.size()))].zone.apex();
  const Bytes mark = address_rdata(poison_mark());
  if (!victim.is_at_or_below(z.zone.apex())) {
    response.authority.push_back(one(victim, Type::ns, name_rdata(below("ns0", victim))));
    response.additional.push_back(one(below("ns0", victim), Type::a, mark));
  }
  response.additional.push_back(one(below("www", victim), Type::a, mark));
  if (!response.answer.empty()) response.answer.push_back(one(below("no1", victim), Type::a, mark));
  return response;
}

Bytes Internet::misshapen(const Host& host, Bytes octets, bool tcp) {
  if (host.habit == Habit::truncates && !tcp) octets[2] |= 2;
  if (host.habit == Habit::wrong_id && !tcp) octets[0] ^= 0x5A;
  if (host.habit == Habit::wrong_question && !tcp && octets.size() > 14) octets[13] ^= 1;
  if (host.habit == Habit::cuts && rng_.below(2) == 0)
    octets.resize(rng_.below(static_cast<std::uint32_t>(octets.size())));
  return octets;
}

std::vector<test::Servers::Reply> Internet::on_question(const Endpoint& server, bool tcp,
                                                        std::span<const std::uint8_t> octets,
                                                        const Now& now) {
  const auto known = by_endpoint_.find(server);
  if (known == by_endpoint_.end() || cut_off_) return {};
  const Host& host = hosts_[known->second];
  const auto query = test::decode(octets);
  if (!query) return {};
  const bool down = host.habit == Habit::dies && now.mono_us >= host.down_from_us &&
                    now.mono_us < host.down_until_us;
  if (host.habit == Habit::silent || down) return {};
  if (host.habit == Habit::lossy && rng_.below(3) == 0) return {};
  if (host.habit == Habit::unreachable) return {{0, {}, true}};
  const ModelZone* z = served(host, query->question);
  test::Response response{false, dns::Rcode::refused, {}, {}, {}};
  if (z)
    response = misled(host, *z, query->question,
                      z->zone.answer(query->question.name, query->question.type));
  Reply reply{0, misshapen(host, test::write_response(*query, response, tcp), tcp), false};
  if (host.habit == Habit::slow) reply.delay_us = rng_.below(1'000'000);
  std::vector<Reply> replies(host.habit == Habit::duplicates ? 2 : 1, reply);
  if (replies.size() == 2) replies[1].delay_us += rng_.below(1'000'000);
  return replies;
}

std::string Internet::describe() const {
  std::size_t secure = 0, sure = 0;
  for (const auto& z : zones_) secure += z.secure ? 1 : 0;
  for (const auto& host : hosts_) sure += is_sure(host.habit) ? 1 : 0;
  return std::to_string(zones_.size()) + " zones (" + std::to_string(secure) + " secure), " +
         std::to_string(hosts_.size()) + " servers (" + std::to_string(sure) + " sure)";
}

std::string Internet::path_of(const Name& name) const {
  std::string out;
  for (std::size_t labels = 0; labels <= name.label_count(); ++labels) {
    const auto at = by_apex_.find(name.suffix(labels));
    if (at == by_apex_.end()) continue;
    const ModelZone& z = zones_[at->second];
    out += "\n    " + z.zone.apex().to_text() +
           (z.secure             ? " secure"
            : z.zone.is_signed() ? " signed"
                                 : "") +
           " at";
    for (const auto& ns : z.ns_names) out += " " + ns.to_text();
    out += ":";
    for (const std::size_t host : z.hosts)
      out += " " + hosts_[host].endpoint.address.to_text() + "=" +
             std::string(habit_names[static_cast<std::size_t>(hosts_[host].habit)]);
  }
  return out;
}
}  // namespace windlass::simulate
