#pragma once
/// Writer: the one thread that writes a store. Callers queue and wait.
///
/// What waits together goes into one commit. A job that spoils it (a full map or disk in the
/// middle) is found by doing each of them again, alone: only its own caller sees the error.
#include <chrono>
#include <condition_variable>
#include <deque>
#include <thread>

#include "auth-plugin/write/recover.hpp"
namespace windlass::auth {

struct WriterStats {
  std::uint64_t commits = 0, waiting = 0, slowest_commit_us = 0, applied_txn = 0;
};

class Writer {
 public:
  using Run = std::function<StoreResult<Written>(Commit& commit, const Tick& tick)>;
  using Aside = std::function<StoreResult<Written>(const Tick& tick)>;

  /// Borrows `files`, which nobody else touches as long as the thread runs.
  Writer(StoreFiles& files, unsigned group_commit_ms, LogLine log);
  /// What is queued is done first.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Blocks until it is done and published. Lines of progress are said in the caller's thread.
  StoreResult<Written> write(Run run, bool alone, const Progress& progress);
  /// Something else that must not meet a commit.
  StoreResult<Written> aside(Aside aside, const Progress& progress);
  WriterStats stats() const;

 private:
  struct Job;
  using Batch = std::vector<std::shared_ptr<Job>>;
  StoreResult<Written> wait_for(std::shared_ptr<Job> job, const Progress& progress);
  void run();
  Batch take();
  void do_batch(const Batch& batch);
  void do_group(const Batch& batch);
  bool run_jobs(const Batch& batch, Commit& commit);
  void finish(const Batch& batch, Commit& commit);
  void give_alone(const Batch& batch);
  StoreStatus be_level();
  void try_to_be_level();
  void measure(std::chrono::steady_clock::time_point begun);

  StoreFiles& files_;
  std::chrono::milliseconds group_;
  LogLine log_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> queue_;
  bool stopping_ = false;
  WriterStats stats_;
  std::chrono::steady_clock::time_point next_commit_{};
  std::chrono::seconds retry_;
  std::thread thread_;
};
}  // namespace windlass::auth
