#pragma once
/// MessageBuilder: writes one message into a caller's span.
///
/// Compresses names (RFC 1035 4.1.4) without regard to case, as all servers do, through a table of
/// fixed size: a full table costs octets, never correctness. Truncates at an RRset boundary and
/// sets TC (RFC 2181 9); never allocates. Room for the OPT is kept from the start, so it always
/// fits. Names in rdata are compressed only for the types RFC 3597 section 4 allows, in class IN.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "dns/edns.hpp"
#include "dns/message_view.hpp"
#include "dns/rrset.hpp"
namespace windlass::dns {

struct HeaderSpec {
  std::uint16_t id = 0;
  bool qr = false, aa = false, rd = false, ra = false, ad = false, cd = false;
  Opcode opcode = Opcode::query;
  Rcode rcode = Rcode::noerror;  ///< the low four bits go here, the rest into the OPT
};

/// An RRset that someone else holds, its records and signatures as RdataRange walks them. Borrows.
struct RRsetSpans {
  Type type = Type::none;
  std::uint32_t ttl = 0;
  RdataRange records, signatures;
  Class klass = Class::in;
};

class MessageBuilder {
 public:
  /// `out` may be larger than `limit_octets`; the message never is. Precondition: both are >= 512.
  MessageBuilder(std::span<std::uint8_t> out, std::size_t limit_octets);

  void header(const HeaderSpec& spec);
  /// Case of the name is written as given (0x20).
  void question(const Question& question);
  /// Keeps room for this OPT; written by finish(). Call before add(). What `spec` points to must
  /// live until finish(). EDE text takes only what the records leave: it is cut between characters,
  /// then dropped, and never displaces data (RFC 8914 3); the EDE's code stays.
  void opt(const OptSpec& spec);
  /// Whole RRset or nothing. `ttl` replaces the RRset's; signatures only when asked for. False: it
  /// did not fit; TC is set when the section is answer or authority, and nothing more is taken.
  bool add(Section section, const RRset& rrset, std::uint32_t ttl, bool with_signatures);
  /// The same under `owner`, which may be another name than the holder's: a wildcard's RRset under
  /// the name asked for. Signatures get the RRset's TTL (RFC 4034 3).
  bool add(Section section, const Name& owner, const RRsetSpans& rrset, bool with_signatures);
  /// `rdata` uncompressed and of its type's shape; rdata that is not does not fit.
  /// Under another owner (wildcard expansion keeps the RRset's own owner; this is for synthesised
  /// CNAMEs).
  bool add_record(Section section, const Name& owner, Type type, Class klass, std::uint32_t ttl,
                  std::span<const std::uint8_t> rdata);
  /// Puts an EDE into the OPT after records were added, as far as there is room for its code; it
  /// must live until finish(). False: no OPT, no room, or one is there already.
  bool explain(const Ede& ede) noexcept;
  /// What should have followed is missing: sets TC, and nothing more is taken (RFC 9471 3.1).
  void truncate() noexcept { truncated_ = true; }
  /// Sections must be filled in their order. Returns the finished message.
  std::span<const std::uint8_t> finish();
  bool truncated() const noexcept { return truncated_; }

 private:
  /// Where a name (or its ending) stands in the message, and a hash of its octets in lower case.
  struct Mark {
    std::uint16_t at;
    std::uint16_t labels_hash;
  };
  /// What is restored when an RRset did not fit.
  struct Checkpoint {
    std::size_t size, mark_count;
    std::uint16_t counts[4];
  };
  struct Record {
    std::span<const std::uint8_t> owner;
    Type type;
    Class klass;
    std::uint32_t ttl;
  };
  Checkpoint checkpoint() const noexcept;
  bool roll_back(const Checkpoint& to, Section section) noexcept;
  std::size_t room() const noexcept;
  void put8(std::uint8_t value) noexcept { out_[size_++] = value; }
  void put16(std::uint16_t value) noexcept;
  void put32(std::uint32_t value) noexcept;
  void put_octets(std::span<const std::uint8_t> octets) noexcept;
  bool put_name(std::span<const std::uint8_t> wire, bool compress);
  bool put_rdata(const Record& record, std::span<const std::uint8_t> rdata);
  bool put_names(std::string_view layout, std::span<const std::uint8_t> rdata);
  bool put_record(Section section, const Record& record, std::span<const std::uint8_t> rdata);
  bool put_rrset(Section section, Record record, const RdataRange& records,
                 const RdataRange* signatures);
  std::size_t find_mark(std::span<const std::uint8_t> ending, std::uint16_t hash) noexcept;
  bool stands_at(std::size_t at, std::span<const std::uint8_t> name) const noexcept;
  void put_opt() noexcept;
  std::span<std::uint8_t> out_;
  std::size_t limit_, size_ = 12;
  std::array<Mark, 64> marks_;  ///< the first mark_count_ are set
  std::size_t mark_count_ = 0;
  unsigned
      misses_left_;  ///< comparisons with equal hash and unequal names that are still put up with
  std::uint16_t counts_[4] = {0, 0, 0, 0};
  OptSpec opt_{};
  std::size_t opt_octets_ = 0;  ///< kept free for the OPT, EDE text not counted
  std::uint8_t rcode_high_ = 0;
  bool has_opt_ = false, truncated_ = false;
};
}  // namespace windlass::dns
