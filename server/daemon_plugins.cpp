// Daemon: its plugins: loaded at start, commanded, replaced by a reload, and what they may ask of
// the workers.
#include <system_error>

#include "base/log.hpp"
#include "server/daemon.hpp"

namespace windlass::server {

Result<Done, std::string> Daemon::load_plugins() {
  auto plugins = PluginSet::load(settings_.plugins, places(), settings_.limits(), desk_);
  if (!plugins) return plugins.error().text;
  plugins_ = *std::move(plugins);
  return Done{};
}

/// The first worker resolves for plugins; each gets the completions of its own questions.
void Daemon::open_desk() {
  std::vector<net::Mailbox<Worker::Task>::Sender> workers;
  for (const auto& worker : workers_) workers.push_back(worker->tasks());
  const auto complete = [workers](unsigned index, PluginCompletion completion) {
    if (index >= workers.size()) return false;
    const auto carried = std::make_shared<PluginCompletion>(std::move(completion));
    return workers[index].post([carried](Worker& at) { at.complete(std::move(*carried)); });
  };
  const auto resolve = [workers](const dns::Name& name, dns::Type type, PluginDesk::Resolved then) {
    return workers.front().post(
        [name, type, then = std::move(then)](Worker& at) { at.resolve(name, type, then); });
  };
  desk_->open({complete, resolve});
}

std::vector<control::CommandRow> Daemon::plugin_commands() const {
  return plugins_ ? plugins_->commands() : std::vector<control::CommandRow>{};
}

void Daemon::run_plugin_command(const std::string& command,
                                const std::vector<std::string>& arguments,
                                std::shared_ptr<control::ReplyPipe> pipe) {
  auto instance = plugins_ ? plugins_->commanded(command) : nullptr;
  if (!instance) return pipe->end(false, "no plugin knows `" + command + "`");
  if (stopping_) return pipe->end(false, "the process ends");
  try {
    commands_.start([instance = std::move(instance), command, arguments, pipe]() mutable {
      instance->run_command(command, arguments, *pipe);
      instance.reset();
    });
  } catch (const std::system_error&) { pipe->end(false, "the system gives no thread"); }
}

void Daemon::make_plugins(const conf::Settings& settings,
                          control::Later<Result<PluginSet::Ptr, PluginError>> then) {
  using Made = Result<PluginSet::Ptr, PluginError>;
  making_plugins_ = true;
  const auto give = [this, then](Made made) {
    tasks_.post([this, then, made = std::move(made)] {
      making_plugins_ = false;
      then(made);
    });
  };
  const PluginPlaces at = places();
  plugin_maker_ = net::NamedThread(
      "windlass-plugin", [this, give, at, before = plugins_, plugins = settings.plugins,
                          limits = settings.limits()]() mutable {
        auto made = PluginSet::load(plugins, at, limits, desk_, before.get());
        before.reset();
        if (!made) return give(made.error());
        const auto ready = (*made)->wait_ready([this] { return ending_.load(); });
        give(ready ? Made(*std::move(made)) : Made(ready.error()));
      });
}

/// Each worker swaps between two batches; then the old set goes, on a thread where it may block.
void Daemon::swap_plugins(PluginSet::Ptr next, Task then) {
  const auto old = std::make_shared<PluginSet::Ptr>(std::exchange(plugins_, std::move(next)));
  on_all([plugins = plugins_](Worker& worker) { worker.swap_plugins(plugins); },
         [this, old, then = std::move(then)] {
           plugin_maker_ = net::NamedThread("windlass-plugin", [old] { old->reset(); });
           then();
         });
}
}  // namespace windlass::server
