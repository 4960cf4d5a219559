// Daemon as the commands and the metrics page see it: what is there.
#include <mutex>

#include <unistd.h>

#include "server/daemon.hpp"
#include "server/why_view.hpp"

namespace windlass::server {

control::Build Daemon::build() const {
  return {WINDLASS_VERSION, WINDLASS_REVISION, __VERSION__};
}

control::StatusView Daemon::status() const {
  control::StatusView view;
  view.start_wall_s = started_wall_s_;
  view.pid = static_cast<std::uint64_t>(getpid());
  view.workers = workers_.size();
  view.listening = settings_.listen;
  view.config_file = settings_.file;
  view.config_last_reload_ok = reload_ok_;
  view.config_last_reload_wall_s = reloaded_wall_s_;
  for (const auto& worker : workers_) {
    view.inflight_resolutions += worker->metrics().value(Metric::inflight_resolutions);
    view.inflight_clients += worker->metrics().value(Metric::inflight_clients);
  }
  view.local_root = root_keeper_.describe();
  if (plugins_) view.plugins = plugins_->describe();
  return view;
}

control::Readiness Daemon::readiness() const {
  if (stopping_) return {false, "stopping"};
  if (settings_.resolver.priming && !primed_ && !unreachable_told_)
    return {false, "the root servers have not answered yet"};
  return {true, ""};
}

Now Daemon::now() const {
  return clock_.now();
}
const Limits& Daemon::limits() const {
  return settings_.limits();
}
cache::Cache& Daemon::cache() {
  return *cache_;
}
validator::TrustAnchors::Ptr Daemon::anchors() const {
  return anchors_;
}
std::vector<control::AnchorView> Daemon::anchor_keys() const {
  return keeper_.keys();
}
std::vector<validator::FollowedNegative> Daemon::negative_anchors() const {
  return negatives_.standing();
}
std::vector<control::SettingView> Daemon::settings() const {
  return conf::shown(settings_);
}

std::vector<const Metrics*> Daemon::metrics() const {
  std::vector<const Metrics*> all;
  for (const auto& worker : workers_) all.push_back(&worker->metrics());
  return all;
}

void Daemon::resolutions(control::Later<std::vector<control::ResolutionView>> then) {
  struct Gathered {
    std::mutex guard;
    std::vector<control::ResolutionView> rows;
  };
  auto gathered = std::make_shared<Gathered>();
  on_all(
      [gathered](Worker& worker) {
        for (const auto& row : worker.engine().rows(worker.now())) {
          std::string state(name_of(row.state));
          if (!row.server.empty()) state += " " + row.server;
          if (!row.cut.empty()) state += " (zone " + row.cut + ")";
          const std::lock_guard lock(gathered->guard);
          gathered->rows.push_back({worker.index(), row.key.name, row.key.type, state,
                                    row.age_us / 1000, row.queries,
                                    static_cast<std::uint32_t>(row.waiters)});
        }
      },
      [gathered, then] { then(std::move(gathered->rows)); });
}

void Daemon::why(const dns::Name& name, dns::Type type, const control::Asker& asker,
                 control::Later<control::Outcome<control::WhyView>> then) {
  resolver::ClientQuestion question{name, type, false, true};
  if (!asker.view.empty() && !(question.view = views_.named(asker.view)))
    return then(control::Refusal{"there is no view `" + asker.view + "`; `views list` has them"});
  if (asker.client) question.view = views_.of(*asker.client);
  const bool posted = workers_.front()->post([this, question, then](Worker& worker) {
    worker.why(question, [this, question, then](resolver::Answer answer,
                                                std::shared_ptr<resolver::Trace> trace,
                                                std::int64_t took_us) {
      control::WhyView view = why_view(answer, *trace, took_us, clock_.now().wall_s);
      if (question.view) view.view = question.view->name;
      tasks_.post([then, view = std::move(view)] { then(view); });
    });
  });
  if (!posted) then(control::Refusal{"the workers are stopping"});
}

std::vector<control::ViewRow> Daemon::views(const std::optional<IpAddress>& client) const {
  std::vector<control::ViewRow> rows;
  const auto& counts = client ? views_.of(*client) : nullptr;
  for (const resolver::ViewOptions& one : settings_.resolver.views) {
    const auto view = views_.named(one.name);
    if (client && view != counts) continue;
    control::ViewRow& row = rows.emplace_back();
    row.name = one.name;
    for (const Prefix& prefix : one.clients) row.clients.push_back(prefix.to_text());
    row.settings = conf::said_by(one);
    row.partition = view->scope;
  }
  return rows;
}

std::vector<cache::DelegationPtr> Daemon::cuts(const dns::Name& name) {
  return resolver::closest_cuts(views_, *cache_, name, clock_.now().age_ms);
}

void Daemon::flush(const std::optional<dns::Name>& name, bool subtree,
                   control::Later<std::size_t> then) {
  const std::size_t gone = name ? cache_->flush(*name, subtree) : cache_->flush_all();
  on_all([](Worker& worker) { worker.engine().forget_keys(); }, [then, gone] { then(gone); });
}
}  // namespace windlass::server
