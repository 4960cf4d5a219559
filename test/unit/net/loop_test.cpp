// Loop, Timer, TurnHook, Wakeup, Signals: callbacks come, stop when told, and may destroy their
// owner.
#include "net/loop.hpp"

#include <csignal>

#include <catch2/catch.hpp>

#include "net/thread.hpp"
#include "test/unit/net/support.hpp"

using namespace windlass;
using namespace windlass::net;
using namespace windlass::net::test;

TEST_CASE("A loop runs until it is stopped from another thread", "[net][loop]") {
  SystemClock clock;
  Loop loop(clock);
  int calls = 0;
  Timer timer(loop);
  timer.start_every(1, [&] { ++calls; });
  NamedThread stopper("stopper", [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    loop.stop();
  });
  loop.run();
  CHECK(calls > 0);
  CHECK(loop.times().turns > 0);
}

TEST_CASE("A loop with nothing to do waits for stop instead of ending", "[net][loop][negative]") {
  SystemClock clock;
  Loop loop(clock);
  const auto began = std::chrono::steady_clock::now();
  NamedThread stopper("stopper", [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    loop.stop();
  });
  loop.run();
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(19));
}

TEST_CASE("One turn has one time", "[net][loop]") {
  ManualClock clock;
  Loop loop(clock);
  const auto first = loop.now().mono_us;
  clock.advance_us(5000);
  CHECK(loop.now().mono_us == first);
  loop.run_turn();
  CHECK(loop.now().mono_us == first + 5000);
}

TEST_CASE("Busy time is counted, waiting is not", "[net][loop]") {
  Turning t;
  Timer timer(t.loop);
  bool worked = false;
  timer.start(1, [&] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    while (std::chrono::steady_clock::now() < end) continue;
    worked = true;
    t.loop.stop();
  });
  t.loop.run_turn();
  (void)t.loop.take_longest_turn_us();
  t.loop.run();
  t.loop.run_turn();
  REQUIRE(worked);
  CHECK(t.loop.take_longest_turn_us() >= 20'000);
  const auto busy = t.loop.times().busy_us;
  timer.start(150, [&] { t.loop.stop(); });
  t.loop.run();
  CHECK(t.loop.times().busy_us - busy < 100'000);
}

TEST_CASE("A timer fires once, and anew when its own callback starts it", "[net][timer]") {
  Turning t;
  Timer timer(t.loop);
  int first = 0, second = 0;
  timer.start(1, [&] {
    ++first;
    timer.start(1, [&] { ++second; });
  });
  REQUIRE(t.until([&] { return second == 1; }));
  CHECK_FALSE(timer.active());
  t.for_ms(10);
  CHECK(first == 1);
  CHECK(second == 1);
}

TEST_CASE("A stopped or destroyed timer does not fire", "[net][timer][negative]") {
  Turning t;
  int calls = 0;
  Timer stopped(t.loop);
  stopped.start(1, [&] { ++calls; });
  stopped.stop();
  {
    Timer gone(t.loop), again(t.loop);
    gone.start(0, [&] { ++calls; });
    again.start_every(1, [&] { ++calls; });
  }
  t.for_ms(10);
  CHECK(calls == 0);
}

TEST_CASE("A callback may destroy the timer, hook or bell it belongs to", "[net][loop]") {
  Turning t;
  int calls = 0;
  auto timer = std::make_unique<Timer>(t.loop);
  timer->start_every(1, [&, big = std::string(100, 'x')] {
    timer.reset();
    calls += static_cast<int>(big.size());
  });
  std::unique_ptr<TurnHook> hook;
  hook = std::make_unique<TurnHook>(t.loop, TurnHook::When::idle, [&, big = std::string(100, 'x')] {
    hook.reset();
    calls += static_cast<int>(big.size());
  });
  hook->start();
  std::unique_ptr<Wakeup> bell;
  bell = std::make_unique<Wakeup>(t.loop, [&, big = std::string(100, 'x')] {
    bell.reset();
    calls += static_cast<int>(big.size());
  });
  bell->wake();
  REQUIRE(t.until([&] { return !timer && !hook && !bell; }));
  t.for_ms(5);
  CHECK(calls == 300);
}

TEST_CASE("Hooks run in the turn's order and not when stopped", "[net][hook]") {
  Turning t;
  std::string order;
  TurnHook idle(t.loop, TurnHook::When::idle, [&] { order += 'i'; });
  TurnHook before(t.loop, TurnHook::When::before_wait, [&] { order += 'b'; });
  TurnHook after(t.loop, TurnHook::When::after_wait, [&] { order += 'a'; });
  t.loop.run_turn();
  CHECK(order.empty());
  for (auto* hook : {&idle, &before, &after}) hook->start();
  t.loop.run_turn();
  CHECK(order == "iba");
  idle.stop();
  before.stop();
  CHECK_FALSE(before.active());
  t.loop.run_turn();
  CHECK(order == "ibaa");
}

TEST_CASE("A signal reaches its function, the newest one", "[net][signals]") {
  Turning t;
  int first = 0, second = 0;
  Signals signals(t.loop);
  signals.on(SIGUSR1, [&](int) { ++first; });
  signals.on(SIGUSR1, [&](int signum) { second = signum; });
  ::kill(::getpid(), SIGUSR1);
  REQUIRE(t.until([&] { return second != 0; }));
  CHECK(second == SIGUSR1);
  CHECK(first == 0);
}
