#pragma once
/// CommandThreads: one thread for each command of a plugin that runs now. They are joined when they
/// have ended, and all at the end.
#include <atomic>
#include <functional>
#include <list>
#include <memory>

#include "net/thread.hpp"
namespace windlass::server {

class CommandThreads {
 public:
  /// Throws std::system_error when the system gives no thread.
  void start(std::function<void()> body) {
    running_.remove_if([](const Running& one) { return one.ended->load(); });
    auto ended = std::make_shared<std::atomic<bool>>(false);
    running_.push_back(
        {ended, net::NamedThread("windlass-command", [body = std::move(body), ended] {
           body();
           ended->store(true);
         })});
  }

 private:
  struct Running {
    std::shared_ptr<std::atomic<bool>> ended;
    net::NamedThread thread;
  };
  std::list<Running> running_;
};
}  // namespace windlass::server
