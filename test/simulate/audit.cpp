// Judge: what the house holds at the end of a run.
#include "dns/rdata.hpp"
#include "test/simulate/judge.hpp"

namespace windlass::simulate {
namespace {
using cache::Security;

constexpr std::int64_t minute_us = 60'000'000;
/// Longer than anything is held against a server: dead 60 s, lame 60 s, no EDNS 600 s.
constexpr std::int64_t marks_us = 11 * minute_us;
}  // namespace

/// Foreign records are nowhere; forged ones are nowhere believed; what is called secure is of a
/// zone that is.
void Judge::audit_cache() {
  std::set<dns::Name, test::CanonicalLess> names;
  for (const auto& z : internet_.zones()) {
    for (const auto& [name, node] : z.zone.nodes()) names.insert(name);
    names.insert(below("no1", z.zone.apex()));
  }
  for (const auto& name : names) {
    for (const auto& [partition, entry] : net_.cache().lookup(name))
      audit_entry(name, partition, *entry);
    const auto delegation = net_.cache().deepest(name, 0, net_.clock().now().age_ms);
    if (!delegation) continue;
    for (const auto& server : delegation->servers)
      for (const Endpoint& endpoint : server.endpoints)
        for (const IpAddress& mark : {poison_mark(), forge_mark(), race_mark()})
          if (endpoint.address == mark)
            fail(Property::no_forgery,
                 "a forged server address in the Delegation of " + delegation->cut.to_text());
  }
}

void Judge::audit_entry(const dns::Name& name, cache::Partition partition,
                        const cache::Entry& entry) {
  if (!entry.evidence.rrset) return;
  if (entry.security == Security::secure && partition == 0 &&
      !internet_.expected(name, entry.evidence.type).secure)
    fail(Property::secure, "called secure in the cache without a chain of trust: " +
                               name.to_text() + " " + dns::to_text(entry.evidence.type));
  for (const auto rdata : entry.evidence.rrset->rdata()) {
    const auto address = dns::address_of(entry.evidence.type, rdata);
    if (!address) continue;
    if (*address == poison_mark() || *address == race_mark())
      fail(Property::no_forgery, "a foreign or guessed record in the cache at " + name.to_text());
    const bool believed =
        entry.security == Security::secure || entry.security == Security::insecure;
    if (*address == forge_mark() && believed)
      fail(Property::no_forgery, "a forged record is believed at " + name.to_text());
  }
}

/// After a while in which nobody asks, nothing is held against anybody.
void Judge::audit_servers() {
  net_.run_for(marks_us);
  const std::int64_t now_us = net_.clock().now().mono_us;
  for (const auto& row : net_.cache().servers().rows(now_us, net_.engine().limits())) {
    const bool marked = row.view.dead || row.view.no_edns || row.view.no_case;
    if (marked || !row.lame_zones.empty())
      fail(Property::forgives,
           "still held against " + row.server.to_text() + ":" + (row.view.dead ? " dead" : "") +
               (row.view.no_edns ? " no EDNS" : "") + (row.view.no_case ? " no case" : "") +
               (row.lame_zones.empty() ? "" : " lame"));
  }
}

void Judge::audit_size() {
  std::uint64_t octets = 0;
  for (const auto& row : net_.cache().counts()) octets += row.octets;
  if (octets > net_.cache().limit_octets())
    fail(Property::bounded, "the cache holds " + std::to_string(octets) + " octets of " +
                                std::to_string(net_.cache().limit_octets()));
}
}  // namespace windlass::simulate
