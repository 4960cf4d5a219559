#include "test/unit/cache/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local std::uint64_t calls = 0;

void* count_and_get(std::size_t octets) noexcept {
  ++calls;
  return std::malloc(octets ? octets : 1);
}
void* counted(std::size_t octets) {
  if (void* const memory = count_and_get(octets)) return memory;
  throw std::bad_alloc();
}
void* counted(std::size_t octets, std::align_val_t align) {
  ++calls;
  const auto step = static_cast<std::size_t>(align);
  if (void* const memory = std::aligned_alloc(step, (octets + step - 1) / step * step))
    return memory;
  throw std::bad_alloc();
}
}  // namespace

std::uint64_t windlass::cache::samples::allocations() noexcept {
  return calls;
}

void* operator new(std::size_t octets) {
  return counted(octets);
}
void* operator new[](std::size_t octets) {
  return counted(octets);
}
void* operator new(std::size_t octets, std::align_val_t align) {
  return counted(octets, align);
}
void* operator new[](std::size_t octets, std::align_val_t align) {
  return counted(octets, align);
}
// The forms that do not throw too: a sanitizer brings its own, which must not meet our delete.
void* operator new(std::size_t octets, const std::nothrow_t&) noexcept {
  return count_and_get(octets);
}
void* operator new[](std::size_t octets, const std::nothrow_t&) noexcept {
  return count_and_get(octets);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
