// Daemon: its trust anchors and negative trust anchors: read again, asked for, looked at, brought
// into force.
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

void Daemon::configure_keepers() {
  keeper_.configure({settings_.auto_update, settings_.state_dir + "/trust-anchors",
                     settings_.validator, settings_.limits()});
  negatives_.configure({settings_.validator.validation, settings_.state_dir + "/negative-anchors",
                        settings_.negative_anchors, settings_.limits()});
  root_keeper_.configure({settings_.local_root, settings_.validator, settings_.limits()});
}

AnchorTools Daemon::anchor_tools() {
  return {[this](const dns::Name& zone, const auto& then) {
            in_background({zone, dns::Type::dnskey, true, true},
                          [zone, then](const auto& answer) { then(keys_of(zone, answer)); });
          },
          [this](std::vector<validator::Anchor> anchors) {
            install(anchors_->with_anchors(std::move(anchors)), nullptr);
          }};
}

NegativeTools Daemon::negative_tools() {
  return {[this](const dns::Name& name, const auto& then) {
            in_background(resolver::look_below(name, *anchors_), [then](const auto& answer) {
              then(answer ? std::optional(resolver::look_at(*answer)) : std::nullopt);
            });
          },
          [this](std::vector<validator::NegativeAnchor> anchors, Task then) {
            install(anchors_->with_negative(std::move(anchors)), std::move(then));
          }};
}

RootKeeper::Tools Daemon::root_tools() {
  return {[this](resolver::RootCopyPtr copy) {
            on_all([copy](Worker& worker) { worker.engine().set_root_copy(copy); }, nullptr);
          },
          [this] { return anchors_; }};
}

/// By one worker after the other.
void Daemon::in_background(const resolver::ClientQuestion& question, Answered then) {
  const auto hand_over = [this, then = std::move(then)](std::optional<resolver::Answer> answer) {
    tasks_.post([then, answer = std::move(answer)] { then(answer); });
  };
  const bool posted = workers_[next_asker_++ % workers_.size()]->post(
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

void Daemon::add_negative(const control::NegativeWish& wish,
                          control::Later<Outcome<control::NegativeAdded>> then) {
  negatives_.add(wish, std::move(then));
}

void Daemon::remove_negative(const dns::Name& name, control::Later<Outcome<Done>> then) {
  negatives_.remove(name, std::move(then));
}
}  // namespace windlass::server
