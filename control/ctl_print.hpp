#pragma once
/// Replies as people read them: fields, tables, lines, the chain of `why`.
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/commands.hpp"
#include "control/row.hpp"
namespace windlass::control {
/// Names and texts come from strangers' zones: nothing of theirs may steer a terminal.
std::string harmless(std::string_view text);
/// Text that ends in a newline; empty for no rows. Control characters in values are replaced.
std::string printed(Shape shape, std::span<const Row> rows, bool colour);

/// A reply printed as it comes. The first rows of a table say how wide its columns are.
class Printer {
 public:
  static constexpr std::size_t table_rows_seen = 500;
  Printer(Shape shape, bool colour, std::function<void(const std::string&)> out)
      : shape_(shape), colour_(colour), out_(std::move(out)) {}
  void add(Row row);
  void end();  ///< prints what was held back

 private:
  void flush();
  Shape shape_;
  bool colour_;
  std::function<void(const std::string&)> out_;
  std::vector<Row> rows_;
  std::vector<std::string> names_;  ///< of a table whose head is printed
  std::vector<std::size_t> widths_;
};
}  // namespace windlass::control
