#pragma once
/// Denial of existence: do the NSEC or NSEC3 records of one Evidence prove what it says?
///
/// Records are chosen by what they say and only then verified; each must be signed by the zone,
/// must not come from a wildcard, and what an ancestor delegation (NS without SOA) or a DNAME owner
/// says does not count for names below it (RFC 6840 4.1). Source: RFC 4035 5.4, RFC 5155 8, RFC
/// 6840 4, RFC 9824.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/evidence.hpp"
#include "dns/nsec3.hpp"
#include "dns/rdata.hpp"
#include "validator/checker.hpp"
namespace windlass::validator {

/// secure: proven. insecure: proven as far as opt-out or too many iterations allow. bogus: not
/// proven, ede says why.
struct Proof {
  Outcome outcome = Outcome::bogus;
  dns::Ede ede;
  std::uint32_t ttl_most = 0xFFFFFFFFu;
  bool delegation =
      false;        ///< the name has NS but no SOA: a zone cut without DS when DS was denied
  std::string how;  ///< in words: "NSEC a.example. to c.example. covers b.example."
  std::optional<SignatureFacts> by;  ///< of a record it rests on, or that failed
};

/// Verifies proof records on demand and remembers the first failure and the least TTL of those
/// used.
class Witnesses {
 public:
  Witnesses(Checker& checker, const ZonePtr& zone)
      : checker_(&checker), keys_(zone), zone_(zone->zone) {}
  /// All records were verified before, with the keys of `zone`.
  explicit Witnesses(const dns::Name& zone) : checker_(nullptr), zone_(zone) {}
  const dns::Name& zone() const noexcept { return zone_; }
  Outcome trust(const dns::RRset& rrset);
  bool stopped() const noexcept { return stopped_; }
  void stop() noexcept { stopped_ = true; }

  Proof proven(std::string how, bool delegation = false) const;
  Proof insecure(dns::Ede ede, std::string how) const;
  /// Not proven: stopped, or bogus with the failure of a record that would have helped, else `ede`.
  Proof missing(const dns::Ede& ede) const;
  /// Precondition: stopped().
  Proof paused() const { return missing({}); }

 private:
  Checker* checker_;
  ZonePtr keys_;
  dns::Name zone_;
  dns::Ede failure_;
  std::optional<SignatureFacts> good_by_, failed_by_;
  bool failed_ = false, stopped_ = false;
  std::uint32_t ttl_most_ = 0xFFFFFFFFu;
};

/// NSEC3 hashes computed so far: one per name, salt and iterations in a Validation.
class HashMemo {
 public:
  /// nullopt: stopped.
  std::optional<dns::Nsec3Hash> hash(const dns::Name& name, dns::Octets salt,
                                     std::uint16_t iterations, Effort& effort);

 private:
  std::map<std::string, dns::Nsec3Hash> known_;
};

class NsecDenial {
 public:
  NsecDenial(const std::vector<dns::RRsetPtr>& proofs, Witnesses witnesses);
  NsecDenial(const std::vector<dns::RRsetPtr>& proofs, Checker& checker, const ZonePtr& zone)
      : NsecDenial(proofs, Witnesses(checker, zone)) {}
  bool empty() const noexcept { return entries_.empty(); }
  Proof nodata(const dns::Name& name, dns::Type type);
  Proof nxdomain(const dns::Name& name);
  /// `name` was answered by the wildcard below its last `encloser_labels` labels: nothing closer
  /// exists.
  Proof expansion(const dns::Name& name, std::size_t encloser_labels);

 private:
  struct Entry {
    const dns::RRset* rrset;
    dns::Name owner;
    dns::NsecView nsec;
  };
  bool covers(const Entry& entry, const dns::Name& name) const;
  static bool speaks_for(const Entry& entry, const dns::Name& name);
  static std::size_t encloser_labels(const Entry& entry, const dns::Name& name);
  const Entry* trusted_cover(const dns::Name& name);
  std::optional<Proof> nodata_at(const Entry& entry, const dns::Name& name, dns::Type type);
  std::optional<Proof> empty_non_terminal(const dns::Name& name);
  std::optional<Proof> wildcard_nodata(const Entry& cover, const dns::Name& name, dns::Type type);
  std::vector<Entry> entries_;
  Witnesses witnesses_;
};

class Nsec3Denial {
 public:
  Nsec3Denial(const std::vector<dns::RRsetPtr>& proofs, Witnesses witnesses, Effort& effort,
              HashMemo& memo);
  Nsec3Denial(const std::vector<dns::RRsetPtr>& proofs, Checker& checker, const ZonePtr& zone,
              HashMemo& memo)
      : Nsec3Denial(proofs, Witnesses(checker, zone), checker.effort(), memo) {}
  bool empty() const noexcept { return entries_.empty(); }
  Proof nodata(const dns::Name& name, dns::Type type);
  Proof nxdomain(const dns::Name& name);
  Proof expansion(const dns::Name& name, std::size_t encloser_labels);

 private:
  struct Entry : dns::Nsec3Record {
    const dns::RRset* rrset;
  };
  struct Encloser {
    dns::Name name;
    const Entry* next_closer;  ///< covers the next closer name
  };
  void add(const dns::RRsetPtr& rrset, std::size_t most);
  std::optional<Proof> too_many_iterations();
  const Entry* find(const dns::Name& name, bool covering);
  const Entry* trusted(const dns::Name& name, bool covering);
  const Entry* match(const dns::Name& name) { return trusted(name, false); }
  const Entry* cover(const dns::Name& name) { return trusted(name, true); }
  std::optional<Encloser> closest_encloser(const dns::Name& name);
  Proof nodata_at(const Entry& entry, const dns::Name& name, dns::Type type);
  Proof nodata_below(const dns::Name& name, dns::Type type);
  Proof opt_out(const dns::Name& name) const;
  std::vector<Entry> entries_;
  Witnesses witnesses_;
  Effort& effort_;
  HashMemo& memo_;
};

/// The name does not exist and says so by compact denial, a record of its own with NXNAME (RFC 9824
/// 3.1): whatever the RCODE was, and a client could not tell from it that nothing is below.
bool denied_by_nxname(const dns::Evidence& evidence);

/// "NSEC of example.org. has no A"
std::string lacks_text(std::string_view record, const dns::Name& name, dns::Type type);
/// What NSEC records of `zone`, found secure before, prove of (name, type); nullopt: nothing.
std::optional<dns::Finding> denied_by(const std::vector<dns::RRsetPtr>& nsec, const dns::Name& zone,
                                      const dns::Name& name, dns::Type type);
/// The wildcard that would stand for `name`, when `nsec` covers it (RFC 4035 5.4).
std::optional<dns::Name> wildcard_beside(const dns::RRset& nsec, const dns::Name& name);

/// Why a bitmap at the name itself does not deny (name, type); nullptr when it does (RFC 4035 5.4,
/// RFC 6840 4.1-4.4).
const char* objection(const dns::TypeBitmap& types, const dns::Name& name, dns::Type type);
inline constexpr const char* is_a_delegation = "is that of a delegation";
/// A zone cut seen from above.
inline bool is_delegation(const dns::TypeBitmap& types) {
  return types.has(dns::Type::ns) && !types.has(dns::Type::soa);
}
}  // namespace windlass::validator
