#pragma once
/// Daemon: the process. Starts the workers, keeps what they share, carries out what the operator
/// says.
///
///   main thread   control loop: signals, control socket, metrics page, reloads, negative anchors
///   running out N threads     one Worker each
///
/// While it runs any error keeps the last good state; at start an error is fatal and names the
/// file.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "conf/settings.hpp"
#include "control/control_server.hpp"
#include "control/house.hpp"
#include "control/metrics_server.hpp"
#include "crypto/csprng.hpp"
#include "net/loop.hpp"
#include "net/mailbox.hpp"
#include "server/anchor_keeper.hpp"
#include "server/command_threads.hpp"
#include "server/negative_keeper.hpp"
#include "server/plugin_host.hpp"
#include "server/root_keeper.hpp"
#include "server/worker.hpp"
namespace windlass::server {

class Daemon final : control::House {
 public:
  Daemon(conf::Settings settings, std::string plugin_dir);
  ~Daemon() override;

  /// Loads, binds, starts. The error is one line for stderr.
  Result<Done, std::string> start();
  /// Until SIGTERM, SIGINT or `shutdown`.
  void run();

 private:
  using Task = std::function<void()>;

  // House (daemon_house.cpp)
  control::Build build() const override;
  control::StatusView status() const override;
  control::Readiness readiness() const override;
  Now now() const override;
  const Limits& limits() const override;
  std::vector<const Metrics*> metrics() const override;
  cache::Cache& cache() override;
  validator::TrustAnchors::Ptr anchors() const override;
  std::vector<control::AnchorView> anchor_keys() const override;
  std::vector<validator::FollowedNegative> negative_anchors() const override;
  std::vector<control::SettingView> settings() const override;
  void resolutions(control::Later<std::vector<control::ResolutionView>> then) override;
  void why(const dns::Name& name, dns::Type type, const control::Asker& asker,
           control::Later<control::Outcome<control::WhyView>> then) override;
  std::vector<control::ViewRow> views(const std::optional<IpAddress>& client) const override;
  std::vector<cache::DelegationPtr> cuts(const dns::Name& name) override;
  void flush(const std::optional<dns::Name>& name, bool subtree,
             control::Later<std::size_t> then) override;

  // Changes (daemon_reload.cpp)
  control::Outcome<control::ConfigChange> check_config(const std::string& file) override;
  void reload_config(control::Later<control::Outcome<control::ConfigChange>> then) override;
  void shutdown() override;

  // Trust anchors, also negative ones (daemon_anchors.cpp)
  void reload_anchors(bool force,
                      control::Later<control::Outcome<control::AnchorChange>> then) override;
  void refresh_anchors(
      control::Later<control::Outcome<std::vector<control::AnchorRefresh>>> then) override;
  void add_negative(const control::NegativeWish& wish,
                    control::Later<control::Outcome<control::NegativeAdded>> then) override;
  void remove_negative(const dns::Name& name, control::Later<control::Outcome<Done>> then) override;
  AnchorTools anchor_tools();
  NegativeTools negative_tools();
  RootKeeper::Tools root_tools();
  void configure_keepers();
  void forget_unvouched(const validator::TrustAnchors& next, const std::vector<dns::Name>& changed);
  /// A worker asks, past all that is cached; `then` gets the answer on this loop, or nullopt: too
  /// much else is asked at once.
  using Answered = std::function<void(const std::optional<resolver::Answer>&)>;
  void in_background(const resolver::ClientQuestion& question, Answered then);

  // Plugins (daemon_plugins.cpp)
  std::vector<control::CommandRow> plugin_commands() const override;
  void run_plugin_command(const std::string& command, const std::vector<std::string>& arguments,
                          std::shared_ptr<control::ReplyPipe> pipe) override;
  Result<Done, std::string> load_plugins();
  void open_desk();
  PluginPlaces places() const { return {plugin_dir_, settings_.state_dir}; }
  /// `settings.plugins` beside those in force, made and awaited on a thread of its own; `then` gets
  /// them, or the reason, on the control loop.
  void make_plugins(const conf::Settings& settings,
                    control::Later<Result<PluginSet::Ptr, PluginError>> then);
  void swap_plugins(PluginSet::Ptr next, Task then);

  Result<Done, std::string> start_workers();
  Result<Done, std::string> start_control();
  void announce() const;
  void every_second();
  void on_primed(bool reached);
  void on_worker_ended();
  /// Swaps the snapshot everywhere; failures and bogus entries below what changed are forgotten.
  void install(validator::TrustAnchors::Ptr next, Task then);
  /// `task` on every worker, then `then` on the control loop.
  void on_all(Worker::Task task, Task then);
  void adopt(const conf::Settings& next);
  struct Loaded;
  static Result<Loaded, conf::ConfError> load_all(const std::string& file);
  static conf::Loaded<std::vector<validator::Anchor>> load_named(conf::Settings& settings);
  void apply(Loaded loaded, control::Later<control::Outcome<control::ConfigChange>> then);
  resolver::EngineSettings engine_settings() const;

  SystemClock clock_;
  conf::Settings settings_;
  resolver::Views views_{settings_.resolver};  ///< for commands; each worker has its own
  std::string plugin_dir_;
  std::int64_t started_wall_s_ = 0, reloaded_wall_s_ = 0;
  bool reload_ok_ = true, stopping_ = false, primed_ = false, unreachable_told_ = false;
  std::size_t ended_ = 0, next_asker_ = 0;
  net::Loop loop_;
  net::Signals signals_;
  net::Timer second_, forced_end_;
  net::Mailbox<Task> tasks_;
  std::unique_ptr<cache::Cache> cache_;
  resolver::WaitGraph graph_;
  std::unique_ptr<resolver::ProbeBoard> probes_;
  crypto::Csprng rng_;
  const resolver::CookieSecret cookie_secret_ = resolver::random_secret(rng_),
                               asking_secret_ = resolver::random_secret(rng_);
  AnchorKeeper keeper_;
  NegativeKeeper negatives_;
  validator::TrustAnchors::Ptr anchors_;
  RootKeeper root_keeper_;
  std::shared_ptr<PluginDesk> desk_ = std::make_shared<PluginDesk>();
  PluginSet::Ptr plugins_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Metrics own_metrics_;
  CommandThreads commands_;
  std::atomic<bool> ending_{false};  ///< read by the thread that makes plugins
  bool making_plugins_ = false;
  net::NamedThread plugin_maker_;
  std::unique_ptr<control::ControlServer> control_;
  std::unique_ptr<control::MetricsServer> metrics_server_;
};
}  // namespace windlass::server
