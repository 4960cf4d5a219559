#include "server/durable_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "conf/file_text.hpp"

namespace windlass::server {
namespace {
constexpr mode_t file_mode = 0644;
constexpr std::size_t state_octets_most = 4u << 20;

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

Result<std::optional<std::string>, FileTrouble> read_state(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::symlink_status(path, error)))
    return std::optional<std::string>();
  auto text = conf::file_text(path, state_octets_most);
  if (!text) return FileTrouble{path + " " + text.error().text};
  return std::optional<std::string>(*std::move(text));
}

std::string set_aside(const std::string& path) {
  const std::string aside = path + ".bad";
  return std::rename(path.c_str(), aside.c_str()) == 0 ? "; set aside as " + aside : "";
}
}  // namespace windlass::server
