#pragma once
/// The client side of the control socket: blocking, for windlassctl alone.
#include <functional>
#include <string>

#include "control/json_lines.hpp"
namespace windlass::control {

/// One connection to the daemon.
class CtlClient {
 public:
  static constexpr int silence_s = 60;  ///< a daemon that says nothing for so long is given up

  static Outcome<CtlClient> connect(const std::string& path);
  ~CtlClient();
  CtlClient(CtlClient&& other) noexcept;
  CtlClient& operator=(CtlClient&&) = delete;

  /// Sends one request and hands each line of the reply over, the last one too. Refusal: the
  /// connection broke, or the daemon was silent: one that works gives a sign of life.
  Outcome<ReplyLine> ask(
      const Request& request,
      const std::function<void(const std::string& line, const ReplyLine& reply)>& on_line);

 private:
  explicit CtlClient(int fd) : fd_(fd) {}
  Outcome<std::string> read_line();
  int fd_;
  std::string input_;
};
}  // namespace windlass::control
