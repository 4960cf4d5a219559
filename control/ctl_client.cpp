#include "control/ctl_client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace windlass::control {
namespace {
std::string system_cause() {
  return std::system_category().message(errno);
}

/// What to do about it, for the two causes that are everybody's first.
std::string advice(int system_error) {
  if (system_error == ENOENT || system_error == ECONNREFUSED)
    return "; does windlass run? --socket names another socket";
  return system_error == EACCES ? "; the socket's owner and group may use it (control.mode)" : "";
}
}  // namespace

CtlClient::CtlClient(CtlClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      input_(std::move(other.input_)),
      taken_(std::exchange(other.taken_, 0)) {}
CtlClient::~CtlClient() {
  if (fd_ >= 0) ::close(fd_);
}

Outcome<CtlClient> CtlClient::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return Refusal{path + ": not the path of a socket; at most " +
                   std::to_string(sizeof address.sun_path - 1) + " octets"};
  std::memcpy(address.sun_path, path.data(), path.size());
  CtlClient client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (client.fd_ < 0) return Refusal{"cannot make a socket: " + system_cause()};
  const timeval silence{silence_s, 0};
  ::setsockopt(client.fd_, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
  if (::connect(client.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int cause = errno;
    return Refusal{"cannot reach " + path + ": " + system_cause() + advice(cause)};
  }
  return client;
}

Outcome<std::string_view> CtlClient::read_line() {
  std::array<char, 65536> piece;
  std::size_t searched = taken_;
  for (;;) {
    if (const auto end = input_.find('\n', searched); end != std::string::npos) {
      const auto line = std::string_view(input_).substr(taken_, end - taken_);
      taken_ = end + 1;
      return line;
    }
    input_.erase(0, std::exchange(taken_, 0));
    searched = input_.size();
    const ssize_t octets = ::recv(fd_, piece.data(), piece.size(), 0);
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return Refusal{"no reply: " + system_cause()};
    if (octets == 0)
      return Refusal{
          "the daemon closed the connection before its reply ended; it cuts off who reads "
          "too slowly"};
    input_.append(piece.data(), static_cast<std::size_t>(octets));
  }
}

Outcome<ReplyLine> CtlClient::ask(const Request& request, const OnLine& on_line) {
  const std::string line = request_line(request);
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t octets = ::send(fd_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0 && errno == EPIPE) break;  // what the daemon said before it closed tells why
    if (octets <= 0) return Refusal{"cannot send: " + system_cause()};
    sent += static_cast<std::size_t>(octets);
  }
  for (;;) {
    const auto text = read_line();
    if (!text) return text.error();
    auto reply = parse_reply(*text);
    if (!reply) return reply.error();
    if (!on_line(*text, *reply) || reply->last) return reply;
  }
}
}  // namespace windlass::control
