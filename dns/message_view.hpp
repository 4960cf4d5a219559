#pragma once
/// MessageView: a whole message whose structure was proven once; then read lazily.
///
///    header (12) | questions | answer | authority | additional
///
/// parse() walks every name and record, checks every compression pointer (strictly backward, at
/// most Limit compression_hops), that each known type's rdata has its layout's shape, that there is
/// at most one OPT and it is in the additional section with a root owner, and that no octets are
/// left behind. Borrows; never copies or allocates. Rdata is checked in class IN; in other classes
/// it is opaque, with whatever pointers it may hold. Options of an EDNS version other than 0 are
/// not looked at, so that BADVERS can be answered. Source: RFC 1035 4.1, RFC 6891 6.1. Errors:
/// truncated, trailing, bad_label, bad_pointer, name_too_long, bad_rdata, bad_edns, limit_reached
/// (more options than row edns_options).
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "dns/name.hpp"
#include "dns/octets.hpp"
#include "dns/types.hpp"
namespace windlass::dns {

/// The 12 octets at the front, readable even when the rest is broken.
class HeaderView {
 public:
  static constexpr std::size_t size_octets = header_octets;
  static Result<HeaderView> parse(std::span<const std::uint8_t> message);

  std::uint16_t id() const noexcept { return word(0); }
  std::uint16_t flags() const noexcept { return word(2); }
  bool qr() const noexcept { return (flags() & 0x8000u) != 0; }
  Opcode opcode() const noexcept { return static_cast<Opcode>((flags() >> 11) & 0xFu); }
  bool aa() const noexcept { return (flags() & 0x0400u) != 0; }
  bool tc() const noexcept { return (flags() & 0x0200u) != 0; }
  bool rd() const noexcept { return (flags() & 0x0100u) != 0; }
  bool ra() const noexcept { return (flags() & 0x0080u) != 0; }
  bool ad() const noexcept { return (flags() & 0x0020u) != 0; }
  bool cd() const noexcept { return (flags() & 0x0010u) != 0; }
  std::uint8_t rcode_low() const noexcept { return static_cast<std::uint8_t>(flags() & 0xFu); }
  std::uint16_t qdcount() const noexcept { return word(4); }
  std::uint16_t ancount() const noexcept { return word(6); }
  std::uint16_t nscount() const noexcept { return word(8); }
  std::uint16_t arcount() const noexcept { return word(10); }

 private:
  explicit HeaderView(const std::uint8_t* octets) : octets_(octets) {}
  std::uint16_t word(std::size_t at) const noexcept {
    return static_cast<std::uint16_t>(octets_[at] << 8 | octets_[at + 1]);
  }
  const std::uint8_t* octets_;
};

enum class Section : std::uint8_t { answer, authority, additional };

/// One record of a proven message. Borrows the message.
struct RecordView {
  std::span<const std::uint8_t> message;
  std::uint16_t owner_offset, type_code, class_code;
  std::uint32_t ttl;
  std::uint16_t rdata_offset, rdata_octets;

  Type type() const noexcept { return static_cast<Type>(type_code); }
  Class klass() const noexcept { return static_cast<Class>(class_code); }
  Name owner() const noexcept;
  /// As received: names in it may be compressed. For OPT and fixed layouts.
  std::span<const std::uint8_t> raw_rdata() const noexcept {
    return message.subspan(rdata_offset, rdata_octets);
  }
  /// Rdata with its names decompressed, case kept, into `out`; the octets written, at most 65535.
  /// Error no_space when they do not fit.
  Result<std::size_t> expand_rdata(std::span<std::uint8_t> out) const noexcept;
  /// The name at `at` octets into the rdata (NS: 0, MX: 2). Precondition: the layout has a name
  /// there (else the result is the root or junk, never a fault) and the class is IN.
  Name rdata_name(std::size_t at = 0) const noexcept;
};

/// OPT as it was received (RFC 6891 6.1.3).
struct OptView {
  std::uint16_t payload_octets;
  std::uint8_t extended_rcode, version;
  bool dnssec_ok, compact_ok;  ///< DO; CO (RFC 9824 5.1)
  /// Proven: whole (code, length, octets) triples. Empty when the version is not 0.
  std::span<const std::uint8_t> options;
};

struct Question {
  Name name;
  Type type = Type::none;
  Class klass = Class::in;
};

class MessageView {
 public:
  static Result<MessageView> parse(std::span<const std::uint8_t> message);

  HeaderView header() const noexcept { return header_; }
  std::span<const std::uint8_t> octets() const noexcept { return octets_; }
  /// The first question. Precondition: header().qdcount() > 0.
  Question question() const noexcept;
  std::optional<OptView> opt() const noexcept;
  /// Header RCODE joined with the OPT's upper eight bits.
  Rcode rcode() const noexcept;

  class Iterator {
   public:
    using value_type = RecordView;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = const RecordView*;
    using reference = RecordView;
    Iterator(std::span<const std::uint8_t> message, std::size_t at, std::uint32_t left)
        : message_(message), at_(at), left_(left) {}
    RecordView operator*() const noexcept;
    Iterator& operator++() noexcept;
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept {
      return a.left_ == b.left_;
    }

   private:
    std::span<const std::uint8_t> message_;
    std::size_t at_;
    std::uint32_t left_;  ///< records from here to the section's end
  };
  struct Records {
    Iterator begin_, end_;
    Iterator begin() const { return begin_; }
    Iterator end() const { return end_; }
  };
  /// Records in the order received; the OPT is among `additional`.
  Records records(Section section) const noexcept;

 private:
  MessageView(std::span<const std::uint8_t> octets, HeaderView header)
      : octets_(octets), header_(header) {}
  std::span<const std::uint8_t> octets_;
  HeaderView header_;
  std::uint16_t section_offset_[3] = {0, 0, 0};
  std::uint16_t opt_offset_ = 0;  ///< 0: no OPT
};

/// The (maybe compressed) name at `at` of a message: the name and the octets it takes there.
Result<std::pair<Name, std::size_t>> read_name(std::span<const std::uint8_t> message,
                                               std::size_t at);
}  // namespace windlass::dns
