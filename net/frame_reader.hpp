#pragma once
/// FrameReader: cuts a stream of octets into frames with a 2-octet length in front (RFC
/// 1035 4.2.2). Owns no socket. Holds at most what it was given and did not hand out yet.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>
namespace windlass::net {

class FrameReader {
 public:
  static constexpr std::size_t prefix_octets = 2;
  static constexpr std::size_t frame_octets_max = 65'535;

  void push(std::span<const std::uint8_t> octets) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
    buffer_.insert(buffer_.end(), octets.begin(), octets.end());
  }
  /// The next whole frame without its length, valid until the next push() or release().
  std::optional<std::span<const std::uint8_t>> next() {
    if (!has_frame()) return std::nullopt;
    const std::span<const std::uint8_t> frame(buffer_.data() + head_ + prefix_octets, length());
    head_ += prefix_octets + frame.size();
    return frame;
  }
  bool has_frame() const noexcept {
    return left() >= prefix_octets && left() >= prefix_octets + length();
  }
  bool empty() const noexcept { return left() == 0; }
  /// Gives memory back when everything was handed out.
  void release() {
    if (!empty()) return;
    head_ = 0;
    buffer_.clear();
    if (buffer_.capacity() > kept_octets) std::vector<std::uint8_t>{}.swap(buffer_);
  }

 private:
  static constexpr std::size_t kept_octets = 1024;  ///< not worth giving back
  std::size_t left() const noexcept { return buffer_.size() - head_; }
  std::size_t length() const noexcept {
    return static_cast<std::size_t>(buffer_[head_]) << 8 | buffer_[head_ + 1];
  }
  std::vector<std::uint8_t> buffer_;
  std::size_t head_ = 0;
};
}  // namespace windlass::net
