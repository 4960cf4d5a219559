#pragma once
/// NamedThread: a thread with a name (seen by top and gdb), perhaps bound to one CPU; joined when
/// destroyed.
#include <functional>
#include <optional>
#include <string>
#include <thread>
namespace windlass::net {

class NamedThread {
 public:
  NamedThread() = default;
  /// `name`: the first 15 octets are used. `cpu`: run there only; ignored when the system says no.
  /// Signals to the process are blocked in the thread: they belong to the main one.
  NamedThread(const std::string& name, std::function<void()> body,
              std::optional<unsigned> cpu = {});
  ~NamedThread() { join(); }
  NamedThread(NamedThread&&) = default;
  NamedThread& operator=(NamedThread&& other) {
    join();
    thread_ = std::move(other.thread_);
    return *this;
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};
}  // namespace windlass::net
