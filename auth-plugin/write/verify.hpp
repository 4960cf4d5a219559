#pragma once
/// Verify: every key and value of a store's file is walked and parsed, in a forked child: a damaged
/// tree can end the process that reads it, whatever care it takes. A child that dies, complains or
/// does not come to its end within verify_seconds means that the file is bad.
#include "auth-plugin/write/jobs.hpp"
namespace windlass::auth {

inline constexpr unsigned verify_seconds = 600;

/// Errors: damaged, with what was found and where; cancelled; system (no child could be made). The
/// snapshot is the parent's, so that the writer may go on meanwhile.
StoreStatus verify_truth(const TruthTables& truth, const Tick& tick);
StoreStatus verify_serve(const ServeTables& serve, const Tick& tick);
}  // namespace windlass::auth
