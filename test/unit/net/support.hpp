#pragma once
// What the tests of net/ share: a loop that is turned until something holds, and plain
// blocking-free clients on loopback, made with the system calls themselves.
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "net/loop.hpp"
#include "net/socket.hpp"

namespace windlass::net::test {

using Octets = std::vector<std::uint8_t>;

inline Octets octets(std::string_view text) {
  return {text.begin(), text.end()};
}
inline std::string text(std::span<const std::uint8_t> o) {
  return {o.begin(), o.end()};
}
inline Endpoint loopback(std::uint16_t port = 0) {
  return {*IpAddress::parse("127.0.0.1"), port};
}

inline Octets framed(std::string_view message) {
  Octets out{static_cast<std::uint8_t>(message.size() >> 8),
             static_cast<std::uint8_t>(message.size() & 0xFF)};
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

struct Turning {
  SystemClock clock;
  Loop loop{clock};

  template <class Condition>
  bool until(Condition holds, int ms = 4000) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      loop.run_turn();
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return true;
  }
  void for_ms(int ms) {
    (void)until([] { return false; }, ms);
  }
};

/// A nonblocking socket of a client (or of a scripted server).
struct Socket {
  Fd fd;
  explicit Socket(int type, const Endpoint& local = loopback())
      : fd(std::move(*bind_socket(local, {type, false, false}))) {}
  explicit Socket(Fd f) : fd(std::move(f)) {}
  Endpoint endpoint() const { return local_endpoint(fd.get()); }
  int connect(const Endpoint& to) {
    const SystemAddress a(to);
    return ::connect(fd.get(), &a.any, a.length) == 0 || errno == EINPROGRESS ? 0 : errno;
  }
  bool send(std::span<const std::uint8_t> o) {
    return ::send(fd.get(), o.data(), o.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(o.size());
  }
  bool send_to(const Endpoint& to, std::string_view message) {
    const SystemAddress a(to);
    return ::sendto(fd.get(), message.data(), message.size(), 0, &a.any, a.length) ==
           static_cast<ssize_t>(message.size());
  }
  /// -1: nothing yet, 0: ended, else octets appended to `in`. A reset counts as ended.
  ssize_t receive(std::size_t most = 65'536) {
    Octets piece(most);
    SystemAddress from;
    const auto got =
        ::recvfrom(fd.get(), piece.data(), most, MSG_DONTWAIT, &from.any, &from.length);
    if (got < 0) return errno == EAGAIN || errno == ENOTCONN ? -1 : 0;
    sender = from.endpoint();
    in.insert(in.end(), piece.begin(), piece.begin() + got);
    return got;
  }
  bool ended() {
    ssize_t got = 0;
    while ((got = receive()) > 0) continue;
    return got == 0;
  }
  bool has(std::string_view wanted) {
    while (receive() > 0) continue;
    return text(in) == wanted;
  }
  Octets in;
  Endpoint sender;
};

inline Socket tcp_client(const Endpoint& to) {
  Socket s(SOCK_STREAM);
  (void)s.connect(to);
  return s;
}

/// A scripted TCP server.
struct Server : Socket {
  explicit Server(const Endpoint& at = loopback()) : Socket(SOCK_STREAM, at) {
    ::listen(fd.get(), 16);
  }
  bool accept() {
    const int got = ::accept4(fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (got >= 0) peers.emplace_back(Fd{got});
    return got >= 0;
  }
  std::vector<Socket> peers;
};
}  // namespace windlass::net::test
