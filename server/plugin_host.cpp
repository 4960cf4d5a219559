#include "server/plugin_host.hpp"

#include "base/log.hpp"
#include "server/plugin_instance.hpp"
#include "server/plugin_module.hpp"
#include "server/plugin_worker.hpp"

namespace windlass::server {
namespace {
Result<std::unique_ptr<PluginInstance>, PluginError> load_one(const conf::PluginSettings& settings,
                                                              const PluginPlaces& places) {
  std::string file;
  const auto complaint = [&](const std::string& cause) {
    return PluginError{"plugin " + settings.name + ": " + file + ": " + cause};
  };
  auto module = PluginModule::open(settings.path, places.plugin_dir, file);
  if (!module) return complaint(module.error());
  auto instance = PluginInstance::make(*std::move(module), settings, places.state_dir);
  if (!instance) return complaint(instance.error());
  return *std::move(instance);
}
}  // namespace

struct PluginSet::Impl {
  std::shared_ptr<PluginWorker::Instances> instances = std::make_shared<PluginWorker::Instances>();
  Limits limits;
};

PluginSet::PluginSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PluginSet::~PluginSet() = default;

Result<std::shared_ptr<PluginSet>, PluginError> PluginSet::load(
    const std::vector<conf::PluginSettings>& plugins, const PluginPlaces& places,
    const Limits& limits) {
  auto impl = std::make_unique<Impl>();
  impl->limits = limits;
  for (const auto& settings : plugins) {
    auto loaded = load_one(settings, places);
    if (!loaded) return loaded.error();
    impl->instances->push_back(*std::move(loaded));
  }
  std::shared_ptr<PluginSet> set(new PluginSet(std::move(impl)));
  for (const std::string& line : set->describe()) log_notice("WL-PLUGIN-007", "plugin " + line);
  return set;
}

bool PluginSet::empty() const noexcept {
  return impl_->instances->empty();
}

std::unique_ptr<resolver::LocalZones> PluginSet::enter(unsigned worker, Metrics& metrics,
                                                       const Clock& clock) {
  return std::make_unique<PluginWorker>(impl_->instances, worker, impl_->limits, metrics, clock);
}

std::vector<std::string> PluginSet::describe() const {
  std::vector<std::string> lines;
  for (const auto& instance : *impl_->instances) lines.push_back(instance->describe());
  return lines;
}
}  // namespace windlass::server
