#include "auth-plugin/transfer/transfer.hpp"

#include "dns/rdata.hpp"

namespace windlass::auth {
namespace {
const dns::Ede not_listed{dns::EdeCode::prohibited, "transfer_allow does not list this address"};
const dns::Ede not_an_apex{dns::EdeCode::not_authoritative, "this name is not the apex of a zone"};
const dns::Ede no_tsig_keys{dns::EdeCode::not_supported, "no TSIG keys are configured"};

IpAddress address_of(const windlass_peer& peer) {
  IpAddress out;
  out.family = peer.family == 6 ? 6 : 4;
  std::copy_n(peer.address, out.size_octets(), out.octets.begin());
  return out;
}

/// RFC 1995 2: who has this serial or a later one is told our SOA alone.
bool is_up_to_date(std::uint32_t theirs, std::uint32_t ours) {
  return theirs == ours || dns::serial_after(theirs, ours);
}
}  // namespace

const dns::Ede& transfers_need_tcp() {
  static const dns::Ede ede{dns::EdeCode::not_supported, "zones are transferred over TCP alone"};
  return ede;
}

Refusal refusal_of(const Options& options, const ZoneFacts& zone, const windlass_query& query) {
  if (query.peer == nullptr || !any_contains(options.transfer_allow, address_of(*query.peer)))
    return {dns::Rcode::refused, &not_listed};
  if (dns::Name::from_proven({query.name, query.name_octets}) != zone.name)
    return {dns::Rcode::notauth, &not_an_apex};
  if (read_transfer_extras(query).has_tsig) return {dns::Rcode::notauth, &no_tsig_keys};
  return {};
}

Transfer::Transfer(Instance& instance, std::shared_ptr<const ZoneMap> map, const ZoneFacts& zone,
                   const LocalQuestion& asked)
    : instance_(instance), map_(std::move(map)), zone_(zone), asked_(asked) {
  instance_.note_transfers(1);
}

Transfer::~Transfer() {
  if (reader_ != nullptr) reader_->end();
  instance_.note_transfers(-1);
}

StoreResult<std::unique_ptr<Transfer>> Transfer::open(Instance& instance,
                                                      std::shared_ptr<const ZoneMap> map,
                                                      const ZoneFacts& zone,
                                                      const LocalQuestion& asked,
                                                      const windlass_query& query) {
  std::unique_ptr<Transfer> made(new Transfer(instance, std::move(map), zone, asked));
  const auto begun = made->begin(query);
  if (!begun) return begun.error();
  return made;
}

StoreStatus Transfer::begin(const windlass_query& query) {
  auto reader = instance_.depot().reader();
  if (!reader) return reader.error();
  reader_ = *std::move(reader);
  if (auto snapshot = reader_->begin(); !snapshot) return snapshot;
  walk_ = std::make_unique<ZoneWalk>(*reader_, zone_);
  if (auto first = walk_->begin(); !first) return first;
  const auto theirs = read_transfer_extras(query).serial;
  soa_alone_ = asked_.question.type == dns::Type::ixfr && theirs &&
               is_up_to_date(*theirs, dns::soa_serial(walk_->soa().rdata));
  instance_.count(Counter::transfers);
  return Done{};
}

std::int32_t Transfer::next(windlass_reply& reply) {
  const std::span<std::uint8_t> out{reply.octets, reply.octets_max};
  auto octets = fill(out, std::min(out.size(), transfer_message_octets));
  if (octets && *octets == 0) octets = fill(out, out.size());
  if (!octets) return failed(octets.error().text);
  if (*octets == 0) return failed("a record does not fit into a message");
  reply.octets_written = *octets;
  first_message_ = false;
  instance_.count(Counter::transfer_messages);
  return phase_ == Phase::done ? 0 : 1;
}

void Transfer::put_head(dns::MessageBuilder& message, dns::OptSpec& opt) const {
  dns::HeaderSpec header;
  header.id = asked_.id;
  header.qr = header.aa = true;
  header.rd = asked_.rd;
  header.cd = asked_.cd;
  message.header(header);
  if (!first_message_) return;
  message.question(asked_.question);
  opt.dnssec_ok = asked_.dnssec_ok;
  if (asked_.edns) message.opt(opt);
}

StoreResult<std::size_t> Transfer::fill(std::span<std::uint8_t> out, std::size_t limit) {
  constexpr std::size_t flags_at = 2;
  constexpr std::uint8_t tc_bit = 0x02;
  dns::MessageBuilder message(out, limit);
  dns::OptSpec opt;
  put_head(message, opt);
  std::size_t records = 0;
  for (; phase_ != Phase::done; ++records) {
    const auto put = put_one(message);
    if (!put) return put.error();
    if (!*put) break;
  }
  if (records == 0) return std::size_t{0};
  const auto made = message.finish();
  // A record that did not fit opens the next message: this one is whole.
  out[flags_at] = static_cast<std::uint8_t>(out[flags_at] & ~tc_bit);
  return made.size();
}

StoreResult<bool> Transfer::put_one(dns::MessageBuilder& message) {
  if (phase_ == Phase::records && walk_->record().type == dns::Type::soa) {
    if (auto on = walk_->advance(); !on) return on.error();
    if (walk_->at_end()) phase_ = Phase::last_soa;
  }
  const WalkedRecord record = phase_ == Phase::records ? walk_->record() : walk_->soa();
  if (!message.add_record(dns::Section::answer, record.owner, record.type, dns::Class::in,
                          record.ttl, record.rdata))
    return false;
  if (phase_ == Phase::first_soa) {
    phase_ = soa_alone_ ? Phase::done : Phase::records;
  } else if (phase_ == Phase::last_soa) {
    phase_ = Phase::done;
  } else {
    if (auto on = walk_->advance(); !on) return on.error();
    if (walk_->at_end()) phase_ = Phase::last_soa;
  }
  return true;
}

std::int32_t Transfer::failed(const std::string& why) {
  instance_.count(Counter::transfers_failed);
  instance_.host().log(WINDLASS_LOG_WARNING,
                       "the transfer of zone " + zone_.name.to_text() + " failed: " + why);
  return -1;
}
}  // namespace windlass::auth
