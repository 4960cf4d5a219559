#pragma once
/// Acceptor: a listening socket and what connects to it. For net/ alone.
///
/// It takes a few connections a turn, so that a flood of them holds nothing else up. Without free
/// descriptors it ends what comes, with a spare one, or pauses when not even that can be had:
/// uv_listen() would go on for ever inside one callback then.
#include <memory>

#include "net/loop.hpp"
#include "net/socket.hpp"
namespace windlass::net {

class AcceptorOwner {
 public:
  virtual ~AcceptorOwner() = default;
  /// May destroy the Acceptor.
  virtual void on_accepted(Fd fd) = 0;
  virtual void on_not_accepted() {}  ///< it was ended, or has to wait
};

class Acceptor {
 public:
  Acceptor();
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Listens on the bound socket `fd`. Returns an errno value or 0.
  int start(Loop& loop, AcceptorOwner& owner, Fd fd, int backlog);
  void close() noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};
}  // namespace windlass::net
