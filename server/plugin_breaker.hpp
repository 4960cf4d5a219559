#pragma once
/// PluginBreaker: keeps a worker from asking a plugin that errs.
///
///   closed --errors in a row (row plugin_errors)--> open --plugin_retry--> one query is tried:
///   closed, or open again
#include <cstdint>
namespace windlass::server {

class PluginBreaker {
 public:
  PluginBreaker(std::int64_t limit, std::int64_t retry_s)
      : limit_(limit), retry_us_(retry_s * 1'000'000) {}
  bool open() const noexcept { return errors_ >= limit_; }
  bool admits(std::int64_t mono_us) const noexcept { return !open() || mono_us >= retry_at_us_; }
  void failed(std::int64_t mono_us) noexcept {
    if (++errors_ >= limit_) errors_ = limit_, retry_at_us_ = mono_us + retry_us_;
  }
  void succeeded() noexcept { errors_ = 0; }
  std::int64_t retry_us() const noexcept { return retry_us_; }

 private:
  std::int64_t limit_, retry_us_, errors_ = 0, retry_at_us_ = 0;
};
}  // namespace windlass::server
