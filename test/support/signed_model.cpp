#include "test/support/signed_model.hpp"

#include <algorithm>

#include "dns/canonical.hpp"
#include "dns/rdata.hpp"

namespace windlass::test {
namespace {
using dns::Finding;
using dns::Name;
using dns::RRsetPtr;
using dns::Type;

Bytes hashed(const Name& name) {
  const auto hash = dns::nsec3_hash(name, {}, 0);
  return Bytes(hash.begin(), hash.end());
}

std::vector<Type> types_of(const std::map<Type, RRsetPtr>& node) {
  std::vector<Type> types;
  for (const auto& [type, rrset] : node) types.push_back(type);
  return types;
}

/// The element at `key`, or the last before it, or (the ring closes) the last of all.
template <class Map, class Key>
const typename Map::mapped_type& at_or_before(const Map& map, const Key& key) {
  auto at = map.upper_bound(key);
  return at == map.begin() ? map.rbegin()->second : std::prev(at)->second;
}

void push(std::vector<RRsetPtr>& to, const RRsetPtr& rrset) {
  if (std::find(to.begin(), to.end(), rrset) == to.end()) to.push_back(rrset);
}

Name named(std::string_view owner, const Name& zone) {
  if (owner.empty()) return zone;
  return Name::literal(std::string(owner) + (zone.is_root() ? "." : "." + zone.to_text()));
}
}  // namespace

SignedModel::SignedModel() {
  Zone& root = make(".", Chain::nsec, 1);
  Zone& top = make("a.", Chain::nsec, 2);
  add(root, "www", Type::a, {a_rdata(1)});
  add(top, "www", Type::a, {a_rdata(2)});
  cut(root, top);
  const struct {
    std::string_view name;
    Chain chain;
  } children[] = {{"n.a.", Chain::nsec},
                  {"h.a.", Chain::nsec3},
                  {"o.a.", Chain::opt_out},
                  {"i.a.", Chain::none},
                  {"evil.a.", Chain::nsec}};
  std::uint8_t seed = 3;
  for (const auto& [name, chain] : children) {
    Zone& child = make(name, chain, seed++);
    fill(child);
    cut(top, child);
    if (chain == Chain::none) continue;
    Zone& below = make("sub." + std::string(name), Chain::none, seed++);
    add(below, "www", Type::a, {a_rdata(9)});
    cut(child, below);
  }
  for (auto& [name, zone] : zones_) link(zone);
  honest_pool_ = pool_.size();
  be_evil();
  types_ = {Type::a,      Type::aaaa, Type::cname, Type::dname, Type::ds,
            Type::dnskey, Type::soa,  Type::ns,    Type::txt};
  for (const std::string_view zone :
       {".", "a.", "n.a.", "h.a.", "o.a.", "i.a.", "sub.n.a.", "sub.h.a.", "sub.o.a."}) {
    for (const std::string_view owner :
         {"",  "www", "none", "x.none", "w",     "x.w", "x.y.w", "ent", "deep.ent", "no.ent",
          "c", "x.c", "d",    "x.d",    "x.y.d", "v",   "x.v",   "*.w", "x.*.w",    "z.www"})
      names_.push_back(named(owner, Name::literal(zone)));
  }
}

SignedModel::Zone& SignedModel::make(std::string_view name, Chain chain, std::uint8_t seed) {
  SignedZone keys(name, {Key::seeded(seed, Key::ksk),
                         Key::seeded(static_cast<std::uint8_t>(seed + 100), Key::zsk)});
  Zone& zone = zones_.emplace(Name::literal(name), Zone{std::move(keys), chain, {}, {}, {}, {}})
                   .first->second;
  const std::string ns = "ns." + std::string(name == "." ? "" : name);
  add(zone, "", Type::soa, {soa_rdata(name)});
  add(zone, "", Type::ns, {ns_rdata(ns)});
  if (chain == Chain::none) return zone;
  zone.nodes[zone.zone.name][Type::dnskey] = zone.zone.dnskey();
  pool_.push_back(zone.zone.dnskey());
  return zone;
}

void SignedModel::fill(Zone& zone) {
  const std::string apex = zone.zone.name.to_text();
  add(zone, "www", Type::a, {a_rdata(10), a_rdata(11)});
  add(zone, "*.w", Type::a, {a_rdata(12)});
  add(zone, "deep.ent", Type::txt, {Bytes{1, 't'}});
  add(zone, "c", Type::cname, {ns_rdata("www." + apex)});
  add(zone, "d", Type::dname, {ns_rdata("www.a.")});
  add(zone, "*.v", Type::cname, {ns_rdata("www." + apex)});
}

/// Signed when the zone is, and every ancestor made an empty non-terminal.
void SignedModel::add(Zone& zone, std::string_view owner, Type type,
                      const std::vector<Bytes>& rdatas) {
  const Name name = named(owner, zone.zone.name);
  const bool is_signed = zone.chain != Chain::none;
  const RRsetPtr rrset = is_signed ? zone.zone.sign(name.to_text(), type, rdatas)
                                   : zone.zone.unsigned_set(name.to_text(), type, rdatas);
  zone.nodes[name][type] = rrset;
  for (Name above = name; !(above == zone.zone.name); above = above.parent()) zone.nodes[above];
  pool_.push_back(rrset);
}

void SignedModel::cut(Zone& zone, const Zone& child) {
  const Name& name = child.zone.name;
  const std::string text = name.to_text();
  zone.nodes[name][Type::ns] = zone.zone.unsigned_set(text, Type::ns, {ns_rdata("ns." + text)});
  if (child.chain == Chain::none) return zone.cuts.push_back(name);
  zone.nodes[name][Type::ds] = zone.zone.ds_of(child.zone);
  pool_.push_back(zone.nodes[name][Type::ds]);
}

void SignedModel::link(Zone& zone) {
  if (zone.chain == Chain::nsec) link_nsec(zone);
  if (zone.chain == Chain::nsec3 || zone.chain == Chain::opt_out) link_nsec3(zone);
}

void SignedModel::link_nsec(Zone& zone) {
  std::vector<std::pair<Name, Node*>> chain;
  for (auto& [name, node] : zone.nodes)
    if (!node.empty()) chain.emplace_back(name, &node);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    std::vector<Type> types = types_of(*chain[i].second);
    types.push_back(Type::rrsig);
    types.push_back(Type::nsec);
    const RRsetPtr nsec = zone.zone.nsec(chain[i].first.to_text(),
                                         chain[(i + 1) % chain.size()].first.to_text(), types);
    zone.nsec[chain[i].first] = nsec;
    (*chain[i].second)[Type::nsec] = nsec;
    pool_.push_back(nsec);
  }
}

void SignedModel::link_nsec3(Zone& zone) {
  std::map<Bytes, Name> chain;
  for (const auto& [name, node] : zone.nodes)
    if (in_chain(zone, name)) chain.emplace(hashed(name), name);
  Nsec3Options options;
  options.opt_out = zone.chain == Chain::opt_out;
  for (auto at = chain.begin(); at != chain.end(); ++at) {
    const auto next = std::next(at) == chain.end() ? chain.begin() : std::next(at);
    std::vector<Type> types = types_of(zone.nodes[at->second]);
    const bool unsigned_cut = types == std::vector<Type>{Type::ns};
    if (!types.empty() && !unsigned_cut) types.push_back(Type::rrsig);
    zone.nsec3[at->first] = zone.zone.hashed(at->first, next->first, types, options, {});
    pool_.push_back(zone.nsec3[at->first]);
  }
}

/// What the owner of evil.a. may sign of others' names, and what anybody may write without a key.
void SignedModel::be_evil() {
  const SignedZone& evil = zones_.at(Name::literal("evil.a.")).zone;
  const SignedZone& victim = zones_.at(Name::literal("n.a.")).zone;
  for (const std::string_view signer : {"evil.a.", "n.a.", "a.", "."}) {
    Signing how;
    how.signer = Name::literal(signer);
    how.key_tag = signer == "n.a." ? victim.keys.back().tag() : evil.keys.back().tag();
    for (const std::string_view owner : {"www.n.a.", "none.n.a.", "www.h.a.", "www.a."})
      pool_.push_back(evil.sign(owner, Type::a, {a_rdata(66)}, how));
    pool_.push_back(evil.nsec("evil.a.", "zz.a.", {Type::a}, how));
    pool_.push_back(evil.nsec("n.a.", "zz.n.a.", {Type::a}, how));
    pool_.push_back(evil.sign("n.a.", Type::ds, {evil.keys.front().ds(victim.name)}, how));
    pool_.push_back(evil.sign("n.a.", Type::dnskey,
                              {evil.keys.front().rdata(), evil.keys.back().rdata()}, how));
    Signing wild = how;
    wild.labels = static_cast<std::uint8_t>(how.signer->label_count());
    pool_.push_back(evil.sign("www.n.a.", Type::a, {a_rdata(66)}, wild));
  }
  pool_.push_back(evil.unsigned_set("www.n.a.", Type::a, {a_rdata(66)}));
  pool_.push_back(evil.unsigned_set("x.d.n.a.", Type::cname, {ns_rdata("x.www.a.")}));
  pool_.push_back(evil.unsigned_set("x.d.n.a.", Type::cname, {ns_rdata("x.evil.a.")}));
  pool_.push_back(evil.unsigned_set("n.a.", Type::dnskey, {evil.keys.front().rdata()}));
  pool_.push_back(evil.unsigned_set("n.a.", Type::ds, {evil.keys.front().ds(victim.name)}));
}

const SignedModel::Zone* SignedModel::zone_of(const Name& name, Type type) const {
  const Name from = type == Type::ds && !name.is_root() ? name.parent() : name;
  for (std::size_t labels = from.label_count() + 1; labels-- > 0;) {
    const auto at = zones_.find(from.suffix(labels));
    if (at != zones_.end()) return &at->second;
  }
  return nullptr;
}

/// The closest ancestor that exists, or the name itself.
Name SignedModel::encloser(const Zone& zone, const Name& name) {
  Name at = name;
  while (!zone.nodes.contains(at)) at = at.parent();
  return at;
}

/// What the records of one node say; nullopt: neither the type nor an alias.
std::optional<SignedModel::Truth> SignedModel::at(const Zone& zone, const Name& node, Type type) {
  const auto found = zone.nodes.find(node);
  if (found == zone.nodes.end()) return std::nullopt;
  for (const Type sought : {type, Type::cname}) {
    const auto rrset = found->second.find(sought);
    if (rrset != found->second.end()) return Truth{Finding::positive, rrset->second};
  }
  return std::nullopt;
}

/// Whether the zone's chain names it: an opt-out chain leaves insecure cuts out (RFC 5155 7.1).
bool SignedModel::in_chain(const Zone& zone, const Name& name) {
  const bool cut = std::find(zone.cuts.begin(), zone.cuts.end(), name) != zone.cuts.end();
  return zone.nodes.contains(name) && !(cut && zone.chain == Chain::opt_out);
}

std::optional<SignedModel::Truth> SignedModel::truth(const Name& name, Type type) const {
  if (name.is_at_or_below(Name::literal("evil.a."))) return std::nullopt;
  const Zone& zone = *zone_of(name, type);
  Truth truth;
  const Name closest = encloser(zone, name);
  const auto wildcard = closest.wildcard();
  const auto dname = zone.nodes.at(closest).find(Type::dname);
  if (closest == name) {
    truth = at(zone, name, type).value_or(Truth{Finding::nodata, nullptr});
  } else if (dname != zone.nodes.at(closest).end()) {
    const auto target = name.rebased(closest, *dns::name_of(dname->second->rdata().front()));
    truth.finding = Finding::positive;
    truth.rrset =
        zone.zone.unsigned_set(name.to_text(), Type::cname, {ns_rdata(target->to_text())});
    truth.dname = true;
  } else if (wildcard && zone.nodes.contains(*wildcard)) {
    truth = at(zone, *wildcard, type).value_or(Truth{Finding::nodata, nullptr});
    truth.expanded = truth.rrset != nullptr;
    if (truth.rrset) truth.rrset = with_owner(*truth.rrset, name);
  }
  truth.secure = zone.chain != Chain::none;
  truth.opted_out = zone.chain == Chain::opt_out && !in_chain(zone, name) && !truth.dname;
  return truth;
}

/// The record of the chain that matches the name, or covers it.
void SignedModel::prove(const Zone& zone, const Name& name, std::vector<RRsetPtr>& proofs) {
  if (zone.chain == Chain::nsec)
    push(proofs, at_or_before(zone.nsec, name));
  else if (zone.chain != Chain::none)
    push(proofs, at_or_before(zone.nsec3, hashed(name)));
}

/// All that RFC 4035 3.1.3 and RFC 5155 7.2 ask for, whichever case it is.
void SignedModel::deny(const Zone& zone, const Name& name, std::vector<RRsetPtr>& proofs) {
  const auto soa = zone.nodes.at(zone.zone.name).find(Type::soa);
  push(proofs, soa->second);
  prove(zone, name, proofs);
  Name closest = encloser(zone, name);
  while (!in_chain(zone, closest)) closest = closest.parent();
  if (closest == name) return;
  const auto wildcard = closest.wildcard();
  if (zone.chain != Chain::nsec) {
    prove(zone, closest, proofs);
    prove(zone, name.suffix(closest.label_count() + 1), proofs);
  }
  if (wildcard) prove(zone, *wildcard, proofs);
}

dns::Evidence SignedModel::honest(const Name& name, Type type) const {
  const Zone& zone = *zone_of(name, type);
  const auto told = truth(name, type).value_or(Truth{});
  dns::Evidence evidence;
  evidence.name = name;
  evidence.type = told.rrset ? told.rrset->type() : type;
  evidence.finding = told.finding;
  evidence.rrset = told.rrset;
  evidence.zone = zone.zone.name;
  if (told.dname) {
    evidence.proofs.push_back(zone.nodes.at(encloser(zone, name)).at(Type::dname));
  } else if (told.expanded) {
    const std::size_t closest = encloser(zone, name).label_count();
    prove(zone, zone.chain == Chain::nsec ? name : name.suffix(closest + 1), evidence.proofs);
  } else if (!told.rrset) {
    deny(zone, name, evidence.proofs);
  }
  return evidence;
}

bool SignedModel::holds(const dns::RRset& rrset) const {
  return std::any_of(pool_.begin(), pool_.begin() + static_cast<std::ptrdiff_t>(honest_pool_),
                     [&](const RRsetPtr& one) { return one->same_data(rrset); });
}

validator::TrustAnchors::Ptr SignedModel::anchors() const {
  const SignedZone& root = zones_.at(Name{}).zone;
  const Key& key = root.keys.front();
  return validator::TrustAnchors::make(
      {{root.name, {{true, key.ds(root.name), key.tag(), key.algorithm()}}}}, {});
}
}  // namespace windlass::test
