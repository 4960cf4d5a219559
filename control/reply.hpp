#pragma once
/// Reply: where a command's handler puts its rows. Copied freely, used at once or later, from the
/// control loop's thread only. Exactly one of done() and fail() ends it; what comes after that, or
/// after the client went, is dropped.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "control/reply_pipe.hpp"
#include "control/row.hpp"
namespace windlass::control {

/// What a Reply writes to: a connection, or a test.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void on_row(const Row& row) = 0;
  virtual void on_end(bool ok, std::string_view error) = 0;
  /// What follows of this reply comes through a pipe; nullptr: this sink takes none.
  virtual std::shared_ptr<ReplyPipe> on_pipe() { return nullptr; }
};

class Reply {
 public:
  explicit Reply(std::weak_ptr<ReplySink> sink)
      : state_(std::make_shared<State>(State{std::move(sink), false})) {}
  void line(const Row& row) const {
    if (const auto sink = open()) sink->on_row(row);
  }
  /// The rest of the reply, its end too, goes through the pipe. nullptr: no client, or none that
  /// takes one.
  std::shared_ptr<ReplyPipe> pipe() const {
    const auto sink = open();
    auto made = sink ? sink->on_pipe() : nullptr;
    if (made) state_->ended = true;
    return made;
  }
  void done() const { end(true, ""); }
  void fail(std::string_view error) const { end(false, error); }

 private:
  struct State {
    std::weak_ptr<ReplySink> sink;
    bool ended;
  };
  std::shared_ptr<ReplySink> open() const { return state_->ended ? nullptr : state_->sink.lock(); }
  void end(bool ok, std::string_view error) const {
    const auto sink = open();
    state_->ended = true;
    if (sink) sink->on_end(ok, error);
  }
  std::shared_ptr<State> state_;
};
}  // namespace windlass::control
