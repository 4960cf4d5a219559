#include "server/durable_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <span>

#include <fcntl.h>
#include <unistd.h>

namespace windlass::server {
namespace {
constexpr mode_t file_mode = 0644;

FileTrouble trouble(const std::string& what, const std::string& path) {
  return {"cannot " + what + " " + path + ": " + std::strerror(errno)};
}

/// A descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : number_(::open(path.c_str(), flags, file_mode)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool open() const { return number_ >= 0; }
  bool sync() const { return ::fsync(number_) == 0; }
  bool write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(number_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  /// Octets read; 0 at the end, negative for trouble.
  ssize_t read(std::span<char> into) const {
    for (;;) {
      const ssize_t got = ::read(number_, into.data(), into.size());
      if (got >= 0 || errno != EINTR) return got;
    }
  }

 private:
  int number_;
};
}  // namespace

Result<Done, FileTrouble> write_durably(const std::string& path, std::string_view text) {
  const std::string beside = path + ".new";
  {
    const Descriptor file(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    if (!file.open()) return trouble("create", beside);
    if (!file.write(text) || !file.sync()) {
      FileTrouble why = trouble("write", beside);
      (void)::unlink(beside.c_str());
      return why;
    }
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0) return trouble("replace", path);
  const auto folder = std::filesystem::path(path).parent_path().string();
  const Descriptor holder(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!holder.open() || !holder.sync()) return trouble("write the folder", folder);
  return Done{};
}

Result<std::string, FileTrouble> read_whole(const std::string& path) {
  const Descriptor file(path, O_RDONLY | O_CLOEXEC);
  if (!file.open() && errno == ENOENT) return std::string();
  if (!file.open()) return trouble("open", path);
  std::string text;
  std::array<char, 4096> part{};
  ssize_t got = 0;
  while ((got = file.read(part)) > 0) text.append(part.data(), static_cast<std::size_t>(got));
  if (got < 0) return trouble("read", path);
  return text;
}
}  // namespace windlass::server
