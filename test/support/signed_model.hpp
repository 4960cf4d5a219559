#pragma once
/// SignedModel: a small signed Internet held whole, with an oracle: what is true of every name in
/// it, told from the zones' contents alone, and what an honest server would send to prove it. For
/// tests that try claims on the validator: whatever it takes for secure must be true.
///
///    .  signed, NSEC; the trust anchor
///    a.            NSEC; cuts: n, h, o, evil (secure), i (insecure)
///    n.a.          NSEC          \  each with www, a wildcard, an empty non-terminal, CNAME,
///    DNAME, h.a.          NSEC3          > an insecure cut below, and a wildcard CNAME o.a. NSEC3
///    opt-out / sub.*, i.a.   unsigned evil.a.       signed by somebody who says what he likes,
///    about others too
#include <map>
#include <optional>
#include <vector>

#include "test/support/signer.hpp"
#include "validator/trust_anchors.hpp"
namespace windlass::test {

struct CanonicalOrder {
  bool operator()(const dns::Name& a, const dns::Name& b) const { return a.canonical_order(b) < 0; }
};

class SignedModel {
 public:
  /// Keys and, with them, every octet are the same in each process: Ed25519 from fixed seeds.
  SignedModel();

  struct Truth {
    dns::Finding finding = dns::Finding::nxdomain;
    dns::RRsetPtr rrset;    ///< positive; a CNAME where there is one, whatever was asked
    bool expanded = false;  ///< positive from a wildcard
    bool dname = false;     ///< positive: a CNAME that a DNAME yields, unsigned
    bool secure = true;     ///< the name is in a signed zone, and may be proven secure
    bool opted_out =
        false;  ///< nothing in the zone tells it from an unsigned cut: insecure at best
  };
  /// nullopt: whatever evil.a. says is true.
  std::optional<Truth> truth(const dns::Name& name, dns::Type type) const;
  /// What a server that follows RFC 4035 3.1 and RFC 5155 7.2 sends.
  dns::Evidence honest(const dns::Name& name, dns::Type type) const;
  /// True when this RRset, RRSIGs left aside, is signed somewhere in the honest zones.
  bool holds(const dns::RRset& rrset) const;

  validator::TrustAnchors::Ptr anchors() const;
  const std::vector<dns::Name>& names() const { return names_; }  ///< worth asking for
  const std::vector<dns::Type>& types() const { return types_; }
  const std::vector<dns::RRsetPtr>& pool() const { return pool_; }  ///< whatever was ever signed
  std::size_t honest_pool() const { return honest_pool_; }          ///< how many of it are honest

 private:
  enum class Chain : std::uint8_t { none, nsec, nsec3, opt_out };
  using Node = std::map<dns::Type, dns::RRsetPtr>;
  struct Zone {
    SignedZone zone;
    Chain chain;
    std::map<dns::Name, Node, CanonicalOrder> nodes;          ///< empty non-terminals too
    std::map<dns::Name, dns::RRsetPtr, CanonicalOrder> nsec;  ///< by owner
    std::map<Bytes, dns::RRsetPtr> nsec3;                     ///< by hash of the owner
    std::vector<dns::Name> cuts;                              ///< insecure ones
  };
  Zone& make(std::string_view name, Chain chain, std::uint8_t seed);
  void fill(Zone& zone);
  void add(Zone& zone, std::string_view owner, dns::Type type, const std::vector<Bytes>& rdatas);
  void cut(Zone& zone, const Zone& child);
  void link(Zone& zone);
  void link_nsec(Zone& zone);
  void link_nsec3(Zone& zone);
  void be_evil();
  const Zone* zone_of(const dns::Name& name, dns::Type type) const;
  static dns::Name encloser(const Zone& zone, const dns::Name& name);
  static std::optional<Truth> at(const Zone& zone, const dns::Name& node, dns::Type type);
  static bool in_chain(const Zone& zone, const dns::Name& name);
  static void prove(const Zone& zone, const dns::Name& name, std::vector<dns::RRsetPtr>& proofs);
  static void deny(const Zone& zone, const dns::Name& name, std::vector<dns::RRsetPtr>& proofs);

  std::map<dns::Name, Zone, CanonicalOrder> zones_;
  std::vector<dns::Name> names_;
  std::vector<dns::Type> types_;
  std::vector<dns::RRsetPtr> pool_;
  std::size_t honest_pool_ = 0;
};
}  // namespace windlass::test
