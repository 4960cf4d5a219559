#include "server/plugin_instance.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace windlass::server {
namespace {
constexpr std::size_t log_octets_max = 1000;
/// Verdicts and calls beyond the plain ones that this host carries out: none yet.
constexpr std::uint64_t features = 0;

/// A plugin's text as one line.
std::string one_line(const char* text, std::size_t octets_max) {
  std::string line(text, ::strnlen(text, octets_max));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return line;
}

std::vector<windlass_position> positions_of(const conf::PluginSettings& settings) {
  std::vector<windlass_position> positions;
  for (const auto& at : settings.positions)
    positions.push_back({sizeof(windlass_position), static_cast<std::uint32_t>(at.line),
                         static_cast<std::uint32_t>(at.column), at.pointer.c_str()});
  return positions;
}

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

PluginInstance::PluginInstance(PluginModule module, std::string name)
    : module_(std::move(module)),
      name_(std::move(name)),
      counters_(new std::atomic<std::uint64_t>[module_.calls.counter_count]()) {
  host_.size = sizeof host_;
  host_.major = WINDLASS_PLUGIN_MAJOR;
  host_.minor = WINDLASS_PLUGIN_MINOR;
  host_.features = features;
  host_.context = this;
  host_.log = log;
  host_.clock = clock;
  host_.count = count;
}

PluginInstance::~PluginInstance() {
  if (!created_) return;
  if (calls().quiesce != nullptr) calls().quiesce(instance_);
  calls().destroy(instance_);
}

Result<std::unique_ptr<PluginInstance>, std::string> PluginInstance::make(
    PluginModule module, const conf::PluginSettings& settings, const std::string& state_dir) {
  std::unique_ptr<PluginInstance> made(new PluginInstance(std::move(module), settings.name));
  if (auto created = made->create(settings, state_dir); !created) return created.error();
  return made;
}

Result<Done, std::string> PluginInstance::create(const conf::PluginSettings& settings,
                                                 const std::string& state_dir) {
  const auto positions = positions_of(settings);
  windlass_config config{};
  config.size = sizeof config;
  config.position_count = static_cast<std::uint32_t>(positions.size());
  config.name = name_.c_str();
  config.json = settings.config_json.c_str();
  config.json_octets = settings.config_json.size();
  config.positions = positions.data();
  config.state_dir = state_dir.c_str();
  windlass_fault fault{};
  fault.size = sizeof fault;
  if (calls().config_check != nullptr && calls().config_check(&config, &fault) != 0)
    return "configuration refused: " + words_of(fault, settings);
  created_ = calls().create(&host_, &config, &instance_, &fault) == 0;
  if (!created_) return "cannot start: " + words_of(fault, settings);
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
  const bool ready = calls().ready == nullptr || calls().ready(instance_) == 1;
  std::string line = name_ + ": " + calls().name + " " + calls().version + " (" + module_.path +
                     "), " + (ready ? "ready" : "loading") + ", " + std::to_string(called) +
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
}  // namespace windlass::server
