#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace windlass::bench {
/// Counts of durations in nanoseconds, 16 buckets an octave: a quantile is at most 6.25 % too high.
/// Fixed size.
class Histogram {
 public:
  void add(std::uint64_t ns) {
    ++counts_[bucket_of(ns)];
    ++total_;
    max_ = std::max(max_, ns);
  }

  std::uint64_t max() const { return max_; }

  /// The upper end, in ns, of the bucket that holds the q-th share (0..1) of all values; 0 when
  /// there are none.
  std::uint64_t quantile(double q) const {
    const auto wanted = static_cast<std::uint64_t>(q * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (counts_[i] > 0 && (seen > wanted || seen == total_)) return std::min(upper_end(i), max_);
    }
    return 0;
  }

  /// (upper end in ns, count) of each bucket that is not empty.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets() const {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> filled;
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if (counts_[i] > 0) filled.emplace_back(upper_end(i), counts_[i]);
    return filled;
  }

 private:
  static constexpr unsigned fine_bits = 4;
  static constexpr std::uint64_t fine = 1U << fine_bits;

  static std::size_t bucket_of(std::uint64_t ns) {
    if (ns < fine) return ns;
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - fine_bits;
    return (shift + 1) * fine + ((ns >> shift) - fine);
  }

  static std::uint64_t upper_end(std::size_t bucket) {
    if (bucket < fine) return bucket;
    const std::uint64_t shift = bucket / fine - 1;
    return ((fine + bucket % fine + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (64 - fine_bits + 1) * fine> counts_{};
  std::uint64_t total_ = 0, max_ = 0;
};
}  // namespace windlass::bench
