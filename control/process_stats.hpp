#pragma once
/// What the kernel says about this process, for the standard process_* metrics.
#include <cstdint>
namespace windlass::control {
struct ProcessStats {
  double cpu_seconds = 0;
  std::uint64_t resident_octets = 0, virtual_octets = 0;
  std::uint64_t open_fds = 0, max_fds = 0;
};
ProcessStats process_stats();
}  // namespace windlass::control
