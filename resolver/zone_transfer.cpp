#include "resolver/zone_transfer.hpp"

#include <algorithm>
#include <array>

#include "dns/message_builder.hpp"
#include "dns/message_view.hpp"
#include "dns/rdata.hpp"

namespace windlass::resolver {

namespace {
std::vector<std::uint8_t> question_for(const dns::Name& zone, dns::Type type, std::uint16_t id) {
  std::array<std::uint8_t, 512> out{};
  dns::MessageBuilder builder(out, out.size());
  builder.header({.id = id});
  builder.question({zone, type, dns::Class::in});
  const auto octets = builder.finish();
  return {octets.begin(), octets.end()};
}
}  // namespace

std::vector<std::uint8_t> soa_question(const dns::Name& zone, std::uint16_t id) {
  return question_for(zone, dns::Type::soa, id);
}

std::optional<std::uint32_t> serial_in(std::span<const std::uint8_t> reply, const dns::Name& zone,
                                       std::uint16_t id) {
  const auto message = dns::MessageView::parse(reply);
  if (!message || !message->header().qr() || message->header().id() != id) return std::nullopt;
  std::array<std::uint8_t, 600> rdata{};
  for (const dns::RecordView& record : message->records(dns::Section::answer)) {
    const bool sought = record.type() == dns::Type::soa && record.owner() == zone;
    const auto size = sought ? record.expand_rdata(rdata) : Result<std::size_t>(Error{});
    if (size) return dns::soa_serial(std::span(rdata).first(*size));
  }
  return std::nullopt;
}

std::vector<std::uint8_t> ZoneTransfer::question() const {
  return question_for(zone_, dns::Type::axfr, id_);
}

ZoneTransfer::Word ZoneTransfer::fail(std::string what) {
  trouble_ = std::move(what);
  records_.clear();
  return Word::failed;
}

ZoneTransfer::Word ZoneTransfer::take(std::span<const std::uint8_t> octets) {
  if (done_ || !trouble_.empty()) return fail("a message behind the last one");
  const auto message = dns::MessageView::parse(octets);
  if (!message)
    return fail(std::string("a malformed message: expected ") + message.error().expected);
  const auto header = message->header();
  if (!header.qr() || header.id() != id_) return fail("a message that is no reply to the question");
  if (message->rcode() != dns::Rcode::noerror)
    return fail("refused: " + dns::to_text(message->rcode()));
  for (const dns::RecordView& record : message->records(dns::Section::answer))
    if (!take(record)) return Word::failed;
  return done_ ? Word::done : Word::more;
}

/// False: it has failed.
bool ZoneTransfer::take(const dns::RecordView& record) {
  const auto no = [this](std::string what) { return (void)fail(std::move(what)), false; };
  const dns::Name owner = record.owner();
  const bool soa = record.type() == dns::Type::soa;
  if (done_) return no("records behind the last SOA");
  if (record.klass() != dns::Class::in || !owner.is_at_or_below(zone_) ||
      dns::is_meta(record.type()))
    return no("a record that belongs into no zone of this name");
  if (soa ? !(owner == zone_) : records_.empty())
    return no("a transfer that does not begin and end with the zone's SOA");
  rdata_.resize(65'535);
  const auto size = record.expand_rdata(rdata_);
  if (!size) return no("a malformed record");
  const auto rdata = std::span(rdata_).first(*size);
  octets_ += sizeof(dns::ZoneRecord) + rdata.size();
  if (octets_ > octets_most_)
    return no("it is larger than " + std::to_string(octets_most_) +
              " octets (limit root_copy_octets)");
  if (soa && !records_.empty()) {
    done_ = std::ranges::equal(rdata, records_.front().rdata);
    return done_ || no("two SOAs that differ: the zone changed on the way");
  }
  records_.push_back(
      {owner, record.type(), dns::Class::in, record.ttl, {rdata.begin(), rdata.end()}, 0});
  return true;
}
}  // namespace windlass::resolver
