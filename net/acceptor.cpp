#include "net/acceptor.hpp"

#include <cerrno>

#include <fcntl.h>

#include "net/uv_handle.hpp"

namespace windlass::net {
namespace {
constexpr int accepts_per_turn = 64;
constexpr std::int64_t pause_ms = 100;

Fd accept_on(const Fd& listening) {
  return Fd{::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
}
Fd make_spare() {
  return Fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}
}  // namespace

struct Acceptor::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loop& loop, AcceptorOwner& o, Fd fd)
      : owner(o), listening(std::move(fd)), spare(make_spare()), pause_timer(loop) {}
  int watch();
  void on_readable();
  bool take_one();
  bool end_one();
  void pause();

  AcceptorOwner& owner;
  Fd listening, spare;
  UvHandle<uv_poll_t> poll;
  Timer pause_timer;
};

int Acceptor::Impl::watch() {
  return -uv_poll_start(poll.get(), UV_READABLE, [](uv_poll_t* h, int, int) {
    if (h->data != nullptr) static_cast<Impl*>(h->data)->on_readable();
  });
}

void Acceptor::Impl::on_readable() {
  const auto keep = shared_from_this();
  for (int n = 0; n < accepts_per_turn && poll && take_one(); ++n) {}
}

/// False when nothing more can be taken now.
bool Acceptor::Impl::take_one() {
  Fd fd = accept_on(listening);
  if (fd) return owner.on_accepted(std::move(fd)), true;
  const int error = errno;
  if (error == EAGAIN || error == EWOULDBLOCK) return false;
  owner.on_not_accepted();
  const bool no_descriptors = error == EMFILE || error == ENFILE;
  const bool no_memory = error == ENOBUFS || error == ENOMEM;
  if ((no_descriptors && !end_one()) || no_memory) return pause(), false;
  return true;  // ECONNABORTED and the like: of that one alone
}

/// Ends the first of those that wait: better told at once than kept waiting.
bool Acceptor::Impl::end_one() {
  spare.reset();
  const bool ended = static_cast<bool>(accept_on(listening));
  spare = make_spare();
  return ended;
}

void Acceptor::Impl::pause() {
  uv_poll_stop(poll.get());
  pause_timer.start(pause_ms, [this] {
    if (!spare) spare = make_spare();
    (void)watch();
  });
}

Acceptor::Acceptor() = default;
Acceptor::~Acceptor() {
  close();
}

int Acceptor::start(Loop& loop, AcceptorOwner& owner, Fd fd, int backlog) {
  if (::listen(fd.get(), backlog) != 0) return errno;
  const auto impl = std::make_shared<Impl>(loop, owner, std::move(fd));
  const int error = impl->poll.open(
      impl.get(), [&](auto* h) { return uv_poll_init(loop.raw(), h, impl->listening.get()); });
  if (error != 0) return -error;
  impl_ = impl;
  return impl_->watch();
}

void Acceptor::close() noexcept {
  if (!impl_) return;
  impl_->pause_timer.stop();
  impl_->poll.close();
  impl_->listening.reset();
  impl_.reset();
}
}  // namespace windlass::net
