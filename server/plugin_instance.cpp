#include "server/plugin_instance.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "control/json_lines.hpp"
#include "server/plugin_pending.hpp"

namespace windlass::server {
namespace {
constexpr std::size_t log_octets_max = 1000;
/// Verdicts and calls beyond the plain ones that this host carries out.
constexpr std::uint64_t features = WINDLASS_HOST_REFERRAL | WINDLASS_HOST_CHASE |
                                   WINDLASS_HOST_PENDING | WINDLASS_HOST_CONTROL |
                                   WINDLASS_HOST_GENERATIONS | WINDLASS_HOST_STREAM;

/// A plugin's text as one line.
std::string one_line(const char* text, std::size_t octets_max) {
  std::string line(text, ::strnlen(text, octets_max));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return line;
}

/// Settings as a plugin is given them; they live as long as this.
struct Described {
  Described(const conf::PluginSettings& settings, const std::string& state_dir) {
    for (const auto& at : settings.positions)
      positions.push_back({sizeof(windlass_position), static_cast<std::uint32_t>(at.line),
                           static_cast<std::uint32_t>(at.column), at.pointer.c_str()});
    plain.size = sizeof plain;
    plain.position_count = static_cast<std::uint32_t>(positions.size());
    plain.name = settings.name.c_str();
    plain.json = settings.config_json.c_str();
    plain.json_octets = settings.config_json.size();
    plain.positions = positions.data();
    plain.state_dir = state_dir.c_str();
  }
  std::vector<windlass_position> positions;
  windlass_config plain{};
};

/// "unknown key (at /zones/0/fil, line 7, column 12)"
std::string words_of(const windlass_fault& fault, const conf::PluginSettings& settings) {
  std::string words = one_line(fault.text, sizeof fault.text);
  if (words.empty()) words = "it refuses, and gives no reason";
  const std::string pointer = one_line(fault.pointer, sizeof fault.pointer);
  if (pointer.empty()) return words;
  words += " (at " + pointer;
  for (const auto& at : settings.positions)
    if (at.pointer == pointer)
      words += ", line " + std::to_string(at.line) + ", column " + std::to_string(at.column);
  return words + ")";
}
}  // namespace

Result<Done, std::string> PluginInstance::check(const PluginModule& module,
                                                const conf::PluginSettings& settings,
                                                const std::string& state_dir) {
  const Described config(settings, state_dir);
  windlass_fault fault{};
  fault.size = sizeof fault;
  if (module.calls.config_check == nullptr || module.calls.config_check(&config.plain, &fault) == 0)
    return Done{};
  return "configuration refused: " + words_of(fault, settings);
}

PluginInstance::PluginInstance(PluginModule module, const conf::PluginSettings& settings,
                               const Room& room)
    : module_(std::move(module)),
      settings_(settings),
      name_(settings.name),
      desk_(room.desk),
      jobs_(std::make_shared<PluginJobs>(
          static_cast<std::size_t>(room.limits[Limit::plugin_work_threads]),
          static_cast<std::size_t>(room.limits[Limit::plugin_work_queue]))),
      turns_(static_cast<std::size_t>(room.limits[Limit::plugin_commands])),
      counters_(new std::atomic<std::uint64_t>[module_.calls.counter_count]()) {
  host_.size = sizeof host_;
  host_.major = WINDLASS_PLUGIN_MAJOR;
  host_.minor = WINDLASS_PLUGIN_MINOR;
  host_.features = features;
  host_.context = this;
  host_.log = log;
  host_.clock = clock;
  host_.count = count;
  host_.timer = timer;
  host_.work = work;
  host_.resolve = resolve;
  host_.complete = complete;
}

PluginInstance::~PluginInstance() {
  quiesce();
  jobs_->stop();
  if (created_) calls().destroy(instance_);
}

void PluginInstance::quiesce() {
  if (!created_ || quiesced_.exchange(true)) return;
  if (calls().quiesce != nullptr) calls().quiesce(instance_);
}

Result<std::shared_ptr<PluginInstance>, std::string> PluginInstance::make(
    PluginModule module, const conf::PluginSettings& settings, const Room& room) {
  if (auto checked = check(module, settings, room.state_dir); !checked) return checked.error();
  std::shared_ptr<PluginInstance> made(new PluginInstance(std::move(module), settings, room));
  if (auto read = made->read_commands(); !read) return read.error();
  if (auto created = made->create(room.state_dir); !created) return created.error();
  return made;
}

Result<Done, std::string> PluginInstance::read_commands() {
  if (calls().commands == nullptr || calls().control == nullptr) return Done{};
  auto rows = control::parse_commands(calls().commands);
  if (!rows) return rows.error().text;
  commands_ = *std::move(rows);
  return Done{};
}

Result<Done, std::string> PluginInstance::create(const std::string& state_dir) {
  const Described config(settings_, state_dir);
  windlass_fault fault{};
  fault.size = sizeof fault;
  created_ = calls().create(&host_, &config.plain, &instance_, &fault) == 0;
  if (!created_) return "cannot start: " + words_of(fault, settings_);
  return Done{};
}

PluginFigures& PluginInstance::add_worker() {
  const std::lock_guard lock(guard_);
  return *workers_.emplace_back(std::make_unique<PluginFigures>());
}

std::string PluginInstance::describe() {
  std::uint64_t called = 0, errors = 0, slowest_us = 0;
  std::size_t open = 0;
  {
    const std::lock_guard lock(guard_);
    for (const auto& worker : workers_) {
      called += worker->calls.load(std::memory_order_relaxed);
      errors += worker->errors.load(std::memory_order_relaxed);
      slowest_us = std::max(slowest_us, worker->slowest_us.load(std::memory_order_relaxed));
      open += worker->breaker_open.load(std::memory_order_relaxed) ? 1u : 0u;
    }
  }
  std::string line = name_ + ": " + calls().name + " " + calls().version + " (" + module_.path +
                     "), " + (ready() ? "ready" : "loading") + ", " + std::to_string(called) +
                     " answers asked, " + std::to_string(errors) + " errors, slowest " +
                     std::to_string(slowest_us) + " us";
  if (open != 0) line += ", passed by on " + std::to_string(open) + " workers";
  for (std::uint32_t i = 0; i < calls().counter_count; ++i)
    line += ", " + std::string(calls().counters[i]) + " " +
            std::to_string(counters_[i].load(std::memory_order_relaxed));
  return line;
}

// Services

void PluginInstance::log(void* context, std::int32_t level, const char* text) noexcept {
  const auto& self = *static_cast<const PluginInstance*>(context);
  const auto known = static_cast<LogLevel>(
      std::clamp<std::int32_t>(level, WINDLASS_LOG_ERROR, WINDLASS_LOG_DEBUG));
  if (text == nullptr || !Log::get().wants(known)) return;
  Log::get().write(known, "WL-PLUGIN-001",
                   "plugin " + self.name_ + ": " + one_line(text, log_octets_max));
}

void PluginInstance::clock(void*, windlass_time* now) noexcept {
  const Now read = SystemClock{}.now();
  const windlass_time full{now->size, 0, read.wall_s, read.age_ms, read.mono_us};
  std::memcpy(now, &full, std::min<std::size_t>(now->size, sizeof full));
}

void PluginInstance::count(void* context, std::uint32_t index, std::uint64_t add) noexcept {
  auto& self = *static_cast<PluginInstance*>(context);
  if (index < self.calls().counter_count)
    self.counters_[index].fetch_add(add, std::memory_order_relaxed);
}

std::int32_t PluginInstance::timer(void* context, std::uint64_t after_ms, void (*due)(void* data),
                                   void* data) noexcept try {
  auto& self = *static_cast<PluginInstance*>(context);
  return due != nullptr && self.jobs_->run_after(after_ms, [due, data] { due(data); }) ? 0 : 1;
} catch (const std::exception&) { return 1; }  // no memory, no thread: nothing was begun

std::int32_t PluginInstance::work(void* context, void (*run)(void* data), void (*done)(void* data),
                                  void* data) noexcept try {
  auto& self = *static_cast<PluginInstance*>(context);
  const auto job = [run, done, data] {
    run(data);
    if (done != nullptr) done(data);
  };
  return run != nullptr && self.jobs_->run(job) ? 0 : 1;
} catch (const std::exception&) { return 1; }

std::int32_t PluginInstance::resolve(void* context, const windlass_ask* ask, windlass_asked* asked,
                                     void* data) noexcept try {
  auto& self = *static_cast<PluginInstance*>(context);
  windlass_ask known{};
  if (ask == nullptr || asked == nullptr || self.desk_ == nullptr) return 1;
  std::memcpy(&known, ask, std::min<std::size_t>(ask->size, sizeof known));
  if (known.name == nullptr || (known.klass != 0 && known.klass != 1)) return 1;
  const auto name = dns::Name::from_wire({known.name, known.name_octets});
  if (!name) return 1;
  const std::weak_ptr<PluginJobs> jobs = self.jobs_;
  const auto hand_over = [jobs, asked, data](std::optional<std::vector<std::uint8_t>> message) {
    const auto alive = jobs.lock();
    if (!alive) return;
    (void)alive->finish([asked, data, message = std::move(message)] {
      message ? asked(data, 0, message->data(), message->size()) : asked(data, 1, nullptr, 0);
    });
  };
  return self.desk_->resolve(*name, static_cast<dns::Type>(known.type), hand_over) ? 0 : 1;
} catch (const std::exception&) { return 1; }

std::int32_t PluginInstance::complete(void* context, std::uint64_t ticket, std::int32_t verdict,
                                      const std::uint8_t* message,
                                      std::size_t message_octets) noexcept try {
  auto& self = *static_cast<PluginInstance*>(context);
  if (self.desk_ == nullptr || ticket == 0 || message_octets > 65'535) return 1;
  PluginCompletion completion{ticket, verdict, {}, self.name_};
  if (message != nullptr) completion.message.assign(message, message + message_octets);
  return self.desk_->complete(worker_of_ticket(ticket), std::move(completion)) ? 0 : 1;
} catch (const std::exception&) { return 1; }
}  // namespace windlass::server
