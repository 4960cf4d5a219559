#pragma once
/// Verify: every key and value of a store's file is walked and parsed, in a forked child: a damaged
/// tree can end the process that reads it, whatever care it takes. A child that dies, complains or
/// does not come to its end within verify_seconds means that the file is bad.
#include <memory>

#include "auth-plugin/write/jobs.hpp"
namespace windlass::auth {

inline constexpr unsigned verify_seconds = 600;

/// A child at its walk, so that two files are walked at once. The snapshot is the parent's: the
/// writer may go on meanwhile. The destructor ends the child.
class Verification {
 public:
  static StoreResult<Verification> of_truth(const TruthTables& truth);
  static StoreResult<Verification> of_serve(const ServeTables& serve);
  Verification(Verification&&) noexcept;
  Verification& operator=(Verification&&) noexcept;
  ~Verification();
  /// Waits for its end. Errors: damaged, with what was found and where; cancelled; system.
  StoreStatus result(const Tick& tick);

 private:
  struct Child;
  explicit Verification(std::unique_ptr<Child> child);
  template <class Walk>
  static StoreResult<Verification> of(std::shared_ptr<Environment> env, Walk walk);
  std::unique_ptr<Child> child_;
};

StoreStatus verify_truth(const TruthTables& truth, const Tick& tick);
StoreStatus verify_serve(const ServeTables& serve, const Tick& tick);
}  // namespace windlass::auth
