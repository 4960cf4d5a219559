#pragma once
/// ReplyPipe: a reply made on another thread, read by the control loop as its client takes it.
///
///    the command's thread   put, progress ... end     put waits while octets_most are unread
///    the control loop       take ... close            close: the client has gone
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
namespace windlass::control {

class ReplyPipe {
 public:
  static constexpr std::size_t octets_most = 1u << 20;

  /// `wake` is called on the command's thread when there is something to take; never after close().
  explicit ReplyPipe(std::function<void()> wake) : wake_(std::move(wake)) {}

  // The command's thread. False: the reader has gone.
  bool put(std::string_view lines);  ///< each with its newline
  bool progress(std::string_view text);
  bool open();
  bool ended();  ///< end() was called: nobody waits behind this command any more
  /// Waits at most so long for the reader to go; false when it has.
  bool wait_ms(std::int64_t ms);
  void end(bool ok, std::string error);

  // The control loop.
  struct Taken {
    std::string lines;
    std::string progress;  ///< empty: nothing new
    bool ended = false, ok = false;
    std::string error;
  };
  Taken take(std::size_t octets_most_now);  ///< whole lines; at least one when there is any
  void close();

 private:
  void woken(std::unique_lock<std::mutex> lock);

  std::mutex guard_;
  std::condition_variable room_;
  std::function<void()> wake_;
  std::string lines_, progress_, error_;
  std::size_t taken_ = 0;  ///< octets of lines_ that are gone
  bool ended_ = false, ok_ = false, closed_ = false, told_ = false;
};
}  // namespace windlass::control
