#include "control/process_stats.hpp"

#include <filesystem>
#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

namespace windlass::control {
namespace {
double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Entries of /proc/self/fd, without the one that looks.
std::uint64_t count_open_fds() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error))
    ++count;
  return count > 0 ? count - 1 : 0;
}
}  // namespace

ProcessStats process_stats() {
  ProcessStats stats;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0)
    stats.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) stats.max_fds = files.rlim_cur;
  std::uint64_t size_pages = 0, resident_pages = 0;
  std::ifstream statm("/proc/self/statm");
  const auto page_octets = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (statm >> size_pages >> resident_pages)
    stats.virtual_octets = size_pages * page_octets,
    stats.resident_octets = resident_pages * page_octets;
  stats.open_fds = count_open_fds();
  return stats;
}
}  // namespace windlass::control
