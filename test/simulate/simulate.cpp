// simulate: random Internets in virtual time, one for each seed. --help tells the options.
#include <algorithm>
#include <csignal>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "test/simulate/run.hpp"

namespace {
using namespace windlass::simulate;
constexpr std::size_t told_most = 5;       ///< failures printed of one seed
constexpr std::uint64_t again_every = 16;  ///< of a long run, one seed in so many is run twice

constexpr const char* help =
    R"(simulate: random Internets in virtual time. Servers, networks and the house itself fail at random;
what must hold whatever happens is checked on each answer and at the end of each run.

  --seed N          the first seed (default 1); one seed is one run, in every process
  --fresh           begin at a seed nobody has tried: the time, in seconds
  --seeds N         so many, one after the other (default 1)
  --hours H         as many as H hours of the wall clock have room for; 0.01 is 36 s
  --questions M     client queries in each run (default 1000; with --hours 4000)
  --workers W       engines in each run (default: 1 or 4, by the seed)
  --zones N         zones in each run (default: a few dozen, or by some seeds thousands)
  --jobs J          seeds run at once (default 1)
  --until-failure   end with the first seed that fails
  --json            hazards and states, as JSON, as the last line
  --verbose         each question to a server, on stderr

SIGINT and SIGTERM end it after the seeds under way, with the summary. Without --hours and --until-failure
each seed is run twice, else every sixteenth: the trace must be the same. A long run (of 10,000,000 queries
or more) fails too when a hazard has met a state fewer than 1000 times.
)";

volatile std::sig_atomic_t told_to_end = 0;

struct Options {
  RunOptions run;
  std::uint64_t seeds = 1;
  double hours = 0;
  unsigned jobs = 1;
  bool until_failure = false, json = false;
};

/// What all seeds together came to; threads take seeds from it and put results in.
class Total {
 public:
  explicit Total(const Options& options)
      : options_(options), next_(options.run.seed), began_s_(seconds()) {}

  std::optional<std::uint64_t> next_seed() {
    const std::lock_guard lock(guard_);
    const bool over = options_.hours > 0 ? seconds() - began_s_ >= options_.hours * 3600
                                         : next_ - options_.run.seed >= options_.seeds;
    if (over || told_to_end != 0 || (options_.until_failure && failed_ > 0)) return std::nullopt;
    return next_++;
  }

  void take(const RunOptions& run, const RunResult& result) {
    const std::lock_guard lock(guard_);
    coverage_.add(result.coverage);
    questions_ += result.asked, alone_ += result.alone, ticks_ += result.ticks;
    servfail_ += result.servfail, packets_ += result.packets;
    const auto& failures = result.failures.lines();
    ++(failures.empty() ? passed_ : failed_);
    if (options_.hours == 0 || !failures.empty()) tell(run, result);
    progress();
  }

  int end() {
    std::cout << passed_ << " seeds, " << questions_ << " client queries, " << packets_
              << " packets to servers, " << servfail_ << " SERVFAIL; " << alone_
              << " requests alone on the wire, " << ticks_ << " ages told, in "
              << static_cast<std::uint64_t>(seconds() - began_s_) << " s\n\n"
              << coverage_.table();
    const std::string below = coverage_.below_floor();
    const bool is_long = questions_ >= Coverage::long_questions;
    if (is_long && !below.empty())
      std::cout << "FAIL below " << Coverage::floor << ":\n" << below, ++failed_;
    if (options_.json) std::cout << coverage_.json() << "\n";
    std::cout << passed_ << " passed, " << failed_ << " failed\n";
    return failed_ == 0 ? 0 : 1;
  }

 private:
  static double seconds() {
    return static_cast<double>(windlass::SystemClock().now().mono_us) * 1e-6;
  }

  static void tell(const RunOptions& run, const RunResult& result) {
    const auto& failures = result.failures.lines();
    std::cout << (failures.empty() ? "ok   " : "FAIL ") << "seed " << run.seed << " workers "
              << run.workers << " trace " << std::hex << result.trace_hash << std::dec << ": "
              << result.asked << " queries, " << result.events << " events, " << result.packets
              << " packets, " << result.right << " right (" << result.secure << " secure, "
              << result.from_cache << " at once), " << result.servfail << " SERVFAIL ("
              << result.strained << " at a limit), " << result.stale << " stale, "
              << result.cancelled << " gone; " << result.internet << "\n";
    for (std::size_t i = 0; i < failures.size() && i < told_most; ++i)
      std::cout << "  " << failures[i] << "\n";
    if (failures.size() > told_most)
      std::cout << "  and " << failures.size() - told_most << " more\n";
    if (!failures.empty())
      std::cout << "  replay: ./dev simulate --seed " << run.seed << " --questions "
                << run.questions << " --workers " << run.workers
                << (run.zones > 0 ? " --zones " + std::to_string(run.zones) : std::string())
                << " [--verbose]\n";
    std::cout << std::flush;
  }

  /// A line a minute, of what runs for hours.
  void progress() {
    const double now_s = seconds();
    if (options_.hours == 0 || now_s - told_s_ < 60) return;
    told_s_ = now_s;
    const std::string below = coverage_.below_floor();
    std::cerr << "simulate: " << static_cast<std::uint64_t>(now_s - began_s_) << " s, "
              << passed_ + failed_ << " seeds, " << questions_ << " queries, " << failed_
              << " failed, " << std::count(below.begin(), below.end(), '\n')
              << " cells below the floor, next seed " << next_ << "\n";
  }

  const Options options_;
  std::mutex guard_;
  std::uint64_t next_, passed_ = 0, failed_ = 0, questions_ = 0, alone_ = 0, ticks_ = 0,
                       servfail_ = 0, packets_ = 0;
  double began_s_, told_s_ = 0;
  Coverage coverage_;
};

void work(const Options& options, Total& total) {
  while (const auto seed = total.next_seed()) {
    RunOptions one = options.run;
    one.seed = *seed;
    one = settled(one);
    RunResult result = run(one);
    const bool all = options.hours == 0 && !options.until_failure;
    const bool twice = !one.verbose && (all || *seed % again_every == 0);
    if (twice && run(one).trace_hash != result.trace_hash)
      result.failures.tell(Property::repeats, "another trace");
    total.take(one, result);
  }
}

/// False: the word is no option, or lacks its value.
bool set(Options& options, const std::string& word, const std::string& value) {
  if (value.empty()) return false;
  if (word == "--hours") return options.hours = std::stod(value), true;
  const std::uint64_t number = std::stoull(value);
  const auto small = static_cast<unsigned>(number);
  if (word == "--seed") return options.run.seed = number, true;
  if (word == "--seeds") return options.seeds = number, true;
  if (word == "--questions") return options.run.questions = small, true;
  if (word == "--workers") return options.run.workers = small, true;
  if (word == "--zones") return options.run.zones = small, true;
  if (word == "--jobs") return options.jobs = std::max(small, 1u), true;
  return false;
}

bool set_flag(Options& options, const std::string& word) {
  if (word == "--verbose") return options.run.verbose = true;
  if (word == "--json") return options.json = true;
  if (word == "--until-failure") return options.until_failure = true;
  if (word != "--fresh") return false;
  options.run.seed = static_cast<std::uint64_t>(windlass::SystemClock().now().wall_s);
  return true;
}
}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.run.questions = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") return std::cout << help, 0;
    if (set_flag(options, word)) continue;
    if (!set(options, word, i + 1 < argc ? argv[++i] : ""))
      return std::cerr << "simulate: not understood: " << word << "; see --help\n", 2;
  }
  if (options.run.questions == 0) options.run.questions = options.hours > 0 ? 4000 : 1000;
  for (const int ending : {SIGINT, SIGTERM}) std::signal(ending, [](int) { told_to_end = 1; });
  Total total(options);
  std::vector<std::thread> others;
  for (unsigned i = 1; i < options.jobs; ++i) others.emplace_back([&] { work(options, total); });
  work(options, total);
  for (auto& other : others) other.join();
  return total.end();
}
