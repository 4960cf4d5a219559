#pragma once
/// Front: what a client's message becomes: an answer now, an answer later, or nothing.
///
///    octets -> header -> opcode, counts -> structure -> EDNS version -> class and type -> access
///           -> local zones -> cache -> a request to the engine
///                  |---alias out of the zone, local delegation---^
///
/// Sans-I/O: octets in, octets out. Which broken or odd message gets which answer:
/// docs/reference/responses.md.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/metrics.hpp"
#include "dns/message_builder.hpp"
#include "resolver/cookies.hpp"
#include "resolver/engine.hpp"
#include "resolver/local_zones.hpp"
#include "resolver/response_rates.hpp"
namespace windlass::resolver {

/// Everything about a query that its answer will need, kept while the engine works.
struct ClientQuery {
  std::uint16_t id = 0;
  dns::Opcode opcode = dns::Opcode::query;
  dns::Question question;
  bool rd = false, cd = false, ad = false, dnssec_ok = false, compact_ok = false, edns = false,
       nsid = false, dns64 = false, stream = false, family6 = false;
  std::uint16_t payload_octets = 512;
  std::int64_t started_us = 0;
  std::optional<IpAddress> client;  ///< nullopt: nobody outside asks
  CookieKind cookie_kind = CookieKind::none;
  Cookie cookie{};         ///< for the answer, where there is one
  ViewPtr view;            ///< of the client; nullptr: the settings at top level
  bool keepalive = false;  ///< edns-tcp-keepalive was sent over a stream (RFC 7828)
  std::uint16_t keepalive_100ms = 0;
};

std::string summary(const dns::Question& question);
/// One line for the log about a bogus verdict: question, zone, reason; nothing of who asked.
std::string summary(const BogusAction& bogus);
/// One line for the log: question, RCODE, verdict, reason, upstream queries.
std::string summary(const dns::Question& question, const Answer& answer);

struct FrontOptions {
  bool snoop_allowed = false;      ///< this client may ask with RD=0 for cached data
  bool allowed = true;             ///< by the access lists
  bool may_wait = true;            ///< false: this client has as many recursions waiting as it may
  const Endpoint* peer = nullptr;  ///< who asks, for local zones
  std::uint64_t ticket = 0;        ///< what a local zone may say pending to; 0: none may
  std::int64_t keepalive_ms = 0;   ///< idle time for a stream whose client asks for one
};

class Front {
 public:
  /// `rates` is shared by all workers; nullptr: every answer is sent.
  Front(Engine& engine, Metrics& metrics, ResponseRates* rates = nullptr)
      : engine_(engine), metrics_(metrics), rates_(rates) {}

  enum class Fate : std::uint8_t {
    nothing,
    answered,
    later,    ///< the Engine's AnswerAction comes, then respond()
    pending,  ///< a local zone answers FrontOptions::ticket later, then settle()
    stream    ///< the messages are pulled from `stream`
  };
  struct Taken {
    Fate fate = Fate::nothing;
    std::span<const std::uint8_t> octets = {};  ///< answered: part of `out`
    RequestId request = 0;                      ///< later
    std::unique_ptr<LocalZones::Stream> stream = nullptr;
  };
  /// `query` is filled as far as the message could be read.
  Taken take(std::span<const std::uint8_t> message, bool stream, bool family6,
             const FrontOptions& options, const Now& now, std::span<std::uint8_t> out,
             ClientQuery& query);
  /// The answer to a query that was taken earlier; empty: none is sent (late_answers). AA speaks of
  /// the first owner name alone (RFC 1035 4.1.1, RFC 6604 2.1): set where that is a local zone's or
  /// a special one, wherever its aliases led; never with SERVFAIL.
  std::span<const std::uint8_t> respond(const ClientQuery& query, const Answer& answer,
                                        const Now& now, std::span<std::uint8_t> out);
  /// What a local zone says later of a query whose fate was pending: any verdict but not_mine and
  /// pending, which count as error, as does a message too long for this client. `octets` as in
  /// LocalZones::answer, anywhere; `next` as LocalZones::Reply's, nullptr: where the links lead.
  Taken settle(const ClientQuery& query, LocalZones::Verdict verdict,
               std::span<const std::uint8_t> octets, const dns::Name* next,
               const FrontOptions& options, const Now& now, std::span<std::uint8_t> out);
  /// Local zones asked before the cache, here and by the Engine; nullptr: none. Borrowed.
  void set_local(LocalZones* local) noexcept;

 private:
  std::span<const std::uint8_t> refuse(const ClientQuery& query, dns::Rcode rcode,
                                       std::span<std::uint8_t> out, const dns::Ede* ede = nullptr,
                                       bool truncated = false);
  std::optional<Taken> identify(const ClientQuery& query, std::span<std::uint8_t> out);
  std::span<const std::uint8_t> identity(const ClientQuery& query) const;
  std::optional<Limit> overloaded(const ClientQuestion& question,
                                  const FrontOptions& options) const;
  dns::Ede overload_reason(Limit limit) const;
  std::span<const std::uint8_t> overload(const ClientQuery& query, Limit limit,
                                         std::span<std::uint8_t> out);
  Taken resolve(const ClientQuery& query, const FrontOptions& options, const Now& now,
                std::span<std::uint8_t> out);
  Taken begin(const ClientQuery& query, std::optional<LocalWord> start, const FrontOptions& options,
              const Now& now, std::span<std::uint8_t> out);
  Taken broken(const ClientQuery& query, std::span<std::uint8_t> out);
  Taken whole(const ClientQuery& query, std::span<const std::uint8_t> octets, Source source,
              const Now& now, std::span<std::uint8_t> out);
  std::optional<Taken> ask_local(const ClientQuery& query, std::span<const std::uint8_t> message,
                                 const FrontOptions& options, const Now& now,
                                 std::span<std::uint8_t> out);
  std::optional<Taken> translate(const ClientQuery& query, LocalZones::Verdict verdict,
                                 std::span<const std::uint8_t> octets, const FrontOptions& options,
                                 const Now& now, std::span<std::uint8_t> out);
  std::optional<Taken> transfer(const ClientQuery& query, std::span<const std::uint8_t> message,
                                const FrontOptions& options, const Now& now,
                                std::span<std::uint8_t> out);
  // front_clients.cpp
  std::optional<dns::Rcode> read_opt(const dns::OptView& opt, const FrontOptions& options,
                                     const Now& now, ClientQuery& query);
  std::optional<Taken> over_rate(const ClientQuery& query, const Now& now,
                                 std::span<std::uint8_t> out);
  ResponseRates::Word at_rate(ResponseRates::What what, const ClientQuery& query, const Now& now);
  bool is_late(const ClientQuery& query, const Now& now);
  void count_drop(Drop reason, Limit limit);
  dns::OptSpec opt_spec(const ClientQuery& query, dns::Rcode rcode, const dns::Ede* ede) const;
  std::size_t with_options(const ClientQuery& query, std::size_t octets,
                           std::span<std::uint8_t> out) const;
  void count(const ClientQuery& query, dns::Rcode rcode, const dns::Ede* ede, std::size_t octets);
  void count_source(const ClientQuery& query, Source source, const Now& now);
  std::size_t limit_octets(const ClientQuery& query) const;

  Engine& engine_;
  Metrics& metrics_;
  ResponseRates* rates_;
  LocalZones* local_ = nullptr;
};

}  // namespace windlass::resolver
