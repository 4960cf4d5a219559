#pragma once
/// KeptReply: runs a command against a House and keeps the rows it answers.
#include <memory>
#include <string>
#include <vector>

#include "control/commands.hpp"
namespace windlass::test {

struct KeptReply final : control::ReplySink {
  std::vector<control::Row> rows;
  bool ended = false, ok = false;
  std::string error;
  void on_row(const control::Row& row) override { rows.push_back(row); }
  void on_end(bool fine, std::string_view text) override { ended = true, ok = fine, error = text; }

  /// The text of a field, "" when there is none or it is no text.
  std::string text(std::size_t row, std::string_view name) const {
    const auto* value = row < rows.size() ? control::find_field(rows[row], name) : nullptr;
    const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return text == nullptr ? "" : *text;
  }
  std::int64_t number(std::size_t row, std::string_view name) const {
    const auto* value = row < rows.size() ? control::find_field(rows[row], name) : nullptr;
    const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
    return number == nullptr ? -1 : *number;
  }
};

inline std::shared_ptr<KeptReply> run(control::House& house, std::string command,
                                      std::vector<std::string> arguments = {}) {
  auto kept = std::make_shared<KeptReply>();
  control::run_command(house, {std::move(command), std::move(arguments)}, control::Reply(kept));
  return kept;
}
}  // namespace windlass::test
