#pragma once
/// LocalWord: what local zones say of one question, read from their message for the walk along
/// aliases.
///
/// Local data is the operator's own and not validated: its links are insecure, so no answer that
/// holds one gets AD. They do not age either: each RRset goes out with its own TTL.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cache/entry.hpp"
#include "dns/message_view.hpp"
#include "resolver/local_zones.hpp"
#include "resolver/options.hpp"
#include "resolver/realms.hpp"
namespace windlass::resolver {

struct LocalWord {
  enum class Kind : std::uint8_t {
    outside,   ///< no local zone covers the name
    links,     ///< aliases, or aliases and what ends the answer
    referral,  ///< of a local zone: the name is resolved in `realm`
    failed,    ///< a local name without an answer: `why`. It is never sought outside instead
  };
  Kind kind = Kind::outside;
  std::vector<cache::EntryPtr> links;  ///< never empty for `links`
  LocalRealmPtr realm;
  std::string why;
};

/// `octets`: the message of `verdict` for `question`. `next`: where a chase goes on; nullptr: where
/// its links lead, which is checked otherwise. A truncated message counts as failed. `scope`: of
/// the view that asks.
LocalWord read_local(LocalZones::Verdict verdict, std::span<const std::uint8_t> octets,
                     const dns::Name* next, const dns::Question& question,
                     const ResolverOptions& options, cache::Partition scope = 0);
}  // namespace windlass::resolver
