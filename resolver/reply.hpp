#pragma once
/// Reply: what one upstream message means for one question, after scrubbing.
///
/// Only what the asked zone may speak of is kept: records at or below its cut, on the chain from
/// the question's name, or proving a denial. Everything else is dropped unseen (RFC 2181 5.4.1,
/// attacks of class B): no NS beside an answer, no additional data but glue of the followed
/// Delegation.
#include <optional>
#include <vector>

#include "base/limits.hpp"
#include "cache/delegation.hpp"
#include "dns/edns.hpp"
#include "dns/evidence.hpp"
#include "dns/message_view.hpp"
namespace windlass::resolver {

enum class ReplyKind : std::uint8_t {
  answer,     ///< evidence[0] answers the question: data, alias or denial
  referral,   ///< `delegation` stands; evidence holds its DS or the proof that there is none
  lame,       ///< no word about the question from a server that should know
  refused,    ///< an RCODE that says nothing about the name
  malformed,  ///< broken in a way that another server may not be
};

struct Reply {
  ReplyKind kind = ReplyKind::lame;
  bool authoritative = false;
  /// For `answer`: the question's link first, then further links of the alias chain that this zone
  /// may speak of. It ends where a DNAME yields too long a name (YXDOMAIN).
  std::vector<dns::Evidence> evidence;
  std::vector<std::uint32_t> ttls;         ///< one per evidence
  dns::Name cut;                           ///< referral
  std::vector<cache::NameServer> servers;  ///< referral, with glue in bailiwick
  std::uint32_t delegation_ttl = 0;
  bool signed_child = false;  ///< referral with a DS RRset
  dns::Rcode rcode = dns::Rcode::noerror;
  std::optional<dns::Ede> ede;  ///< what the client should know of this answer
  const char* expected = "";    ///< malformed: instead of what; static
};

struct ReplyContext {
  dns::Name zone;  ///< cut of the asked Delegation (bailiwick)
  bool forwarded;  ///< the server recurses: no referrals, AA not expected
  std::uint16_t upstream_port;
  const Limits& limits;
};

Reply read_reply(const dns::MessageView& message, const dns::Name& name, dns::Type type,
                 const ReplyContext& context);

/// Root servers named in an answer to (., NS), with the addresses beside it (RFC 9609 priming).
std::vector<cache::NameServer> priming_servers(const dns::MessageView& message,
                                               const ReplyContext& context);
}  // namespace windlass::resolver
