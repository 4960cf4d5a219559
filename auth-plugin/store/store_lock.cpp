#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "auth-plugin/store/lmdb_raw.hpp"
namespace windlass::auth {
namespace {
/// The decimal process id that the holder wrote; empty: unreadable.
std::string holder_of(int descriptor) {
  std::array<char, 24> text{};
  const ssize_t octets = ::pread(descriptor, text.data(), text.size() - 1, 0);
  std::string holder(text.data(), octets > 0 ? static_cast<std::size_t>(octets) : 0);
  const auto end = holder.find_first_not_of("0123456789");
  return end == std::string::npos ? holder : holder.substr(0, end);
}

bool write_holder(int descriptor) noexcept {
  std::array<char, 24> text{};
  char* end = std::to_chars(text.data(), text.data() + 20, ::getpid()).ptr;
  *end++ = '\n';
  const auto octets = static_cast<std::size_t>(end - text.data());
  return ::ftruncate(descriptor, 0) == 0 &&
         ::pwrite(descriptor, text.data(), octets, 0) == static_cast<ssize_t>(octets);
}
}  // namespace

StoreResult<StoreLock> StoreLock::take(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return raw::explain(errno, path, "open");
  StoreLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    write_holder(descriptor);  // for people only: a full disk does not stop the lock
    return lock;
  }
  if (errno != EWOULDBLOCK) return raw::explain(errno, path, "lock");
  const std::string holder = holder_of(descriptor);
  return StoreError{Trouble::busy, folder + ": the store is in use by " +
                                       (holder.empty() ? "another process" : "process " + holder) +
                                       "; stop it, or give this one another store"};
}

StoreLock::~StoreLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

StoreLock::StoreLock(StoreLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}
}  // namespace windlass::auth
