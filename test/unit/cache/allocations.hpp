#pragma once
/// How often this thread has called operator new: the test executable replaces it to count.
#include <cstdint>
namespace windlass::cache::samples {
std::uint64_t allocations() noexcept;
}  // namespace windlass::cache::samples
