#pragma once
/// because: an Ede from its row of the faults table, the one way to make one.
#include <array>

#include "base/faults.hpp"
#include "dns/edns.hpp"
namespace windlass::dns {

/// The row's code and text, with `gaps` in place of what the text has in braces, in that order; as
/// long as an EDE on the wire may be. Gaps are texts; their number is checked when compiled.
template <Fault id, class... Gaps>
Ede because(const Gaps&... gaps) {
  constexpr const FaultRow& row = row_of(id);
  static_assert(sizeof...(Gaps) == gaps_of(row.text));
  const std::array<std::string_view, sizeof...(Gaps)> views{std::string_view(gaps)...};
  return {static_cast<EdeCode>(row.ede), filled(row.text, views, ede_text_octets_max), id};
}
}  // namespace windlass::dns
