#include "auth-plugin/store/guard.hpp"

#include <array>
#include <atomic>
#include <csetjmp>
#include <csignal>
#include <mutex>
namespace windlass::auth {
namespace {
constexpr std::array<int, 3> guarded_signals{SIGBUS, SIGSEGV, SIGFPE};

struct Frame {
  sigjmp_buf back;
  Frame* outer;
  volatile int signal;
};
/// initial-exec: the handler must not make the dynamic loader allocate.
__attribute__((tls_model("initial-exec"))) thread_local Frame* running = nullptr;

std::mutex handlers_mutex;
unsigned handlers_wanted = 0;
std::array<struct sigaction, guarded_signals.size()> before;

std::size_t place_of(int signal) noexcept {
  return signal == SIGBUS ? 0 : signal == SIGSEGV ? 1 : 2;
}

/// Hands a fault that is not ours to who stood here before us. The default ends the process: it is
/// put back, and the faulting instruction runs again (one sent by kill is raised again).
void pass_on(int signal, siginfo_t* info, void* context) noexcept {
  const struct sigaction& previous = before[place_of(signal)];
  if ((previous.sa_flags & SA_SIGINFO) != 0) return previous.sa_sigaction(signal, info, context);
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    return previous.sa_handler(signal);
  if (previous.sa_handler == SIG_IGN && info->si_code <= 0) return;
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  if (info->si_code <= 0) raise(signal);
}

/// si_code > 0: the processor's own fault of this thread, not one sent by a process.
void on_fault(int signal, siginfo_t* info, void* context) noexcept {
  Frame* frame = running;
  if (frame == nullptr || info->si_code <= 0) return pass_on(signal, info, context);
  frame->signal = signal;
  siglongjmp(frame->back, 1);
}

const char* text_of(int signal) noexcept {
  switch (signal) {
    case SIGBUS:
      return "a page is missing or cannot be read from the disk (SIGBUS)";
    case SIGSEGV:
      return "a page leads outside of the file (SIGSEGV)";
    case SIGFPE:
      return "a page holds an impossible size (SIGFPE)";
    default:
      return "a page contradicts itself (assertion)";
  }
}

bool is_ours(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == on_fault;
}
}  // namespace

// No mask is saved: SA_NODEFER leaves none to restore.
__attribute__((noinline)) bool run_guarded(GuardStep step, void* context, Fault& fault) noexcept {
  Frame frame;
  frame.outer = running;
  frame.signal = 0;
  if (sigsetjmp(frame.back, 0) != 0) {
    running = frame.outer;
    fault = {frame.signal, text_of(frame.signal)};
    return false;
  }
  running = &frame;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  step(context);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  running = frame.outer;
  return true;
}

void leave_step() noexcept {
  Frame* frame = running;
  if (frame == nullptr) return;
  frame->signal = 0;
  siglongjmp(frame->back, 1);
}

GuardHandlers::GuardHandlers() {
  const std::lock_guard lock(handlers_mutex);
  if (handlers_wanted++ != 0) return;
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (const int signal : guarded_signals) {
    struct sigaction previous {};
    sigaction(signal, nullptr, &previous);
    if (!is_ours(previous)) before[place_of(signal)] = previous;
    sigaction(signal, &action, nullptr);
  }
}

GuardHandlers::~GuardHandlers() {
  const std::lock_guard lock(handlers_mutex);
  if (--handlers_wanted != 0) return;
  for (const int signal : guarded_signals) {
    struct sigaction now {};
    sigaction(signal, nullptr, &now);
    if (is_ours(now)) sigaction(signal, &before[place_of(signal)], nullptr);
  }
}
}  // namespace windlass::auth
