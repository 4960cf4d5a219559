#include "server/anchor_keeper.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "server/durable_file.hpp"
#include "validator/text.hpp"

namespace windlass::server {
namespace {
using validator::AnchorState;
using validator::AnchorZone;
using validator::KeyChange;
using validator::KeyState;

constexpr std::size_t asking_most = 4;             ///< questions under way
constexpr std::int64_t first_wait_most_s = 10;     ///< after a start or reload: clients come first
constexpr std::int64_t plan_most_s = 15 * 86'400;  ///< RFC 5011 2.3

std::string named(const KeyChange& change) {
  return "trust anchor " + change.zone.to_text() + " key " + std::to_string(change.key.key_tag) +
         " (" + validator::algorithm_text(change.key.algorithm) + ")";
}

std::string meaning_of(const KeyChange& change) {
  if (!change.to) return "gone before it was trusted";
  switch (*change.to) {
    case KeyState::addpend:
      return "new, trusted when it is still there after the hold-down";
    case KeyState::valid:
      return "trusted from now on";
    case KeyState::missing:
      return "no longer in the zone; still trusted";
    case KeyState::revoked:
      return "revoked by itself; no longer trusted";
    case KeyState::removed:
      return "revoked, and gone from the zone; never trusted again";
  }
  return "";
}

std::string state_word(const std::optional<KeyState>& state) {
  return state ? std::string(name_of(*state)) : "unknown";
}
}  // namespace

void AnchorKeeper::configure(AnchorSettings settings) {
  restored_ = restored_ && settings.updates && settings.state_file == settings_.state_file;
  settings_ = std::move(settings);
}

/// What a process before this one has learnt; nullopt: nothing, or nothing that can be read.
std::optional<AnchorState> AnchorKeeper::restored() const {
  auto kept = restore_from(settings_.state_file, AnchorState::parse);
  if (kept) return *std::move(kept);
  log_warning("WL-ANCHOR-001",
              "trust anchor state " + kept.error().text +
                  "; ignored: the keys of the trust anchor file are trusted as they stand");
  return std::nullopt;
}

Result<validator::Adopted, std::string> AnchorKeeper::propose(
    const std::vector<validator::Anchor>& file, bool force) {
  std::optional<AnchorState> before;
  if (settings_.updates) before = restored_ ? state_ : restored();
  auto adopted = adopt(before, file, clock_.now().wall_s, force);
  if (adopted.lost.empty()) return adopted;
  return "the trust anchor file has nothing but revoked keys for " +
         adopted.lost.front().to_text() +
         " (`windlassctl anchors reload --force` trusts them again)";
}

void AnchorKeeper::take(validator::Adopted adopted) {
  for (const KeyChange& change : adopted.dropped)
    log_notice("WL-ANCHOR-002", named(change) + ", " + state_word(change.from) +
                                    ", is not in the changed trust anchor file; dropped");
  for (const KeyChange& change : adopted.refused)
    log_warning("WL-ANCHOR-003", named(change) + " of the trust anchor file is " +
                                     state_word(change.from) +
                                     "; not trusted (`windlassctl anchors reload --force` would)");
  state_ = std::move(adopted.state);
  restored_ = settings_.updates;
  plan_all();
  warn_of_gaps();
  save();
}

/// An emptied file is valid, and easily not what was meant.
void AnchorKeeper::warn_of_gaps() const {
  if (!settings_.validator.validation) return;
  const auto& zones = state_.zones;
  const auto trusted = [](const AnchorZone& zone) { return zone.trusted(); };
  if (std::ranges::none_of(zones, trusted))
    return log_warning("WL-ANCHOR-011", "there is no trust anchor: nothing is validated");
  const bool root = std::ranges::any_of(
      zones, [&](const AnchorZone& zone) { return zone.zone.is_root() && trusted(zone); });
  if (!root)
    log_warning("WL-ANCHOR-011",
                "there is no trust anchor at the root: only names below the anchors that there "
                "are (`windlassctl anchors list`) are validated");
}

void AnchorKeeper::begin(const std::vector<validator::Anchor>& file) {
  auto adopted = propose(file, false);
  if (adopted) return take(*std::move(adopted));
  log_error("WL-ANCHOR-004", adopted.error() + "; the keys learnt since stay trusted");
  if (!restored_) state_ = restored().value_or(AnchorState{});  // the file alone loses nothing
  restored_ = true;
  plan_all();
  warn_of_gaps();
}

std::vector<control::AnchorView> AnchorKeeper::keys() const {
  const Now now = clock_.now();
  std::vector<control::AnchorView> views;
  for (std::size_t at = 0; at < state_.zones.size(); ++at) {
    const AnchorZone& zone = state_.zones[at];
    const bool planned = active() && zone.trusted();
    const std::int64_t left_s = (plans_[at].next_age_ms - now.age_ms) / 1000;
    for (const validator::FollowedKey& key : zone.keys)
      views.push_back({zone.zone, key, zone.checked_wall_s,
                       planned ? now.wall_s + std::max<std::int64_t>(0, left_s) : 0});
  }
  return views;
}

// Plans

std::optional<std::size_t> AnchorKeeper::index_of(const dns::Name& zone) const {
  const auto at = std::ranges::find(state_.zones, zone, &AnchorZone::zone);
  if (at == state_.zones.end()) return std::nullopt;
  return static_cast<std::size_t>(at - state_.zones.begin());
}

void AnchorKeeper::plan(std::size_t at, std::int64_t in_s) {
  const Now now = clock_.now();
  plans_[at].next_age_ms = now.age_ms + in_s * 1000;
  state_.zones[at].next_wall_s = now.wall_s + in_s;
}

/// A plan of before holds when it is to come, and no further away than any can be.
void AnchorKeeper::plan_all() {
  const std::int64_t wall_s = clock_.now().wall_s;
  const std::int64_t soon_s =
      std::min(first_wait_most_s, settings_.limits[Limit::anchor_refresh_min]);
  plans_.assign(state_.zones.size(), {});
  for (std::size_t at = 0; at < plans_.size(); ++at) {
    const std::int64_t left_s = state_.zones[at].next_wall_s - wall_s;
    const bool holds = left_s > soon_s && left_s <= plan_most_s;
    plan(at, holds ? left_s : soon_s + rng_.below(static_cast<std::uint32_t>(5 * soon_s)));
  }
}

bool AnchorKeeper::asked(const dns::Name& zone) const {
  return std::ranges::find(asking_, zone) != asking_.end();
}

void AnchorKeeper::ask(const dns::Name& zone) {
  asking_.push_back(zone);
  tools_.ask(zone, [this, zone](const KeysReply& reply) { on_reply(zone, reply); });
}

/// One zone a second: a list of hundreds does not go out at once.
void AnchorKeeper::tick() {
  if (!active()) return;
  const std::int64_t age_ms = clock_.now().age_ms;
  for (std::size_t at = 0; at < plans_.size() && asking_.size() < asking_most; ++at) {
    const AnchorZone& zone = state_.zones[at];
    if (plans_[at].next_age_ms > age_ms || !zone.trusted() || asked(zone.zone)) continue;
    return ask(dns::Name(zone.zone));
  }
}

void AnchorKeeper::refresh(control::Later<control::Outcome<Results>> then) {
  if (!active())
    return then(control::Refusal{std::string("trust anchors are not updated: ") +
                                 (settings_.updates ? "dnssec.validation" : "dnssec.auto_update") +
                                 " is off"});
  Wish wish{{}, {}, std::move(then)};
  for (const AnchorZone& zone : state_.zones)
    if (zone.trusted()) wish.left.push_back(zone.zone);
  if (wish.left.empty()) return wish.then(Results{});
  wishes_.push_back(std::move(wish));
  ask_wished();
}

void AnchorKeeper::ask_wished() {
  std::vector<dns::Name> wanted;
  for (const Wish& wish : wishes_) wanted.insert(wanted.end(), wish.left.begin(), wish.left.end());
  for (const dns::Name& zone : wanted)
    if (asking_.size() < asking_most && !asked(zone)) ask(zone);
}

// Replies

void AnchorKeeper::on_reply(const dns::Name& zone, const KeysReply& reply) {
  std::erase(asking_, zone);
  if (const auto at = index_of(zone)) {
    const auto before = anchors();
    const control::AnchorRefresh result = weigh(*at, reply);
    if (anchors() != before) tools_.publish(anchors());
    if (result.trouble.empty() || !result.changes.empty()) save();
    settle(result);
  } else {
    settle({zone, {}, "no longer a trust anchor"});
  }
  ask_wished();
}

/// What the reply says about the zone, and when it is asked again.
control::AnchorRefresh AnchorKeeper::weigh(std::size_t at, const KeysReply& reply) {
  AnchorZone& zone = state_.zones[at];
  control::AnchorRefresh result{zone.zone, {}, {}};
  const bool was_trusted = zone.trusted();
  if (!reply) result.trouble = reply.error();
  if (reply) {
    const Now now = clock_.now();
    const auto seen = look(**reply, zone, settings_.validator, settings_.limits, metrics_, now);
    auto observed = observe(zone, seen, now.wall_s, settings_.limits);
    if (observed.vouched)
      plans_[at].ttl_most_s = seen.ttl_most_s;
    else
      result.trouble = seen.trouble.text;
    result.changes = std::move(observed.changes);
    if (observed.left_out > 0)
      log_warning("WL-ANCHOR-005", std::to_string(observed.left_out) + " new keys of " +
                                       zone.zone.to_text() +
                                       " are not followed: limit anchor_keys reached");
  }
  for (const KeyChange& change : result.changes)
    log_notice("WL-ANCHOR-006", named(change) + ": " + state_word(change.from) + " -> " +
                                    state_word(change.to) + ": " + meaning_of(change));
  if (was_trusted && !zone.trusted())
    log_error("WL-ANCHOR-007", "all trust anchors of " + zone.zone.to_text() +
                                   " are revoked: it is no trust anchor any more (RFC 5011 5), and "
                                   "nothing below it is validated by it; put its new key into the "
                                   "trust anchor file");
  const bool good = result.trouble.empty();
  const auto ttl = plans_[at].ttl_most_s;
  const std::int64_t interval_s = good ? validator::refresh_interval_s(ttl, settings_.limits)
                                       : validator::retry_interval_s(ttl, settings_.limits);
  plan(at, validator::jittered_s(interval_s, settings_.limits, rng_));
  if (!good)
    log_warning("WL-ANCHOR-008", "trust anchor " + zone.zone.to_text() + " was not refreshed: " +
                                     result.trouble + "; its keys stay as they are; asked again " +
                                     validator::wall_text(zone.next_wall_s));
  return result;
}

void AnchorKeeper::settle(const control::AnchorRefresh& result) {
  std::vector<Wish> over;
  for (auto wish = wishes_.begin(); wish != wishes_.end();) {
    if (std::erase(wish->left, result.zone) > 0) wish->done.push_back(result);
    if (!wish->left.empty()) {
      ++wish;
      continue;
    }
    over.push_back(std::move(*wish));
    wish = wishes_.erase(wish);
  }
  for (Wish& wish : over) wish.then(std::move(wish.done));
}

/// Trouble is told when it begins and when it ends.
void AnchorKeeper::save() {
  if (!settings_.updates) return;
  const auto written = write_durably(settings_.state_file, state_.to_text());
  const std::string trouble = written ? "" : written.error().text;
  if (written && !write_trouble_.empty())
    log_notice("WL-ANCHOR-010", "trust anchor state is written again: " + settings_.state_file);
  if (!written && write_trouble_.empty())
    log_warning("WL-ANCHOR-009", trouble +
                                     "; trust anchors are updated all the same, but what is learnt "
                                     "of their keys ends with the process");
  write_trouble_ = trouble;
}
}  // namespace windlass::server
