#include "auth-plugin/write/compile.hpp"

#include "auth-plugin/write/bytes.hpp"
#include "dns/canonical.hpp"
namespace windlass::auth {
namespace {

Octets front(const RRsetSlice& rrset) {
  Octets first;
  bytes::each_rdata(rrset.rdatas, [&](Octets rdata) {
    if (first.data() == nullptr) first = rdata;
  });
  return first;
}

}  // namespace

Compiler::Compiler(const ZoneFacts& facts, CompiledSink& sink)
    : sink_(sink), builder_(0, no_cover) {
  out_.facts = facts;
  out_.facts.is_signed = out_.facts.nsec3 = false;
  out_.facts.nsec3_iterations = 0;
  out_.facts.nsec3_salt_octets = 0;
  bytes::append_big(key_, facts.zid);
}

void Compiler::begin_below(const Cover& cover) {
  cover_key_.assign(cover.key.begin(), cover.key.end());
  cover_ = cover.labels;
}

StoreStatus Compiler::add(const RRsetSlice& rrset) {
  const Octets owner = rrset.key.first(rrset.key.size() - 2);
  const bool same = key_.size() == zid_octets + owner.size() &&
                    std::memcmp(key_.data() + zid_octets, owner.data(), owner.size()) == 0;
  if (!same) {
    if (StoreStatus done = flush(); !done) return done;
    key_.resize(zid_octets);
    key_.insert(key_.end(), owner.begin(), owner.end());
  }
  sets_.push_back(rrset);
  return Done{};
}

StoreResult<Compiled> Compiler::finish() {
  if (StoreStatus done = flush(); !done) return done.error();
  out_.presigned = apex_dnskey_ || apex_rrsig_;
  out_.facts.is_signed = apex_dnskey_ && apex_rrsig_;
  out_.facts.nsec3 = apex_nsec3param_ && chain_;
  return std::move(out_);
}

void Compiler::learn_apex(const RRsetSlice& rrset) {
  const Octets first = front(rrset);
  switch (rrset.type) {
    case dns::Type::soa:
      out_.serial = dns::soa_serial(first);
      break;
    case dns::Type::dnskey:
      apex_dnskey_ = true;
      break;
    case dns::Type::rrsig:
      apex_rrsig_ = true;
      break;
    case dns::Type::nsec3param:
      bytes::each_rdata(rrset.rdatas, [&](Octets rdata) { learn_chain(rdata); });
      break;
    default:
      break;
  }
}

/// The first that can be used: hash algorithm 1 | flags 1, 0 | iterations 2 | salt (RFC 5155 4.1).
void Compiler::learn_chain(Octets nsec3param) {
  if (apex_nsec3param_ || nsec3param.size() < 5 || nsec3param[0] != 1 || nsec3param[1] != 0 ||
      nsec3param.size() - 5 != nsec3param[4])
    return;
  apex_nsec3param_ = true;
  out_.facts.nsec3_iterations = dns::word16(nsec3param, 2);
  out_.facts.nsec3_salt_octets = nsec3param[4];
  std::copy(nsec3param.begin() + 5, nsec3param.end(), out_.facts.nsec3_salt);
}

/// One of the records belongs to the chain that NSEC3PARAM names: while a zone gets another salt
/// there are two chains, and denial must not mix them.
bool Compiler::is_of_chain(const RRsetSlice& nsec3) const {
  const Octets salt(out_.facts.nsec3_salt, out_.facts.nsec3_salt_octets);
  bool found = false;
  bytes::each_rdata(nsec3.rdatas, [&](Octets rdata) {
    found |= rdata.size() > 5 + salt.size() && rdata[0] == 1 &&
             dns::word16(rdata, 2) == out_.facts.nsec3_iterations && rdata[4] == salt.size() &&
             bytes::order(rdata.subspan(5, salt.size()), salt) == 0;
  });
  return apex_nsec3param_ && found;
}

/// The flags of the owner at hand; moves the cover on to it.
std::uint8_t Compiler::place() {
  const Octets owner = owner_key();
  const bool apex = owner.size() == zid_octets;
  unsigned flags = 0;
  if (apex) flags |= node_apex;
  bool delegates = false;
  for (const RRsetSlice& rrset : sets_) {
    if (rrset.type == dns::Type::ns && !apex) flags |= node_cut, delegates = true;
    if (rrset.type == dns::Type::dname) flags |= node_dname, delegates = true;
    if (rrset.type == dns::Type::cname) flags |= node_cname;
  }
  if (cover_ != no_cover && begins_with(owner, cover_key_)) {
    flags |= node_occluded;
  } else if (delegates) {
    cover_key_.assign(owner.begin(), owner.end());
    cover_ = static_cast<std::uint8_t>(labels_in(key_));
  } else {
    cover_ = no_cover;
  }
  return static_cast<std::uint8_t>(flags);
}

void Compiler::find_signatures() {
  covering_.clear();
  next_covering_ = 0;
  for (const RRsetSlice& rrset : sets_) {
    if (rrset.type != dns::Type::rrsig) continue;
    bytes::each_rdata(rrset.rdatas, [&](Octets rdata) {
      if (rdata.size() < 18) return;
      covering_.push_back({dns::Type{dns::word16(rdata, 0)}, rdata});
    });
  }
}

/// Signatures are in canonical order, so those of one type stand together, by rising type.
void Compiler::add_set(NodeBuilder& node, const RRsetSlice& rrset) {
  while (next_covering_ < covering_.size() && covering_[next_covering_].type < rrset.type)
    ++next_covering_;
  scratch_.clear();
  std::uint16_t count = 0;
  for (; next_covering_ < covering_.size() && covering_[next_covering_].type == rrset.type;
       ++next_covering_, ++count) {
    const Octets rdata = covering_[next_covering_].rdata;
    bytes::append_native(scratch_, static_cast<std::uint16_t>(rdata.size()));
    bytes::append(scratch_, rdata);
  }
  // More sets than a node holds are an error of lint's.
  if (node.add(rrset.type, rrset.ttl, rrset.count, rrset.rdatas, count, scratch_))
    out_.records += std::uint64_t{rrset.count} + count;
}

/// An owner of NSEC3 is one label below the apex: the hash in base32hex (RFC 5155 3). Others are
/// left out, and those of another chain.
StoreStatus Compiler::flush_nsec3(const RRsetSlice& rrset) {
  std::vector<std::uint8_t> key;
  const dns::Name owner = dns::Name::from_proven(rrset.owner_wire);
  std::vector<std::uint8_t> hash;
  if (labels_in(key_) != 1 || !dns::from_base32hex(owner.first_label(), hash) ||
      hash.size() != dns::nsec3_hash_octets || !is_of_chain(rrset))
    return Done{};
  bytes::append_big(key, out_.facts.zid);
  key.insert(key.end(), hash.begin(), hash.end());
  chain_ = true;
  NodeBuilder node(0, no_cover);
  node.owner(owner);
  add_set(node, rrset);
  return sink_.nsec3(key, node.finish());
}

StoreStatus Compiler::flush() {
  if (sets_.empty()) return Done{};
  const std::uint8_t flags = place();
  find_signatures();
  if ((flags & node_apex) != 0)
    for (const RRsetSlice& rrset : sets_) learn_apex(rrset);
  builder_ = NodeBuilder(flags, cover_);
  builder_.owner(dns::Name::from_proven(sets_.front().owner_wire));
  bool any = false;
  const RRsetSlice* nsec3 = nullptr;
  for (const RRsetSlice& rrset : sets_) {
    if (rrset.type == dns::Type::rrsig) continue;
    if (rrset.type == dns::Type::nsec3) {
      nsec3 = &rrset;
      continue;
    }
    add_set(builder_, rrset);
    any = true;
  }
  StoreStatus done = any ? sink_.node(key_, builder_.finish()) : StoreStatus(Done{});
  if (any) ++out_.names;
  next_covering_ = 0;
  if (done && nsec3 != nullptr) done = flush_nsec3(*nsec3);
  sets_.clear();
  return done;
}

StoreResult<Compiled> compile(const ZoneContent& content, const ZoneFacts& facts,
                              CompiledSink& sink) {
  Compiler compiler(facts, sink);
  for (std::size_t i = 0; i < content.size(); ++i)
    if (StoreStatus done = compiler.add(content[i]); !done) return done.error();
  return compiler.finish();
}

StoreResult<Compiled> compile(const ZoneContent& content, std::uint32_t slot, CompiledSink& sink) {
  ZoneFacts facts;
  facts.name = content.zone();
  facts.zid = zid_of(content.zone());
  facts.slot = slot;
  return compile(content, facts, sink);
}
}  // namespace windlass::auth
