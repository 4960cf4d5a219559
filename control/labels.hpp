#pragma once
/// Words for the small enums of lower floors, as operators read them.
#include <array>
#include <string_view>

#include "base/faults.hpp"
#include "cache/entry.hpp"
#include "dns/evidence.hpp"
namespace windlass::control {

inline std::string_view label_of(dns::Finding finding) {
  constexpr std::array<std::string_view, 4> words{"positive", "nodata", "nxdomain", "yxdomain"};
  return words[static_cast<std::size_t>(finding)];
}
inline std::string_view label_of(Gets gets) {
  constexpr std::array<std::string_view, 6> words{"SERVFAIL; with CD the data",
                                                  "SERVFAIL; with CD the data",
                                                  "the data, without AD",
                                                  "SERVFAIL",
                                                  "REFUSED, NOTAUTH, NOTIMP or FORMERR",
                                                  "the answer"};
  return words[static_cast<std::size_t>(gets)];
}
inline std::string_view label_of(cache::Rank rank) {
  constexpr std::array<std::string_view, 5> words{"additional", "referral", "answer", "authority",
                                                  "authoritative"};
  return words[static_cast<std::size_t>(rank)];
}
}  // namespace windlass::control
