#include "test/support/zone.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "dns/ldns_bridge.hpp"
#include "dns/rdata.hpp"

namespace windlass::test {
namespace {
using dns::Name;
using dns::RRsetPtr;
using dns::Type;

constexpr std::size_t chain_most = 16;

/// `set` with other signatures and perhaps another owner.
template <class Change>
RRsetPtr rebuilt(const dns::RRset& set, const Name& owner, Change&& change) {
  dns::RRsetBuilder builder(owner, set.type());
  for (const auto rdata : set.rdata()) (void)builder.add(rdata, set.ttl());
  for (const auto rdata : set.signatures()) change(builder, Bytes(rdata.begin(), rdata.end()));
  return builder.build();
}
}  // namespace

void Zone::add(const Name& owner, Type type, const Bytes& rdata, std::uint32_t ttl) {
  dns::RRsetBuilder builder(owner, type);
  RRsetPtr& held = nodes_[owner][type];
  if (held)
    for (const auto old : held->rdata()) (void)builder.add(old, held->ttl());
  if (!builder.add(rdata, ttl)) throw std::runtime_error("rdata refused at " + owner.to_text());
  held = builder.build();
}

void Zone::replace(const Name& owner, Type type, const std::vector<Bytes>& rdatas,
                   std::uint32_t ttl) {
  nodes_.at(owner).at(type) = nullptr;
  for (const Bytes& rdata : rdatas) add(owner, type, rdata, ttl);
  if (is_signed() && authoritative(owner, type)) resign(owner, type, how_);
}

void Zone::add_text(std::string_view text, std::uint32_t ttl) {
  const auto records = dns::parse_zone_text(text, apex_, ttl);
  if (!records) throw std::runtime_error("zone text: " + records.error().what);
  for (const auto& record : *records) add(record.owner, record.type, record.rdata, record.ttl);
}

RRsetPtr Zone::signed_copy(const dns::RRset& set, const Signing& how) const {
  Signing own = how;
  own.ttl = set.ttl();
  const Key& key = set.type() == Type::dnskey ? keys_.front() : keys_.back();
  dns::RRsetBuilder builder(set.owner(), set.type());
  for (const auto rdata : set.rdata()) (void)builder.add(rdata, set.ttl());
  (void)builder.add_signature(rrsig_rdata(set, apex_, own, key), set.ttl());
  return builder.build();
}

bool Zone::authoritative(const Name& owner, Type type) const {
  for (std::size_t labels = apex_.label_count() + 1; labels <= owner.label_count(); ++labels) {
    const Name at = owner.suffix(labels);
    if (!find(at, Type::ns)) continue;
    return at == owner && (type == Type::ds || type == Type::nsec);
  }
  return true;
}

void Zone::sign(std::vector<Key> keys, const Signing& how, Denial denial) {
  keys_ = std::move(keys);
  denial_ = std::move(denial);
  how_ = how;
  for (const Key& key : keys_) add(apex_, Type::dnskey, key.rdata());
  if (denial_.kind == Denial::Kind::nsec) make_nsec();
  if (denial_.kind == Denial::Kind::nsec3) make_nsec3();
  for (auto& [owner, node] : nodes_)
    for (auto& [type, set] : node)
      if (authoritative(owner, type)) set = signed_copy(*set, how);
}

void Zone::resign(const Name& owner, Type type, const Signing& how) {
  RRsetPtr& set = nodes_.at(owner).at(type);
  set = signed_copy(*set, how);
}

void Zone::spoil(const Name& owner, Type type) {
  RRsetPtr& set = nodes_.at(owner).at(type);
  set = rebuilt(*set, owner, [&](auto& builder, Bytes sig) {
    sig.back() ^= 1u;
    (void)builder.add_signature(sig, set->ttl());
  });
}

void Zone::strip(const Name& owner, Type type) {
  RRsetPtr& set = nodes_.at(owner).at(type);
  set = rebuilt(*set, owner, [](auto&, const Bytes&) {});
}

// Answering

RRsetPtr Zone::get(const Name& name, Type type) const {
  const auto node = nodes_.find(name);
  if (node == nodes_.end()) return nullptr;
  const auto set = node->second.find(type);
  return set == node->second.end() ? nullptr : set->second;
}

/// Any one RRset of data (RFC 8482 4.1).
RRsetPtr Zone::any_of(const Name& name) const {
  const auto node = nodes_.find(name);
  if (node == nodes_.end()) return nullptr;
  for (const auto& [type, set] : node->second)
    if (type != Type::nsec) return set;
  return nullptr;
}

const dns::RRset* Zone::find(const Name& name, Type type) const {
  return get(name, type).get();
}

const Name* Zone::cut_above(const Name& name, Type type) const {
  for (std::size_t labels = apex_.label_count() + 1; labels <= name.label_count(); ++labels) {
    const Name at = name.suffix(labels);
    if (at == name && type == Type::ds) continue;
    if (find(at, Type::ns)) return &nodes_.find(at)->first;
  }
  return nullptr;
}

/// There, or on the way to something that is.
bool Zone::exists(const Name& name) const {
  const auto at = nodes_.lower_bound(name);
  return at != nodes_.end() && at->first.is_at_or_below(name);
}

void Zone::push(std::vector<RRsetPtr>& to, const RRsetPtr& set) {
  if (!set) return;
  const bool there = std::any_of(to.begin(), to.end(), [&](auto& other) {
    return other->type() == set->type() && other->owner() == set->owner();
  });
  if (!there) to.push_back(set);
}

Response Zone::answer(const Name& name, Type type) const {
  Response out;
  Name at = name;
  for (std::size_t hop = 0; hop < chain_most && at.is_at_or_below(apex_); ++hop) {
    if (const Name* cut = cut_above(at, type)) {
      if (hop == 0) refer(out, *cut);
      return out;
    }
    if (!follow(out, at, type)) return out;
  }
  return out;
}

/// One link. False: the answer is whole.
bool Zone::follow(Response& out, Name& at, Type type) const {
  for (std::size_t labels = apex_.label_count(); labels < at.label_count(); ++labels) {
    const RRsetPtr dname = get(at.suffix(labels), Type::dname);
    if (!dname) continue;
    push(out.answer, dname);
    const auto target = at.rebased(dname->owner(), *dns::name_of(dname->rdata().front()));
    if (!target) return out.rcode = dns::Rcode::yxdomain, false;
    dns::RRsetBuilder cname(at, Type::cname);
    (void)cname.add(target->wire(), dname->ttl());
    push(out.answer, cname.build());
    return at = *target, true;
  }
  const RRsetPtr set = type == Type::any ? any_of(at) : get(at, type);
  if (set) {
    push(out.answer, set);
    if (type == Type::ns) glue(out, *set);
    return false;
  }
  if (const RRsetPtr cname = get(at, Type::cname)) {
    push(out.answer, cname);
    return at = *dns::name_of(cname->rdata().front()), true;
  }
  if (exists(at)) return deny(out, at, true), false;
  return expand(out, at, type);
}

void Zone::refer(Response& out, const Name& cut) const {
  out.aa = false;
  const RRsetPtr ns = get(cut, Type::ns);
  push(out.authority, ns);
  push(out.authority, get(cut, Type::ds));
  if (is_signed() && !find(cut, Type::ds)) prove_no_ds(out, cut);
  glue(out, *ns);
}

void Zone::glue(Response& out, const dns::RRset& ns) const {
  for (const auto rdata : ns.rdata())
    for (const Type type : {Type::a, Type::aaaa})
      push(out.additional, get(*dns::name_of(rdata), type));
}

/// A wildcard at the closest encloser, or a denial. False: the answer is whole.
bool Zone::expand(Response& out, Name& at, Type type) const {
  Name encloser = at.parent();
  while (!exists(encloser)) encloser = encloser.parent();
  const Name wildcard = *encloser.wildcard();
  if (!exists(wildcard)) {
    deny(out, at, false);
    prove_covering(out, wildcard);
    return false;
  }
  prove_covering(out, at);
  if (const RRsetPtr set = get(wildcard, type))
    return push(out.answer, with_owner(*set, at)), false;
  const RRsetPtr cname = get(wildcard, Type::cname);
  if (!cname) return deny(out, wildcard, true), false;
  push(out.answer, with_owner(*cname, at));
  return at = *dns::name_of(cname->rdata().front()), true;
}

}  // namespace windlass::test
