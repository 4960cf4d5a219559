#pragma once
/// RowBlock: the rows of a long reply, written as JSON straight into a block that is handed over
/// when it is full. A million rows as trees take longer to make than to read from the store.
#include "auth-plugin/commands/call.hpp"
namespace windlass::auth {

class RowBlock {
 public:
  /// Borrows the call.
  explicit RowBlock(const Call& call) : call_(call) {}
  /// A member of the row at hand; the first one begins it. `name`: without escapes.
  RowBlock& text(std::string_view name, std::string_view value);
  RowBlock& number(std::string_view name, std::uint64_t value);
  /// The row is whole. False: the reader has gone.
  bool end_row();
  /// Hands over what is left. False: the reader has gone.
  bool flush();

 private:
  static constexpr std::size_t block_octets = std::size_t{1} << 15;
  void name(std::string_view name);
  const Call& call_;
  std::string rows_;
  bool in_row_ = false;
};

/// A text as JSON, quotes around it. What is not UTF-8 is made so.
void append_json_text(std::string& out, std::string_view text);

/// How far a long reply about a zone's records has come: a line each 100,000 records.
class RecordsProgress {
 public:
  /// `doing`: "writing". Borrows the call.
  RecordsProgress(const Call& call, const char* doing, std::uint64_t expected)
      : call_(call), doing_(doing), expected_(expected) {}
  /// False: the reader has gone.
  bool count(std::uint64_t records);
  std::uint64_t records() const noexcept { return records_; }

 private:
  const Call& call_;
  const char* doing_;
  std::uint64_t expected_, records_ = 0;
};
}  // namespace windlass::auth
