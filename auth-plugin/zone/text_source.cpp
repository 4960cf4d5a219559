#include "auth-plugin/zone/text_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
namespace windlass::auth {
namespace {
constexpr std::size_t window_octets = 256 * 1024;

std::string said(const char* what, int error) {
  return std::string(what) + ": " + std::strerror(error);
}
}  // namespace

Result<TextSource, std::string> TextSource::open(const std::string& path) {
  TextSource source{std::string_view()};
  // Without O_NONBLOCK a named pipe would hold us here.
  source.file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (source.file_ < 0) return said("cannot open the file", errno);
  struct stat about {};
  if (::fstat(source.file_, &about) != 0) return said("cannot look at the file", errno);
  if (!S_ISREG(about.st_mode)) return std::string("expected a regular file");
  source.total_ = static_cast<std::uint64_t>(about.st_size);
  return source;
}

TextSource::TextSource(TextSource&& other) noexcept
    : buffer_(std::move(other.buffer_)),
      window_(other.window_),
      total_(other.total_),
      trouble_(std::move(other.trouble_)),
      file_(std::exchange(other.file_, -1)) {}

TextSource::~TextSource() {
  if (file_ >= 0) ::close(file_);
}

bool TextSource::more(std::size_t used) {
  window_.remove_prefix(std::min(used, window_.size()));
  if (file_ < 0) return false;
  const std::size_t kept = window_.size();
  std::vector<char> next;
  // A window that would hold little more than before doubles: an entry is scanned again at most
  // as often as it has doubled.
  const std::size_t size = std::max(window_octets, kept * 2);
  if (buffer_.size() == size) {
    std::memmove(buffer_.data(), window_.data(), kept);
  } else {
    next.resize(size);
    if (kept != 0) std::memcpy(next.data(), window_.data(), kept);
    buffer_.swap(next);
  }
  ssize_t got = 0;
  do got = ::read(file_, buffer_.data() + kept, buffer_.size() - kept);
  while (got < 0 && errno == EINTR);
  if (got < 0) trouble_ = said("cannot read the file", errno);
  window_ = {buffer_.data(), kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  return got > 0;
}
}  // namespace windlass::auth
