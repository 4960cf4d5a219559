// simulate [--seed N] [--seeds N] [--questions M] [--workers W] [--verbose]: a random Internet in
// virtual time.
//
// Each seed is run twice: the same seed must give the same trace. A failing one is printed with the
// way to replay it.
#include <iostream>
#include <string>

#include "test/simulate/run.hpp"

namespace {
using namespace windlass::simulate;
constexpr std::size_t told_most = 5;  ///< failures printed of one seed

bool run_seed(const RunOptions& options) {
  RunResult first = run(options);
  if (!options.verbose && run(options).trace_hash != first.trace_hash)
    first.failures.push_back("the same seed gave another trace");
  std::cout << (first.failures.empty() ? "ok   " : "FAIL ") << "seed " << options.seed
            << " workers " << options.workers << " trace " << std::hex << first.trace_hash
            << std::dec << ": " << first.events << " events, " << first.packets << " packets, "
            << first.right << " right (" << first.secure << " secure, " << first.from_cache
            << " at once), " << first.servfail << " SERVFAIL (" << first.strained
            << " at a limit), " << first.stale << " stale in " << first.outages << " outages, "
            << first.cancelled << " gone; " << first.internet << "\n";
  for (std::size_t i = 0; i < first.failures.size() && i < told_most; ++i)
    std::cout << "  " << first.failures[i] << "\n";
  if (first.failures.size() > told_most)
    std::cout << "  and " << first.failures.size() - told_most << " more\n";
  if (!first.failures.empty())
    std::cout << "  replay: ./dev simulate --seed " << options.seed << " --questions "
              << options.questions << " --workers " << options.workers << " [--verbose]\n";
  return first.failures.empty();
}
}  // namespace

int main(int argc, char** argv) {
  RunOptions options;
  std::uint64_t seeds = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--verbose") {
      options.verbose = true;
      continue;
    }
    if (i + 1 == argc) return std::cerr << "simulate: " << word << " needs a number\n", 2;
    const std::uint64_t value = std::stoull(argv[++i]);
    if (word == "--seed")
      options.seed = value;
    else if (word == "--seeds")
      seeds = value;
    else if (word == "--questions")
      options.questions = static_cast<unsigned>(value);
    else if (word == "--workers")
      options.workers = static_cast<unsigned>(value);
    else
      return std::cerr << "simulate: unknown option " << word << "\n", 2;
  }
  unsigned passed = 0, failed = 0;
  for (const std::uint64_t end = options.seed + seeds; options.seed < end; ++options.seed)
    ++(run_seed(options) ? passed : failed);
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}
