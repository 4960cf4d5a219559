#include "server/negative_keeper.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "server/durable_file.hpp"

namespace windlass::server {
namespace {
using control::NegativeAdded;
using control::Outcome;
using control::Refusal;
using validator::FollowedNegative;
using validator::NegativeAnchor;

constexpr std::size_t reason_octets_most = 256;

auto find_in(auto& all, const dns::Name& name) {
  return std::ranges::find_if(all, [&](const auto& one) { return one.anchor.name == name; });
}

void erase_from(std::vector<FollowedNegative>& all, const dns::Name& name) {
  std::erase_if(all, [&](const auto& one) { return one.anchor.name == name; });
}

std::string words_of(const NegativeAnchor& anchor) {
  return "negative trust anchor " + anchor.name.to_text() +
         (anchor.reason.empty() ? "" : " (" + anchor.reason + ")");
}
}  // namespace

void NegativeKeeper::configure(NegativeSettings settings) {
  settings_ = std::move(settings);
  for (const NegativeAnchor& one : settings_.configured)
    if (!one.in_force(clock_.now().wall_s))
      log_notice("WL-NTA-009", words_of(one) +
                                   " of the configuration has ended: below it is validated; "
                                   "the line may go");
  all_ = beside_configured(commanded());
}

void NegativeKeeper::restore() {
  all_ = beside_configured(restored());
}

std::vector<NegativeAnchor> NegativeKeeper::anchors() const {
  std::vector<NegativeAnchor> anchors;
  for (const FollowedNegative& one : all_) anchors.push_back(one.anchor);
  return anchors;
}

std::vector<FollowedNegative> NegativeKeeper::standing() const {
  const std::int64_t wall_s = clock_.now().wall_s;
  Followed some = all_;
  std::erase_if(some, [&](const auto& one) { return !one.anchor.in_force(wall_s); });
  return some;
}

/// Those added by command.
NegativeKeeper::Followed NegativeKeeper::commanded() const {
  Followed some = all_;
  std::erase_if(some, [](const auto& one) { return one.anchor.configured; });
  return some;
}

/// With those of the configuration beside them, which keep what was found out about them.
NegativeKeeper::Followed NegativeKeeper::beside_configured(Followed commanded) const {
  const std::int64_t wall_s = clock_.now().wall_s;
  for (const NegativeAnchor& configured : settings_.configured) {
    if (find_in(commanded, configured.name) != commanded.end() || !configured.in_force(wall_s))
      continue;
    FollowedNegative one{configured, wall_s};
    const auto before = find_in(all_, configured.name);
    if (before != all_.end() && before->anchor.configured) one = *before;
    one.anchor = configured;
    commanded.push_back(std::move(one));
  }
  return commanded;
}

/// What a process before this one kept, as far as it still counts.
NegativeKeeper::Followed NegativeKeeper::restored() const {
  auto kept = restore_from(settings_.state_file, validator::parse_negative_text);
  if (!kept) {
    log_error("WL-NTA-006", "negative trust anchors of before: " + kept.error().text +
                                "; none of them is in force; add those still needed again");
    return {};
  }
  Followed some = kept->value_or(Followed());
  const std::int64_t wall_s = clock_.now().wall_s;
  const std::int64_t last_s = wall_s + settings_.limits[Limit::nta_lifetime_max];
  std::erase_if(some, [&](const FollowedNegative& one) {
    const bool too_long = one.anchor.until_wall_s > last_s;  // the clock was, or is, far off
    if (too_long)
      log_warning("WL-NTA-007",
                  words_of(one.anchor) + " would stand longer than any may; not restored");
    else if (one.anchor.in_force(wall_s))
      log_notice("WL-NTA-001",
                 words_of(one.anchor) + " still stands: nothing below it is validated");
    return too_long || !one.anchor.in_force(wall_s);
  });
  return some;
}

/// The reason why they could not be kept; empty: none.
std::string NegativeKeeper::save(const Followed& commanded) const {
  if (settings_.state_file.empty()) return {};
  const auto written = write_durably(settings_.state_file, validator::negative_text(commanded));
  if (written) return {};
  log_warning("WL-NTA-005", written.error().text +
                                "; negative trust anchors added by command end with the process");
  return written.error().text;
}

/// These are the ones added by command from now on; `then` is told why they could not be kept.
void NegativeKeeper::change(Followed commanded, Changed then) {
  const std::string trouble = save(commanded);
  all_ = beside_configured(std::move(commanded));
  tools_.publish(anchors(), [then = std::move(then), trouble] {
    if (then) then(trouble);
  });
}

// Commands

void NegativeKeeper::add(const control::NegativeWish& wish,
                         control::Later<Outcome<NegativeAdded>> then) {
  const std::int64_t most = settings_.limits[Limit::nta_lifetime_max];
  const std::int64_t life = wish.life_s.value_or(settings_.limits[Limit::nta_lifetime]);
  const auto refuse = [&](const std::string& why) { then(Refusal{why + "; nothing was changed"}); };
  if (life < 1 || life > most)
    return refuse("a negative trust anchor lives 1 s to " + std::to_string(most) +
                  " s (limit nta_lifetime_max)");
  if (wish.reason.size() > reason_octets_most)
    return refuse("a reason has at most " + std::to_string(reason_octets_most) + " octets");
  if (!validator::fits_a_line(wish.reason))
    return refuse("a reason holds no line ends, tabs or other control characters");
  Followed others = commanded();
  erase_from(others, wish.name);
  if (others.size() >= static_cast<std::size_t>(settings_.limits[Limit::nta_count]))
    return refuse("there are " + std::to_string(others.size()) +
                  " negative trust anchors already (limit nta_count)");
  const std::int64_t wall_s = clock_.now().wall_s;
  FollowedNegative added{{wish.name, wish.reason, wall_s + life, false}, wall_s, wish.forced};
  others.push_back(added);
  log_notice("WL-NTA-001", words_of(added.anchor) + " stands: nothing below it is validated");
  change(std::move(others), [then, added](const std::string& trouble) {
    then(NegativeAdded{added, trouble});
  });
}

void NegativeKeeper::remove(const dns::Name& name, control::Later<Outcome<Done>> then) {
  const auto one = find_in(all_, name);
  if (one == all_.end()) return then(Refusal{"no negative trust anchor at " + name.to_text()});
  if (one->anchor.configured)
    return then(Refusal{"the negative trust anchor at " + name.to_text() +
                        " stands in the configuration (dnssec.negative_trust_anchors); take it "
                        "out there, then: config reload"});
  log_notice("WL-NTA-002", words_of(one->anchor) + " was removed: below it is validated again");
  Followed left = commanded();
  erase_from(left, name);
  change(std::move(left), [then](const std::string&) { then(Done{}); });
}

// Time

void NegativeKeeper::tick() {
  end_those_over();
  if (settings_.looks) look_at_those_due();
}

void NegativeKeeper::end_those_over() {
  const std::int64_t wall_s = clock_.now().wall_s;
  const auto over = [&](const FollowedNegative& one) { return !one.anchor.in_force(wall_s); };
  if (std::ranges::none_of(all_, over)) return;
  for (const FollowedNegative& one : all_)
    if (over(one))
      log_notice("WL-NTA-003", words_of(one.anchor) + " has ended: below it is validated again");
  Followed left = commanded();
  std::erase_if(left, over);
  change(std::move(left), nullptr);
}

void NegativeKeeper::look_at_those_due() {
  const std::int64_t wall_s = clock_.now().wall_s;
  const Followed now = all_;
  for (const FollowedNegative& one : now) {
    const dns::Name& name = one.anchor.name;
    if (!validator::recheck_due(one, wall_s, settings_.limits[Limit::nta_recheck]) ||
        std::ranges::find(looking_, name) != looking_.end())
      continue;
    looking_.push_back(name);
    tools_.look(name, [this, one](const std::optional<resolver::NegativeLook>& look) {
      std::erase(looking_, one.anchor.name);
      if (look) on_looked(one, *look);
    });
  }
}

void NegativeKeeper::on_looked(const FollowedNegative& of, const resolver::NegativeLook& look) {
  const auto one = find_in(all_, of.anchor.name);
  if (one == all_.end() || one->since_wall_s != of.since_wall_s) return;  // it is gone already
  one->checked_wall_s = clock_.now().wall_s;
  one->found = look.found;
  if (!look.needless) return;
  if (one->anchor.configured) {
    if (of.found != look.found)
      log_notice("WL-NTA-008", words_of(of.anchor) + " is needless: without it its SOA is " +
                                   look.found + "; it stands in the configuration and may go");
    return;
  }
  log_notice("WL-NTA-004", words_of(of.anchor) + " ended early: without it its SOA is " +
                               look.found + " (to keep one all the same: nta add --force)");
  Followed left = commanded();
  erase_from(left, of.anchor.name);
  change(std::move(left), nullptr);
}
}  // namespace windlass::server
