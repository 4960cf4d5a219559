// A message that is accepted is built anew with MessageBuilder and read again: the same records
// must come back. Names may change case where they are compressed, nothing else may change.
#include <algorithm>
#include <vector>

#include "dns/edns.hpp"
#include "dns/message_builder.hpp"
#include "dns/message_view.hpp"
#include "dns/rrtype_table.hpp"
#include "test/fuzz/oracle.hpp"

namespace {
using namespace windlass::dns;
using windlass::fuzz::Octets;
using windlass::fuzz::require;

constexpr std::size_t message_octets = 65'535;
constexpr Section sections[] = {Section::answer, Section::authority, Section::additional};

struct Copy {
  Name owner;
  Type type;
  Class klass;
  std::uint32_t ttl;
  std::vector<std::uint8_t> rdata;
};

/// The records of a section with expanded rdata, the OPT left out; false when one is too large to
/// keep.
bool copy_section(const MessageView& view, Section section, std::vector<Copy>& copies) {
  static std::vector<std::uint8_t> space(message_octets);
  for (const RecordView& record : view.records(section)) {
    if (record.type() == Type::opt) continue;
    const auto size = record.expand_rdata(space);
    if (!size) {
      require(size.error().code == windlass::Errc::no_space, "proven rdata can be expanded");
      return false;
    }
    copies.push_back({record.owner(),
                      record.type(),
                      record.klass(),
                      record.ttl,
                      {space.begin(), space.begin() + static_cast<std::ptrdiff_t>(*size)}});
  }
  return true;
}

bool same_rdata(const Copy& a, const Copy& b) {
  const TypeRow* row = find_type(a.type);
  const bool any_case = row != nullptr && row->compress && a.klass == Class::in;
  return std::equal(a.rdata.begin(), a.rdata.end(), b.rdata.begin(), b.rdata.end(),
                    [&](auto x, auto y) { return any_case ? lower(x) == lower(y) : x == y; });
}

void require_same(const std::vector<Copy>& a, const std::vector<Copy>& b) {
  require(a.size() == b.size(), "no record is lost");
  for (std::size_t i = 0; i < a.size(); ++i) {
    require(a[i].owner == b[i].owner, "owners come back");
    require(a[i].type == b[i].type && a[i].klass == b[i].klass && a[i].ttl == b[i].ttl,
            "type, class and TTL come back");
    require(same_rdata(a[i], b[i]), "rdata comes back");
  }
}

HeaderSpec header_of(const MessageView& view) {
  const HeaderView header = view.header();
  return {header.id(), header.qr(),     header.aa(),
          header.rd(), header.ra(),     header.ad(),
          header.cd(), header.opcode(), static_cast<Rcode>(header.rcode_low())};
}

/// The message written anew; empty when it does not fit, which needs no fault: names grow when
/// expanded.
Octets rebuild(const MessageView& view, std::span<std::uint8_t> space,
               const std::vector<Copy> (&copies)[3]) {
  MessageBuilder builder(space, space.size());
  builder.header(header_of(view));
  if (view.header().qdcount() > 0) builder.question(view.question());
  if (const auto opt = view.opt())
    builder.opt({opt->payload_octets, opt->extended_rcode, opt->version, opt->dnssec_ok});
  for (const Section section : sections)
    for (const Copy& c : copies[static_cast<std::size_t>(section)])
      if (!builder.add_record(section, c.owner, c.type, c.klass, c.ttl, c.rdata)) return {};
  return builder.finish();
}

void require_same_head(const MessageView& a, const MessageView& b) {
  constexpr unsigned kept = 0xFFFFu & ~0x0240u;  // TC is the builder's own; bit Z is always 0
  require(a.header().id() == b.header().id(), "the ID comes back");
  require((a.header().flags() & kept) == (b.header().flags() & kept), "the flags come back");
  require(a.rcode() == b.rcode(), "the RCODE comes back");
  require(bool(a.opt()) == bool(b.opt()), "the OPT comes back");
  if (a.opt())
    require(a.opt()->payload_octets == b.opt()->payload_octets &&
                a.opt()->version == b.opt()->version && a.opt()->dnssec_ok == b.opt()->dnssec_ok,
            "with its fields");
  if (a.header().qdcount() == 0) return;
  const Question asked = a.question(), again = b.question();
  require(asked.name.same_case(again.name), "the question keeps its case");
  require(asked.type == again.type && asked.klass == again.klass, "and its type and class");
}
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto view = MessageView::parse({data, size});
  if (!view) return 0;
  std::vector<Copy> copies[3];
  for (const Section section : sections)
    if (!copy_section(*view, section, copies[static_cast<std::size_t>(section)])) return 0;
  static std::vector<std::uint8_t> space(message_octets);
  const Octets written = rebuild(*view, space, copies);
  if (written.empty()) return 0;
  const auto again = MessageView::parse(written);
  require(bool(again), "what is written can be read");
  require_same_head(*view, *again);
  for (const Section section : sections) {
    std::vector<Copy> read;
    require(copy_section(*again, section, read), "expanded once, it fits again");
    require_same(copies[static_cast<std::size_t>(section)], read);
  }
  return 0;
}
