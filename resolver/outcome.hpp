#pragma once
/// What a Resolution ends with, and what a client request is answered with.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "base/metrics.hpp"
#include "cache/cache.hpp"
#include "cache/entry.hpp"
#include "dns/edns.hpp"
namespace windlass::resolver {

/// One question as the engine knows it. The class is always IN.
struct Key {
  dns::Name name;
  dns::Type type = dns::Type::none;
  cache::Partition partition = 0;
  friend bool operator==(const Key&, const Key&) = default;
};

/// "www.example.org. A"
inline std::string summary(const Key& key) {
  return key.name.to_text() + " " + dns::to_text(key.type);
}

struct KeyHash {
  HashKey seed;
  std::size_t operator()(const Key& key) const noexcept {
    return key.name.hash(seed) ^ (static_cast<std::size_t>(key.type) << 32) ^ key.partition;
  }
};

/// Why there is no entry.
enum class Failure : std::uint8_t {
  none,
  servers,   ///< its own servers or data failed: remembered under the question (RFC 9520)
  spent,     ///< the payer's Budget ended: never remembered
  deadline,  ///< likewise
  cycle,     ///< the question waits for itself: never remembered
  overload,  ///< no room to begin: never remembered
};

/// The end of one Resolution: an entry (judged, or raw when only raw waiters asked), or a failure.
struct Outcome {
  cache::EntryPtr entry;
  Failure failure = Failure::none;
  std::optional<dns::Ede> ede;
};

/// Expiry of what is no cached copy: data of local zones and of special names.
constexpr std::int64_t ageless = std::numeric_limits<std::int64_t>::max();
/// The TTL with which a client gets this RRset of this link.
inline std::uint32_t ttl_of(const cache::Entry& link, const dns::RRset& rrset,
                            std::int64_t age_ms) {
  if (link.stale()) return link.stale_ttl_s;
  return link.expires_age_ms == ageless ? rrset.ttl() : link.ttl_left(age_ms);
}

/// The links of one answer, aliases first. Fixed room (the row cname_hops allows no more), so that
/// a hit in the cache allocates nothing.
class Chain {
 public:
  static constexpr std::size_t room = 16;
  bool push(cache::EntryPtr entry) {
    if (size_ == room) return false;
    return links_[size_++] = std::move(entry), true;
  }
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  const cache::EntryPtr& back() const { return links_[size_ - 1]; }
  const cache::EntryPtr* begin() const noexcept { return links_.data(); }
  const cache::EntryPtr* end() const noexcept { return links_.data() + size_; }

 private:
  std::array<cache::EntryPtr, room> links_;
  std::size_t size_ = 0;
};

/// The whole answer to a client request: the chain of aliases and what stands at its end.
struct Answer {
  dns::Rcode rcode = dns::Rcode::servfail;
  cache::Security security = cache::Security::indeterminate;
  Chain chain;                 ///< empty when the request failed
  bool authoritative = false;  ///< the name asked for is a local zone's or a special one (AA)
  std::optional<dns::Ede> ede;
  Source source = Source::recursion;
  std::uint32_t upstream_queries = 0;
  bool servers_failed = false;  ///< nobody of the question's own servers answered as one should
  bool translated = false;      ///< its addresses are DNS64's (RFC 6147)
  bool stranger = false;        ///< some name on the way may not hold private addresses
  bool near_end = false;        ///< some link from the cache should be fetched anew
};
}  // namespace windlass::resolver
