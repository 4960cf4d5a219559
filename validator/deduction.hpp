#pragma once
/// Deduction: what records found secure before say of a name nobody has asked for (RFC 8198).
///
/// Proves from them what it says, as if a server had sent them with its answer; only stricter: a
/// span that opted out denies nothing (5.4). A wildcard's RRset answers for names that do not exist
/// below its encloser (5.3). Hashes are charged to the Effort, and computed once
/// each. Pure, given the records.
#include <optional>
#include <vector>

#include "dns/evidence.hpp"
#include "dns/nsec3.hpp"
#include "validator/denial.hpp"
namespace windlass::validator {

/// Records of one zone, found secure under today's anchors and not yet ended.
class Records {
 public:
  virtual ~Records() = default;
  /// The NSEC at `name`, else the one before it in canonical order; nullptr: not known.
  virtual dns::RRsetPtr nsec(const dns::Name& name) = 0;
  /// The NSEC3 at `hash`, else the one before it on the ring; nullptr: not known.
  virtual dns::RRsetPtr nsec3(const dns::Nsec3Hash& hash) = 0;
  /// Of all that nsec3() gives; nullopt: it gives none.
  virtual std::optional<dns::Nsec3Parameters> parameters() = 0;
  /// The RRset of `type`, or the CNAME, that stands at a wildcard; nullptr: not known.
  virtual dns::RRsetPtr at_wildcard(const dns::Name& wildcard, dns::Type type) = 0;
};

struct Deduction {
  dns::Finding finding = dns::Finding::nxdomain;
  std::vector<dns::RRsetPtr> proofs;  ///< NSEC or NSEC3, without the SOA
  dns::RRsetPtr wildcard = nullptr;   ///< positive: at_wildcard()'s, to be made out for the name
};

class Deducer {
 public:
  Deducer(Records& records, const dns::Name& zone, Effort& effort)
      : records_(records), zone_(zone), effort_(effort) {}
  /// nullopt: they prove nothing of it, or stopped().
  std::optional<Deduction> deduce(const dns::Name& name, dns::Type type);
  /// The Effort has no leave for another hash: its take_stop() says why.
  bool stopped() const noexcept { return stopped_; }

 private:
  struct Seen;
  std::optional<Deduction> by_nsec(const dns::Name& name, dns::Type type);
  std::optional<Deduction> by_nsec3(const dns::Name& name, dns::Type type);
  std::optional<Deduction> below(const Seen& encloser, const dns::Name& next_closer,
                                 const Seen& cover, dns::Type type);
  std::optional<Deduction> denied_below(const Seen& encloser, const dns::Name& next_closer,
                                        const Seen& cover, const dns::Name& wildcard,
                                        dns::Type type);
  std::optional<Deduction> proven(std::vector<dns::RRsetPtr> proofs, const dns::Name& name,
                                  dns::Type type);
  dns::RRsetPtr wildcard_for(const dns::Name& wildcard, dns::Type type);
  Seen look(const dns::Name& name);

  Records& records_;
  const dns::Name& zone_;
  Effort& effort_;
  HashMemo memo_;
  dns::Nsec3Parameters parameters_;
  bool stopped_ = false;
};

/// Is it an NSEC or NSEC3 worth keeping for other names? Not where it covers next to nothing:
/// minimally covering records (RFC 4470, RFC 7129 appendix B, RFC 9824) come anew for each name.
/// Nor an NSEC3 that opted out at a delegation: its span denies nothing, its bitmap hardly more.
/// Nor one of too many iterations (RFC 9276 3.2).
bool speaks_of_others(const dns::RRset& rrset, std::int64_t iterations_most);

/// The same records and RRSIGs at another name.
dns::RRsetPtr at_name(const dns::RRset& rrset, const dns::Name& owner);
/// The wildcard's RRset that `rrset` was made from, by the labels of all its RRSIGs; nullptr: from
/// none, or of a type that is made for nobody else (RFC 4592 4).
dns::RRsetPtr wildcard_of(const dns::RRset& rrset);
}  // namespace windlass::validator
