#pragma once
/// Checker: verifies RRsets with the keys of a zone (RFC 4035 5.3), each pair at most once,
/// resumable.
///
/// For every RRSIG the cheap questions come first: type covered, signer, label count, times,
/// algorithm, a key of that tag. Only what passes them costs cryptography: at most rrsigs_per_rrset
/// signatures, each with at most equal_tag_keys keys.
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "dns/rdata.hpp"
#include "dns/rrset.hpp"
#include "validator/effort.hpp"
#include "validator/zone_keys.hpp"
namespace windlass::validator {

enum class Outcome : std::uint8_t { secure, insecure, bogus, stopped };

/// What came of checking one RRset: secure, or bogus with the reason that says most.
struct Checked {
  Outcome outcome = Outcome::bogus;
  dns::Ede ede;
  std::uint32_t ttl_most = 0xFFFFFFFFu;  ///< original TTL, seconds to expiration
  std::uint32_t original_ttl = 0;        ///< as the RRSIG says
  /// The RRSIG that made it secure, or of which `ede` speaks; nullopt: there is none.
  std::optional<SignatureFacts> by;
  std::uint8_t labels = 0;  ///< RRSIG labels field
  bool expanded = false;    ///< from a wildcard: RRSIG labels below those of the owner
};

class Checker {
 public:
  Checker(const ValidatorOptions& options, Effort& effort) : options_(options), effort_(effort) {}
  /// Known and not disabled.
  bool supports(std::uint8_t algorithm) const noexcept;
  /// The answer that checks are charged to from now on.
  void charge(Fetch& fetch) noexcept {
    fetch_ = &fetch;
    effort_.begin_answer();
  }
  /// nullptr: stopped, ask again in the next step. Both must outlive this Checker.
  const Checked* check(const dns::RRset& rrset, const ZonePtr& zone);
  /// The zone whose keys verified `rrset`, of its own name and not of a wildcard, and how long that
  /// lasts; nullopt: not verified here.
  std::optional<Verified> verified(const dns::RRset& rrset) const;
  Effort& effort() noexcept { return effort_; }
  /// The answer charged last has used up its failures, and keys of one tag had a part in it: what
  /// KeyTrap (CVE-2023-50387) lives on, and hardly ever an honest zone.
  bool trapped() const noexcept;

 private:
  struct Candidate {
    dns::RrsigView rrsig;
    std::size_t key;
  };
  struct Progress {
    const dns::RRset* rrset;
    ZonePtr zone;
    std::vector<Candidate> candidates;
    std::size_t next = 0;
    bool done = false;
    int rank = -1;  ///< of the reason in result.ede
    Checked result;
  };
  Progress& progress_of(const dns::RRset& rrset, const ZonePtr& zone);
  static std::optional<SignatureFacts> facts_of(const dns::RrsigView* rrsig);
  void collect(Progress& progress);
  bool fits(Progress& progress, const dns::RrsigView& rrsig);
  bool in_time(Progress& progress, const dns::RrsigView& rrsig, bool root_keys);
  std::size_t add_candidates(Progress& progress, const dns::RrsigView& rrsig);
  bool advance(Progress& progress);
  bool parse_key(Progress& progress, const dns::RrsigView& rrsig, ZoneKey& key);
  void accept(Progress& progress, const dns::RrsigView& rrsig);
  /// Keeps the reason that says most and the RRSIG it speaks of; `reason` makes it, if so.
  template <class Reason>
  void note(Progress& progress, int rank, const dns::RrsigView* rrsig, Reason reason) {
    if (rank <= progress.rank) return;
    progress.rank = rank;
    progress.result.by = facts_of(rrsig);
    progress.result.ede = reason();
  }

  const ValidatorOptions& options_;
  Effort& effort_;
  Fetch own_fetch_;
  Fetch* fetch_ = &own_fetch_;
  bool collided_ = false;
  std::deque<Progress> progress_;
  std::vector<std::uint8_t> image_;
};

/// "example.org. A"
std::string rrset_text(const dns::Name& name, dns::Type type);
std::string describe(const dns::RRset& rrset);
/// Labels as an RRSIG counts them: without the root and a leading "*" (RFC 4034 3.1.3).
std::size_t signed_labels(const dns::Name& owner) noexcept;
}  // namespace windlass::validator
