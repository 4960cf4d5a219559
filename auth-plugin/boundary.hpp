#pragma once
/// The C boundary: what every call across include/windlass/plugin.h needs. No exception and no C++
/// type crosses; a struct is read no further than its size.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "windlass/plugin.h"
namespace windlass::auth {

/// A struct of the host's as this module knows it; what the host did not have counts as zero.
template <class T>
T whole(const T& given) noexcept {
  T known{};
  std::memcpy(&known, &given, std::min<std::size_t>(given.size, sizeof known));
  known.size = sizeof known;
  return known;
}

/// As far as fault->size goes. Text that is too long is cut between characters and ends in "...".
void put_fault(windlass_fault* fault, std::string_view text, std::string_view pointer) noexcept;

/// Runs `body`, which returns what the call returns; an exception becomes a fault and `failed`.
template <class T, class Body>
T guarded(windlass_fault* fault, T failed, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    put_fault(fault, "out of memory", "");
  } catch (const std::exception& thrown) { put_fault(fault, thrown.what(), ""); }
  return failed;
}

/// What the host lends, by value: each service falls silent where the host lends none. Any thread.
class Host {
 public:
  Host() = default;
  explicit Host(const windlass_host& given) noexcept : services_(whole(given)) {}
  void log(int level, const std::string& line) const;
  void count(std::uint32_t counter, std::uint64_t add) const;
  std::int64_t mono_us() const;  ///< 0 when the host lends no clock
  bool carries_out(windlass_host_feature feature) const noexcept {
    return (services_.features & static_cast<std::uint64_t>(feature)) != 0;
  }

 private:
  windlass_host services_{};
};
}  // namespace windlass::auth
