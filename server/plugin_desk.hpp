#pragma once
/// PluginDesk: what plugins want of the workers, passed on from any thread. Lives as long as any
/// instance; before open() and after close() every wish is refused.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dns/name.hpp"
#include "dns/types.hpp"
namespace windlass::server {

/// What a plugin says later about a question it called PENDING.
struct PluginCompletion {
  std::uint64_t ticket = 0;
  std::int32_t verdict = 0;  ///< enum windlass_verdict, as the plugin gave it
  std::vector<std::uint8_t> message;
  std::string plugin;  ///< who says so, for the log
};

class PluginDesk {
 public:
  /// A whole message, or nullopt: it could not be resolved. Called on a worker's thread, once.
  using Resolved = std::function<void(std::optional<std::vector<std::uint8_t>>)>;
  struct Routes {  ///< each false when it cannot be done; safe from any thread
    std::function<bool(unsigned worker, PluginCompletion)> complete;
    std::function<bool(const dns::Name&, dns::Type, Resolved)> resolve;
  };

  void open(Routes routes) {
    const std::lock_guard lock(guard_);
    routes_ = std::move(routes);
  }
  void close() { open({}); }
  bool complete(unsigned worker, PluginCompletion completion) {
    const std::lock_guard lock(guard_);
    return routes_.complete && routes_.complete(worker, std::move(completion));
  }
  bool resolve(const dns::Name& name, dns::Type type, Resolved then) {
    const std::lock_guard lock(guard_);
    return routes_.resolve && routes_.resolve(name, type, std::move(then));
  }

 private:
  std::mutex guard_;
  Routes routes_;
};
}  // namespace windlass::server
