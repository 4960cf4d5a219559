#include "dns/rdata_layout.hpp"

#include "dns/rdata.hpp"
namespace windlass::dns {

std::size_t name_octets(Octets rest) noexcept {
  std::size_t at = 0;
  while (at < rest.size() && rest[at] != 0) {
    if (rest[at] > 63) return no_fit;
    at += rest[at] + 1u;
  }
  return at < rest.size() && at < Name::max_octets ? at + 1 : no_fit;
}

bool is_strings(Octets octets) noexcept {
  if (octets.empty()) return false;
  while (!octets.empty()) {
    if (octets.size() < octets[0] + 1u) return false;
    octets = octets.subspan(octets[0] + 1u);
  }
  return true;
}

bool is_bitmap(Octets octets) noexcept {
  return bool(TypeBitmap::parse(octets));
}

bool has_layout(std::string_view layout, Octets rdata) noexcept {
  for (const char letter : layout) {
    const std::size_t octets = field_octets(letter, rdata);
    if (octets > rdata.size()) return false;
    rdata = rdata.subspan(octets);
  }
  return rdata.empty();
}
}  // namespace windlass::dns
