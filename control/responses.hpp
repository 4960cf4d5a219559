#pragma once
/// What queries get that are not plain questions: the table behind docs/reference/responses.md. The
/// code that answers them stands elsewhere; whole-system tests hold both together.
#include <span>
#include <string_view>
namespace windlass::control {

struct ResponseRow {
  std::string_view query, answer, source, counted;
};
std::span<const ResponseRow> response_table();
}  // namespace windlass::control
