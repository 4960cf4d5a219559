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

  /// False: what follows is of no use any more.
  using OnLine = std::function<bool(std::string_view line, ReplyLine& reply)>;
  /// Sends one request and hands each line of the reply over, the last one too; gives the line at
  /// which it stopped. Refusal: the connection broke, or the daemon was silent: one that works
  /// gives a sign of life.
  Outcome<ReplyLine> ask(const Request& request, const OnLine& on_line);

 private:
  explicit CtlClient(int fd) : fd_(fd) {}
  Outcome<std::string_view> read_line();  ///< lives until the next one is read
  int fd_;
  std::string input_;
  std::size_t taken_ = 0;  ///< octets of input_ that were read as lines
};
}  // namespace windlass::control
