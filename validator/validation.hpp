#pragma once
/// Validation: judges one piece of Evidence, step by step, from a trust anchor down.
///
///   walking --key of next zone unknown--> needs(DS or DNSKEY) --provide--> walking
///   walking --keys of the signer known--> checking --slice used up--> more --> checking
///   checking -------------------------------------------------------> secure | insecure | bogus
///   walking --a zone's DS or DNSKEY is bogus--> needs, anew: another server of it may be honest
///   any --request limit reached--> spent: another request's Work may carry it on
///
/// Sans-I/O: what it needs it asks for as a Question in a Verdict; the engine fetches it
/// (unvalidated) and provides it. Source: RFC 4033-4035, 5155, 6840, 9276. Never throws; bounded by
/// the limits table through Work.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "dns/edns.hpp"
#include "dns/evidence.hpp"
#include "dns/security.hpp"
#include "validator/trust_anchors.hpp"
namespace windlass::validator {

/// What one client request may still spend on cryptography; the resolver's Budget implements it.
/// Each call pays for one; false: nothing left, the work must not be done.
class Work {
 public:
  virtual ~Work() = default;
  virtual bool pay_signature_check() = 0;
  virtual bool pay_signature_failure() = 0;
  virtual bool pay_nsec3_hash() = 0;
};

/// The cryptography of one turn of a worker's loop, at most crypto_slice, shared by all Validations
/// of that worker: however many run side by side, client packets wait for one slice only.
class Slice {
 public:
  void begin() noexcept { used_us_ = 0; }
  /// Leave for work of about this length. The first piece of a slice always has it, so that work
  /// gets on.
  bool take(std::int64_t cost_us, std::int64_t most_us) noexcept {
    if (used_us_ > 0 && used_us_ + cost_us > most_us) return false;
    used_us_ += cost_us;
    return true;
  }
  std::int64_t used_us() const noexcept { return used_us_; }

 private:
  std::int64_t used_us_ = 0;
};

struct ValidatorOptions {
  bool validation = true;
  std::vector<std::uint8_t> disabled_algorithms;  ///< treated as unsupported: insecure, never bogus
  bool key_tag_signal = true;  ///< servers of anchors' zones are told their key tags (RFC 8145)
  bool sentinel = true;        ///< clients may ask which keys of the root are trusted (RFC 8509)
};

// clang-format off
enum class VerdictKind : std::uint8_t { secure, insecure, bogus, indeterminate, spent, needs, more };
// clang-format on

struct Verdict {
  VerdictKind kind = VerdictKind::indeterminate;
  dns::Ede ede;  ///< bogus, indeterminate, spent: why (zone, key tag, times, the limit); insecure:
                 ///< may say why
  /// needs: what must be provided before the next step; bogus: the DS or DNSKEY that fails its
  /// zone; else of type none.
  dns::Question question;
  /// Another server may know better. needs: than what was provided for `question` and is not
  /// believed; provide(nullptr) when there is none to be asked. bogus: than the evidence itself.
  /// Never said where a limit ended the work, or the zone was bogus before.
  bool anew = false;
  dns::Name zone;  ///< whose keys or data the verdict is about
  /// bogus only because a DS or DNSKEY could not be fetched: says nothing about the data, remember
  /// it no longer than that failure (never under the question when a budget or deadline was the
  /// cause).
  bool unreachable = false;
  std::uint32_t ttl_most =
      0xFFFFFFFFu;  ///< secure: TTLs must not exceed this (original TTL, time to expiration)
};

/// One RRset that a Validation verified on its way.
struct Verified {
  dns::Name zone;          ///< whose keys signed it
  std::uint32_t ttl_most;  ///< seconds; its TTL, original TTL, time to expiration
};

/// What of an RRSIG people compare.
struct SignatureFacts {
  std::uint16_t key_tag = 0;
  std::uint8_t algorithm = 0;
  std::uint32_t inception = 0, expiration = 0;  ///< serial numbers (RFC 4034 3.1.5)
};

/// One link of the chain of trust for `why`, in the order judged.
struct ChainStep {
  enum class Link : std::uint8_t {
    anchor,           ///< trust anchors of the zone
    ds,               ///< DS of the zone, as its parent has it
    no_ds,            ///< the parent's proof that there is none
    no_cut,           ///< no zone begins at this name
    dnskey,           ///< the zone's keys
    data,             ///< what is judged: an RRset or a denial
    kept,             ///< the zone was judged before
    negative_anchor,  ///< nothing is followed from here on
  };
  Link link = Link::data;
  std::string zone;  ///< "example.org."
  std::string what;  ///< "DS 12345 (ECDSAP256SHA256, SHA-256)", "NSEC of example.org. has no DS"
  std::optional<SignatureFacts> by;
  dns::Security verdict = dns::Security::secure;
  dns::Ede ede;         ///< why it is not secure
  bool failed = false;  ///< the link that breaks the chain
};
std::string_view name_of(ChainStep::Link link);

/// Zones whose keys are known (or known to be insecure or bogus), per worker: the cache of parsed
/// keys. Bounded by count; entries end with the TTLs of DS and DNSKEY, at most 1 day (bogus:
/// bogus_ttl), and with their trust epoch.
class KeyStore {
 public:
  explicit KeyStore(std::size_t entries_max = 20'000);
  ~KeyStore();
  KeyStore(KeyStore&&) noexcept;
  KeyStore& operator=(KeyStore&&) noexcept;
  void clear();
  std::size_t size() const noexcept;
  std::size_t memory_octets() const noexcept;
  struct Impl;
  Impl& impl() noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

class Validation {
 public:
  struct Context {  ///< borrowed for the Validation's life, except anchors (kept)
    const ValidatorOptions& options;
    const Limits& limits;
    KeyStore& keys;
    Metrics& metrics;
    TrustAnchors::Ptr anchors;
    std::uint32_t partition = 0;
    bool trace = false;      ///< keep ChainSteps
    bool fresh = false;      ///< do not use kept keys (why): still stores them
    Slice* slice = nullptr;  ///< of the worker's turn; nullptr: each step has one of its own
  };
  Validation(Context context, dns::Evidence evidence);
  ~Validation();
  Validation(Validation&&) noexcept;

  /// One step; call again after provide(), or with the next slice when it says `more`.
  Verdict step(const Now& now, Work& work);
  /// The answer to the last `needs`: raw evidence, or nullptr with the reason it could not be had.
  /// An NXDOMAIN answers for every type of its name.
  void provide(const dns::Evidence* evidence, const std::optional<dns::Ede>& failure);
  const std::vector<ChainStep>& chain() const noexcept;
  /// Of the evidence given or provided. nullopt: it was not needed, not good, or from a wildcard.
  std::optional<Verified> verified(const dns::RRset& rrset) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
}  // namespace windlass::validator
