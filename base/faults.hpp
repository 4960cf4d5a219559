#pragma once
/// The faults table: everything for which an answer is refused, or is worth less than it could be.
///
/// A row is the reason a client gets as Extended DNS Error (RFC 8914: code and text), the words of
/// the log and of `why`, a line of docs/reference/failures.md and, for verdicts of the validator, a
/// value of the label `reason` of `dnssec_bogus_total`. Texts are made from their row alone:
/// dns::because().
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
namespace windlass {

/// What a client gets besides the reason.
enum class Gets : std::uint8_t {
  bogus,      ///< SERVFAIL: validation failed (with CD the data)
  unproven,   ///< SERVFAIL: it could not be found out whether the data is to be trusted
  insecure,   ///< the data, without AD
  failed,     ///< SERVFAIL: servers failed, a bound was reached, we are not ready, or that is meant
  refused,    ///< REFUSED, NOTAUTH, NOTIMP or FORMERR: the question itself is not wanted
  synthetic,  ///< an answer that no server gave in these words, or none now
};

// clang-format off
//       key                  code  gets       text
#define WINDLASS_FAULTS(ROW) \
  ROW(signature_expired,        7, bogus,     "{rrset}: the RRSIG of {key} has expired ({inception} to {expiration}, now {now})") \
  ROW(signature_not_yet_valid,  8, bogus,     "{rrset}: the RRSIG of {key} is not yet valid ({inception} to {expiration}, now {now})") \
  ROW(signature_never_valid,   25, bogus,     "{rrset}: the RRSIG of {key} expires before it is valid ({inception} to {expiration}, now {now})") \
  ROW(clock_ahead,              7, bogus,     "{rrset}: all RRSIGs of the root's keys have expired, that of {key} on {expiration}; is this machine's clock wrong? It says {now}") \
  ROW(clock_behind,             8, bogus,     "{rrset}: no RRSIG of the root's keys is valid yet, that of {key} from {inception}; is this machine's clock wrong? It says {now}") \
  ROW(signature_wrong,          6, bogus,     "{rrset}: the signature of {key} is wrong") \
  ROW(signature_limit,          6, bogus,     "{rrset}: limit {limit} ({number}) reached before a signature was found good") \
  ROW(keys_of_one_tag,          6, bogus,     "{zone} has several keys of one tag, and failed by them: {why}") \
  ROW(rrsig_missing,           10, bogus,     "{rrset}: no RRSIG, but {zone} is signed") \
  ROW(rrsig_unusable,          10, bogus,     "{rrset}: no usable RRSIG, but {zone} is signed") \
  ROW(rrsig_unsupported,       10, bogus,     "{rrset}: only RRSIGs of unsupported algorithms ({algorithm}), but {zone} is signed with others") \
  ROW(signer_other,             6, bogus,     "{rrset}: signed by {signer}, not by its zone {zone}") \
  ROW(signer_no_zone,           6, bogus,     "{rrset}: signed by {signer}, which is no zone below {zone}") \
  ROW(label_count,              6, bogus,     "{rrset}: the RRSIG of {key} has an impossible label count {labels}") \
  ROW(key_missing,              9, bogus,     "{rrset}: no usable DNSKEY of {zone} is {key}") \
  ROW(key_malformed,            9, bogus,     "{rrset}: {key} of {zone} is malformed") \
  ROW(key_too_large,            9, bogus,     "{rrset}: {key} of {zone} is beyond limit rsa_bits ({bits}) or rsa_exponent_bits ({number})") \
  ROW(ds_without_key,           9, bogus,     "{zone} DNSKEY: key {tag} ({algorithm}) of the DS is not there") \
  ROW(ds_other_digest,          9, bogus,     "{zone} DNSKEY: key {tag} ({algorithm}) has not the digest of its DS") \
  ROW(anchor_without_key,       9, bogus,     "{zone} DNSKEY: key {tag} ({algorithm}) of the trust anchor is not there") \
  ROW(anchor_other_digest,      9, bogus,     "{zone} DNSKEY: key {tag} ({algorithm}) has not the digest of the trust anchor") \
  ROW(key_no_zone_bit,         11, bogus,     "{zone} DNSKEY: key {tag} has no zone key bit") \
  ROW(key_other_protocol,       9, bogus,     "{zone} DNSKEY: key {tag} has not protocol 3") \
  ROW(key_revoked,              9, bogus,     "{zone} DNSKEY: key {tag} is revoked") \
  ROW(dnskey_absent,            9, bogus,     "{zone} has no DNSKEY, but a DS or a trust anchor") \
  ROW(denial_missing,          12, bogus,     "{rrset}: no NSEC or NSEC3 of {zone} proves that it does not exist") \
  ROW(denial_contradicts,      12, bogus,     "{rrset}: the {nsec} {objection}") \
  ROW(nodata_unproven,         12, bogus,     "{rrset}: no {nsec} of {zone} proves that the type does not exist") \
  ROW(nxdomain_unproven,       12, bogus,     "{name}: no {nsec} of {zone} proves that the name does not exist") \
  ROW(wildcard_not_denied,     12, bogus,     "{name}: no {nsec} of {zone} proves that there is no {wildcard}") \
  ROW(expansion_unproven,      12, bogus,     "{name}: no {nsec} of {zone} proves that it may come from a wildcard") \
  ROW(denial_expanded,         12, bogus,     "{rrset}: a denial that is expanded from a wildcard proves nothing") \
  ROW(wildcard_forbidden,       6, bogus,     "{rrset}: this type is never expanded from a wildcard") \
  ROW(dname_unfit,              6, bogus,     "{rrset}: its DNAME is expanded from a wildcard or not alone") \
  ROW(alias_malformed,          6, bogus,     "{rrset}: malformed") \
  ROW(alias_other,              6, bogus,     "{rrset}: not what the DNAME of {owner} yields") \
  ROW(soa_other,                6, bogus,     "{rrset}: not the SOA of {zone}") \
  ROW(no_evidence,              6, bogus,     "{rrset}: the answer holds {what}") \
  ROW(dnskey_unfetched,         9, unproven,  "{zone} DNSKEY: {why}") \
  ROW(ds_unfetched,             5, unproven,  "{zone} DS: {why}") \
  ROW(algorithm_unsupported,    1, insecure,  "{zone} has only DS records of unsupported algorithms: {algorithm}") \
  ROW(anchor_unsupported,       1, insecure,  "{zone} has only trust anchors of unsupported algorithms: {algorithm}") \
  ROW(digest_unsupported,       2, insecure,  "{zone} has only DS records of unsupported digests: {digest}") \
  ROW(anchor_digest_unsupported, 2, insecure, "{zone} has only trust anchors of unsupported digests: {digest}") \
  ROW(nsec3_iterations,        27, insecure,  "{zone}: {number} NSEC3 iterations, limit nsec3_iterations is {limit}") \
  ROW(negative_anchor,          0, insecure,  "negative trust anchor {name}") \
  ROW(servers_silent,          22, failed,    "{zone}: {server} and all its other servers have not answered for long; asked again at most {number} s apart") \
  ROW(timeout,                 22, failed,    "{server} did not answer {rrset} (zone {zone}) in time") \
  ROW(server_refuses,          22, failed,    "{server} answers {rrset} (zone {zone}) with {rcode}") \
  ROW(lame,                    22, failed,    "{server} has no answer to {rrset} (zone {zone}): it is lame") \
  ROW(no_server,               22, failed,    "no server of {zone} could be asked") \
  ROW(circle,                  22, failed,    "{rrset} waits for its own answer") \
  ROW(deadline,                22, failed,    "no answer within {number} ms (limit request_time){last}") \
  ROW(network,                 23, failed,    "{server} could not be asked for {rrset} (zone {zone}): network error") \
  ROW(answer_malformed,        23, failed,    "{server} answers {rrset} (zone {zone}) malformed: expected {what}") \
  ROW(answer_truncated,        23, failed,    "{server} answers {rrset} (zone {zone}) truncated over TCP") \
  ROW(answer_too_large,        23, failed,    "{server} answers {rrset} (zone {zone}) beyond a limit: expected {what}") \
  ROW(sentinel,                 0, failed,    "root key sentinel: key {tag} of the root is {trusted} here") \
  ROW(dname_too_long,           0, synthetic, "the DNAME substitution of {name} is too long") \
  ROW(limit_reached,            0, failed,    "limit {limit} ({number}) reached") \
  ROW(overloaded,              14, failed,    "limit {limit} ({number}) reached, ask again later") \
  ROW(no_socket,               14, failed,    "no socket for another question") \
  ROW(mailbox_full,            14, failed,    "the mailbox of the question's worker is full") \
  ROW(reconfigured,            14, failed,    "the configuration changed") \
  ROW(shutting_down,           14, failed,    "the resolver is shutting down") \
  ROW(local_zone,              14, failed,    "local zone of {name}: {why}") \
  ROW(plugin,                  14, failed,    "the local zone's plugin could not answer") \
  ROW(not_allowed,             18, refused,   "this address may not ask here") \
  ROW(not_cached,              20, refused,   "not cached, and recursion was not asked for") \
  ROW(not_local,               20, refused,   "no local zone covers the name") \
  ROW(class_other,             21, refused,   "only class IN is served here") \
  ROW(type_of_no_data,         30, refused,   "{type} is no type of data") \
  ROW(rebinding,               15, synthetic, "{rrset}: the private address {address} was taken out (recursion.rebinding_protection)") \
  ROW(special_name,            29, synthetic, "{name} is a special name ({rfc}): answered here, asked of nobody") \
  ROW(ancestor_absent,         29, synthetic, "{name} does not exist, so nothing below it does (RFC 8020)") \
  ROW(stale_answer,             3, synthetic, "{rrset}: kept though its TTL is over, for want of anything fresher: {why}") \
  ROW(stale_nxdomain,          19, synthetic, "{rrset}: the denial is kept though its TTL is over, for want of anything fresher: {why}")
// clang-format on

enum class Fault : std::uint8_t {
#define WINDLASS_ROW(key, ...) key,
  WINDLASS_FAULTS(WINDLASS_ROW)
#undef WINDLASS_ROW
      none
};

struct FaultRow {
  Fault id;
  std::string_view key;
  std::uint16_t ede;  ///< INFO-CODE of RFC 8914
  Gets gets;
  std::string_view text;  ///< what stands in braces is filled in
};

inline constexpr auto fault_table = std::to_array<FaultRow>({
#define WINDLASS_ROW(key, ede, gets, text) {Fault::key, #key, ede, Gets::gets, text},
    WINDLASS_FAULTS(WINDLASS_ROW)
#undef WINDLASS_ROW
});

/// Precondition: not none.
constexpr const FaultRow& row_of(Fault fault) {
  return fault_table[static_cast<std::size_t>(fault)];
}

/// Verdicts of the validator stand in front: their number.
inline constexpr std::size_t verdict_faults = [] {
  std::size_t count = 0;
  for (const FaultRow& row : fault_table)
    count += row.gets == Gets::bogus || row.gets == Gets::unproven ? 1 : 0;
  return count;
}();

/// How many gaps the text of a row has.
constexpr std::size_t gaps_of(std::string_view text) {
  std::size_t gaps = 0;
  for (const char c : text) gaps += c == '{' ? 1 : 0;
  return gaps;
}

/// `text` with its gaps filled in their order. The longest fillings lose their middle until the
/// whole has at most `most` octets, so that what is short (key tags, times, limits) is always told.
std::string filled(std::string_view text, std::span<const std::string_view> gaps, std::size_t most);
}  // namespace windlass
