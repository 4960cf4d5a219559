#include "test/support/wire.hpp"

#include <algorithm>

#include "dns/ldns_bridge.hpp"

namespace windlass::test {
namespace {
constexpr std::array all_sections{dns::Section::answer, dns::Section::authority,
                                  dns::Section::additional};

void read_opt(const dns::MessageView& view, Decoded& out) {
  const auto opt = view.opt();
  if (!opt) return;
  out.edns = true;
  out.dnssec_ok = opt->dnssec_ok;
  out.compact_ok = opt->compact_ok;
  out.payload_octets = opt->payload_octets;
  out.ede = dns::find_ede(*opt);
}

std::vector<Record> read_section(const dns::MessageView& view, dns::Section section) {
  std::vector<Record> out;
  for (const dns::RecordView record : view.records(section)) {
    if (record.type() == dns::Type::opt) continue;
    Bytes rdata(65'535);
    const auto size = record.expand_rdata(rdata);
    if (!size) continue;
    rdata.resize(*size);
    out.push_back({record.owner(), record.type(), record.ttl, std::move(rdata)});
  }
  return out;
}
}  // namespace

std::string to_text(const Record& record) {
  return record.owner.lowercase().to_text() + " " + dns::to_text(record.type) + " " +
         dns::rdata_text(record.type, record.rdata);
}

std::optional<Decoded> decode(std::span<const std::uint8_t> octets) {
  const auto view = dns::MessageView::parse(octets);
  if (!view || view->header().qdcount() == 0) return std::nullopt;
  const dns::HeaderView header = view->header();
  Decoded out;
  out.header = {header.id(), header.qr(), header.aa(),     header.rd(),  header.ra(),
                header.ad(), header.cd(), header.opcode(), view->rcode()};
  out.tc = header.tc();
  out.rcode = view->rcode();
  out.question = view->question();
  for (const auto section : all_sections)
    out.sections[static_cast<std::size_t>(section)] = read_section(*view, section);
  read_opt(*view, out);
  return out;
}

Bytes make_query(const dns::Name& name, dns::Type type, const QuerySpec& spec) {
  Bytes buffer(512);
  dns::MessageBuilder builder(buffer, buffer.size());
  builder.header({.id = spec.id, .rd = spec.rd, .ad = spec.ad, .cd = spec.cd});
  builder.question({name, type, dns::Class::in});
  if (spec.edns)
    builder.opt({.payload_octets = spec.payload_octets,
                 .dnssec_ok = spec.dnssec_ok,
                 .compact_ok = spec.compact_ok});
  const auto message = builder.finish();
  return {message.begin(), message.end()};
}

Bytes write_response(const Decoded& query, const Response& response, bool tcp) {
  Bytes buffer(65'535);
  const std::size_t asked = query.edns ? query.payload_octets : 512;
  dns::MessageBuilder builder(buffer,
                              tcp ? buffer.size() : std::clamp<std::size_t>(asked, 512, 1232));
  builder.header({.id = query.header.id,
                  .qr = true,
                  .aa = response.aa,
                  .rd = query.header.rd,
                  .rcode = response.rcode});
  builder.question(query.question);
  if (query.edns) builder.opt({.dnssec_ok = query.dnssec_ok});
  const std::array sections{&response.answer, &response.authority, &response.additional};
  for (const auto section : all_sections)
    for (const auto& set : *sections[static_cast<std::size_t>(section)])
      if (!builder.add(section, *set, set->ttl(), query.dnssec_ok)) break;
  const auto message = builder.finish();
  return {message.begin(), message.end()};
}
}  // namespace windlass::test
