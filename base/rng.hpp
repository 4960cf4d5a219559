#pragma once
/// Rng: the only source of chance in the house.
///
/// In the product it is the kernel-seeded CSPRNG of crypto/ (buffered per worker); tests and the
/// simulation inject SeededRng, so that one seed is one run.
#include <cstdint>
#include <span>
namespace windlass {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  std::uint16_t u16();
  std::uint64_t u64();
  /// Uniform in [0, bound) without modulo bias. `bound` > 0.
  std::uint32_t below(std::uint32_t bound);
};

/// A repeatable stream for tests (splitmix64). Never used by the product: tidy checks it.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t state_;
};
}  // namespace windlass
