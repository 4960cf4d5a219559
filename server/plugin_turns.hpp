#pragma once
/// PluginTurns: how many commands of one plugin run at once; the others wait.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>
namespace windlass::server {

class PluginTurns {
 public:
  explicit PluginTurns(std::size_t most) : most_(most) {}

  /// Empty: it has its turn, and end() is owed. Else the time is over, and this one, the eldest of
  /// those that run, is still in the way.
  std::string begin(const std::string& command, std::chrono::milliseconds patience) {
    std::unique_lock lock(guard_);
    if (!bell_.wait_for(lock, patience, [this] { return running_.size() < most_; }))
      return running_.front();
    running_.push_back(command);
    return {};
  }
  void end(const std::string& command) {
    {
      const std::lock_guard lock(guard_);
      running_.erase(std::find(running_.begin(), running_.end(), command));
    }
    bell_.notify_one();
  }

 private:
  const std::size_t most_;
  std::mutex guard_;
  std::condition_variable bell_;
  std::vector<std::string> running_;
};
}  // namespace windlass::server
