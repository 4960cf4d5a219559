#pragma once
/// Instance: one configuration of the plugin: its options and its share in the store.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "auth-plugin/boundary.hpp"
#include "auth-plugin/config.hpp"
#include "auth-plugin/depots.hpp"
namespace windlass::auth {

/// What windlass_host.count counts: index in counter_names().
enum class Counter : std::uint32_t {
  answers,
  referrals,
  chases,
  errors,
  transfers,
  transfers_refused,
  transfers_failed,
  transfer_messages,
  commands,
  commands_failed,
};
inline constexpr std::uint32_t counter_count = 10;
const char* const* counter_names() noexcept;

class Instance {
 public:
  /// Opens the store, imports what the configuration names and the store lacks.
  static Result<std::unique_ptr<Instance>, ConfigFault> create(const Host& host,
                                                               const Options& options);
  Depot& depot() const noexcept { return share_->depot(); }
  const Options& options() const noexcept { return options_; }
  const Host& host() const noexcept { return host_; }
  void count(Counter counter, std::uint64_t add = 1) const {
    host_.count(static_cast<std::uint32_t>(counter), add);
  }
  std::string stats_json() const;
  void quiesce() noexcept { quiet_.store(true, std::memory_order_release); }
  bool is_quiet() const noexcept { return quiet_.load(std::memory_order_acquire); }

  void note_transfers(int more) noexcept { transfers_.fetch_add(more, std::memory_order_relaxed); }

 private:
  Instance(const Host& host, const Options& options) : host_(host), options_(options) {}
  const Host host_;
  const Options options_;
  std::unique_ptr<DepotShare> share_;
  std::atomic<bool> quiet_{false};
  std::atomic<int> transfers_{0};  ///< open ones
};
}  // namespace windlass::auth
