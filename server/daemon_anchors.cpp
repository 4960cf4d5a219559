// Daemon: its trust anchors: read again, asked for, brought into force.
#include <algorithm>

#include "server/daemon.hpp"

namespace windlass::server {
namespace {
using control::AnchorChange;
using control::Outcome;
using control::Refusal;

KeysReply keys_of(const dns::Name& zone, const std::optional<resolver::Answer>& answer) {
  const std::string what = zone.to_text() + " DNSKEY: ";
  if (!answer) return what + "too much else is asked at once (limit background_rate)";
  if (answer->chain.empty()) return what + (answer->ede ? answer->ede->text : "no answer");
  const auto& rrset = answer->chain.back()->evidence.rrset;
  const bool keys = rrset && rrset->type() == dns::Type::dnskey && rrset->owner() == zone;
  return keys ? KeysReply(rrset) : KeysReply(what + "its servers have none");
}
}  // namespace

AnchorSettings Daemon::anchor_settings(const conf::Settings& settings) {
  return {settings.auto_update, settings.state_dir + "/trust-anchors", settings.validator,
          settings.limits()};
}

AnchorTools Daemon::anchor_tools() {
  return {[this](const dns::Name& zone, const auto& then) { ask_keys(zone, then); },
          [this](std::vector<validator::Anchor> anchors) {
            install(anchors_->with_anchors(std::move(anchors)), nullptr);
          }};
}

void Daemon::ask_keys(const dns::Name& zone, const std::function<void(const KeysReply&)>& then) {
  const resolver::ClientQuestion question{zone, dns::Type::dnskey, true, true};
  const auto hand_over = [this, zone, then](const std::optional<resolver::Answer>& answer) {
    tasks_.post([then, reply = keys_of(zone, answer)] { then(reply); });
  };
  const bool posted = workers_.front()->post(
      [question, hand_over](Worker& worker) { worker.in_background(question, hand_over); });
  if (!posted) hand_over(std::nullopt);
}

/// DNSKEY RRsets in the cache that no key trusted at `changed` has signed would make all below
/// bogus until they end: they go, and are asked for anew.
void Daemon::forget_unvouched(const validator::TrustAnchors& next,
                              const std::vector<dns::Name>& changed) {
  for (const validator::Anchor& anchor : next.anchors()) {
    if (std::ranges::find(changed, anchor.zone) == changed.end()) continue;
    validator::AnchorZone zone{anchor.zone, {}};
    for (const auto& key : anchor.keys) zone.keys.push_back({key, validator::KeyState::valid});
    const auto unvouched = [&](const auto& cached) {
      const dns::RRsetPtr& rrset = cached.second->evidence.rrset;
      return rrset && rrset->type() == dns::Type::dnskey &&
             !look(*rrset, zone, settings_.validator, limits(), own_metrics_, clock_.now())
                  .trouble.text.empty();
    };
    const auto held = cache_->lookup(anchor.zone);
    if (std::ranges::any_of(held, unvouched)) cache_->flush(anchor.zone, false);
  }
}

void Daemon::reload_anchors(bool force, control::Later<Outcome<AnchorChange>> then) {
  const auto refused = [this, then](const std::string& why) {
    then(Refusal{why + "; keeping the " + std::to_string(anchors_->anchors().size()) +
                 " trust anchor zones loaded before"});
  };
  const auto loaded = conf::load_anchors(settings_.trust_anchors);
  if (!loaded) return refused(loaded.error().to_text());
  auto adopted = keeper_.propose(*loaded, force);
  if (!adopted) return refused(adopted.error());
  AnchorChange change{keeper_.keys(), {}, adopted->dropped, adopted->refused};
  keeper_.take(*std::move(adopted));
  change.after = keeper_.keys();
  install(anchors_->with_anchors(keeper_.anchors()), [then, change] { then(change); });
}

void Daemon::refresh_anchors(control::Later<Outcome<std::vector<control::AnchorRefresh>>> then) {
  keeper_.refresh(std::move(then));
}
}  // namespace windlass::server
