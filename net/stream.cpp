#include "net/stream.hpp"

#include <cerrno>
#include <memory>

namespace windlass::net {

/// A write that the system did not take at once. Lives until libuv is done with it, which is after
/// the Stream's end when that comes first.
struct Stream::WriteRequest {
  uv_write_t request{};
  std::vector<std::uint8_t> octets;
};

int Stream::make(Kind kind) {
  return handle_.open(this, [&](AnyStream* h) {
    return kind == Kind::tcp ? uv_tcp_init(loop_.raw(), &h->tcp)
                             : uv_pipe_init(loop_.raw(), &h->pipe, 0);
  });
}

int Stream::open(Fd connected, Kind kind) {
  if (const int error = make(kind); error != 0) return -error;
  AnyStream* h = handle_.get();
  const int error = kind == Kind::tcp ? uv_tcp_open(&h->tcp, connected.get())
                                      : uv_pipe_open(&h->pipe, connected.get());
  if (error != 0) return -error;
  (void)connected.release();
  if (kind == Kind::tcp) uv_tcp_nodelay(&h->tcp, 1);
  connected_ = true;
  return 0;
}

int Stream::connect(const Endpoint& to, const IpAddress* source) {
  Fd fd = make_socket(to.address, SOCK_STREAM);
  if (!fd) return errno;
  if (source != nullptr) {
    const SystemAddress local({*source, 0});
    if (::bind(fd.get(), &local.any, local.length) != 0) return errno;
  }
  if (const int error = make(Kind::tcp); error != 0) return -error;
  uv_tcp_t* tcp = &handle_.get()->tcp;
  if (const int error = uv_tcp_open(tcp, fd.get()); error != 0) return -error;
  (void)fd.release();
  uv_tcp_nodelay(tcp, 1);
  auto request = std::make_unique<uv_connect_t>();
  const SystemAddress remote(to);
  const int error =
      uv_tcp_connect(request.get(), tcp, &remote.any, [](uv_connect_t* r, int status) {
        const std::unique_ptr<uv_connect_t> done(r);
        auto* self = static_cast<Stream*>(r->handle->data);
        if (self == nullptr) return;
        self->connected_ = status == 0;
        self->owner_.on_connected(-status);
      });
  if (error != 0) return -error;
  (void)request.release();
  return 0;
}

int Stream::descriptor() const noexcept {
  uv_os_fd_t fd = -1;
  return uv_fileno(handle_.base(), &fd) == 0 ? fd : -1;
}

void Stream::read(bool on) {
  if (!handle_ || reading_ == on) return;
  reading_ = on;
  if (!on) return void(uv_read_stop(handle_.stream()));
  uv_read_start(
      handle_.stream(),
      [](uv_handle_t* h, std::size_t, uv_buf_t* buffer) {
        const auto space = static_cast<Stream*>(h->data)->loop_.scratch();
        *buffer =
            uv_buf_init(reinterpret_cast<char*>(space.data()), static_cast<unsigned>(space.size()));
      },
      [](uv_stream_t* s, ssize_t got, const uv_buf_t* buffer) {
        static_cast<Stream*>(s->data)->received(got, buffer);
      });
}

void Stream::received(ssize_t got, const uv_buf_t* buffer) {
  if (got == 0) return;  // EAGAIN
  if (got > 0)
    return owner_.on_octets(
        {reinterpret_cast<const std::uint8_t*>(buffer->base), static_cast<std::size_t>(got)});
  read(false);
  owner_.on_ended(got == UV_EOF ? 0 : static_cast<int>(-got));
}

int Stream::flush() {
  if (!handle_ || !connected_ || writing_octets_ > 0 || waiting_.empty()) return 0;
  const auto piece = [](std::vector<std::uint8_t>& octets, std::size_t from) {
    return uv_buf_init(reinterpret_cast<char*>(octets.data() + from),
                       static_cast<unsigned>(octets.size() - from));
  };
  uv_buf_t buffer = piece(waiting_, 0);
  int taken = uv_try_write(handle_.stream(), &buffer, 1);
  if (taken == UV_EAGAIN) taken = 0;
  if (taken < 0) return -taken;
  const auto count = static_cast<std::size_t>(taken);
  if (count == waiting_.size()) return waiting_.clear(), 0;
  auto owned = std::make_unique<WriteRequest>();
  owned->octets = std::exchange(waiting_, {});
  owned->request.data = owned.get();
  buffer = piece(owned->octets, count);
  const int error =
      uv_write(&owned->request, handle_.stream(), &buffer, 1, [](uv_write_t* r, int status) {
        const std::unique_ptr<WriteRequest> done(static_cast<WriteRequest*>(r->data));
        if (auto* self = static_cast<Stream*>(r->handle->data); self != nullptr)
          self->written(status);
      });
  if (error != 0) return -error;
  writing_octets_ = owned.release()->octets.size() - count;
  return 0;
}

void Stream::written(int status) {
  writing_octets_ = 0;
  const int error = status != 0 ? -status : flush();
  if (error != 0) return owner_.on_ended(error);
  owner_.on_written();
}
}  // namespace windlass::net
