#pragma once
/// Front: what a client's message becomes: an answer now, an answer later, or nothing.
///
///    octets -> header -> opcode, counts -> structure -> EDNS version -> class and type -> access
///           -> local zones -> cache -> a request to the engine
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
#include "resolver/engine.hpp"
namespace windlass::resolver {

/// Everything about a query that its answer will need, kept while the engine works.
struct ClientQuery {
  std::uint16_t id = 0;
  dns::Question question;
  bool rd = false, cd = false, ad = false, dnssec_ok = false, edns = false, stream = false,
       family6 = false;
  std::uint16_t payload_octets = 512;
  std::int64_t started_us = 0;
};

std::string summary(const dns::Question& question);
/// One line for the log: question, RCODE, verdict, reason, upstream queries.
std::string summary(const dns::Question& question, const Answer& answer);

/// Local zones in front of the recursion (a plugin). Messages it gives are whole, with the query's
/// ID.
class LocalZones {
 public:
  enum class Verdict : std::uint8_t {
    not_mine,
    done,      ///< `out` holds the answer
    referral,  ///< `out` holds a referral of a local zone: iterate from its NS records and glue
    chase,     ///< `out` holds the links so far (CNAME, DNAME): go on at Reply::next
    pending,   ///< settle() follows, with the query's ticket
    drop,
    error
  };
  struct Query {
    std::span<const std::uint8_t> message;
    std::size_t limit_octets = 512;
    const Endpoint* peer = nullptr;  ///< nullptr: the resolver itself asks, along an alias
    std::uint64_t ticket = 0;        ///< 0: pending is no answer
  };
  struct Reply {
    std::size_t written = 0;
    dns::Name next;
  };
  /// The messages that answer one AXFR or IXFR, pulled as the connection takes them.
  class Stream {
   public:
    struct Part {
      std::size_t written = 0;
      bool last = false;
    };
    virtual ~Stream() = default;
    virtual std::optional<Part> next(std::span<std::uint8_t> out) = 0;  ///< nullopt: it failed
  };
  virtual ~LocalZones() = default;
  virtual Verdict answer(const Query& query, std::span<std::uint8_t> out, Reply& reply) = 0;
  /// AXFR and IXFR over TCP. done with a stream: pull it; done without: `out` holds the only
  /// message.
  virtual Verdict stream(const Query& query, std::span<std::uint8_t> out, Reply& reply,
                         std::unique_ptr<Stream>& stream) {
    (void)query, (void)out, (void)reply, (void)stream;
    return Verdict::not_mine;
  }
  /// The receive batch that the last answers belong to is over.
  virtual void end_batch() {}
};

struct FrontOptions {
  bool snoop_allowed = false;  ///< this client may ask with RD=0 for cached data
  bool allowed = true;         ///< by the access lists
  bool may_wait = true;        ///< false: this client has as many recursions waiting as it may
};

class Front {
 public:
  Front(Engine& engine, Metrics& metrics) : engine_(engine), metrics_(metrics) {}

  enum class Fate : std::uint8_t { nothing, answered, later };
  struct Taken {
    Fate fate = Fate::nothing;
    std::span<const std::uint8_t> octets = {};  ///< answered: part of `out`
    RequestId request = 0;                      ///< later
  };
  /// `query` is filled as far as the message could be read.
  Taken take(std::span<const std::uint8_t> message, bool stream, bool family6,
             const FrontOptions& options, const Now& now, std::span<std::uint8_t> out,
             ClientQuery& query);
  /// The answer to a query that was taken earlier.
  std::span<const std::uint8_t> respond(const ClientQuery& query, const Answer& answer,
                                        const Now& now, std::span<std::uint8_t> out);
  /// Local zones asked before the cache; nullptr: none. Borrowed.
  void set_local(LocalZones* local) noexcept { local_ = local; }

 private:
  std::span<const std::uint8_t> refuse(const ClientQuery& query, dns::Rcode rcode,
                                       std::span<std::uint8_t> out, const dns::Ede* ede = nullptr);
  std::span<const std::uint8_t> overload(const ClientQuery& query, Limit limit,
                                         std::span<std::uint8_t> out);
  Taken resolve(const ClientQuery& query, const FrontOptions& options, const Now& now,
                std::span<std::uint8_t> out);
  void count(const ClientQuery& query, dns::Rcode rcode, const dns::Ede* ede, std::size_t octets);
  std::size_t limit_octets(const ClientQuery& query) const;

  Engine& engine_;
  Metrics& metrics_;
  LocalZones* local_ = nullptr;
};

}  // namespace windlass::resolver
