#include "auth-plugin/commands/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace windlass::auth {
namespace {
namespace fs = std::filesystem;
constexpr mode_t mode = 0644;

std::string cannot_write(const std::string& path, int error) {
  return path + " cannot be written: " + std::generic_category().message(error);
}

const char* kind_of(fs::file_type type) {
  switch (type) {
    case fs::file_type::directory:
      return "a folder";
    case fs::file_type::character:
    case fs::file_type::block:
      return "a device";
    case fs::file_type::fifo:
      return "a pipe";
    case fs::file_type::socket:
      return "a socket";
    default:
      return "no regular file";
  }
}

bool is_below(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

/// The file to write, links resolved: regular or not there, in a folder that is there.
Result<fs::path, std::string> target_of(const std::string& path) {
  std::error_code error;
  fs::path target(path);
  const auto named = fs::symlink_status(target, error);
  if (named.type() == fs::file_type::symlink) {
    target = fs::canonical(target, error);
    if (error) return path + " is a link that leads nowhere: " + error.message();
  }
  const auto there = fs::status(target, error);
  if (there.type() != fs::file_type::regular && there.type() != fs::file_type::not_found)
    return path + " is " + kind_of(there.type()) + ": expected a regular file, or a new name";
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const fs::path real = fs::canonical(folder, error);
  if (error) return cannot_write(path, error.value());
  return real / target.filename();
}
}  // namespace

Result<TextFile, std::string> TextFile::create(const std::string& named,
                                               const std::string& forbidden) {
  const auto target = target_of(named);
  if (!target) return target.error();
  std::error_code error;
  const fs::path folder = fs::canonical(forbidden, error);
  if (!error && is_below(*target, folder))
    return named + " is below " + forbidden + ", the store's own folder: name another file";
  const std::string path = target->string();
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
