#pragma once
/// Call: one command of the operator's, with its words taken apart, and where its rows go.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "auth-plugin/instance.hpp"
#include "auth-plugin/zone_input.hpp"
namespace windlass::auth {

using Json = nlohmann::ordered_json;
/// What `zone check` finds. Lines and columns: 0 is none, and shows as nothing.
struct FindingRow {
  const char* severity;
  std::string file;
  std::size_t line = 0, column = 0;
  std::string owner, type, text;
};
Json json_of(const FindingRow& row);
/// Done, or the one line that says what was wrong; nothing was changed unless it says so.
using Outcome = Result<Done, std::string>;

class Call {
 public:
  /// `words`: behind the command's name, as the host gives them.
  Call(Instance& instance, const windlass_command& command, std::vector<std::string> words);

  Depot& depot() const noexcept { return instance_.depot(); }
  const Options& options() const noexcept { return instance_.options(); }
  const Host& host() const noexcept { return instance_.host(); }

  /// Behind the command's name, without the `--` that ends the flags; flags are taken out.
  const std::vector<std::string>& words() const noexcept { return words_; }
  bool has(std::size_t index) const noexcept { return index < words_.size(); }
  const std::string& word(std::size_t index) const { return words_.at(index); }
  /// True once for each time the flag was given; takes it out of the words. What stood behind `--`
  /// is none.
  bool take_flag(std::string_view flag);

  /// One row of the reply; false: the reader has gone.
  bool put(const Json& row) const;
  /// Rows as JSON texts, each on a line of its own; false: the reader has gone.
  bool put_text(std::string_view rows) const;
  bool progress(const std::string& line) const;
  ProgressLine progress_line() const {
    return [this](const std::string& line) { return progress(line); };
  }
  /// A row for each finding, errors first; the first error's text.
  std::string put_findings(const std::vector<Finding>& findings, const std::string& source) const;
  /// A row of one field for each, `error` or `warning`, for replies of fields; as above.
  std::string put_finding_lines(const std::vector<Finding>& findings,
                                const std::string& source) const;

 private:
  Instance& instance_;
  const windlass_command& command_;
  std::vector<std::string> words_;
  std::size_t flags_end_;  ///< words from here on stood behind `--`
};
}  // namespace windlass::auth
