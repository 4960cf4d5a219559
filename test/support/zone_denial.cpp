// Zone: how it shows what it does not hold.
#include <algorithm>

#include "dns/canonical.hpp"
#include "dns/rdata.hpp"
#include "test/support/zone.hpp"

namespace windlass::test {
namespace {
using dns::Name;
using dns::RRsetPtr;
using dns::Type;

Bytes hash_under(const Name& name, const Nsec3Options& options) {
  const auto hash = dns::nsec3_hash(name, options.salt, options.iterations);
  return Bytes(hash.begin(), hash.end());
}
}  // namespace

std::vector<Type> Zone::types_at(const Name& owner) const {
  std::vector<Type> types;
  const auto node = nodes_.find(owner);
  if (node == nodes_.end()) return types;  // an empty non-terminal
  for (const auto& [type, set] : node->second)
    if (authoritative(owner, type) || type == Type::ns) types.push_back(type);
  const bool signs = std::any_of(types.begin(), types.end(),
                                 [&](Type type) { return authoritative(owner, type); });
  if (signs) types.push_back(Type::rrsig);
  return types;
}

void Zone::make_nsec() {
  std::vector<Name> owners;
  for (const auto& [owner, node] : nodes_)
    if (authoritative(owner, Type::nsec)) owners.push_back(owner);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    std::vector<Type> types = types_at(owners[i]);
    types.push_back(Type::nsec);
    if (std::find(types.begin(), types.end(), Type::rrsig) == types.end())
      types.push_back(Type::rrsig);
    add(owners[i], Type::nsec, nsec_rdata(owners[(i + 1) % owners.size()], types), 300);
  }
}

/// Not what lies below a cut, nor, with opt-out, an unsigned delegation.
bool Zone::in_chain(const Name& owner) const {
  if (!authoritative(owner, Type::nsec)) return false;
  const bool unsigned_cut = !(owner == apex_) && find(owner, Type::ns) && !find(owner, Type::ds);
  return !(denial_.nsec3.opt_out && unsigned_cut);
}

void Zone::make_nsec3() {
  std::map<Bytes, Name> names;
  for (const auto& [owner, node] : nodes_) {
    if (!in_chain(owner)) continue;
    for (std::size_t labels = apex_.label_count(); labels <= owner.label_count(); ++labels) {
      const Name at = owner.suffix(labels);  // the owner and the empty non-terminals above it
      names.emplace(hash_under(at, denial_.nsec3), at);
    }
  }
  const SignedZone signer(apex_.to_text(), keys_);
  for (auto at = names.begin(); at != names.end(); ++at) {
    const auto next = std::next(at) == names.end() ? names.begin() : std::next(at);
    Signing own = how_;
    own.ttl = 300;
    hashed_[at->first] =
        signer.hashed(at->first, next->first, types_at(at->second), denial_.nsec3, own);
  }
}

/// The NSEC3 of this name itself, or the one whose span covers it.
void Zone::prove_hashed(Response& out, const Name& name, bool itself) const {
  const Bytes hash = hash_under(name, denial_.nsec3);
  if (itself) return push(out.authority, hashed_.at(hash));
  const auto behind = hashed_.lower_bound(hash);
  push(out.authority,
       behind == hashed_.begin() ? hashed_.rbegin()->second : std::prev(behind)->second);
}

/// RFC 5155 7.2.1: the longest ancestor in the chain, and that the name one label longer is not.
void Zone::prove_encloser(Response& out, const Name& name) const {
  std::size_t labels = name.label_count() - 1;
  while (!hashed_.contains(hash_under(name.suffix(labels), denial_.nsec3))) --labels;
  prove_hashed(out, name.suffix(labels), true);
  prove_hashed(out, name.suffix(labels + 1), false);
}

void Zone::prove_no_ds(Response& out, const Name& cut) const {
  if (denial_.unproven) return;
  if (denial_.kind == Denial::Kind::nsec) return push(out.authority, get(cut, Type::nsec));
  if (denial_.kind == Denial::Kind::compact) return push(out.authority, compact(cut));
  if (hashed_.contains(hash_under(cut, denial_.nsec3))) return prove_hashed(out, cut, true);
  prove_encloser(out, cut);
}

/// The name's own types, or NXNAME when it has none (RFC 9824 3.1, 3.2, 3.4).
RRsetPtr Zone::compact(const Name& name) const {
  std::vector<Type> types = types_at(name);
  if (!exists(name)) types.push_back(Type::nxname);
  for (const Type type : {Type::rrsig, Type::nsec})
    if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
  Signing own = how_;
  own.ttl = 300;
  const SignedZone signer(apex_.to_text(), keys_);
  const std::string next = "\\000." + name.to_text();
  return signer.nsec(name.to_text(), next, types, own);
}

void Zone::deny(Response& out, const Name& at, bool there) const {
  push(out.authority, get(apex_, Type::soa));
  const bool lies = is_signed() && denial_.kind == Denial::Kind::compact;
  if (!there && !lies) out.rcode = dns::Rcode::nxdomain;
  if (!is_signed() || denial_.unproven) return;
  if (lies) return push(out.authority, compact(at));
  if (denial_.kind == Denial::Kind::nsec3) {
    if (!there || !hashed_.contains(hash_under(at, denial_.nsec3))) return prove_encloser(out, at);
    return prove_hashed(out, at, true);
  }
  if (find(at, Type::nsec))
    push(out.authority, get(at, Type::nsec));
  else
    prove_covering(out, at);
}

/// That the name does not exist; of NSEC3 the whole proof, but for the wildcard, which is one name.
void Zone::prove_covering(Response& out, const Name& name) const {
  if (!is_signed() || denial_.unproven || denial_.kind == Denial::Kind::compact) return;
  if (denial_.kind == Denial::Kind::nsec3)
    return name.is_wildcard() ? prove_hashed(out, name, false) : prove_encloser(out, name);
  auto at = nodes_.upper_bound(name);
  while (at != nodes_.begin()) {
    --at;
    if (at->second.contains(Type::nsec)) return push(out.authority, at->second.at(Type::nsec));
  }
}
}  // namespace windlass::test
