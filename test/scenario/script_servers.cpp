#include "test/scenario/script_servers.hpp"

#include <algorithm>
#include <iostream>
#include <stdexcept>

namespace windlass::scenario {
namespace {
using test::Bytes;
using test::Decoded;
using test::Zone;
}  // namespace

ScriptServers::ScriptServers(const Script& script, bool verbose)
    : script_(script), verbose_(verbose), local_(verbose) {
  if (!script.anchors.empty())
    trusted_tag_ = first_key_tag(script.zones, dns::Name::literal(script.anchors.front()));
  std::vector<Zone> made = make_zones(script.zones, trusted_tag_);
  for (std::size_t i = 0; i < made.size(); ++i)
    zones_.emplace_back(&script.zones[i], std::move(made[i]));
  for (const auto& [source, zone] : zones_)
    if (source->local) local_.add(*source, zone), has_local_ = true;
}

std::uint64_t ScriptServers::questions(dns::Type type) const {
  const auto at = questions_.find(type);
  return at == questions_.end() ? 0 : at->second;
}

dns::Name ScriptServers::tagged(const dns::Name& name) const {
  return dns::Name::literal(with_tags(name.to_text(), trusted_tag_));
}

const Zone* ScriptServers::zone(const dns::Name& apex) const {
  for (const auto& [source, zone] : zones_)
    if (zone.apex() == apex) return &zone;
  return nullptr;
}

bool asks(const Entry& entry, const Decoded& query, bool tcp) {
  const Match& m = entry.match;
  if (m.tcp && *m.tcp != tcp) return false;
  if (m.edns && *m.edns != query.edns) return false;
  if (!entry.question) return true;
  if (m.qtype && query.question.type != entry.question->type) return false;
  if (m.qname && !(query.question.name == entry.question->name)) return false;
  return !m.subdomain || query.question.name.is_at_or_below(entry.question->name);
}

const Entry* ScriptServers::scripted(const Endpoint& server, bool tcp, const Decoded& query) const {
  for (const Range& range : script_.ranges) {
    if (step_ < range.from || step_ > range.to) continue;
    const auto& all = range.addresses;
    if (!all.empty() && std::find(all.begin(), all.end(), server.address) == all.end()) continue;
    for (const Entry& entry : range.entries)
      if (asks(entry, query, tcp)) return &entry;
  }
  return nullptr;
}

/// The deepest zone served here that holds the name; its parent for a DS.
const Zone* ScriptServers::zone_for(const IpAddress& server, const dns::Question& question) const {
  const Zone* best = nullptr;
  for (const auto& [source, zone] : zones_) {
    if (source->local) continue;
    const auto& all = source->addresses;
    if (std::find(all.begin(), all.end(), server) == all.end()) continue;
    if (!question.name.is_at_or_below(zone.apex())) continue;
    const bool at_child = question.type == dns::Type::ds && question.name == zone.apex();
    const bool deeper = !best || zone.apex().is_below(best->apex());
    if (deeper && !(at_child && best)) best = &zone;
  }
  return best;
}

Bytes write_entry(const Entry& entry, const Decoded& query, bool tcp) {
  Bytes buffer(65'535);
  const std::size_t asked = query.edns ? query.payload_octets : 512;
  dns::MessageBuilder builder(buffer,
                              tcp ? buffer.size() : std::clamp<std::size_t>(asked, 512, 4096));
  dns::HeaderSpec header = entry.header;
  header.id =
      entry.adjust.copy_id ? query.header.id : static_cast<std::uint16_t>(query.header.id + 1);
  builder.header(header);
  dns::Question question = query.question;
  if (!entry.adjust.copy_query && entry.question) question = *entry.question;
  if (entry.adjust.lowercase) question.name = question.name.lowercase();
  builder.question(question);
  if (query.edns && header.rcode != dns::Rcode::formerr)
    builder.opt({.dnssec_ok = query.dnssec_ok});
  for (const auto section :
       {dns::Section::answer, dns::Section::authority, dns::Section::additional})
    for (const auto& record : entry.sections[static_cast<std::size_t>(section)])
      builder.add_record(section, record.owner, record.type, record.klass, record.ttl,
                         record.rdata);
  const auto message = builder.finish();
  Bytes out(message.begin(), message.end());
  if (entry.tc) out[2] |= 2;
  if (entry.adjust.torn) out.pop_back();
  return out;
}

std::vector<test::Servers::Reply> ScriptServers::on_question(const Endpoint& server, bool tcp,
                                                             std::span<const std::uint8_t> octets,
                                                             const Now&) {
  const auto query = test::decode(octets);
  if (!query) return {};
  ++questions_[query->question.type];
  const auto say = [&](const std::string& what) {
    if (verbose_)
      std::cerr << "    " << server.to_text() << (tcp ? " tcp " : " udp ")
                << query->question.name.to_text() << " " << dns::to_text(query->question.type)
                << " -> " << what << "\n";
  };
  if (const Entry* entry = scripted(server, tcp, *query)) {
    say("entry of line " + std::to_string(entry->line));
    if (entry->adjust.silent) return {};
    Reply reply{entry->adjust.sleep_ms * 1000, write_entry(*entry, *query, tcp),
                entry->adjust.network_error};
    std::vector<Reply> replies(entry->adjust.twice ? 2 : 1, reply);
    return replies;
  }
  if (const Zone* zone = zone_for(server.address, query->question)) {
    const auto response = zone->answer(query->question.name, query->question.type);
    say("zone " + zone->apex().to_text() + " " + dns::to_text(response.rcode));
    return {{0, test::write_response(*query, response, tcp), false}};
  }
  say("nobody");
  return {};
}
}  // namespace windlass::scenario
