#pragma once
/// Name: an owned, absolute domain name in uncompressed wire form, at most 255 octets.
///
///    octet  length (1-63) | label octets | ... | 0
///
/// Compares and hashes without ASCII case; keeps the case it was given. Orders per RFC 4034 6.1.
/// A plain value: trivially copied, never allocates. Source: RFC 1035 3.1, RFC 4343.
/// Errors: bad_label, name_too_long, truncated, bad_text.
#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/siphash.hpp"
#include "dns/octets.hpp"
namespace windlass::dns {

class Name {
 public:
  static constexpr std::size_t max_octets = 255;
  static constexpr std::size_t max_label_octets = 63;
  static constexpr std::size_t max_labels = 127;  ///< without the root label

  Name() = default;  ///< the root
  /// From uncompressed wire form that may have octets behind it (size_octets() tells how many were
  /// used).
  static Result<Name> from_wire(std::span<const std::uint8_t> octets);
  /// Exactly one name that was proven before (a MessageView's, an RRset's). Precondition, asserted
  /// in part: `wire` is uncompressed, whole, and nothing is behind it.
  static Name from_proven(std::span<const std::uint8_t> wire) noexcept;
  /// From presentation form (RFC 1035 5.1: \X and \DDD). A missing final dot is accepted: always
  /// absolute. Octets outside printable ASCII must be written \DDD; empty labels are bad_text.
  static Result<Name> from_text(std::string_view text);
  /// For literals in code and tests; asserts that the text is a name.
  static Name literal(std::string_view text);

  std::span<const std::uint8_t> wire() const noexcept { return {octets_.data(), size_}; }
  std::size_t size_octets() const noexcept { return size_; }
  bool is_root() const noexcept { return size_ == 1; }
  bool is_wildcard() const noexcept { return size_ > 2 && octets_[0] == 1 && octets_[1] == '*'; }
  /// Labels without the root label: "." has 0, "example.org." has 2.
  std::size_t label_count() const noexcept;
  /// Presentation form with the final dot, odd octets escaped.
  std::string to_text() const;

  /// The name without its first label; the root's parent is the root.
  Name parent() const noexcept;
  /// The last `labels` labels: "www.example.org.".suffix(2) is "example.org.". At most
  /// label_count().
  Name suffix(std::size_t labels) const noexcept;
  /// "*." in front of this name. Error name_too_long when it does not fit.
  Result<Name> wildcard() const noexcept;
  /// `label` in front of this name (raw octets, 1 to 63).
  Result<Name> with_label(std::span<const std::uint8_t> label) const noexcept;
  /// This name with its ending `from` replaced by `to` (DNAME, RFC 6672 2.2). Precondition: below
  /// `from`.
  Result<Name> rebased(const Name& from, const Name& to) const noexcept;
  /// First label's octets (without length). Empty for the root.
  std::span<const std::uint8_t> first_label() const noexcept;
  Name lowercase() const noexcept;

  /// True when this name is `other` or below it.
  bool is_at_or_below(const Name& other) const noexcept;
  /// True when this name is strictly below `other`.
  bool is_below(const Name& other) const noexcept {
    return size_ != other.size_ && is_at_or_below(other);
  }
  /// How many labels the two names share, counted from the root.
  std::size_t common_labels(const Name& other) const noexcept;
  /// The order of RFC 4034 6.1.
  std::weak_ordering canonical_order(const Name& other) const noexcept;
  std::uint64_t hash(const HashKey& key) const noexcept;

  friend bool operator==(const Name& a, const Name& b) noexcept { return a.equals(b); }
  bool same_case(const Name& other) const noexcept;  ///< equal octet for octet (0x20)

 private:
  bool equals(const Name& other) const noexcept;
  std::array<std::uint8_t, max_octets> octets_{};
  std::uint8_t size_ = 1;
};

/// ASCII lower case of one octet, as RFC 4343 has it.
constexpr std::uint8_t lower(std::uint8_t octet) noexcept {
  return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet + 32) : octet;
}
}  // namespace windlass::dns
