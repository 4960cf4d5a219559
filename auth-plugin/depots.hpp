#pragma once
/// The stores open in this process, by dev:inode of their folder. LMDB forbids opening a file twice
/// in one process, and a reload has the new instance beside the old: both share one Depot.
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "auth-plugin/boundary.hpp"
#include "auth-plugin/write/depot.hpp"
namespace windlass::auth {

/// Where a Depot's log lines go: to the youngest instance that shares it. A Depot outlives the
/// instance that opened it. Any thread.
class LogRelay {
 public:
  void add(const Host* host);
  void remove(const Host* host);
  void log(int level, const std::string& line);

 private:
  std::mutex guard_;
  std::vector<const Host*> hosts_;
};

/// A share in a store. Ends with it: the last share closes the Depot.
class DepotShare {
 public:
  /// Makes the folder when there is none. What differs from an open Depot's options waits for a
  /// restart.
  static StoreResult<std::unique_ptr<DepotShare>> take(const DepotOptions& options,
                                                       const Host& host);
  DepotShare(std::shared_ptr<Depot> depot, std::shared_ptr<LogRelay> relay, const Host& host);
  ~DepotShare();
  DepotShare(const DepotShare&) = delete;
  DepotShare& operator=(const DepotShare&) = delete;
  Depot& depot() const noexcept { return *depot_; }

 private:
  std::shared_ptr<Depot> depot_;
  std::shared_ptr<LogRelay> relay_;
  const Host& host_;
};
}  // namespace windlass::auth
