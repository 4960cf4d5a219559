#pragma once
/// UvHandle<T>: the only owner of a libuv handle. For the .cpp files of net/: it brings in <uv.h>,
/// the other headers do not.
///
/// Lifetime: the destructor closes; the memory goes back in the close callback, one turn later.
/// From close on, handle->data is nullptr: a callback that finds it so (a cancelled write) has no
/// owner left.
#include <memory>
#include <utility>

#include <uv.h>
namespace windlass::net {

template <class T>
class UvHandle {
 public:
  UvHandle() = default;
  UvHandle(UvHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  UvHandle& operator=(UvHandle&& other) noexcept {
    if (this != &other) {
      close();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~UvHandle() { close(); }

  /// Makes the handle with `init(T*)`, one of the uv_*_init functions; its negative error code is
  /// returned and then nothing is owned. `owner` becomes handle->data.
  template <class Init>
  int open(void* owner, Init&& init) {
    close();
    auto fresh = std::make_unique<T>();
    const int error = init(fresh.get());
    if (error < 0) return error;
    handle_ = fresh.release();
    base()->data = owner;
    return 0;
  }
  void close() noexcept {
    if (handle_ == nullptr) return;
    base()->data = nullptr;
    uv_close(base(), [](uv_handle_t* h) { std::unique_ptr<T>{reinterpret_cast<T*>(h)}.reset(); });
    handle_ = nullptr;
  }
  T* get() const noexcept { return handle_; }
  uv_handle_t* base() const noexcept { return reinterpret_cast<uv_handle_t*>(handle_); }
  uv_stream_t* stream() const noexcept { return reinterpret_cast<uv_stream_t*>(handle_); }
  explicit operator bool() const noexcept { return handle_ != nullptr; }

 private:
  T* handle_ = nullptr;
};
}  // namespace windlass::net
