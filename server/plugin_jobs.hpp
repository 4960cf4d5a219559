#pragma once
/// PluginJobs: the threads on which one plugin instance may block, and its timers.
///
/// Jobs run in the order given, on `threads` threads; timers on one of their own. Threads are
/// started with the first job. After stop() nothing runs and nothing is taken.
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "net/thread.hpp"
namespace windlass::server {

class PluginJobs {
 public:
  using Job = std::function<void()>;
  PluginJobs(std::size_t threads, std::size_t waiting_most);
  ~PluginJobs() { stop(); }
  PluginJobs(const PluginJobs&) = delete;
  PluginJobs& operator=(const PluginJobs&) = delete;

  // From any thread. False: as many wait as may, or it has stopped.
  bool run(Job job);
  bool run_after(std::uint64_t after_ms, Job job);
  /// The end of something begun, which must run: taken however many wait.
  bool finish(Job job);
  /// Drops what waits, lets end what runs. Not from a job.
  void stop();

 private:
  bool push(Job job, bool must);
  void work();
  void keep_time();

  const std::size_t threads_most_, waiting_most_;
  std::mutex guard_;
  std::condition_variable bell_, timer_bell_;
  std::deque<Job> jobs_;
  std::multimap<std::int64_t, Job> timers_;  ///< by the time they are due, mono_us
  bool stopped_ = false;
  std::vector<net::NamedThread> workers_, timekeeper_;
};
}  // namespace windlass::server
