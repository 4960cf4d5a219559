#pragma once
/// FakeHouse: a control::House whose answers a test sets beforehand, and which remembers what it
/// was told to do.
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "control/house.hpp"
namespace windlass::test {

class FakeHouse final : public control::House {
 public:
  FakeHouse() : cache_(cache::CacheOptions{}, HashKey{1, 2}) {
    workers.push_back(std::make_unique<Metrics>());
    workers.push_back(std::make_unique<Metrics>());
    view.start_wall_s = clock.now().wall_s;
    view.workers = 2;
    view.listening = {*Endpoint::parse("127.0.0.1@5300")};
  }

  control::Build build() const override { return {"9.8.7", "abcdef0", "test"}; }
  control::StatusView status() const override { return view; }
  control::Readiness readiness() const override { return is_ready; }
  Now now() const override { return clock.now(); }
  const Limits& limits() const override { return bounds; }
  std::vector<const Metrics*> metrics() const override {
    std::vector<const Metrics*> out;
    for (const auto& worker : workers) out.push_back(worker.get());
    return out;
  }
  cache::Cache& cache() override { return cache_; }
  validator::TrustAnchors::Ptr anchors() const override { return trust; }
  std::vector<control::AnchorView> anchor_keys() const override {
    auto views = views_of(trust);
    views.insert(views.end(), beside.begin(), beside.end());
    return views;
  }
  std::vector<validator::FollowedNegative> negative_anchors() const override { return negative; }
  std::vector<control::SettingView> settings() const override {
    return {{"workers", "2", "auto"}, {"log.level", "info", "info"}};
  }
  void resolutions(control::Later<std::vector<control::ResolutionView>> then) override {
    then(running);
  }
  void why(const dns::Name& name, dns::Type type, const control::Asker& asker,
           control::Later<control::Outcome<control::WhyView>> then) override {
    told.push_back("why " + name.to_text() + " " + dns::to_text(type) +
                   (asker.view.empty() ? "" : " in " + asker.view) +
                   (asker.client ? " at " + asker.client->to_text() : ""));
    waiting_why = std::move(then);
  }
  control::Outcome<control::ConfigChange> check_config(const std::string& file) override {
    if (file == "bad.yaml") return control::Refusal{"bad.yaml:1:2: unknown key `x` (WL-CONF-003)"};
    return control::ConfigChange{file, {"log.level"}, {}};
  }
  void reload_config(control::Later<control::Outcome<control::ConfigChange>> then) override {
    told.push_back("reload");
    then(control::ConfigChange{"windlass.yaml", {"workers"}, {"workers"}});
  }
  void reload_anchors(bool force,
                      control::Later<control::Outcome<control::AnchorChange>> then) override {
    if (!next_trust)
      return then(
          control::Refusal{"trust anchor file root.key:3: not a DS; keeping the anchors loaded"});
    const auto before = trust;
    trust = next_trust;
    if (force) told.emplace_back("forced");
    then(control::AnchorChange{views_of(before), views_of(trust), dropped, refused});
  }
  void refresh_anchors(
      control::Later<control::Outcome<std::vector<control::AnchorRefresh>>> then) override {
    if (refreshed.empty()) return then(control::Refusal{"dnssec.auto_update is off"});
    then(refreshed);
  }
  void add_negative(const control::NegativeWish& wish,
                    control::Later<control::Outcome<control::NegativeAdded>> then) override {
    told.push_back("nta add " + wish.name.to_text() + " " +
                   (wish.life_s ? std::to_string(*wish.life_s) : "-") + " " + wish.reason +
                   (wish.forced ? " forced" : ""));
    const std::int64_t wall_s = clock.now().wall_s;
    const std::int64_t until_s = wall_s + wish.life_s.value_or(3600);
    then(control::NegativeAdded{{{wish.name, wish.reason, until_s, false}, wall_s, wish.forced},
                                lost_at_restart});
  }
  void remove_negative(const dns::Name& name,
                       control::Later<control::Outcome<Done>> then) override {
    if (name.is_root()) return then(control::Refusal{"no negative trust anchor ."});
    told.push_back("nta remove " + name.to_text());
    then(Done{});
  }
  std::vector<control::ViewRow> views(const std::optional<IpAddress>& client) const override {
    return client ? std::vector<control::ViewRow>(view_rows.begin(), view_rows.begin() + 1)
                  : view_rows;
  }
  std::vector<cache::DelegationPtr> cuts(const dns::Name& name) override {
    auto out = more_cuts;
    if (auto known = cache_.deepest(name, 0, clock.now().age_ms)) out.push_back(std::move(known));
    return out;
  }
  void flush(const std::optional<dns::Name>& name, bool subtree,
             control::Later<std::size_t> then) override {
    told.push_back("flush " + (name ? name->to_text() : std::string("all")) +
                   (subtree ? " subtree" : ""));
    then(name ? 1 : 7);
  }
  void shutdown() override { told.emplace_back("shutdown"); }
  std::vector<control::CommandRow> plugin_commands() const override { return brought; }
  void run_plugin_command(const std::string&, const std::vector<std::string>&,
                          std::shared_ptr<control::ReplyPipe> into) override {
    pipe = std::move(into);
  }

  ManualClock clock;
  Limits bounds;
  std::vector<std::unique_ptr<Metrics>> workers;
  control::StatusView view;
  control::Readiness is_ready{true, ""};
  validator::TrustAnchors::Ptr trust, next_trust;
  std::vector<control::AnchorView> beside;  ///< keys that are followed, and not trusted
  std::vector<validator::KeyChange> dropped, refused;
  std::vector<control::AnchorRefresh> refreshed;
  std::vector<validator::FollowedNegative> negative;
  std::vector<control::ResolutionView> running;
  control::Later<control::Outcome<control::WhyView>>
      waiting_why;  ///< `why` answers when a test calls this
  std::vector<std::string> told;
  std::vector<control::ViewRow> view_rows;  ///< of a client: the first
  std::vector<cache::DelegationPtr> more_cuts;
  std::string lost_at_restart;               ///< what an added NTA is told of
  std::vector<control::CommandRow> brought;  ///< commands of plugins, whose replies go into `pipe`
  std::shared_ptr<control::ReplyPipe> pipe;

 private:
  /// As if they were asked for once an hour, on the hour.
  std::vector<control::AnchorView> views_of(const validator::TrustAnchors::Ptr& of) const {
    std::vector<control::AnchorView> views;
    for (const auto& anchor : of ? of->anchors() : std::vector<validator::Anchor>{})
      for (const auto& key : anchor.keys)
        views.push_back({anchor.zone,
                         {key, validator::KeyState::valid, 1'699'000'000},
                         1'699'999'200,
                         1'700'002'800});
    return views;
  }
  cache::Cache cache_;
};

/// The built-in root anchors' rdata in a snapshot, as `anchors list` meets them.
inline validator::TrustAnchors::Ptr root_anchors() {
  auto anchors = validator::TrustAnchors::parse(
      ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
      ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n");
  return validator::TrustAnchors::make(*std::move(anchors), {});
}
}  // namespace windlass::test
