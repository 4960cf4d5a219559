#include "net/loop.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <csignal>
#include <map>

#include "net/uv_handle.hpp"

namespace windlass::net {
namespace {
/// The object a callback belongs to, kept alive until the callback ends: it may destroy its owner.
template <class Impl, class Handle>
std::shared_ptr<Impl> keep(Handle* handle) {
  return static_cast<Impl*>(handle->data)->shared_from_this();
}

void must(int error) {
  assert(error == 0);
  (void)error;
}

/// Calls fn, which may put another in its place meanwhile; else it stays.
template <class Fn>
void call_replaceable(Fn& place, std::uint64_t& replaced) {
  const std::uint64_t before = replaced;
  Fn fn = std::move(place);
  fn();
  if (replaced == before) place = std::move(fn);
}
}  // namespace

// ---- Loop

struct Loop::Impl {
  explicit Impl(const Clock& c) : clock(c) {}
  void end_turn();

  uv_loop_t loop{};
  const Clock& clock;
  UvHandle<uv_prepare_t> turn_end;
  UvHandle<uv_async_t> bell;
  LoopTimes times;
  std::uint64_t turn_began_ns = 0, waited_ns = 0;
  bool has_now = false;
  Now now;
  std::array<std::uint8_t, 65'536> scratch{};
};

void Loop::Impl::end_turn() {
  const std::uint64_t now_ns = uv_hrtime(), waited = uv_metrics_idle_time(&loop);
  const std::uint64_t whole_ns = now_ns - turn_began_ns, idle_ns = waited - waited_ns;
  const auto busy = static_cast<std::int64_t>(whole_ns > idle_ns ? whole_ns - idle_ns : 0) / 1000;
  turn_began_ns = now_ns;
  waited_ns = waited;
  ++times.turns;
  times.busy_us += busy;
  times.longest_turn_us = std::max(times.longest_turn_us, busy);
  has_now = false;
}

Loop::Loop(const Clock& clock) : impl_(std::make_unique<Impl>(clock)) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error code of the write
  must(uv_loop_init(&impl_->loop));
  (void)uv_loop_configure(&impl_->loop, UV_METRICS_IDLE_TIME);
  // libuv calls the oldest prepare handle last: this one ends the turn after all before_wait hooks.
  must(impl_->turn_end.open(impl_.get(), [this](auto* h) { return uv_prepare_init(raw(), h); }));
  uv_prepare_start(impl_->turn_end.get(),
                   [](uv_prepare_t* h) { static_cast<Impl*>(h->data)->end_turn(); });
  uv_unref(impl_->turn_end.base());
  must(impl_->bell.open(impl_.get(), [this](auto* h) {
    return uv_async_init(raw(), h, [](uv_async_t* bell) { uv_stop(bell->loop); });
  }));
  impl_->turn_began_ns = uv_hrtime();
}

Loop::~Loop() {
  impl_->turn_end.close();
  impl_->bell.close();
  for (int turn = 0; turn < 8; ++turn) {
    uv_run(&impl_->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&impl_->loop) == 0) return;
  }
  assert(false && "every handle is destroyed before its loop");
  (void)impl_.release();  // a leak is better than handles of a freed loop
}

void Loop::run() {
  uv_run(raw(), UV_RUN_DEFAULT);
}
void Loop::run_turn() {
  uv_run(raw(), UV_RUN_NOWAIT);
}
void Loop::stop() {
  uv_async_send(impl_->bell.get());
}

const Now& Loop::now() {
  if (!std::exchange(impl_->has_now, true)) impl_->now = impl_->clock.now();
  return impl_->now;
}

const Clock& Loop::clock() const noexcept {
  return impl_->clock;
}
const LoopTimes& Loop::times() const noexcept {
  return impl_->times;
}
std::int64_t Loop::take_longest_turn_us() noexcept {
  return std::exchange(impl_->times.longest_turn_us, 0);
}
uv_loop_t* Loop::raw() noexcept {
  return &impl_->loop;
}
std::span<std::uint8_t> Loop::scratch() noexcept {
  return impl_->scratch;
}

// ---- Timer

struct Timer::Impl : std::enable_shared_from_this<Timer::Impl> {
  void start(std::int64_t ms, std::int64_t again_ms, Fn next);

  UvHandle<uv_timer_t> handle;
  Fn fn;
  std::uint64_t replaced = 0;
};

void Timer::Impl::start(std::int64_t ms, std::int64_t again_ms, Fn next) {
  fn = std::move(next);
  ++replaced;
  uv_update_time(handle.get()->loop);  // a long turn must not shorten the wait
  uv_timer_start(
      handle.get(),
      [](uv_timer_t* h) {
        const auto self = keep<Impl>(h);
        call_replaceable(self->fn, self->replaced);
      },
      static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0)),
      static_cast<std::uint64_t>(std::max<std::int64_t>(again_ms, 0)));
}

Timer::Timer(Loop& loop) : impl_(std::make_shared<Impl>()) {
  must(impl_->handle.open(impl_.get(), [&](auto* h) { return uv_timer_init(loop.raw(), h); }));
}
Timer::~Timer() {
  impl_->handle.close();
}
void Timer::start(std::int64_t ms, Fn fn) {
  impl_->start(ms, 0, std::move(fn));
}
void Timer::start_every(std::int64_t ms, Fn fn) {
  impl_->start(ms, std::max<std::int64_t>(ms, 1), std::move(fn));
}
void Timer::stop() {
  uv_timer_stop(impl_->handle.get());
}
bool Timer::active() const noexcept {
  return uv_is_active(impl_->handle.base()) != 0;
}

// ---- TurnHook

struct TurnHook::Impl : std::enable_shared_from_this<TurnHook::Impl> {
  template <class Handle>
  static void call(Handle* h) {
    keep<Impl>(h)->fn();
  }
  uv_handle_t* handle() const {
    return before ? before.base() : after ? after.base() : idle.base();
  }

  UvHandle<uv_prepare_t> before;
  UvHandle<uv_check_t> after;
  UvHandle<uv_idle_t> idle;
  std::function<void()> fn;
};

TurnHook::TurnHook(Loop& loop, When when, std::function<void()> fn)
    : impl_(std::make_shared<Impl>()) {
  Impl& i = *impl_;
  i.fn = std::move(fn);
  const auto init = [&loop](auto function) {
    return [&loop, function](auto* h) { return function(loop.raw(), h); };
  };
  if (when == When::before_wait) must(i.before.open(&i, init(uv_prepare_init)));
  if (when == When::after_wait) must(i.after.open(&i, init(uv_check_init)));
  if (when == When::idle) must(i.idle.open(&i, init(uv_idle_init)));
}

TurnHook::~TurnHook() {
  impl_->before.close();
  impl_->after.close();
  impl_->idle.close();
}

void TurnHook::start() {
  Impl& i = *impl_;
  if (i.before) uv_prepare_start(i.before.get(), &Impl::call<uv_prepare_t>);
  if (i.after) uv_check_start(i.after.get(), &Impl::call<uv_check_t>);
  if (i.idle) uv_idle_start(i.idle.get(), &Impl::call<uv_idle_t>);
}

void TurnHook::stop() {
  Impl& i = *impl_;
  if (i.before) uv_prepare_stop(i.before.get());
  if (i.after) uv_check_stop(i.after.get());
  if (i.idle) uv_idle_stop(i.idle.get());
}

bool TurnHook::active() const noexcept {
  return uv_is_active(impl_->handle()) != 0;
}

// ---- Wakeup

struct Wakeup::Impl : std::enable_shared_from_this<Wakeup::Impl> {
  UvHandle<uv_async_t> handle;
  std::function<void()> fn;
};

Wakeup::Wakeup(Loop& loop, std::function<void()> fn) : impl_(std::make_shared<Impl>()) {
  impl_->fn = std::move(fn);
  must(impl_->handle.open(impl_.get(), [&](auto* h) {
    return uv_async_init(loop.raw(), h, [](uv_async_t* bell) {
      if (bell->data != nullptr) keep<Impl>(bell)->fn();
    });
  }));
}
Wakeup::~Wakeup() {
  impl_->handle.close();
}
void Wakeup::wake() noexcept {
  uv_async_send(impl_->handle.get());
}

// ---- Signals

struct Signals::Impl {
  struct Watch : std::enable_shared_from_this<Watch> {
    UvHandle<uv_signal_t> handle;
    std::function<void()> fn;
    std::uint64_t replaced = 0;
  };
  explicit Impl(Loop& l) : loop(l) {}

  Loop& loop;
  std::map<int, std::shared_ptr<Watch>> watches;
};

Signals::Signals(Loop& loop) : impl_(std::make_shared<Impl>(loop)) {}
Signals::~Signals() {
  for (auto& [signum, watch] : impl_->watches) watch->handle.close();
}

void Signals::on(int signum, std::function<void(int)> fn) {
  auto& watch = impl_->watches[signum];
  if (!watch) {
    watch = std::make_shared<Impl::Watch>();
    must(watch->handle.open(watch.get(),
                            [this](auto* h) { return uv_signal_init(impl_->loop.raw(), h); }));
    uv_signal_start(
        watch->handle.get(),
        [](uv_signal_t* h, int) {
          const auto self = keep<Impl::Watch>(h);
          call_replaceable(self->fn, self->replaced);
        },
        signum);
  }
  watch->fn = [fn = std::move(fn), signum] { fn(signum); };
  ++watch->replaced;
}
}  // namespace windlass::net
