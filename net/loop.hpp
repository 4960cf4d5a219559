#pragma once
/// Loop: one thread's event loop, and the small things that hang on it.
///
///   turn:  timers -> idle work -> before_wait hooks -> wait for events, their callbacks ->
///   after_wait hooks
///
/// Lifetime: everything made on a Loop is destroyed before it, on its thread. Each class here may
/// be destroyed inside its own callback. Only Loop::stop() and Wakeup::wake() may be called from
/// other threads.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/clock.hpp"
struct uv_loop_s;
namespace windlass::net {

/// How busy a loop is; plain sums since the loop was made. A scraper takes differences.
struct LoopTimes {
  std::uint64_t turns = 0;
  std::int64_t busy_us = 0;  ///< time not spent waiting for events
  std::int64_t longest_turn_us =
      0;  ///< longest turn since take_longest_turn(): the lag a packet may see
};

class Loop {
 public:
  explicit Loop(const Clock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();       ///< until stop()
  void run_turn();  ///< one turn that does not wait
  void stop();      ///< from any thread; before run(): the next run() ends at once
  /// The time of this turn: the clock is read at the first call in a turn.
  const Now& now();
  const Clock& clock() const noexcept;
  const LoopTimes& times() const noexcept;
  std::int64_t take_longest_turn_us() noexcept;  ///< and starts measuring anew

  uv_loop_s* raw() noexcept;  ///< for net/ alone
  std::span<std::uint8_t>
  scratch() noexcept;  ///< for net/ alone: 64 KiB, valid inside one callback

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Calls `fn` on the loop's thread, once `start`ed, after at least `ms` milliseconds.
class Timer {
 public:
  using Fn = std::function<void()>;
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  void start(std::int64_t ms, Fn fn);        ///< once; starting again replaces time and fn
  void start_every(std::int64_t ms, Fn fn);  ///< first after ms, then every ms
  void stop();
  bool active() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Work done once per turn. `before_wait` suits flushing; the clock of the turn ends after it.
/// `idle` runs every turn and keeps the loop from waiting: for work cut in slices.
class TurnHook {
 public:
  enum class When : std::uint8_t { before_wait, after_wait, idle };
  TurnHook(Loop& loop, When when, std::function<void()> fn);
  ~TurnHook();
  TurnHook(const TurnHook&) = delete;
  TurnHook& operator=(const TurnHook&) = delete;
  void start();  ///< a new hook stands still until started
  void stop();
  bool active() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// A bell for other threads: any number of wake() calls lead to at least one `fn` on the loop's
/// thread.
class Wakeup {
 public:
  Wakeup(Loop& loop, std::function<void()> fn);
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  void wake() noexcept;  ///< from any thread, while this object lives

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Process signals, delivered on one loop (of one thread only per signal).
class Signals {
 public:
  explicit Signals(Loop& loop);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  void on(int signum,
          std::function<void(int signum)> fn);  ///< a second call for a signum replaces fn

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};
}  // namespace windlass::net
