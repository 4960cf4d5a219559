#pragma once
/// PlainRow: the rows that long replies are made of, read from their text without a tree.
///
///    {"owner":"www.example.org.","ttl":300,"signed":false}
///
/// An object of texts, integers and flags, at least one, with no blank outside a text, no name
/// twice and none that is escaped, in ASCII. What is taken is JSON (RFC 8259) and means the same;
/// what is not may be a row all the same: json_lines.hpp reads every other one.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
namespace windlass::control {

struct PlainMember {
  enum class Kind : std::uint8_t { text, number, flag };
  std::string_view name;
  std::string_view text;  ///< as it stands between the quotes
  std::int64_t number;    ///< a flag: 0 or 1
  Kind kind;
  bool escaped;  ///< the text has escapes
};

class PlainRow {
 public:
  static constexpr std::size_t members_most = 16;
  /// False: a row of another kind, or none. What members() gives borrows `json`.
  bool read(std::string_view json) noexcept;
  std::span<const PlainMember> members() const noexcept { return {members_.data(), count_}; }
  bool has(std::string_view name) const noexcept;

 private:
  bool member() noexcept;
  bool value(PlainMember& to) noexcept;
  bool text(std::string_view& to, bool& escaped) noexcept;
  bool escape() noexcept;
  bool number(PlainMember& to) noexcept;
  bool take(std::string_view word) noexcept;
  std::string_view left_;
  std::array<PlainMember, members_most> members_;  ///< the first count_ are set
  std::size_t count_ = 0;
};

/// The text of a member, escapes undone.
std::string text_of(const PlainMember& member);
}  // namespace windlass::control
