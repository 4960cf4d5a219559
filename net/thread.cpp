#include "net/thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

namespace windlass::net {
namespace {
void bind_to_cpu(unsigned cpu) {
  if (cpu >= CPU_SETSIZE) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  (void)pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}
}  // namespace

NamedThread::NamedThread(const std::string& name, std::function<void()> body,
                         std::optional<unsigned> cpu) {
  // Blocked before the thread is there, so that it has not one instant in which a signal may find
  // it. Its own faults stay free: one that is blocked ends the process, whoever would handle it.
  sigset_t others, before;
  sigfillset(&others);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    sigdelset(&others, fault);
  pthread_sigmask(SIG_SETMASK, &others, &before);
  thread_ = std::thread([name = name.substr(0, 15), body = std::move(body), cpu] {
    (void)pthread_setname_np(pthread_self(), name.c_str());
    if (cpu) bind_to_cpu(*cpu);
    body();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
}  // namespace windlass::net
