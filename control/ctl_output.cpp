#include "control/ctl_output.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace windlass::control {

CtlOutput::CtlOutput(int fd) : fd_(fd), at_once_(::isatty(fd) == 1) {}
CtlOutput::~CtlOutput() {
  end();
}

bool CtlOutput::add(std::string_view text) {
  if (error_ != 0) return false;
  waiting_.append(text);
  if (at_once_ || waiting_.size() >= piece_octets) flush();
  return error_ == 0;
}

void CtlOutput::flush() {
  std::string_view left = waiting_;
  while (!left.empty() && error_ == 0) {
    const ssize_t octets = ::write(fd_, left.data(), left.size());
    if (octets >= 0) {
      left.remove_prefix(static_cast<std::size_t>(octets));
    } else if (errno == EAGAIN) {  // whoever shares the file made it so
      pollfd room{fd_, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  waiting_.clear();
}

bool CtlOutput::end() {
  if (fd_ < 0) return error_ == 0;
  flush();
  if (::close(std::exchange(fd_, -1)) != 0 && error_ == 0) error_ = errno;
  return error_ == 0;
}

std::string CtlOutput::complaint() const {
  if (error_ == 0 || error_ == EPIPE) return "";
  return "standard output: " + std::system_category().message(error_);
}

void hold_standard_descriptors() {
  for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0; fd = ::open("/dev/null", O_RDONLY)) {
    if (fd <= STDERR_FILENO) continue;
    ::close(fd);
    return;
  }
}
}  // namespace windlass::control
