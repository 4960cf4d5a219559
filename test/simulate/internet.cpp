// Internet: how it is made from its seed, and how it changes.
#include "test/simulate/internet.hpp"

#include <algorithm>

#include "dns/rdata.hpp"

namespace windlass::simulate {
namespace {
using dns::Name;
using dns::Type;
using test::Bytes;
using test::Key;

/// Links of the maze, and servers of each that refuse.
constexpr std::uint32_t maze_links = 11, maze_names = 3, maze_addresses = 5;

/// Longer than a Resolution that began with a Delegation goes on with it.
constexpr std::int64_t delegation_slack_ms = 20'000;

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

/// The same in every process: a seed is one run.
const std::vector<Key>& keys(bool costly) {
  static const auto made = [](bool slow) {
    std::vector<Key> all;
    for (std::uint8_t i = 0; i < 3; ++i)
      all.push_back(slow ? Key::seeded(static_cast<std::uint8_t>(1 + i)) : Key::fixed(i));
    return all;
  };
  static const std::vector<Key> cheap_ones = made(false), costly_ones = made(true);
  return costly ? costly_ones : cheap_ones;
}

test::Signing lasting() {
  test::Signing how;
  how.inception = 1'600'000'000;
  how.expiration = 1'900'000'000;
  return how;
}
}  // namespace

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

IpAddress poison_mark() {
  return *IpAddress::parse("203.0.113.66");
}
IpAddress forge_mark() {
  return *IpAddress::parse("198.51.100.66");
}
IpAddress race_mark() {
  return *IpAddress::parse("198.51.100.77");
}

Internet::Internet(std::uint64_t seed, unsigned zones) : rng_(seed) {
  costly_ = rng_.below(3) == 0;
  if (rng_.below(4) != 0) theme_ = static_cast<Hazard>(rng_.below(habit_count));
  add_zone(Name{}, 0);
  const std::uint32_t tlds = 3 + rng_.below(3);
  for (std::uint32_t t = 0; t < tlds; ++t) {
    const std::size_t tld = add_zone(below("tld" + std::to_string(t), Name{}), 0);
    std::uint32_t seconds = 4 + rng_.below(6);
    if (zones > 0) seconds = 1 + zones * 3 / 4 / tlds;
    for (std::uint32_t s = 0; s < seconds; ++s) {
      const std::size_t second =
          add_zone(below("zone" + std::to_string(s), zones_[tld].zone.apex()), tld);
      if (rng_.below(3) == 0) add_zone(below("sub", zones_[second].zone.apex()), second);
    }
    add_loop(tld);
  }
  if (rng_.below(3) == 0) add_maze(1);
  for (std::size_t i = 0; i < zones_.size(); ++i) fill(i);
  sign_all();
}

Hazard Internet::any_habit(std::size_t depth) {
  if (rng_.below(100) < (depth < 2 ? 60 : 30)) return Hazard::honest;
  if (theme_ != Hazard::honest && rng_.below(4) != 0) return theme_;
  return static_cast<Hazard>(rng_.below(habit_count));
}

std::size_t Internet::add_zone(const Name& apex, std::size_t parent) {
  const std::size_t index = zones_.size();
  zones_.emplace_back(apex, parent);
  by_apex_[apex] = index;
  ModelZone& z = zones_.back();
  const std::uint32_t style = apex.label_count() < 2 ? 0 : rng_.below(10);
  if (style >= 8) {  // hosted by its parent's servers
    z.ns_names = zones_[parent].ns_names;
    z.hosts = zones_[parent].hosts;
  } else if (style >= 5) {
    share_servers(z, index);
  } else {
    add_own_servers(z);
  }
  for (const std::size_t host : z.hosts) hosts_[host].zones.push_back(index);
  return index;
}

/// Hosted by an earlier zone's: glueless when that is under another TLD.
void Internet::share_servers(ModelZone& z, std::size_t index) {
  std::size_t provider = 1 + rng_.below(static_cast<std::uint32_t>(index - 1));
  while (!z.zone.apex().is_below(zones_[provider].zone.apex()) &&
         zones_[provider].ns_names[0].parent() != zones_[provider].zone.apex())
    provider = zones_[provider].parent;
  z.ns_names = zones_[provider].ns_names;
  z.hosts = zones_[provider].hosts;
}

void Internet::add_own_servers(ModelZone& z) {
  const std::uint32_t count = 2 + rng_.below(2);
  const std::size_t depth = z.zone.apex().label_count();
  const std::uint32_t sure = rng_.below(count);
  std::uint32_t forgers = 0;
  z.own_servers = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Name ns = below("ns" + std::to_string(i), z.zone.apex());
    z.ns_names.push_back(ns);
    Hazard habit = any_habit(depth);
    if (spoils(habit) && ++forgers > 1) habit = Hazard::silent;
    if (i == sure && !is_sure(habit)) habit = Hazard::honest;
    add_host(z, ns, false, habit);
    if (rng_.below(3) == 0)
      add_host(z, ns, true, rng_.below(4) == 0 ? Hazard::silent : Hazard::honest);
  }
}

std::size_t Internet::add_host(ModelZone& z, const Name& ns, bool v6, Hazard habit) {
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
  host.away_from_us = 1'000'000 + rng_.below(5'000'000);
  host.away_us = 1'000'000 + rng_.below(60'000'000);
  host.period_us = host.away_us + 1'000'000 + rng_.below(60'000'000);
  z.zone.add(ns, v6 ? Type::aaaa : Type::a, address_rdata(host.endpoint.address));
  by_endpoint_[host.endpoint] = index;
  hosts_.push_back(std::move(host));
  z.hosts.push_back(index);
  return index;
}

/// Zones whose servers refuse, all but one, joined by aliases: one question that costs as much as
/// it may.
void Internet::add_maze(std::size_t tld) {
  const Name top = zones_[tld].zone.apex();
  for (std::uint32_t i = 0; i < maze_links; ++i) {
    const std::size_t index = zones_.size();
    const Name apex = below("maze" + std::to_string(i), top);
    zones_.emplace_back(apex, tld);
    by_apex_[apex] = index;
    ModelZone& z = zones_.back();
    const std::uint32_t sure = rng_.below(maze_names * maze_addresses);
    for (std::uint32_t n = 0; n < maze_names; ++n) {
      z.ns_names.push_back(below("ns" + std::to_string(n), apex));
      for (std::uint32_t a = 0; a < maze_addresses; ++a)
        add_host(z, z.ns_names.back(), false,
                 n * maze_addresses + a == sure ? Hazard::honest : Hazard::refuses);
    }
    for (const std::size_t host : z.hosts) hosts_[host].zones.push_back(index);
    if (i + 1 < maze_links)
      z.zone.add(below("hop", apex), Type::cname,
                 name_rdata(below("hop", below("maze" + std::to_string(i + 1), top))), 30);
    else
      z.zone.add(below("hop", apex), Type::a, {192, 0, 2, 1}, 30);
  }
  maze_ = below("hop", below("maze0", top));
}

/// Two delegations, each to a server in the other.
void Internet::add_loop(std::size_t tld) {
  test::Zone& parent = zones_[tld].zone;
  const Name one = below("loopa", parent.apex()), other = below("loopb", parent.apex());
  parent.add(one, Type::ns, name_rdata(below("ns", other)), 300);
  parent.add(other, Type::ns, name_rdata(below("ns", one)), 300);
  loops_.push_back(one);
  loops_.push_back(other);
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
      const auto set = node.find(type);
      if (set == node.end()) continue;
      for (const auto rdata : set->second->rdata())
        parent.add(ns, type, Bytes(rdata.begin(), rdata.end()));
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
  const auto high = static_cast<std::uint8_t>(index >> 8), low = static_cast<std::uint8_t>(index);
  const std::uint32_t www_ttl = ttl();
  for (std::uint32_t i = 0; i <= rng_.below(3); ++i)
    zone.add(below("www", apex), Type::a, {100, static_cast<std::uint8_t>(64 + i), high, low},
             www_ttl);
  zone.add(below("alias", apex), Type::cname, name_rdata(below("www", apex)), ttl());
  zone.add(below("ext", apex), Type::cname, name_rdata(below("www", someone())), ttl());
  zone.add(below("lost", apex), Type::cname, name_rdata(below("nothing", someone())), ttl());
  zone.add(below("ring", apex), Type::cname, name_rdata(below("back", apex)), ttl());
  zone.add(below("back", apex), Type::cname, name_rdata(below("ring", apex)), ttl());
  zone.add(below("deep", below("ent", apex)), Type::txt, text_rdata(20), ttl());
  zone.add(below("big", apex), Type::txt, text_rdata(3000), ttl());
  z.tick_ttl = 2 + rng_.below(600);
  zone.add(below("tick", apex), Type::txt, text_rdata(1), z.tick_ttl);
  if (rng_.below(2) == 0)
    zone.add(*below("wild", apex).wildcard(), Type::a, {100, 80, high, low}, ttl());
  if (rng_.below(2) == 0) zone.add(below("dn", apex), Type::dname, name_rdata(someone()), ttl());
}

/// Denials by NSEC, or NSEC3 with or without iterations, salt and opt-out.
void Internet::sign(ModelZone& z) {
  const std::size_t i = by_apex_.at(z.zone.apex());
  const auto& all = keys(costly_);
  const Key& zsk = all[i % all.size()];
  const Key& ksk = all[(i + 1) % all.size()];
  test::Denial denial;
  if (rng_.below(2) == 0) {
    denial.kind = test::Denial::Kind::nsec3;
    denial.nsec3.iterations = static_cast<std::uint16_t>(rng_.below(2) == 0 ? 0 : rng_.below(50));
    if (rng_.below(2) == 0) denial.nsec3.salt = {0xab, 0xcd};
    z.opt_out = denial.nsec3.opt_out = rng_.below(3) == 0;
  }
  if (rng_.below(2) == 0)
    z.zone.sign({zsk}, lasting(), denial);
  else
    z.zone.sign({ksk, zsk.with(Key::zsk)}, lasting(), denial);
}

/// Children first, so that a parent signs their DS.
void Internet::sign_all() {
  for (std::size_t i = zones_.size(); i-- > 0;) {
    ModelZone& z = zones_[i];
    if (i != 0 && rng_.below(10) < 3) continue;
    sign(z);
    z.has_ds = i != 0 && rng_.below(10) != 0;
    if (z.has_ds)
      zones_[z.parent].zone.add(z.zone.apex(), Type::ds, z.zone.ds(), 60 + rng_.below(3600));
  }
  zones_[0].secure = true;
  for (std::size_t i = 1; i < zones_.size(); ++i)
    zones_[i].secure =
        zones_[i].has_ds && zones_[i].zone.is_signed() && zones_[zones_[i].parent].secure;
}

// Changing it

/// Those of the zone's hosts whose address stands at one of its server names, or not.
std::vector<std::size_t> Internet::hosts_at(const ModelZone& z, const Name& ns, bool there) const {
  std::vector<std::size_t> out;
  for (const std::size_t host : z.hosts) {
    const IpAddress& address = hosts_[host].endpoint.address;
    const auto& node = z.zone.nodes().at(ns);
    const auto set = node.find(address.family == 6 ? Type::aaaa : Type::a);
    bool found = false;
    if (set != node.end())
      for (const auto rdata : set->second->rdata())
        found = found || std::ranges::equal(rdata, address_rdata(address));
    if (found == there) out.push_back(host);
  }
  return out;
}

/// A name server goes from the NS of a zone and of its parent. Its hosts know nothing of that, and
/// answer for the zone as before.
bool Internet::move_zone(Rng& rng, const Now& now) {
  ModelZone& z = zones_[rng.below(static_cast<std::uint32_t>(zones_.size()))];
  if (!z.own_servers || z.zone.apex().label_count() < 2 || z.ns_names.size() < 2) return false;
  if (z.configured || zones_[z.parent].configured) return false;
  const Name gone = z.ns_names.back();
  const auto leaving = hosts_at(z, gone, true), staying = hosts_at(z, gone, false);
  const auto sure = [&](std::size_t host) {
    return hosts_[host].endpoint.address.family == 4 && is_sure(hosts_[host].habit);
  };
  if (std::ranges::none_of(staying, sure)) return false;
  test::Zone& parent = zones_[z.parent].zone;
  const std::uint32_t ttl = parent.nodes().at(z.zone.apex()).at(Type::ns)->ttl();
  z.ns_names.pop_back();
  std::vector<Bytes> left;
  for (const Name& ns : z.ns_names) left.push_back(name_rdata(ns));
  parent.replace(z.zone.apex(), Type::ns, left, ttl);
  z.zone.replace(z.zone.apex(), Type::ns, left, 86'400);
  z.hosts = staying;
  for (const std::size_t host : leaving)
    z.left[host] = now.age_ms + std::int64_t{ttl} * 1000 + delegation_slack_ms;
  return true;
}

// What the resolver is told of it

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
    return hosts_[host].habit == Hazard::lame || hosts_[host].habit == Hazard::loops;
  });
}

void Internet::configure(resolver::ResolverOptions& options, Rng& rng) {
  const std::uint32_t one_in = 3 + static_cast<std::uint32_t>(zones_.size() / 50);
  for (std::size_t i = 1; i < zones_.size(); ++i) {
    if (rng.below(one_in) != 0) continue;
    resolver::ConfiguredZone zone{zones_[i].zone.apex(), {}};
    for (const std::size_t host : zones_[i].hosts)
      zone.servers.insert(rng.below(2) == 0 ? zone.servers.begin() : zone.servers.end(),
                          hosts_[host].endpoint);
    zone.first = rng.below(4) == 0;
    zone.tcp = rng.below(8) == 0;
    zones_[i].configured = true;
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
}  // namespace windlass::simulate
