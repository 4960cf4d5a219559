#include "net/thread.hpp"

#include <csignal>

#include <catch2/catch.hpp>

namespace windlass::net {
namespace {
/// What a thread of ours blocks.
sigset_t mask_of_thread() {
  sigset_t mask;
  sigemptyset(&mask);
  {
    const NamedThread thread("mask", [&mask] { pthread_sigmask(SIG_SETMASK, nullptr, &mask); });
  }
  return mask;
}
}  // namespace

TEST_CASE("A thread is not found by signals to the process", "[net][thread]") {
  const sigset_t mask = mask_of_thread();
  const int signal = GENERATE(SIGTERM, SIGHUP, SIGINT, SIGCHLD, SIGUSR1, SIGPIPE);
  CHECK(sigismember(&mask, signal) == 1);
}

TEST_CASE("A thread's own faults reach their handler [negative]", "[net][thread]") {
  const sigset_t mask = mask_of_thread();
  const int signal = GENERATE(SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT);
  CHECK(sigismember(&mask, signal) == 0);
}
}  // namespace windlass::net
