#include "auth-plugin/write/writer.hpp"

#include "include/windlass/plugin.h"
namespace windlass::auth {
namespace {
using SteadyClock = std::chrono::steady_clock;
constexpr std::size_t jobs_a_commit = 1024;
constexpr std::chrono::seconds retry_first{1}, retry_most{60};
}  // namespace

/// One caller's wish; the caller sleeps on it.
struct Writer::Job {
  Run run;
  Aside aside;
  bool alone = false;
  std::optional<StoreResult<Written>> outcome;  ///< the writer's, until it is given

  std::mutex mutex;
  std::condition_variable changed;
  std::optional<StoreResult<Written>> given;
  std::optional<std::string> line;
  bool wants_lines = false, stop = false;

  /// Writer thread: never waits for the caller; a line that was not fetched is replaced.
  bool tick(const std::string& text) {
    const std::lock_guard lock(mutex);
    if (wants_lines) line = text, changed.notify_all();
    return !stop;
  }
  void give(StoreResult<Written> result) {
    const std::lock_guard lock(mutex);
    given = std::move(result);
    changed.notify_all();
  }
};

Writer::Writer(StoreFiles& files, unsigned group_commit_ms, LogLine log)
    : files_(files), group_(group_commit_ms), log_(std::move(log)), retry_(retry_first) {
  stats_.applied_txn = files_.meta.applied_txn;
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  thread_.join();
}

StoreResult<Written> Writer::write(Run run, bool alone, const Progress& progress) {
  auto job = std::make_shared<Job>();
  job->run = std::move(run);
  job->alone = alone;
  return wait_for(std::move(job), progress);
}

StoreResult<Written> Writer::aside(Aside aside, const Progress& progress) {
  auto job = std::make_shared<Job>();
  job->aside = std::move(aside);
  job->alone = true;
  return wait_for(std::move(job), progress);
}

StoreResult<Written> Writer::wait_for(std::shared_ptr<Job> job, const Progress& progress) {
  job->wants_lines = bool(progress);
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(job);
    wake_.notify_all();
  }
  std::unique_lock lock(job->mutex);
  for (;;) {
    job->changed.wait(lock, [&job] { return job->given || job->line; });
    if (job->given) return *std::move(job->given);
    const std::string line = *std::move(job->line);
    job->line.reset();
    lock.unlock();
    const bool go_on = progress(line);
    lock.lock();
    job->stop |= !go_on;
  }
}

WriterStats Writer::stats() const {
  const std::lock_guard lock(mutex_);
  WriterStats out = stats_;
  out.waiting = queue_.size();
  return out;
}

/// Waits for work, and for company: what comes within group_ of the last commit goes together.
Writer::Batch Writer::take() {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return stopping_ || !queue_.empty(); };
  while (!wake_.wait_for(lock, retry_, ready)) {
    lock.unlock();
    try_to_be_level();
    lock.lock();
  }
  if (queue_.empty()) return {};
  if (!queue_.front()->alone)
    wake_.wait_until(lock, next_commit_,
                     [this] { return stopping_ || queue_.size() >= jobs_a_commit; });
  Batch batch;
  while (!queue_.empty() && batch.size() < jobs_a_commit) {
    if (queue_.front()->alone && !batch.empty()) break;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (batch.back()->alone) break;
  }
  return batch;
}

void Writer::run() {
  for (;;) {
    const Batch batch = take();
    if (batch.empty()) return;
    do_batch(batch);
    const std::lock_guard lock(mutex_);
    stats_.applied_txn = files_.meta.applied_txn;
  }
}

/// Brings serve.mdb up to the truth: a commit that got only as far as the truth, or a write of
/// another program.
StoreStatus Writer::be_level() {
  for (const auto& env : {files_.truth.env, files_.serve.env})
    if (env != nullptr && env->is_bad()) return env->bad_error();
  if (files_.serve.env == nullptr || files_.truth.env->last_txn() == files_.meta.applied_txn)
    return Done{};
  const auto done = catch_up(files_);
  if (!done) return done.error();
  if (log_) log_(WINDLASS_LOG_NOTICE, "serve.mdb was behind zones.mdb: " + *done);
  return Done{};
}

/// What goes wrong is said where a job meets it. Each try reads all of the truth: they get rarer.
void Writer::try_to_be_level() {
  retry_ = be_level() ? retry_first : std::min(2 * retry_, retry_most);
}

void Writer::do_batch(const Batch& batch) {
  if (batch.front()->aside) {
    Job& job = *batch.front();
    job.give(job.aside([&job](const std::string& line) { return job.tick(line); }));
    return;
  }
  if (StoreStatus level = be_level(); !level) {
    for (const auto& job : batch)
      job->give(StoreError{level.error().trouble, "nothing was changed: " + level.error().text});
    return;
  }
  next_commit_ = SteadyClock::now() + group_;
  do_group(batch);
}

/// False: a job failed in the middle of its writes.
bool Writer::run_jobs(const Batch& batch, Commit& commit) {
  for (const auto& job : batch) {
    commit.begin_job();
    Job& running = *job;
    job->outcome =
        job->run(commit, [&running](const std::string& line) { return running.tick(line); });
    if (!*job->outcome && commit.job_wrote()) return false;
  }
  return true;
}

void Writer::give_alone(const Batch& batch) {
  for (const auto& job : batch) do_group({job});
}

void Writer::do_group(const Batch& batch) {
  const auto begun = SteadyClock::now();
  auto commit = Commit::begin(files_);
  if (!commit) {
    for (const auto& job : batch) job->give(commit.error());
    return;
  }
  const bool whole = run_jobs(batch, **commit);
  if (!whole && batch.size() > 1) {
    commit->reset();
    return give_alone(batch);
  }
  if (!whole || !(*commit)->wrote()) {
    commit->reset();
    for (const auto& job : batch) job->give(*std::move(job->outcome));
    return;
  }
  if (StoreStatus done = (*commit)->commit_truth(); !done) {
    commit->reset();
    if (batch.size() > 1) return give_alone(batch);
    return batch.front()->give(done.error());
  }
  finish(batch, **commit);
  measure(begun);
}

void Writer::finish(const Batch& batch, Commit& commit) {
  const StoreStatus served = commit.commit_serve();
  for (const auto& job : batch) {
    if (!served && *job->outcome)
      job->give(StoreError{served.error().trouble,
                           "stored, and served as soon as this is mended: " + served.error().text});
    else
      job->give(*std::move(job->outcome));
  }
}

void Writer::measure(SteadyClock::time_point begun) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begun);
  const std::lock_guard lock(mutex_);
  ++stats_.commits;
  stats_.slowest_commit_us =
      std::max(stats_.slowest_commit_us, static_cast<std::uint64_t>(us.count()));
}
}  // namespace windlass::auth
