#pragma once
/// What every fuzz target is made of: an entry that gets octets, and claims that must hold of them
/// in every build, with or without asserts.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace windlass::fuzz {

using Octets = std::span<const std::uint8_t>;

/// Ends the process, for the fuzzer to see, when the claim is false.
inline void require(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "the claim does not hold: %s\n", claim);
  std::abort();
}
}  // namespace windlass::fuzz
