#pragma once
/// Sockets below libuv: descriptors with an owner, addresses to and from the system's form,
/// binding. For the .cpp files of net/.
#include <string>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/address.hpp"
#include "net/error.hpp"
namespace windlass::net {

/// Owns a descriptor; -1: none.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

/// A socket address of either family, as the system calls want it.
struct SystemAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t length = sizeof(sockaddr_in6);

  SystemAddress() : v6{} {}
  explicit SystemAddress(const Endpoint& e, std::uint32_t scope = 0);
  Endpoint endpoint() const;
};

struct BindOptions {
  int type = SOCK_DGRAM;  ///< or SOCK_STREAM
  bool reuse_port = false;
  bool check_free = false;  ///< first bind without sharing, so that a foreign socket is found
};

bool is_any(const IpAddress& address) noexcept;  ///< 0.0.0.0 or ::
bool set_option(int fd, int level, int name, int value) noexcept;
/// A fresh nonblocking socket of the address's family; on failure errno says why.
Fd make_socket(const IpAddress& address, int type);
/// A nonblocking socket bound to `at`, IPv6 ones for IPv6 only. Errors name address and transport.
NetResult<Fd> bind_socket(const Endpoint& at, const BindOptions& options);
NetError cannot_listen(int system_error, const Endpoint& at, int type);
Endpoint local_endpoint(int fd);
Endpoint remote_endpoint(int fd, std::uint32_t* scope = nullptr);
/// Sends with DF and takes no ICMP's word for a smaller MTU: no fragments (RFC 9715).
bool forbid_fragments(int fd, int family);
}  // namespace windlass::net
