#include "server/plugin_jobs.hpp"

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"

namespace windlass::server {
namespace {
/// No timer is set further ahead; the clock's range must not be met.
constexpr std::uint64_t after_ms_most = 10ull * 365 * 86'400 * 1000;
}  // namespace

PluginJobs::PluginJobs(std::size_t threads, std::size_t waiting_most)
    : threads_most_(threads), waiting_most_(waiting_most) {}

bool PluginJobs::run(Job job) {
  return push(std::move(job), false);
}

bool PluginJobs::finish(Job job) {
  return push(std::move(job), true);
}

bool PluginJobs::push(Job job, bool must) {
  const std::lock_guard lock(guard_);
  if (stopped_ || (!must && jobs_.size() >= waiting_most_)) return false;
  jobs_.push_back(std::move(job));
  if (workers_.size() < threads_most_) workers_.emplace_back("windlass-work", [this] { work(); });
  bell_.notify_one();
  return true;
}

bool PluginJobs::run_after(std::uint64_t after_ms, Job job) {
  const std::lock_guard lock(guard_);
  if (stopped_ || timers_.size() >= waiting_most_) return false;
  const auto after_us = static_cast<std::int64_t>(std::min(after_ms, after_ms_most)) * 1000;
  timers_.emplace(SystemClock{}.now().mono_us + after_us, std::move(job));
  if (timekeeper_.empty()) timekeeper_.emplace_back("windlass-timer", [this] { keep_time(); });
  timer_bell_.notify_one();
  return true;
}

void PluginJobs::work() {
  std::unique_lock lock(guard_);
  for (;;) {
    bell_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
    if (stopped_) return;
    {
      const Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
    }  // what it held goes before the lock is taken
    lock.lock();
  }
}

void PluginJobs::keep_time() {
  std::unique_lock lock(guard_);
  while (!stopped_) {
    if (timers_.empty()) {
      timer_bell_.wait(lock);
      continue;
    }
    const std::int64_t left_us = timers_.begin()->first - SystemClock{}.now().mono_us;
    if (left_us > 0) {
      timer_bell_.wait_for(lock, std::chrono::microseconds(left_us));
      continue;
    }
    {
      const Job job = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      lock.unlock();
      job();
    }
    lock.lock();
  }
}

void PluginJobs::stop() {
  std::vector<net::NamedThread> ending, keeper;
  {
    const std::lock_guard lock(guard_);
    stopped_ = true;
    jobs_.clear();
    timers_.clear();
    ending.swap(workers_);
    keeper.swap(timekeeper_);
  }
  bell_.notify_all();
  timer_bell_.notify_all();
}  // the threads are joined here
}  // namespace windlass::server
