#include "auth-plugin/commands/text_file.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace windlass::auth {
namespace {
constexpr mode_t mode = 0644;

std::string cannot_write(const std::string& path, int error) {
  return path + " cannot be written: " + std::generic_category().message(error);
}
}  // namespace

Result<TextFile, std::string> TextFile::create(const std::string& path) {
  const std::string beside = path + ".new";
  const int file =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file < 0 && errno == EEXIST)
    return beside + " exists: another export is running, or one was cut off; remove it";
  if (file < 0) return cannot_write(path, errno);
  return TextFile(file, path, beside);
}

TextFile::TextFile(TextFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      path_(std::move(other.path_)),
      beside_(std::move(other.beside_)) {}

TextFile::~TextFile() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(beside_.c_str());
}

std::string TextFile::complaint() const {
  return cannot_write(path_, errno);
}

Result<Done, std::string> TextFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return complaint();
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return Done{};
}

Result<Done, std::string> TextFile::keep() {
  if (::fsync(file_) != 0 || std::rename(beside_.c_str(), path_.c_str()) != 0) return complaint();
  ::close(std::exchange(file_, -1));
  return Done{};
}
}  // namespace windlass::auth
