// Front: local zones before the recursion, and what of theirs the recursion carries on.
#include <algorithm>

#include "dns/because.hpp"
#include "resolver/front.hpp"

namespace windlass::resolver {
namespace {
using Verdict = LocalZones::Verdict;
using dns::Rcode;
}  // namespace

void Front::set_local(LocalZones* local) noexcept {
  local_ = local;
  engine_.set_local(local);
}

/// What a local zone owes an answer it did not give.
Front::Taken Front::broken(const ClientQuery& query, std::span<std::uint8_t> out) {
  static const dns::Ede failed = dns::because<Fault::plugin>();
  return {Fate::answered, refuse(query, Rcode::servfail, out, &failed)};
}

/// The local zone's message as it is.
Front::Taken Front::whole(const ClientQuery& query, std::span<const std::uint8_t> octets,
                          Source source, const Now& now, std::span<std::uint8_t> out) {
  if (octets.size() < dns::HeaderView::size_octets || octets.size() > limit_octets(query))
    return broken(query, out);
  if (octets.data() != out.data()) std::copy(octets.begin(), octets.end(), out.begin());
  out[3] |= 0x80;  // RA: recursion is to be had here
  const auto message = out.first(with_options(query, octets.size(), out));
  count_source(query, source, now);
  count(query, static_cast<Rcode>(out[3] & 0xF), nullptr, message.size());
  return {Fate::answered, message};
}

std::optional<Front::Taken> Front::ask_local(const ClientQuery& query,
                                             std::span<const std::uint8_t> message,
                                             const FrontOptions& options, const Now& now,
                                             std::span<std::uint8_t> out) {
  if (local_ == nullptr) return std::nullopt;
  const View& view = engine_.in(query.view);
  // A message may say more than its first zone does: the engine takes it apart.
  if (view.local_zones && !engine_.sees_local(view, query.question.name)) return std::nullopt;
  if (view.local_zones) return begin(query, std::nullopt, options, now, out);
  LocalZones::Reply reply;
  const LocalZones::Query asked{message, limit_octets(query), options.peer, options.ticket};
  const Verdict verdict = local_->answer(asked, out, reply);
  if (verdict == Verdict::not_mine) return std::nullopt;
  if (verdict == Verdict::pending && options.ticket != 0) return Taken{Fate::pending};
  if (verdict == Verdict::done && reply.kept && !query.dns64)
    return whole(query, out.first(std::min(reply.written, out.size())), Source::answer_cache, now,
                 out);
  return settle(query, verdict, out.first(std::min(reply.written, out.size())), &reply.next,
                options, now, out);
}

/// A local name without an AAAA, for a client that is to have one of its A: the engine goes on.
std::optional<Front::Taken> Front::translate(const ClientQuery& query, Verdict verdict,
                                             std::span<const std::uint8_t> octets,
                                             const FrontOptions& options, const Now& now,
                                             std::span<std::uint8_t> out) {
  if (verdict != Verdict::done || !query.dns64) return std::nullopt;
  LocalWord word = read_local(verdict, octets, nullptr, query.question, engine_.options(),
                              engine_.in(query.view).scope);
  const bool absent = word.kind == LocalWord::Kind::links &&
                      word.links.back()->evidence.finding == dns::Finding::nodata;
  if (!absent) return std::nullopt;
  return begin(query, std::move(word), options, now, out);
}

Front::Taken Front::settle(const ClientQuery& query, Verdict verdict,
                           std::span<const std::uint8_t> octets, const dns::Name* next,
                           const FrontOptions& options, const Now& now,
                           std::span<std::uint8_t> out) {
  const bool joins = verdict == Verdict::referral || verdict == Verdict::chase;
  if (verdict == Verdict::drop || is_late(query, now)) return {};
  if (auto taken = translate(query, verdict, octets, options, now, out)) return *std::move(taken);
  if (verdict == Verdict::done || (joins && !query.rd))
    return whole(query, octets, Source::local_zone, now, out);
  if (!joins || octets.size() < dns::HeaderView::size_octets) return broken(query, out);
  // Without DO a referral keeps its DS back (RFC 4035 3.1.4.1), and this client's limit is not
  // ours: then the engine asks for itself.
  const bool cut_short = (octets[2] & 0x02u) != 0;
  const bool again = cut_short || (verdict == Verdict::referral && !query.dnssec_ok);
  std::optional<LocalWord> start;
  if (!again)
    start = read_local(verdict, octets, next, query.question, engine_.options(),
                       engine_.in(query.view).scope);
  return begin(query, std::move(start), options, now, out);
}

/// AXFR and IXFR: over TCP a stream of messages, over UDP one (RFC 1995 2). NOTAUTH for names of no
/// local zone (RFC 5936 2.2.1). nullopt: no local zone could give any.
std::optional<Front::Taken> Front::transfer(const ClientQuery& query,
                                            std::span<const std::uint8_t> message,
                                            const FrontOptions& options, const Now& now,
                                            std::span<std::uint8_t> out) {
  static const dns::Ede not_ours = dns::because<Fault::not_local>();
  const bool wanted =
      query.question.type == dns::Type::axfr || query.question.type == dns::Type::ixfr;
  if (local_ == nullptr || !wanted || query.question.klass != dns::Class::in) return std::nullopt;
  if (!engine_.sees_local(engine_.in(query.view), query.question.name))
    return Taken{Fate::answered, refuse(query, Rcode::notauth, out, &not_ours)};
  LocalZones::Reply reply;
  std::unique_ptr<LocalZones::Stream> stream;
  const LocalZones::Query asked{message, limit_octets(query), options.peer, 0};
  switch (query.stream ? local_->stream(asked, out, reply, stream)
                       : local_->answer(asked, out, reply)) {
    case Verdict::not_mine:
      return std::nullopt;
    case Verdict::drop:
      return Taken{};
    case Verdict::done:
      if (stream) return Taken{Fate::stream, {}, 0, std::move(stream)};
      return whole(query, out.first(std::min(reply.written, out.size())), Source::local_zone, now,
                   out);
    default:
      return broken(query, out);
  }
}
}  // namespace windlass::resolver
