#pragma once
/// Mailbox<T>: values from other threads for one loop's thread, delivered in batches, in order of
/// posting.
///
/// Senders are copied freely and may outlive the mailbox: what they post then is refused (false).
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "net/loop.hpp"
namespace windlass::net {

template <class T>
class Mailbox {
  struct State {
    std::mutex guard;
    std::vector<T> waiting;
    Wakeup* bell = nullptr;  ///< null: closed
    std::size_t capacity = 0;
  };

 public:
  class Sender {
   public:
    Sender() = default;
    /// From any thread. False: the mailbox is closed or full, and the value is gone. What `must`
    /// arrive (its number is bounded by what was sent before) is taken by a full one too.
    bool post(T value, bool must = false) const {
      if (!state_) return false;
      const std::lock_guard lock(state_->guard);
      if (state_->bell == nullptr || (!must && state_->waiting.size() >= state_->capacity))
        return false;
      state_->waiting.push_back(std::move(value));
      if (state_->waiting.size() == 1) state_->bell->wake();
      return true;
    }

   private:
    friend class Mailbox;
    explicit Sender(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  /// `deliver` is called on the loop's thread with one batch; it may take the values and may close
  /// the mailbox.
  Mailbox(Loop& loop, std::function<void(std::vector<T>&)> deliver, std::size_t capacity = 1u << 16)
      : state_(std::make_shared<State>()),
        bell_(loop, [state = state_, deliver = std::move(deliver)] {
          std::vector<T> batch;
          {
            const std::lock_guard lock(state->guard);
            if (state->bell == nullptr) return;
            batch.swap(state->waiting);
          }
          if (!batch.empty()) deliver(batch);
        }) {
    const std::lock_guard lock(state_->guard);
    state_->capacity = capacity;
    state_->bell = &bell_;
  }
  ~Mailbox() { close(); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  Sender sender() const { return Sender{state_}; }
  bool post(T value) const { return sender().post(std::move(value)); }
  /// On the loop's thread. What waits is dropped; later posts are refused.
  void close() {
    std::vector<T> dropped;
    const std::lock_guard lock(state_->guard);
    state_->bell = nullptr;
    dropped.swap(state_->waiting);
  }

 private:
  std::shared_ptr<State> state_;
  Wakeup bell_;
};
}  // namespace windlass::net
