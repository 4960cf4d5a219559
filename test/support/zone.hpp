#pragma once
/// Zone: an authoritative zone in memory that answers as RFC 1034 4.3.2 and RFC 4035 3.1 say:
/// referrals with glue and DS, CNAME, DNAME, wildcards, empty non-terminals, denials; when signed
/// by NSEC, NSEC3 (RFC 5155 7.2) or compact denial (RFC 9824). For tests.
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "dns/name.hpp"
#include "dns/rrset.hpp"
#include "test/support/signer.hpp"
#include "test/support/wire.hpp"
namespace windlass::test {

struct CanonicalLess {
  bool operator()(const dns::Name& a, const dns::Name& b) const { return a.canonical_order(b) < 0; }
};

/// How a signed zone shows what it does not hold.
struct Denial {
  enum class Kind : std::uint8_t { nsec, nsec3, compact } kind = Kind::nsec;
  Nsec3Options nsec3;     ///< opt_out: unsigned delegations are left out of the chain
  bool unproven = false;  ///< denials without their proofs: a broken server's
};

class Zone {
 public:
  using Node = std::map<dns::Type, dns::RRsetPtr>;

  explicit Zone(const dns::Name& apex) : apex_(apex) {}
  const dns::Name& apex() const { return apex_; }
  bool is_signed() const { return !keys_.empty(); }
  /// The first signs the DNSKEY RRset, the last everything else.
  const std::vector<Key>& keys() const { return keys_; }
  const std::map<dns::Name, Node, CanonicalLess>& nodes() const { return nodes_; }

  void add(const dns::Name& owner, dns::Type type, const Bytes& rdata, std::uint32_t ttl = 3600);
  /// Puts other records in place of those of one RRset; signed when the zone is. Its type stands
  /// there already: what denies it stays as it is.
  void replace(const dns::Name& owner, dns::Type type, const std::vector<Bytes>& rdatas,
               std::uint32_t ttl);
  /// Records in zone file form. Throws std::runtime_error for text that is none.
  void add_text(std::string_view text, std::uint32_t ttl = 3600);
  /// Adds DNSKEY and what denial needs and signs all that is authoritative, as it stands now.
  void sign(std::vector<Key> keys, const Signing& how = {}, Denial denial = {});
  /// Signs one RRset again, differently; an RRset of the chain of NSEC3 is named by its hash.
  void resign(const dns::Name& owner, dns::Type type, const Signing& how);
  /// Flips a bit in each RRSIG of one RRset.
  void spoil(const dns::Name& owner, dns::Type type);
  /// Takes the RRSIGs of one RRset away.
  void strip(const dns::Name& owner, dns::Type type);
  /// DS records for this signed zone's first key.
  Bytes ds() const { return keys_.front().ds(apex_); }

  Response answer(const dns::Name& name, dns::Type type) const;

 private:
  const dns::RRset* find(const dns::Name& name, dns::Type type) const;
  dns::RRsetPtr get(const dns::Name& name, dns::Type type) const;
  dns::RRsetPtr any_of(const dns::Name& name) const;
  const dns::Name* cut_above(const dns::Name& name, dns::Type type) const;
  bool authoritative(const dns::Name& owner, dns::Type type) const;
  bool exists(const dns::Name& name) const;
  bool follow(Response& out, dns::Name& at, dns::Type type) const;
  void refer(Response& out, const dns::Name& cut) const;
  void glue(Response& out, const dns::RRset& ns) const;
  bool expand(Response& out, dns::Name& at, dns::Type type) const;
  void deny(Response& out, const dns::Name& at, bool exists) const;
  void prove_covering(Response& out, const dns::Name& name) const;
  // zone_denial.cpp
  std::vector<dns::Type> types_at(const dns::Name& owner) const;
  void make_nsec();
  void make_nsec3();
  void prove_no_ds(Response& out, const dns::Name& cut) const;
  void prove_hashed(Response& out, const dns::Name& name, bool itself) const;
  void prove_encloser(Response& out, const dns::Name& name) const;
  dns::RRsetPtr compact(const dns::Name& name) const;
  bool in_chain(const dns::Name& owner) const;
  static void push(std::vector<dns::RRsetPtr>& to, const dns::RRsetPtr& set);
  dns::RRsetPtr signed_copy(const dns::RRset& set, const Signing& how) const;

  dns::Name apex_;
  std::vector<Key> keys_;
  std::map<dns::Name, Node, CanonicalLess> nodes_;
  Denial denial_;
  Signing how_;
  std::map<Bytes, dns::RRsetPtr> hashed_;  ///< NSEC3 by hash
};
}  // namespace windlass::test
