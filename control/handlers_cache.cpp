// Commands about the caches and the servers known.
#include <algorithm>

#include "control/handlers.hpp"
#include "control/labels.hpp"
#include "dns/ldns_bridge.hpp"

namespace windlass::control::handlers {
namespace {
std::vector<std::string> data_of(const dns::Evidence& evidence) {
  std::vector<std::string> out;
  if (!evidence.rrset) return out;
  for (const auto rdata : evidence.rrset->rdata())
    out.push_back(dns::rdata_text(evidence.rrset->type(), rdata));
  return out;
}

Row entry_row(cache::Partition partition, const cache::Entry& entry, std::int64_t age_ms) {
  const auto& evidence = entry.evidence;
  const auto shown = evidence.rrset ? evidence.rrset->type() : evidence.type;
  return {field("name", evidence.name.to_text()),
          field("type", dns::to_text(shown)),
          field("finding", label_of(evidence.finding)),
          field("ttl", entry.ttl_left(age_ms)),
          field("security", name_of(entry.security)),
          field("rank", label_of(entry.rank)),
          field("zone", evidence.zone.to_text()),
          field("epoch", entry.epoch),
          field("partition", partition),
          field("ede", entry.ede ? std::to_string(static_cast<unsigned>(entry.ede->code)) + " " +
                                       entry.ede->text
                                 : std::string()),
          field("data", data_of(evidence))};
}

/// Addresses of the closest zone cuts at or above `name`.
std::vector<Endpoint> endpoints_for(const Call& call, const dns::Name& name) {
  std::vector<Endpoint> out;
  for (const auto& delegation : call.house.cuts(name))
    for (const auto& server : delegation->servers)
      out.insert(out.end(), server.endpoints.begin(), server.endpoints.end());
  return out;
}

Row server_row(const cache::ServerTable::Row& row) {
  std::vector<std::string> lame;
  for (const auto& zone : row.lame_zones) lame.push_back(zone.to_text());
  const auto& view = row.view;
  return {field("server", row.server.to_text()),
          field("state", std::string(row_of(Metric::upstream_servers)
                                         .values1[static_cast<std::size_t>(row.state())])),
          field("srtt_ms", static_cast<double>(view.srtt_us) / 1000),
          field("timeout_ms", static_cast<double>(view.timeout_us) / 1000),
          field("timeouts_in_row", view.timeouts_in_row),
          field("no_edns", view.no_edns),
          field("no_case", view.no_case),
          field("lame_for", std::move(lame))};
}

void flush(const Call& call, const std::optional<dns::Name>& name, bool subtree) {
  call.house.flush(name, subtree, [reply = call.reply](std::size_t entries) {
    reply.line({field(
        "answer", "forgot " + std::to_string(entries) + (entries == 1 ? " entry" : " entries"))});
    reply.done();
  });
}
}  // namespace

void cache_stats(const Call& call) {
  for (const auto& count : call.house.cache().counts())
    call.reply.line(
        {field("cache",
               row_of(Metric::cache_entries).values1[static_cast<std::size_t>(count.kind)]),
         field("entries", count.entries), field("octets", count.octets), field("hits", count.hits),
         field("misses", count.misses), field("evictions", count.evictions)});
  call.reply.line({field("cache", "limit"), field("entries", ""),
                   field("octets", call.house.cache().limit_octets()), field("hits", ""),
                   field("misses", ""), field("evictions", "")});
  call.reply.done();
}

void cache_lookup(const Call& call) {
  const auto name = name_argument(call, 0);
  const auto type = name ? type_argument(call, 1, dns::Type::none) : std::nullopt;
  if (!type) return;
  const auto age_ms = call.house.now().age_ms;
  for (const auto& [partition, entry] : call.house.cache().lookup(*name))
    if (*type == dns::Type::none || entry->evidence.type == *type ||
        entry->evidence.finding == dns::Finding::nxdomain)
      call.reply.line(entry_row(partition, *entry, age_ms));
  call.reply.done();
}

void cache_flush(const Call& call) {
  const auto options_end = call.arguments.begin() + static_cast<std::ptrdiff_t>(call.plain_from);
  const auto flags = std::count(call.arguments.begin(), options_end, "--subtree");
  if (flags + 1 != static_cast<std::ptrdiff_t>(call.arguments.size()))
    return call.reply.fail("expected one name; usage: cache flush NAME [--subtree]");
  const bool flag_first = flags == 1 && call.arguments[0] == "--subtree" && call.plain_from > 0;
  const auto name = name_argument(call, flag_first ? 1 : 0);
  if (name) flush(call, *name, flags == 1);
}

void cache_flush_all(const Call& call) {
  flush(call, std::nullopt, true);
}

void servers_list(const Call& call) {
  const auto now = call.house.now();
  std::optional<std::vector<Endpoint>> only;
  if (!call.arguments.empty()) {
    const auto name = name_argument(call, 0);
    if (!name) return;
    only = endpoints_for(call, *name);
  }
  for (const auto& row : call.house.cache().servers().rows(now.mono_us, call.house.limits()))
    if (!only || std::find(only->begin(), only->end(), row.server) != only->end())
      call.reply.line(server_row(row));
  call.reply.done();
}
}  // namespace windlass::control::handlers
