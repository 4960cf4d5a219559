#pragma once
/// MessageBuilder: writes one message into a caller's span.
///
/// Compresses names (RFC 1035 4.1.4) through a table of fixed size; truncates at an RRset boundary and
/// sets TC (RFC 2181 9); never allocates. Room for the OPT is kept from the start, so it always fits.
/// Names in rdata are compressed only for the types RFC 3597 section 4 allows.
#include <array>
#include <cstdint>
#include <span>

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

class MessageBuilder {
 public:
  /// `out` may be larger than `limit_octets`; the message never is. Precondition: limit >= 512.
  MessageBuilder(std::span<std::uint8_t> out, std::size_t limit_octets);

  void header(const HeaderSpec& spec);
  /// Case of the name is written as given (0x20).
  void question(const Question& question);
  /// Keeps room for this OPT; written by finish(). EDE text is cut, then dropped, when it would not fit.
  void opt(const OptSpec& spec);
  /// Whole RRset or nothing. `ttl` replaces the RRset's; signatures only when asked for. False: it did not
  /// fit; TC is set when the section is answer or authority, and nothing more is taken.
  bool add(Section section, const RRset& rrset, std::uint32_t ttl, bool with_signatures);
  /// Under another owner (wildcard expansion keeps the RRset's own owner; this is for synthesised CNAMEs).
  bool add_record(Section section, const Name& owner, Type type, Class klass, std::uint32_t ttl,
                  std::span<const std::uint8_t> rdata);
  /// Sections must be filled in their order. Returns the finished message.
  std::span<const std::uint8_t> finish();
  bool truncated() const noexcept { return truncated_; }

 private:
  struct Mark {
    std::uint16_t at;
    std::uint16_t labels_hash;
  };
  std::size_t room() const noexcept;
  bool put_name(std::span<const std::uint8_t> wire, bool compress);
  bool put_rdata(Type type, std::span<const std::uint8_t> rdata);
  bool put_record(std::span<const std::uint8_t> owner, Type type, Class klass, std::uint32_t ttl,
                  std::span<const std::uint8_t> rdata);
  std::span<std::uint8_t> out_;
  std::size_t limit_, size_ = 12;
  std::array<Mark, 64> marks_{};
  std::size_t mark_count_ = 0;
  std::uint16_t counts_[4] = {0, 0, 0, 0};
  OptSpec opt_{};
  std::size_t opt_octets_ = 0;
  bool has_opt_ = false, truncated_ = false;
};
}  // namespace windlass::dns
