#pragma once
/// One run of the simulation: an Internet, clients, and what must hold whatever happens.
#include <cstdint>
#include <string>

#include "test/simulate/coverage.hpp"
#include "test/simulate/properties.hpp"
namespace windlass::simulate {

struct RunOptions {
  std::uint64_t seed = 1;
  unsigned questions = 1000;
  unsigned workers = 0;  ///< 0: by the seed, 1 or 4
  unsigned zones = 0;    ///< 0: by the seed, a few dozen or, seldom, some thousands
  bool verbose = false;  ///< each question to a server on stderr
};
/// With what the seed decides filled in.
RunOptions settled(RunOptions options);

struct RunResult {
  std::uint64_t trace_hash = 0, events = 0, packets = 0;
  unsigned right = 0, servfail = 0, strained = 0, cancelled = 0, secure = 0, from_cache = 0,
           stale = 0, asked = 0, alone = 0, ticks = 0;
  std::string internet;  ///< in a line
  Coverage coverage;
  Failures failures;
};

RunResult run(const RunOptions& options);
}  // namespace windlass::simulate
