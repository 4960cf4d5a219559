#pragma once
/// Guard: a fault on a mapped page (SIGBUS, SIGSEGV, SIGFPE, an assertion of liblmdb) ends one
/// step, not the process.
///
/// A step is a leaf: plain C calls and copies, nothing in it with a destructor, no lock taken that
/// is not liblmdb's own. While it runs, a pointer of its thread names where to come back to; a
/// fault outside of any step goes to whoever handled the signal before.
#include <type_traits>
namespace windlass::auth {

/// What stopped a step. `text` is static.
struct Fault {
  int signal = 0;  ///< 0: an assertion
  const char* text = "";
};

using GuardStep = void (*)(void* context);
/// True: `step` ran to its end. False: it was left in the middle; what it held is lost. May nest.
bool run_guarded(GuardStep step, void* context, Fault& fault) noexcept;

/// The same for a closure. It is not destroyed and its captures must be plain.
template <class F>
bool guarded(F& step, Fault& fault) noexcept {
  return run_guarded([](void* context) { (*static_cast<F*>(context))(); },
                     const_cast<std::remove_const_t<F>*>(&step), fault);
}

/// Leaves the running step of this thread as an assertion; returns when none runs.
void leave_step() noexcept;

/// The handlers stand while one of these lives; the last gives back what stood before.
class GuardHandlers {
 public:
  GuardHandlers();
  ~GuardHandlers();
  GuardHandlers(const GuardHandlers&) = delete;
  GuardHandlers& operator=(const GuardHandlers&) = delete;
};
}  // namespace windlass::auth
