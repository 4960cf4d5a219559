// Commands about trust anchors.
#include <algorithm>

#include "control/handlers.hpp"
#include "dns/ldns_bridge.hpp"

namespace windlass::control::handlers {
namespace {
using validator::AnchorKey;
using validator::KeyChange;
using validator::KeyState;

dns::Type type_of(const AnchorKey& key) {
  return key.is_ds ? dns::Type::ds : dns::Type::dnskey;
}

Row key_row(const dns::Name& zone, const AnchorKey& key) {
  return {field("zone", zone.to_text()), field("key_tag", key.key_tag),
          field("algorithm", key.algorithm)};
}

/// When a pending key is trusted, if it stays (RFC 5011 2.2).
std::int64_t ripe_wall_s(const validator::FollowedKey& key, const Limits& limits) {
  return key.since_wall_s + std::max<std::int64_t>(limits[Limit::anchor_hold_down], key.ttl_s);
}

Row anchor_row(const AnchorView& view, const Limits& limits) {
  const AnchorKey& key = view.key.key;
  Row row = key_row(view.zone, key);
  row.push_back(field("state", name_of(view.key.state)));
  row.push_back(field("since", time_text(view.key.since_wall_s)));
  row.push_back(field("checked", moment_or(view.checked_wall_s, "never")));
  row.push_back(field("next_check", moment_or(view.next_wall_s, "never")));
  if (view.key.state == KeyState::addpend)
    row.push_back(field("trusted_from", time_text(ripe_wall_s(view.key, limits))));
  row.push_back(field("form", dns::to_text(type_of(key))));
  row.push_back(field("data", dns::rdata_text(type_of(key), key.rdata)));
  return row;
}

void reply_rows(const Reply& reply, const std::vector<AnchorView>& views, std::string_view when,
                const Limits& limits) {
  for (const AnchorView& view : views) {
    Row row = anchor_row(view, limits);
    row.insert(row.begin(), field("when", when));
    reply.line(row);
  }
}

std::string word_of(const std::optional<KeyState>& state) {
  return std::string(state ? name_of(*state) : "unknown");
}

void reply_notes(const Reply& reply, const std::vector<KeyChange>& changes, std::string_view when,
                 std::string_view note) {
  for (const KeyChange& change : changes) {
    Row row = key_row(change.zone, change.key);
    row.insert(row.begin(), field("when", when));
    row.push_back(field("state", word_of(change.from)));
    row.push_back(field("note", note));
    reply.line(row);
  }
}

void reply_refresh(const Reply& reply, const AnchorRefresh& refresh) {
  for (const KeyChange& change : refresh.changes) {
    Row row = key_row(refresh.zone, change.key);
    row.push_back(field("from", word_of(change.from)));
    row.push_back(field("to", word_of(change.to)));
    reply.line(row);
  }
  if (!refresh.trouble.empty())
    reply.line({field("zone", refresh.zone.to_text()), field("result", refresh.trouble)});
  else if (refresh.changes.empty())
    reply.line({field("zone", refresh.zone.to_text()), field("result", "nothing changed")});
}
}  // namespace

void anchors_list(const Call& call) {
  for (const AnchorView& view : call.house.anchor_keys())
    call.reply.line(anchor_row(view, call.house.limits()));
  call.reply.done();
}

void anchors_reload(const Call& call) {
  const bool force = !call.arguments.empty();
  if (force && call.arguments[0] != "--force")
    return call.reply.fail("expected nothing, or --force; nothing was changed");
  const auto answer = [reply = call.reply,
                       limits = call.house.limits()](const Outcome<AnchorChange>& outcome) {
    if (!outcome) return reply.fail(outcome.error().text);
    reply_rows(reply, outcome->before, "before", limits);
    reply_rows(reply, outcome->after, "after", limits);
    reply_notes(reply, outcome->dropped, "dropped", "learnt, and not in the changed file");
    reply_notes(reply, outcome->refused, "refused", "in the file, but revoked; --force trusts it");
    reply.done();
  };
  call.house.reload_anchors(force, answer);
}

void anchors_refresh(const Call& call) {
  call.house.refresh_anchors(
      [reply = call.reply](const Outcome<std::vector<AnchorRefresh>>& outcome) {
        if (!outcome) return reply.fail(outcome.error().text);
        std::size_t troubles = 0;
        for (const AnchorRefresh& one : *outcome) {
          reply_refresh(reply, one);
          if (!one.trouble.empty()) ++troubles;
        }
        if (troubles == 0) return reply.done();
        reply.fail("no keys signed by a trusted one from " + std::to_string(troubles) + " of " +
                   std::to_string(outcome->size()) + " zones; their anchors stay as they are");
      });
}
}  // namespace windlass::control::handlers
