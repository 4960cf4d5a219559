#include "resolver/ask.hpp"

#include <algorithm>
#include <array>

#include "dns/message_builder.hpp"

namespace windlass::resolver {
namespace {
/// The same name with a random case for each letter.
dns::Name shuffled(const dns::Name& name, Rng& rng) {
  std::array<std::uint8_t, dns::Name::max_octets> octets{}, chance{};
  rng.fill(std::span(chance).first(name.size_octets()));
  for (std::size_t i = 0; i < name.size_octets(); ++i) {
    const std::uint8_t octet = dns::lower(name.wire()[i]);
    const bool letter = octet >= 'a' && octet <= 'z';
    octets[i] = letter && (chance[i] & 1u) != 0 ? static_cast<std::uint8_t>(octet - 32) : octet;
  }
  // A length octet is at most 63 and so never looks like a letter.
  return *dns::Name::from_wire(std::span(octets).first(name.size_octets()));
}

/// RFC 7873 5.3: a cookie that is not ours was made by somebody who has not seen the question; so
/// was a reply without one, of a server that gives them. What cannot be read is left to who reads
/// it all.
bool has_right_cookie(const Ask& ask, std::span<const std::uint8_t> octets) {
  const auto message = dns::MessageView::parse(octets);
  if (!message) return true;
  const auto opt = message->opt();
  const auto option = opt ? dns::find_option(*opt, dns::Option::cookie) : std::nullopt;
  if (!option) return ask.server_cookie.size == 0;
  const auto word = split_cookie(option->octets);
  return word && std::ranges::equal(word->client, *ask.cookie);
}
}  // namespace

std::vector<std::uint8_t> encode(Ask& ask, const AskStyle& style, Rng& rng) {
  ask.message_id = rng.u16();
  ask.question.name =
      style.randomise_case ? shuffled(ask.question.name, rng) : ask.question.name.lowercase();
  std::array<std::uint8_t, 512> buffer{};
  dns::MessageBuilder builder(buffer, buffer.size());
  builder.header({.id = ask.message_id, .rd = ask.recursive, .cd = style.checking_disabled});
  builder.question(ask.question);
  std::array<std::uint8_t, client_cookie_octets + server_cookie_octets_max> option{};
  std::size_t option_octets = 0;
  if (ask.cookie) {
    const auto end = std::copy(ask.cookie->begin(), ask.cookie->end(), option.begin());
    std::copy_n(ask.server_cookie.octets.begin(), ask.server_cookie.size, end);
    option_octets = ask.cookie->size() + ask.server_cookie.size;
  }
  if (ask.edns)
    builder.opt({.payload_octets = style.payload_octets,
                 .dnssec_ok = true,
                 .cookie = std::span(option).first(option_octets)});
  const auto message = builder.finish();
  return {message.begin(), message.end()};
}

Match match(const Ask& ask, std::span<const std::uint8_t> octets) {
  const auto header = dns::HeaderView::parse(octets);
  if (!header || !header->qr() || header->id() != ask.message_id ||
      header->opcode() != dns::Opcode::query)
    return Match::wrong;
  // A server that cannot read EDNS may send the bare header back (RFC 6891 7).
  const bool bare = header->qdcount() == 0 && ask.edns;
  if (bare && header->rcode_low() == static_cast<unsigned>(dns::Rcode::formerr)) return Match::yes;
  if (header->qdcount() != 1) return Match::wrong;
  const auto name = dns::read_name(octets, dns::HeaderView::size_octets);
  if (!name) return Match::wrong;
  const std::size_t at = dns::HeaderView::size_octets + name->second;
  if (at + 4 > octets.size()) return Match::wrong;
  const auto type = static_cast<dns::Type>(dns::word16(octets, at));
  const auto klass = static_cast<dns::Class>(dns::word16(octets, at + 2));
  if (type != ask.question.type || klass != ask.question.klass ||
      !(name->first == ask.question.name))
    return Match::wrong;
  if (ask.cookie && !ask.tcp && !has_right_cookie(ask, octets)) return Match::wrong;
  return name->first.same_case(ask.question.name) ? Match::yes : Match::case_lost;
}

std::span<const std::uint8_t> server_cookie_in(const dns::MessageView& reply) {
  const auto opt = reply.opt();
  const auto option = opt ? dns::find_option(*opt, dns::Option::cookie) : std::nullopt;
  const auto word = option ? split_cookie(option->octets) : std::nullopt;
  return word ? word->server : std::span<const std::uint8_t>();
}
}  // namespace windlass::resolver
