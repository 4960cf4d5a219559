#include "server/plugin_host.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/log.hpp"
#include "control/commands.hpp"
#include "server/plugin_module.hpp"
#include "server/plugin_worker.hpp"

namespace windlass::server {
namespace {
constexpr std::chrono::milliseconds ready_look(10);

PluginError complaint(const conf::PluginSettings& settings, const std::string& file,
                      const std::string& cause) {
  return {"plugin " + settings.name + ": " + (file.empty() ? "" : file + ": ") + cause};
}

std::shared_ptr<PluginInstance> named(const PluginWorker::Instances& instances,
                                      const std::string& name) {
  for (const auto& instance : instances)
    if (instance->name() == name) return instance;
  return nullptr;
}

/// The module that is loaded for this plugin already, or its file opened now.
Result<PluginModule, PluginError> module_for(const conf::PluginSettings& settings,
                                             const PluginPlaces& places,
                                             const PluginInstance* before) {
  if (before != nullptr && before->settings().path != settings.path)
    return complaint(settings, "",
                     "its file is another now (" + before->settings().path + ", then " +
                         settings.path + "); that needs a restart");
  if (before != nullptr) return before->module();
  std::string file;
  auto module = PluginModule::open(settings.path, places.plugin_dir, file);
  if (!module) return complaint(settings, file, module.error());
  return *std::move(module);
}
/// The first plugin with a command has it; an operator who means the other's must hear of it. (What
/// the host has itself no plugin gets.)
void tell_collisions(const PluginWorker::Instances& instances) {
  std::map<std::string, const PluginInstance*> holders;
  for (const auto& instance : instances) {
    std::map<const PluginInstance*, std::string> lost;
    for (const auto& row : instance->commands()) {
      if (control::find_command(row.name) != nullptr) continue;
      const auto [at, fresh] = holders.emplace(row.name, instance.get());
      if (fresh) continue;
      std::string& names = lost[at->second];
      names += (names.empty() ? "`" : ", `") + row.name + "`";
    }
    for (const auto& [holder, names] : lost)
      log_warning("WL-PLUGIN-009", "plugin " + instance->name() + ": its commands " + names +
                                       " cannot be reached: plugin " + holder->name() +
                                       " has commands of these names, and stands before it");
  }
}
}  // namespace

struct PluginSet::Impl {
  PluginWorker::Instances instances;
  Limits limits;
};

PluginSet::PluginSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PluginSet::~PluginSet() = default;

Result<PluginSet::Ptr, PluginError> PluginSet::load(const Plugins& plugins,
                                                    const PluginPlaces& places,
                                                    const Limits& limits,
                                                    std::shared_ptr<PluginDesk> desk,
                                                    const PluginSet* before) {
  auto impl = std::make_unique<Impl>();
  impl->limits = limits;
  const PluginInstance::Room room{places.state_dir, limits, std::move(desk)};
  for (const auto& settings : plugins) {
    const auto old = before != nullptr ? named(before->impl_->instances, settings.name) : nullptr;
    if (old && old->settings() == settings) {
      impl->instances.push_back(old);
      continue;
    }
    auto module = module_for(settings, places, old.get());
    if (!module) return module.error();
    const std::string file = module->path;
    auto made = PluginInstance::make(*std::move(module), settings, room);
    if (!made) return complaint(settings, file, made.error());
    log_notice("WL-PLUGIN-007", "plugin " + (*made)->describe());
    impl->instances.push_back(*std::move(made));
  }
  tell_collisions(impl->instances);
  return Ptr(new PluginSet(std::move(impl)));
}

Result<Done, PluginError> PluginSet::check(const Plugins& plugins, const PluginPlaces& places,
                                           const PluginSet* before) {
  for (const auto& settings : plugins) {
    const auto old = before != nullptr ? named(before->impl_->instances, settings.name) : nullptr;
    const auto module = module_for(settings, places, old.get());
    if (!module) return module.error();
    if (auto good = PluginInstance::check(*module, settings, places.state_dir); !good)
      return complaint(settings, module->path, good.error());
  }
  return Done{};
}

Result<Done, PluginError> PluginSet::wait_ready(const std::function<bool()>& stop) const {
  const auto time_s = impl_->limits[Limit::plugin_ready_time];
  const std::int64_t end_us = SystemClock{}.now().mono_us + time_s * 1'000'000;
  std::mutex guard;
  std::condition_variable never;  // waited for on a thread that has nothing else to do
  std::unique_lock lock(guard);
  for (const auto& instance : impl_->instances)
    while (!instance->ready()) {
      if (stop()) return complaint(instance->settings(), "", "the process ends");
      if (SystemClock{}.now().mono_us >= end_us)
        return complaint(
            instance->settings(), instance->module().path,
            "not ready within " + std::to_string(time_s) + " s (limit plugin_ready_time)");
      never.wait_for(lock, ready_look);
    }
  return Done{};
}

bool PluginSet::empty() const noexcept {
  return impl_->instances.empty();
}

std::unique_ptr<resolver::LocalZones> PluginSet::enter(
    unsigned worker, Metrics& metrics, const Clock& clock,
    std::unique_ptr<resolver::LocalZones> before) {
  std::unique_ptr<PluginWorker> old(static_cast<PluginWorker*>(before.release()));
  return std::make_unique<PluginWorker>(impl_->instances, worker, impl_->limits, metrics, clock,
                                        std::move(old));
}

std::vector<std::string> PluginSet::describe() const {
  std::vector<std::string> lines;
  for (const auto& instance : impl_->instances) lines.push_back(instance->describe());
  return lines;
}

std::vector<control::CommandRow> PluginSet::commands() const {
  std::vector<control::CommandRow> rows;
  for (const auto& instance : impl_->instances)
    rows.insert(rows.end(), instance->commands().begin(), instance->commands().end());
  return rows;
}

std::shared_ptr<PluginInstance> PluginSet::commanded(const std::string& command) const {
  for (const auto& instance : impl_->instances)
    for (const auto& row : instance->commands())
      if (row.name == command) return instance;
  return nullptr;
}

void PluginSet::quiesce() {
  for (const auto& instance : impl_->instances) instance->quiesce();
}
}  // namespace windlass::server
