#pragma once
/// Ask: one question as it went to one server, and the judgement whether a message is its answer.
///
/// The ID and the case of the name are random (RFC 5452, 0x20); net/ adds the random port on a
/// connected socket. What does not match is not ours: it is counted, never acted on, and changes
/// nothing we know of the server.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/rng.hpp"
#include "cache/server_table.hpp"
#include "dns/message_view.hpp"
#include "resolver/cookies.hpp"
namespace windlass::resolver {

using AskId = std::uint64_t;

struct Ask {
  AskId id = 0;
  Endpoint server;
  dns::Question question;  ///< name in the case it was sent with
  std::uint16_t message_id = 0;
  bool tcp = false, edns = true, recursive = false;
  std::int64_t sent_us = 0, deadline_us = 0;
  std::optional<ClientCookie> cookie =
      std::nullopt;                        ///< went with it; must come back (RFC 7873 5.3)
  cache::ServerCookie server_cookie = {};  ///< went with it; such a server sends one back
};

struct AskStyle {
  bool randomise_case = true;
  /// To forwarders, when we validate: one that validates too then hands on what it would hold back,
  /// and whether it is bogus is judged here, by our anchors, with our reason (RFC 6840 5.9).
  bool checking_disabled = false;
  std::uint16_t payload_octets = 1232;
};

/// Fills message_id and the case of question.name, and returns the message to send.
std::vector<std::uint8_t> encode(Ask& ask, const AskStyle& style, Rng& rng);

enum class Match : std::uint8_t {
  yes,
  wrong,      ///< another ID, not a response, another question, or not the cookie it must have
  case_lost,  ///< right but for the letters' case
};
/// Judges header and question, and over UDP the cookie; the rest of the message may still be
/// broken.
Match match(const Ask& ask, std::span<const std::uint8_t> octets);
/// The server cookie of a reply; empty: it gave none.
std::span<const std::uint8_t> server_cookie_in(const dns::MessageView& reply);
}  // namespace windlass::resolver
