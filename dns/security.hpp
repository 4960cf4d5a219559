#pragma once
/// Security: what validation says of data (RFC 4035 4.3), or that nobody has asked it yet; and the
/// words for it, wherever they are shown.
#include <array>
#include <cstdint>
#include <string_view>
namespace windlass::dns {

enum class Security : std::uint8_t { unchecked, indeterminate, insecure, secure, bogus };

inline std::string_view name_of(Security security) noexcept {
  constexpr std::array<std::string_view, 5> names{"unchecked", "indeterminate", "insecure",
                                                  "secure", "bogus"};
  return names[static_cast<std::size_t>(security)];
}
}  // namespace windlass::dns
