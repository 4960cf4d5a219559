#pragma once
/// StreamClient: the client end of a Unix or TCP stream, in the same thread as the loop that serves
/// it.
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/loop.hpp"
namespace windlass::test {

class StreamClient {
 public:
  StreamClient(net::Loop& loop, const std::string& path)
      : loop_(loop), fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    connect(&at, sizeof at);
  }
  StreamClient(net::Loop& loop, std::uint16_t loopback_port)
      : loop_(loop), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(loopback_port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(&at, sizeof at);
  }
  ~StreamClient() { ::close(fd_); }
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;

  /// Writes while the loop turns. False: the other side takes no more.
  bool send(std::string_view text) {
    for (int turn = 0; !text.empty() && turn < turns_most; ++turn) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
      loop_.run_turn();
    }
    return text.empty();
  }
  void end() { ::shutdown(fd_, SHUT_WR); }

  /// The next whole line without its newline, or "" when none came.
  std::string line() {
    read_until([this] { return received_.find('\n') != std::string::npos; });
    const auto end = received_.find('\n');
    if (end == std::string::npos) return "";
    const std::string out = received_.substr(0, end);
    received_.erase(0, end + 1);
    return out;
  }
  /// True when the other side closes; what came before is in received().
  bool closed() {
    read_until([] { return false; });
    return !open_;
  }
  /// Reads at most so many octets of what is there, without a turn of the loop.
  std::size_t take(std::size_t octets) {
    std::string piece(octets, '\0');
    const ssize_t got = ::recv(fd_, piece.data(), octets, 0);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  const std::string& received() const { return received_; }

 private:
  static constexpr int turns_most = 3000;

  template <class Address>
  void connect(const Address* at, socklen_t size) {
    open_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(at), size) == 0;
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
  }

  template <class Enough>
  void read_until(Enough enough) {
    for (int turn = 0; turn < turns_most && open_ && !enough(); ++turn) {
      loop_.run_turn();
      char piece[16384];
      const ssize_t octets = ::recv(fd_, piece, sizeof piece, 0);
      if (octets > 0)
        received_.append(piece, static_cast<std::size_t>(octets));
      else if (octets < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        ::usleep(100);
      else
        open_ = false;
    }
  }

  net::Loop& loop_;
  int fd_;
  bool open_ = false;
  std::string received_;
};
}  // namespace windlass::test
