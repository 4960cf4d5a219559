#pragma once
/// Plays one Script over a FakeNet.
#include <set>
#include <string>

#include "base/faults.hpp"
#include "test/scenario/script.hpp"
namespace windlass::scenario {

struct PlayOptions {
  unsigned workers = 1;
  std::uint64_t seed = 1;
  bool verbose = false;  ///< each question to a server and each answer on stderr
};

/// The empty text when every check held; else the line and what was expected and got. Rows of the
/// faults table that clients were told go into `told`.
std::string play(const Script& script, const PlayOptions& options, std::set<Fault>& told);
/// The row whose code and text these are, whatever stands in its gaps; none: no row's.
Fault fault_like(const dns::Ede& ede);
}  // namespace windlass::scenario
