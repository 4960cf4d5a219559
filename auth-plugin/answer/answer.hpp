#pragma once
/// The answer of a local zone, as a whole message (RFC 1034 4.3.2).
///
/// AA, EDNS, TC at RRset boundaries, names compressed, case kept. Signed zones: RRSIGs and proofs
/// when DO is set (RFC 4035 3.1, RFC 5155 7.2). ANY gets one RRset (RFC 8482). SVCB, HTTPS, MX,
/// SRV, NS: addresses of targets inside the zone in the additional section. A CNAME inside the
/// server's zones is followed there, at most `alias_hops` times and never around in a circle: there
/// the answer ends with the aliases it has (RFC 6604: the RCODE is the last name's).
///
/// Never allocates and never throws, as long as the store answers; a store's error is Said::error.
#include <span>

#include "auth-plugin/answer/lookup.hpp"
#include "auth-plugin/zone_map.hpp"
#include "dns/message_builder.hpp"
namespace windlass::auth {

/// The question as the ABI gives it, read once.
struct LocalQuestion {
  std::uint16_t id = 0;
  dns::Question question;
  bool rd = false, cd = false, edns = false, dnssec_ok = false, stream = false;
  std::size_t octets_max = 512;  ///< of the answer
};

enum class Said : std::uint8_t {
  done,
  referral,
  chase,
  not_ours,  ///< nothing is written: DS at an apex whose parent the resolver must ask
  error
};

struct Spoken {
  Said said = Said::error;
  std::size_t octets = 0;       ///< written; in a chase the aliases so far, in a referral all of it
  dns::Name next;               ///< chase: where to go on
  std::uint32_t ttl_max_s = 0;  ///< how long a cache may keep it, unless the zone changes
  /// All of the answer is the data of the zone it was asked of, whatever zones are ours: cacheable
  /// under its generation. Not so when an alias was followed or leads out, for its target may
  /// become a zone's of its own, and for DS at an apex, whose parent may become ours.
  bool single_zone = true;
};

/// `offers_referral`, `offers_chase`: what the host carries out, and only for questions with RD;
/// else the answer ends there, as an authoritative server's does (a referral without AA, a CNAME
/// without its target). DS at an apex is the parent's (RFC 4035 3.1.4.1): where a chase is offered
/// and no zone above is ours, the resolver asks for it; elsewhere the zone denies it.
struct AnswerOptions {
  bool offers_referral = false, offers_chase = false;
  std::uint16_t edns_payload = 1232;
  std::uint8_t alias_hops = 11;  ///< CNAMEs and DNAMEs followed; at most alias_hops_most
  static constexpr std::uint8_t alias_hops_most = 15;
};

/// `zone`: what zones.closest() gives for the question's name. `out`: at least 512 octets, as is
/// question.octets_max; else Said::error.
Spoken answer(const LocalQuestion& question, const ZoneFacts& zone, const ZoneMap& zones,
              ServeReader& reader, const AnswerOptions& options, std::span<std::uint8_t> out);
}  // namespace windlass::auth
