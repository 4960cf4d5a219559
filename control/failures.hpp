#pragma once
/// The document behind docs/reference/failures.md: what is given as Extended DNS Error (RFC 8914),
/// printed from the faults table, and which codes of the registry are not.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
namespace windlass::control {

/// A code of the registry that no row of the faults table gives.
struct UngivenCode {
  std::uint16_t code;
  std::string_view why;
};
std::span<const UngivenCode> ungiven_codes();
std::string failures_reference();
}  // namespace windlass::control
