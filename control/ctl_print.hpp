#pragma once
/// Replies as people read them: fields, tables, lines, the chain of `why`.
#include <span>
#include <string>

#include "control/commands.hpp"
#include "control/row.hpp"
namespace windlass::control {
/// Text that ends in a newline; empty for no rows. Control characters in values are replaced.
std::string printed(Shape shape, std::span<const Row> rows, bool colour);
}  // namespace windlass::control
