#include "resolver/local_word.hpp"

#include <limits>

#include "dns/rdata.hpp"
#include "resolver/outcome.hpp"
#include "resolver/reply.hpp"

namespace windlass::resolver {
namespace {
using Verdict = LocalZones::Verdict;

LocalWord failed(std::string why) {
  return {LocalWord::Kind::failed, {}, nullptr, std::move(why)};
}

cache::EntryPtr entry_of(dns::Evidence evidence) {
  auto entry = std::make_shared<cache::Entry>();
  entry->evidence = std::move(evidence);
  entry->rank = cache::Rank::authoritative;
  entry->security = cache::Security::insecure;
  entry->epoch = std::numeric_limits<std::uint64_t>::max();
  entry->expires_age_ms = ageless;
  return entry;
}

/// Where the last link leads; nullopt: it is no alias.
std::optional<dns::Name> end_of(const std::vector<cache::EntryPtr>& links, dns::Type asked) {
  const dns::Evidence& last = links.back()->evidence;
  if (!last.alias_for(asked)) return std::nullopt;
  const auto target = dns::name_of(last.rrset->rdata().front());
  return target ? std::optional(*target) : std::nullopt;
}

LocalWord links_of(Reply& reply, bool chase, const dns::Name* next, dns::Type asked) {
  if (reply.kind != ReplyKind::answer || reply.evidence.empty())
    return failed("its answer is none: " + dns::to_text(reply.rcode));
  LocalWord word{LocalWord::Kind::links, {}, nullptr, {}};
  for (dns::Evidence& evidence : reply.evidence)
    word.links.push_back(entry_of(std::move(evidence)));
  if (!chase) return word;
  const auto end = end_of(word.links, asked);
  if (!end || (next != nullptr && !(*end == *next)))
    return failed("its links do not lead to the name they should");
  return word;
}
}  // namespace

LocalWord read_local(Verdict verdict, std::span<const std::uint8_t> octets, const dns::Name* next,
                     const dns::Question& question, const ResolverOptions& options,
                     cache::Partition scope) {
  if (verdict == Verdict::not_mine) return {};
  const bool speaks =
      verdict == Verdict::done || verdict == Verdict::chase || verdict == Verdict::referral;
  if (!speaks) return failed("it gave no answer");
  const auto message = dns::MessageView::parse(octets);
  if (!message) return failed(std::string("malformed: expected ") + message.error().expected);
  if (message->header().tc()) return failed("its answer is truncated");
  Reply reply = read_reply(*message, question.name, question.type,
                           {dns::Name{}, false, options.upstream_port, options.limits});
  if (verdict != Verdict::referral)
    return links_of(reply, verdict == Verdict::chase, next, question.type);
  if (reply.kind != ReplyKind::referral) return failed("its referral names no server");
  return {LocalWord::Kind::referral, {}, local_realm(std::move(reply), scope), {}};
}
}  // namespace windlass::resolver
