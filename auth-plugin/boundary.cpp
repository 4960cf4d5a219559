#include "auth-plugin/boundary.hpp"

#include <cstddef>

namespace windlass::auth {
namespace {
/// `text` in at most `octets_max` with the zero octet, cut between UTF-8 characters.
void put_text(char* out, std::size_t octets_max, std::string_view text) noexcept {
  constexpr std::string_view cut = "...";
  const bool fits = text.size() < octets_max;
  std::size_t keep = fits ? text.size() : octets_max - 1 - cut.size();
  const auto inside = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u;
  };
  while (!fits && keep > 0 && inside(keep)) --keep;
  std::memcpy(out, text.data(), keep);
  if (!fits) std::memcpy(out + keep, cut.data(), cut.size()), keep += cut.size();
  out[keep] = '\0';
}
}  // namespace

void put_fault(windlass_fault* fault, std::string_view text, std::string_view pointer) noexcept {
  if (fault == nullptr) return;
  if (fault->size >= offsetof(windlass_fault, text) + sizeof fault->text)
    put_text(fault->text, sizeof fault->text, text);
  if (fault->size >= offsetof(windlass_fault, pointer) + sizeof fault->pointer)
    put_text(fault->pointer, sizeof fault->pointer, pointer);
}

void Host::log(int level, const std::string& line) const {
  if (services_.log != nullptr) services_.log(services_.context, level, line.c_str());
}

void Host::count(std::uint32_t counter, std::uint64_t add) const {
  if (services_.count != nullptr && add != 0) services_.count(services_.context, counter, add);
}

std::int64_t Host::mono_us() const {
  windlass_time now{};
  now.size = sizeof now;
  if (services_.clock != nullptr) services_.clock(services_.context, &now);
  return now.mono_us;
}
}  // namespace windlass::auth
