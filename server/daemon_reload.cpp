// Daemon: what changes while it runs. Checked, then applied whole, or refused whole with the last
// good state kept.
#include "base/log.hpp"
#include "server/daemon.hpp"

namespace windlass::server {
namespace {
using control::ConfigChange;
using control::Outcome;
using control::Refusal;
using validator::TrustAnchors;

bool same_validator(const validator::ValidatorOptions& a, const validator::ValidatorOptions& b) {
  return a.validation == b.validation && a.disabled_algorithms == b.disabled_algorithms;
}
}  // namespace

/// Everything one configuration needs from files, read before anything is changed.
struct Daemon::Loaded {
  conf::Settings settings;
  std::vector<validator::Anchor> anchors;
};

Result<Daemon::Loaded, conf::ConfError> Daemon::load_all(const std::string& file) {
  auto settings =
      file.empty() ? conf::Loaded<conf::Settings>(conf::defaults()) : conf::load_file(file);
  if (!settings) return settings.error();
  auto anchors = load_named(*settings);
  if (!anchors) return anchors.error();
  return Loaded{*std::move(settings), *std::move(anchors)};
}

/// The files that a configuration names: what belongs to the settings goes there, the anchors are
/// returned.
conf::Loaded<std::vector<validator::Anchor>> Daemon::load_named(conf::Settings& settings) {
  auto hints = conf::load_root_hints(settings.root_hints);
  if (!hints) return hints.error();
  auto secrets = conf::load_cookie_secrets(settings.cookie_secret);
  if (!secrets) return secrets.error();
  settings.resolver.root_hints = *std::move(hints);
  settings.resolver.cookies.secrets = *std::move(secrets);
  return conf::load_anchors(settings.trust_anchors);
}

Outcome<ConfigChange> Daemon::check_config(const std::string& file) {
  const std::string checked = file.empty() ? settings_.file : file;
  auto loaded = load_all(checked);
  if (!loaded) return Refusal{loaded.error().to_text()};
  if (auto good = PluginSet::check(loaded->settings.plugins, places(), plugins_.get()); !good)
    return Refusal{good.error().text};
  return conf::difference(settings_, loaded->settings);
}

void Daemon::reload_config(control::Later<Outcome<ConfigChange>> then) {
  const auto refused = [this, then](const std::string& why) {
    reload_ok_ = false;
    then(Refusal{why + "; the configuration in force is kept"});
  };
  if (making_plugins_) return then(Refusal{"a reload is under way"});
  auto loaded = load_all(settings_.file);
  reloaded_wall_s_ = clock_.now().wall_s;
  if (!loaded) return refused(loaded.error().to_text());
  if (const auto anchors = keeper_.propose(loaded->anchors, false); !anchors)
    return refused(anchors.error());
  if (loaded->settings.plugins == settings_.plugins) return apply(*std::move(loaded), then);
  const auto kept = std::make_shared<Loaded>(*std::move(loaded));
  make_plugins(kept->settings, [this, kept, then, refused](auto made) {
    if (!made) return refused(made.error().text);
    swap_plugins(*std::move(made), [this, kept, then] { apply(std::move(*kept), then); });
  });
}

void Daemon::apply(Loaded fresh, control::Later<Outcome<ConfigChange>> then) {
  reload_ok_ = true;
  Loaded* const loaded = &fresh;
  const ConfigChange change = conf::difference(settings_, loaded->settings);
  const bool judged_otherwise = !same_validator(settings_.validator, loaded->settings.validator);
  adopt(loaded->settings);
  const auto forget = [this, judged_otherwise] {
    if (judged_otherwise) cache_->flush_all();
  };
  on_all(
      [engine = engine_settings(), access = settings_.access, log = settings_.log](Worker& worker) {
        worker.reconfigure(engine);
        worker.set_log(log);
        worker.set_access(access);
      },
      forget);
  configure_keepers();
  keeper_.begin(loaded->anchors);
  const auto next = anchors_->with_anchors(keeper_.anchors())->with_negative(negatives_.anchors());
  install(next, [then, change] { then(change); });
}

/// Takes over what a reload can change; the rest waits for a restart and stays as it is.
void Daemon::adopt(const conf::Settings& next) {
  settings_.access = next.access;
  settings_.resolver = next.resolver;
  views_ = resolver::Views(settings_.resolver);
  settings_.root_hints = next.root_hints;
  settings_.local_root = next.local_root;
  settings_.cookie_secret = next.cookie_secret;
  settings_.deny_own = next.deny_own;
  settings_.validator = next.validator;
  settings_.trust_anchors = next.trust_anchors;
  settings_.auto_update = next.auto_update;
  settings_.negative_anchors = next.negative_anchors;
  settings_.log = next.log;
  settings_.plugins = next.plugins;
  Log::get().configure(next.log.level, next.log.format);
}

void Daemon::install(TrustAnchors::Ptr next, Task then) {
  const std::vector<dns::Name> changed = TrustAnchors::changed(*anchors_, *next);
  forget_unvouched(*next, changed);
  anchors_ = std::move(next);
  on_all([anchors = anchors_](Worker& worker) { worker.engine().set_anchors(anchors); },
         [this, changed, then] {
           for (const dns::Name& name : changed) cache_->flush_untrusted(name);
           if (then) then();
         });
}
}  // namespace windlass::server
