#pragma once
/// One run of the simulation: an Internet, clients, and what must hold whatever happens.
#include <cstdint>
#include <string>
#include <vector>
namespace windlass::simulate {

struct RunOptions {
  std::uint64_t seed = 1;
  unsigned questions = 1000, workers = 1;
  bool verbose = false;  ///< each question to a server on stderr
};

struct RunResult {
  std::uint64_t trace_hash = 0, events = 0, packets = 0;
  unsigned right = 0, servfail = 0, strained = 0, cancelled = 0, secure = 0, from_cache = 0,
           stale = 0, outages = 0;
  std::string internet;               ///< in a line
  std::vector<std::string> failures;  ///< properties that did not hold
};

RunResult run(const RunOptions& options);
}  // namespace windlass::simulate
