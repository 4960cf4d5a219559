#pragma once
/// Scratch: where rows are copied to out of mapped pages. Not for other folders.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>
namespace windlass::auth {

/// Where rows are copied to; what was given stays where it is until clear().
class Scratch {
 public:
  static constexpr std::size_t block_octets = std::size_t{256} << 10;
  static constexpr std::size_t kept_blocks = 16;  ///< what clear() keeps of the usual size

  Scratch() { add(block_octets); }
  /// Room for `octets`; nullptr: grow() first.
  std::uint8_t* room(std::size_t octets) noexcept {
    const Block& block = blocks_[at_];
    return octets <= block.octets - used_ ? block.start.get() + used_ : nullptr;
  }
  void take(std::size_t octets) noexcept { used_ += octets; }
  /// After it room(octets) is there. Allocates when no block kept from before will do.
  void grow(std::size_t octets) {
    for (used_ = 0, ++at_; at_ < blocks_.size(); ++at_)
      if (octets <= blocks_[at_].octets) return;
    add(std::max(octets, block_octets));
  }
  void clear() noexcept {
    at_ = used_ = 0;
    if (blocks_.size() > 1 &&
        (blocks_.size() > kept_blocks || blocks_.back().octets > block_octets))
      blocks_.resize(1);
  }

 private:
  struct Block {
    std::unique_ptr<std::uint8_t[]> start;
    std::size_t octets;
  };
  void add(std::size_t octets) {
    blocks_.push_back({std::make_unique<std::uint8_t[]>(octets), octets});
  }
  std::vector<Block> blocks_;
  std::size_t at_ = 0, used_ = 0;
};
}  // namespace windlass::auth
