#include "server/daemon.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/log.hpp"

namespace windlass::server {
namespace {
constexpr std::int64_t drain_ms = 1500, end_ms = 1900;

HashKey random_key(Rng& rng) {
  return {rng.u64(), rng.u64()};
}

std::string listening_line(const Endpoint& at) {
  return "listening on " + at.to_text() + " (udp, tcp)";
}

/// The question an operator can try first, as typed.
std::string first_query(const Endpoint& at) {
  return "dig @" + at.address.to_text() + " -p " + std::to_string(at.port) +
         " www.example.org A +dnssec";
}

/// The control socket is to be in a state directory that is not there, or cannot be written: no
/// reason not to start, as little as for what else belongs there.
bool has_no_place(const conf::Settings& settings, const net::NetError& error) {
  const std::filesystem::path socket = settings.control.socket, folder = settings.state_dir;
  return socket.parent_path() == folder &&
         (error.system_error == ENOENT || error.system_error == EROFS);
}
}  // namespace

Daemon::Daemon(conf::Settings settings, std::string plugin_dir)
    : settings_(std::move(settings)),
      plugin_dir_(std::move(plugin_dir)),
      loop_(clock_),
      signals_(loop_),
      second_(loop_),
      forced_end_(loop_),
      tasks_(loop_,
             [](std::vector<Task>& tasks) {
               for (Task& task : tasks) task();
             }),
      keeper_(anchor_tools(), clock_, rng_),
      negatives_(negative_tools(), clock_),
      root_keeper_(loop_, rng_, clock_, own_metrics_, settings_.source_addresses, root_tools()) {}

Daemon::~Daemon() {
  ending_ = true;
  control_.reset();  // commands of plugins see their clients gone
  metrics_server_.reset();
  if (plugins_) plugins_->quiesce();
  for (auto& worker : workers_) worker->join();
  desk_->close();
  plugin_maker_.join();
}

Result<Done, std::string> Daemon::start() {
  started_wall_s_ = reloaded_wall_s_ = clock_.now().wall_s;
  Log::get().configure(settings_.log.level, settings_.log.format);
  std::error_code error;
  std::filesystem::create_directories(settings_.state_dir, error);
  if (error)
    log_warning("WL-START-005", "cannot make the state directory " + settings_.state_dir + ": " +
                                    error.message() + "; what belongs there ends with the process");
  const auto anchors = load_named(settings_);
  if (!anchors) return anchors.error().to_text();
  configure_keepers();
  keeper_.begin(*anchors);
  negatives_.restore();
  anchors_ = validator::TrustAnchors::make(keeper_.anchors(), negatives_.anchors());
  if (auto loaded = load_plugins(); !loaded) return loaded;
  if (auto started = start_workers(); !started) return started;
  if (auto started = start_control(); !started) return started;
  for (auto& worker : workers_) worker->start();
  announce();
  return Done{};
}

resolver::EngineSettings Daemon::engine_settings() const {
  auto options = std::make_shared<resolver::ResolverOptions>(settings_.resolver);
  if (settings_.deny_own)
    for (const Endpoint& own : settings_.listen)
      options->deny_upstream.push_back(
          {own.address, static_cast<std::uint8_t>(own.address.size_octets() * 8)});
  if (options->cookies.secrets.empty()) options->cookies.secrets = {cookie_secret_};
  options->cookies.asking = asking_secret_;
  return {std::move(options), std::make_shared<validator::ValidatorOptions>(settings_.validator)};
}

Result<Done, std::string> Daemon::start_workers() {
  cache_ = std::make_unique<cache::Cache>(settings_.cache, random_key(rng_));
  probes_ = std::make_unique<resolver::ProbeBoard>(random_key(rng_));
  const unsigned count = settings_.workers != 0 ? settings_.workers
                                                : std::max(1u, std::thread::hardware_concurrency());
  WorkerPlan plan{0,
                  count,
                  {*cache_, graph_, *probes_},
                  engine_settings(),
                  anchors_,
                  settings_.access,
                  settings_.source_addresses,
                  random_key(rng_),
                  net::make_tcp_clients(),
                  std::make_shared<ClientCounts>(random_key(rng_)),
                  std::make_shared<resolver::ResponseRates>(random_key(rng_)),
                  settings_.log,
                  [this](bool reached) { tasks_.post([this, reached] { on_primed(reached); }); },
                  [this] { tasks_.post([this] { on_worker_ended(); }); }};
  for (; plan.index < count; ++plan.index) {
    auto worker = std::make_unique<Worker>(plan, clock_);
    for (Endpoint& at : settings_.listen)
      if (const auto bound = worker->listen(at, plan.index == 0); !bound) return bound.error().text;
    worker->set_plugins(plugins_);
    workers_.push_back(std::move(worker));
  }
  std::vector<net::Mailbox<resolver::Mail>::Sender> mail;
  for (const auto& worker : workers_) mail.push_back(worker->mail());
  for (const auto& worker : workers_) worker->connect(mail);
  open_desk();
  return Done{};
}

Result<Done, std::string> Daemon::start_control() {
  auto control = control::ControlServer::listen(loop_, *this, settings_.control.socket,
                                                settings_.control.mode);
  if (control)
    control_ = *std::move(control);
  else if (const auto& error = control.error(); has_no_place(settings_, error))
    log_warning("WL-START-006", error.text +
                                    "; windlassctl cannot reach this process (to have it, "
                                    "set control.socket to where a socket can be made)");
  else
    return error.text;
  auto page = control::MetricsServer::listen(loop_, *this,
                                             {settings_.metrics.address, settings_.metrics.port});
  if (!page) return page.error().text;
  metrics_server_ = *std::move(page);
  for (const int signum : {SIGTERM, SIGINT}) signals_.on(signum, [this](int) { shutdown(); });
  signals_.on(SIGHUP, [this](int) {
    reload_config([](control::Outcome<control::ConfigChange> outcome) {
      if (outcome)
        log_notice("WL-RELOAD-001", "configuration reloaded");
      else
        log_error("WL-RELOAD-002", outcome.error().text);
    });
    reload_anchors(false, [](control::Outcome<control::AnchorChange> outcome) {
      if (outcome)
        log_notice("WL-RELOAD-003", "trust anchors reloaded");
      else
        log_error("WL-RELOAD-004", outcome.error().text);
    });
  });
  second_.start_every(1000, [this] { every_second(); });
  return Done{};
}

void Daemon::announce() const {
  for (const Endpoint& at : settings_.listen) log_notice("WL-START-001", listening_line(at));
  const Endpoint page = metrics_server_->endpoint();
  const std::string host =
      page.address.family == 6 ? "[" + page.address.to_text() + "]" : page.address.to_text();
  log_notice("WL-START-002",
             "metrics on http://" + host + ":" + std::to_string(page.port) + "/metrics");
  if (control_) log_notice("WL-START-003", "control socket " + settings_.control.socket);
  if (!settings_.listen.empty())
    log_notice("WL-START-004", "ready; try: " + first_query(settings_.listen.front()));
}

void Daemon::run() {
  loop_.run();
  for (auto& worker : workers_) worker->join();
}

void Daemon::on_worker_ended() {
  if (++ended_ == workers_.size()) loop_.stop();
}

void Daemon::on_primed(bool reached) {
  primed_ = primed_ || reached;
  if (reached) return log_info("WL-ROOT-001", "the root servers answer");
  if (unreachable_told_) return;
  unreachable_told_ = true;
  log_warning("WL-ROOT-002",
              "no root server answers: no Internet at hand, or it is filtered; asking goes on. "
              "Without Internet try: ./dev demo, or ./dev run --offline");
}

void Daemon::every_second() {
  if (stopping_) return;
  keeper_.tick();
  negatives_.tick();
  root_keeper_.tick();
}

void Daemon::on_all(Worker::Task task, Task then) {
  auto left = std::make_shared<std::size_t>(workers_.size());
  for (const auto& worker : workers_)
    worker->post([this, task, then, left](Worker& at) {
      task(at);
      tasks_.post([then, left] {
        if (--*left == 0 && then) then();
      });
    });
}

void Daemon::shutdown() {
  if (stopping_) return;
  stopping_ = true;
  root_keeper_.stop();
  ending_ = true;
  log_notice("WL-STOP-001", "stopping: no new queries are taken");
  forced_end_.start(end_ms, [this] { loop_.stop(); });
  // The reply to a command that asked for the end goes out before the loop ends.
  on_all([](Worker& worker) { worker.drain(drain_ms); }, nullptr);
}
}  // namespace windlass::server
