#pragma once
/// Rdata fields from the words of a zone text.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth-plugin/zone/lexer.hpp"
#include "dns/name.hpp"
namespace windlass::auth {

/// A name in wire form on its way out of a text.
struct WireName {
  std::array<std::uint8_t, dns::Name::max_octets + 1> octets;
  std::size_t size = 0;
  std::span<const std::uint8_t> wire() const noexcept { return {octets.data(), size}; }
};

/// Reads one name (RFC 1035 5.1: \X, \DDD, @), relative to `origin` when it has no final dot.
/// nullptr, or static text: what was expected.
const char* read_name(std::string_view text, const dns::Name& origin, WireName& out) noexcept;
/// Resolves \X and \DDD and appends; false: a bad escape.
bool append_unescaped(std::vector<std::uint8_t>& out, std::string_view text);
/// "expected `what`, got `word`", the word clipped, odd octets as \DDD.
Complaint unexpected(const Word& word, std::string_view what);

class FieldReader {
 public:
  /// `end`: where the record ends, for complaints about what is missing. Appends to `out`.
  FieldReader(std::span<const Word> words, const dns::Name& origin, TextPlace end,
              std::vector<std::uint8_t>& out) noexcept
      : words_(words), origin_(origin), end_(end), out_(out) {}

  /// All fields of a form (forms.hpp), and no word behind them. False: complaint() tells.
  bool read(std::string_view fields);
  /// RFC 3597 5: \# length hex.
  bool read_octets();
  const Complaint& complaint() const noexcept { return complaint_; }

 private:
  bool read_field(char letter);
  const Word* take(const char* expected);
  const Word* take_plain(const char* expected);
  bool complain(const Word& word, const char* expected);

  bool name();
  bool number(unsigned octets);
  bool period();
  bool moment();
  bool ipv4();
  bool ipv6();
  bool string();
  bool strings();
  bool value();
  bool tag();
  bool algorithm();
  bool type();
  bool bitmap();
  bool hex_to_end(bool may_be_empty);
  bool base64_to_end(bool may_be_empty);
  bool counted_hex();
  bool counted_base32();
  bool kind(unsigned bits_above);
  bool relay_kind();
  bool gateway();
  bool scheme();
  bool location();
  bool degrees(std::uint64_t most, std::string_view ends, std::uint32_t& out);
  bool metres(std::int64_t least, std::int64_t most, std::int64_t& centimetres);
  bool hex(const Word& word, int& held);
  void put(std::uint64_t value, unsigned octets);

  std::span<const Word> words_;
  const dns::Name& origin_;
  TextPlace end_;
  std::vector<std::uint8_t>& out_;
  std::uint8_t kind_ = 0;  ///< of the gateway to come
  Complaint complaint_;
};
}  // namespace windlass::auth
