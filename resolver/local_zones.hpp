#pragma once
/// LocalZones: zones that are answered here (a plugin), as the resolver sees them. They win over
/// public data.
///
/// Asked by the Front for clients, and by the Engine for what an alias or a zone cut leads to. Not
/// thread-safe: each worker has its own.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/address.hpp"
#include "dns/name.hpp"
namespace windlass::resolver {

/// Messages it gives are whole, with the query's ID.
class LocalZones {
 public:
  enum class Verdict : std::uint8_t {
    not_mine,
    done,      ///< `out` holds the answer
    referral,  ///< `out` holds a referral of a local zone: iterate from its NS records and glue
    chase,     ///< `out` holds the links so far (CNAME, DNAME): go on at Reply::next
    pending,   ///< Front::settle() follows, with the query's ticket
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
    bool kept = false;  ///< done: given before, and it still holds
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
  /// Does a local zone cover the name? Cheap; true is always safe. False: answer() would say
  /// not_mine.
  virtual bool covers(const dns::Name& name) { return (void)name, true; }
  /// The labels of the closest local zone's name, which are the last of `name`. Precondition:
  /// covers(name). Who cannot tell says all of them.
  virtual std::size_t zone_labels(const dns::Name& name) { return name.label_count(); }
  /// AXFR and IXFR over TCP; over UDP answer() is asked. done with a stream: pull it; done without:
  /// `out` holds the only message.
  virtual Verdict stream(const Query& query, std::span<std::uint8_t> out, Reply& reply,
                         std::unique_ptr<Stream>& stream) {
    (void)query, (void)out, (void)reply, (void)stream;
    return Verdict::not_mine;
  }
  /// The receive batch that the last answers belong to is over; the Engine calls it after questions
  /// of its own.
  virtual void end_batch() {}
};
}  // namespace windlass::resolver
