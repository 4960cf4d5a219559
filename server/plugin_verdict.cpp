#include "server/plugin_verdict.hpp"

#include <algorithm>

#include "dns/name.hpp"
#include "dns/octets.hpp"

namespace windlass::server {
namespace {
using Verdict = resolver::LocalZones::Verdict;

PluginOutcome failed(const char* wrong) {
  return {Verdict::error, PluginLabel::error, wrong};
}

/// A verdict that comes with a message.
PluginOutcome with_message(Verdict verdict, PluginLabel label, const windlass_query& query,
                           const windlass_reply& reply) {
  const char* const wrong = reply.octets_written > reply.octets_max
                                ? "its reply is longer than the limit"
                                : wrong_with(dns::word16({query.message, query.message_octets}, 0),
                                             {reply.octets, reply.octets_written});
  return wrong != nullptr ? failed(wrong) : PluginOutcome{verdict, label, nullptr};
}

bool names_next(const windlass_reply& reply) {
  return reply.next != nullptr && dns::Name::from_wire({reply.next, reply.next_octets});
}
}  // namespace

const char* wrong_with(std::uint16_t id, std::span<const std::uint8_t> message) {
  if (message.size() < dns::header_octets) return "its reply is shorter than a header";
  const bool fits = dns::word16(message, 0) == id && (message[2] & 0x80u) != 0;
  return fits ? nullptr : "its reply has another ID or is no reply";
}

PluginOutcome judge(std::int32_t said, const windlass_query& query, const windlass_reply& reply,
                    bool may_wait) {
  switch (said) {
    case WINDLASS_NOT_MINE:
      return {Verdict::not_mine, PluginLabel::not_mine, nullptr};
    case WINDLASS_DROP:
      return {Verdict::drop, PluginLabel::drop, nullptr};
    case WINDLASS_ERROR:
      return failed("answer() reported an error");
    case WINDLASS_DONE:
      return with_message(Verdict::done, PluginLabel::done, query, reply);
    case WINDLASS_REFERRAL:
      return with_message(Verdict::referral, PluginLabel::referral, query, reply);
    case WINDLASS_CHASE:
      if (!names_next(reply)) return failed("its alias names no name to go on at");
      return with_message(Verdict::chase, PluginLabel::chase, query, reply);
    case WINDLASS_PENDING:
      if (!may_wait) return failed("it would answer later a question that cannot wait");
      return {Verdict::pending, PluginLabel::pending, nullptr};
    default:
      return failed("answer() gave an unknown verdict");
  }
}
}  // namespace windlass::server
