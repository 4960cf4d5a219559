#include "conf/file_text.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace windlass::conf {
namespace {
/// A descriptor that closes itself.
struct File {
  int fd;
  explicit File(int opened) : fd(opened) {}
  ~File() {
    if (fd >= 0) ::close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
};

ConfError refused(const std::string& path, const std::string& cause) {
  return {path, 0, 0, "WL-CONF-001", "cannot be read: " + cause};
}
}  // namespace

Loaded<std::string> file_text(const std::string& path, std::size_t most_octets) {
  // O_NONBLOCK: opening a pipe must not wait for its other end.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const auto cause = [] { return std::system_category().message(errno); };
  struct stat status {};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) return refused(path, cause());
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) return refused(path, "not a file");
  std::string text;
  std::array<char, 16384> piece{};
  for (;;) {
    const ssize_t octets = ::read(file.fd, piece.data(), piece.size());
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return refused(path, cause());
    if (octets == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(octets));
    if (text.size() > most_octets)
      return refused(path, "larger than " + std::to_string(most_octets >> 20) + " MiB");
  }
}
}  // namespace windlass::conf
