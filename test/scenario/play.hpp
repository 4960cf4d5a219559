#pragma once
/// Plays one Script over a FakeNet.
#include <string>

#include "test/scenario/script.hpp"
namespace windlass::scenario {

struct PlayOptions {
  unsigned workers = 1;
  std::uint64_t seed = 1;
  bool verbose = false;  ///< each question to a server and each answer on stderr
};

/// The empty text when every check held; else the line and what was expected and got.
std::string play(const Script& script, const PlayOptions& options);
}  // namespace windlass::scenario
