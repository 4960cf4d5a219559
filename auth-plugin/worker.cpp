#include "auth-plugin/worker.hpp"

#include <utility>

#include "auth-plugin/question.hpp"
#include "auth-plugin/transfer/transfer.hpp"

namespace windlass::auth {
namespace {
constexpr std::int64_t complaint_every_us = 5'000'000;
constexpr std::int64_t reopen_every_us = 1'000'000;
constexpr std::size_t least_reply_octets = 512;

const dns::Ede not_readable{dns::EdeCode::not_ready, "the zone cannot be read now"};

bool is_transfer(dns::Type type) noexcept {
  return type == dns::Type::axfr || type == dns::Type::ixfr;
}

StoreStatus no_reader() {
  return StoreError{Trouble::not_found, "the store could not be opened for reading yet"};
}
}  // namespace

Worker::Worker(Instance& instance) : instance_(instance) {
  options_.offers_referral = instance.host().carries_out(WINDLASS_HOST_REFERRAL);
  options_.offers_chase = instance.host().carries_out(WINDLASS_HOST_CHASE);
  if (const auto got = renew_reader(); !got) failed(got.error().text);
}

StoreStatus Worker::renew_reader() {
  file_version_ = instance_.depot().file_version();  // before: what comes meanwhile is opened again
  auto reader = instance_.depot().reader();
  if (!reader) return reader.error();
  reader_ = *std::move(reader);
  return Done{};
}

void Worker::batch_begin() noexcept {
  map_taken_ = false;
}

void Worker::batch_end() noexcept {
  if (in_snapshot_) reader_->end();
  in_snapshot_ = map_taken_ = false;
  next_used_ = 0;
  for (std::uint32_t i = 0; i < counter_count; ++i)
    if (counted_[i] != 0) instance_.host().count(i, std::exchange(counted_[i], 0));
}

void Worker::take_map() noexcept {
  map_taken_ = true;
  const std::uint64_t version = instance_.depot().zones_version();
  if (map_ != nullptr && version == map_version_) return;
  known_.fill({});
  map_ = instance_.depot().zones();
  map_version_ = version;
}

std::uint32_t Worker::match(Octets name) noexcept {
  if (!map_taken_) take_map();
  const ZoneFacts* const zone = map_->closest(name);
  return zone == nullptr ? 0 : static_cast<std::uint32_t>(zone->name.label_count()) + 1;
}

/// A store that was rebuilt is another file; a reader that fails is opened anew, now and then.
bool Worker::begin_snapshot() {
  known_.fill({});
  if (file_version_ != instance_.depot().file_version()) reader_.reset(), reopened_us_ = 0;
  StoreStatus begun = reader_ ? reader_->begin() : no_reader();
  if (!begun && may_reopen()) {
    begun = renew_reader();
    if (begun) begun = reader_->begin();
  }
  in_snapshot_ = static_cast<bool>(begun);
  if (!begun) failed(begun.error().text);
  return in_snapshot_;
}

bool Worker::may_reopen() {
  const std::int64_t now_us = instance_.host().mono_us();
  if (reopened_us_ != 0 && now_us - reopened_us_ < reopen_every_us) return false;
  reopened_us_ = now_us;
  return true;
}

std::uint64_t Worker::generation_of(const ZoneFacts& zone) {
  Known& known = known_[zone.slot % known_.size()];
  if (known.zone == &zone) return known.generation;
  const auto read = reader_->generation(zone.zid);
  if (!read) return failed(read.error().text), 0;
  if (*read != 0) known = {&zone, *read};
  return *read;
}

/// A zone that came or went between the map and the snapshot is looked for once more, in a new map
/// and a newer snapshot.
const ZoneFacts* Worker::zone_in_snapshot(Octets name, std::uint64_t& generation) {
  if (!map_taken_) take_map();
  const ZoneFacts* zone = map_->closest(name);
  if (zone == nullptr || (!in_snapshot_ && !begin_snapshot())) return zone;
  generation = generation_of(*zone);
  if (generation != 0) return zone;
  reader_->end();
  in_snapshot_ = false;
  take_map();
  zone = map_->closest(name);
  if (zone == nullptr || !begin_snapshot()) return zone;
  generation = generation_of(*zone);
  if (generation == 0) failed("zone " + zone->name.to_text() + " is not in the store's snapshot");
  return zone;
}

std::int32_t Worker::answer(const windlass_query& query, windlass_reply& reply) {
  std::uint64_t generation = 0;
  const ZoneFacts* const zone = zone_in_snapshot({query.name, query.name_octets}, generation);
  if (zone == nullptr) return WINDLASS_NOT_MINE;
  if (generation == 0) return WINDLASS_ERROR;
  if (reply.octets_max < least_reply_octets) return WINDLASS_ERROR;
  return answer_from(*zone, generation, query, reply);
}

std::int32_t Worker::answer_from(const ZoneFacts& zone, std::uint64_t generation,
                                 const windlass_query& query, windlass_reply& reply) {
  const LocalQuestion asked = read_question(query, reply.octets_max);
  if (is_transfer(asked.question.type)) return answer_transfer(zone, asked, query, reply);
  const Spoken spoken = windlass::auth::answer(asked, zone, *map_, *reader_, options_,
                                               {reply.octets, reply.octets_max});
  reader_->release();
  reply.octets_written = spoken.octets;
  reply.generation = generation;
  reply.slot = zone.slot;
  reply.ttl_max_s = spoken.ttl_max_s;
  reply.cacheable = spoken.said == Said::done && spoken.single_zone && is_current(zone, generation);
  return verdict_of(spoken, reply);
}

std::int32_t Worker::verdict_of(const Spoken& spoken, windlass_reply& reply) {
  switch (spoken.said) {
    case Said::done:
      return note(Counter::answers), WINDLASS_DONE;
    case Said::referral:
      return note(Counter::referrals), WINDLASS_REFERRAL;
    case Said::chase:
      if (next_used_ == next_.size()) next_.emplace_back();
      next_[next_used_] = spoken.next;
      reply.next = next_[next_used_].wire().data();
      reply.next_octets = next_[next_used_].size_octets();
      ++next_used_;
      return note(Counter::chases), WINDLASS_CHASE;
    case Said::not_ours:
      return WINDLASS_NOT_MINE;
    case Said::error:
      break;
  }
  return unreadable();
}

/// False while a write is between its commit and its publication: then the facts of the zone (is it
/// signed?) may be older than the records, and no cache may keep the answer.
bool Worker::is_current(const ZoneFacts& zone, std::uint64_t generation) const noexcept {
  std::uint32_t count = 0;
  const std::uint64_t* const published = instance_.depot().generations(count);
  if (zone.slot >= count) return false;
  std::uint64_t now = 0;
  __atomic_load(&published[zone.slot], &now, __ATOMIC_ACQUIRE);
  return now == generation && instance_.depot().zones_version() == map_version_;
}

/// Over UDP there is no transfer (RFC 5936 4.2); IXFR gets the SOA alone, which sends a secondary
/// that is behind to TCP (RFC 1995 2).
std::int32_t Worker::answer_transfer(const ZoneFacts& zone, const LocalQuestion& asked,
                                     const windlass_query& query, windlass_reply& reply) {
  const Refusal refusal = refusal_of(instance_.options(), zone, query);
  if (refusal.rcode != dns::Rcode::noerror)
    return refused(asked, refusal.rcode, refusal.ede, reply);
  if (asked.question.type == dns::Type::axfr)
    return refused(asked, dns::Rcode::refused, &transfers_need_tcp(), reply);
  LocalQuestion soa = asked;
  soa.question.type = dns::Type::soa;
  const Spoken spoken = windlass::auth::answer(soa, zone, *map_, *reader_, options_,
                                               {reply.octets, reply.octets_max});
  reader_->release();
  if (spoken.said != Said::done) return verdict_of({}, reply);
  reply.octets_written = spoken.octets;
  dns::put_word(&reply.octets[dns::header_octets + query.name_octets], query.type);
  return note(Counter::answers), WINDLASS_DONE;
}

std::int32_t Worker::stream_open(const windlass_query& query, windlass_reply& reply,
                                 void** stream) {
  if (reply.octets_max < least_reply_octets) return WINDLASS_ERROR;
  take_map();
  const ZoneFacts* const zone = map_->closest({query.name, query.name_octets});
  if (zone == nullptr) return WINDLASS_NOT_MINE;
  const LocalQuestion asked = read_question(query, reply.octets_max);
  const Refusal refusal = refusal_of(instance_.options(), *zone, query);
  if (refusal.rcode != dns::Rcode::noerror)
    return refused(asked, refusal.rcode, refusal.ede, reply);
  auto transfer = Transfer::open(instance_, map_, *zone, asked, query);
  if (!transfer) return unopened(asked, transfer.error().text, reply);
  *stream = transfer->release();
  return WINDLASS_DONE;
}

/// An answer, no error: what one transfer comes to (no reader is free) must not open the breaker
/// for all names.
std::int32_t Worker::unopened(const LocalQuestion& asked, const std::string& why,
                              windlass_reply& reply) {
  failed(why);
  note(Counter::transfers_failed);
  reply.octets_written =
      put_refusal(asked, dns::Rcode::servfail, &not_readable, {reply.octets, reply.octets_max});
  return WINDLASS_DONE;
}

std::int32_t Worker::refused(const LocalQuestion& asked, dns::Rcode rcode, const dns::Ede* ede,
                             windlass_reply& reply) {
  reply.octets_written = put_refusal(asked, rcode, ede, {reply.octets, reply.octets_max});
  return note(Counter::transfers_refused), WINDLASS_DONE;
}

/// What is wrong with the store is looked up only when it will be said.
std::int32_t Worker::unreadable() {
  note(Counter::errors);
  if (!may_complain()) return WINDLASS_ERROR;
  const std::string bad = instance_.depot().stats().bad;
  instance_.host().log(WINDLASS_LOG_ERROR,
                       "an answer could not be read from the store: " +
                           (bad.empty() ? "`windlassctl store verify` looks closer" : bad));
  return WINDLASS_ERROR;
}

std::int32_t Worker::failed(const std::string& why) {
  note(Counter::errors);
  if (may_complain()) instance_.host().log(WINDLASS_LOG_ERROR, why);
  return WINDLASS_ERROR;
}

bool Worker::may_complain() {
  const std::int64_t now_us = instance_.host().mono_us();
  if (complained_us_ != 0 && now_us - complained_us_ < complaint_every_us) return false;
  complained_us_ = now_us;
  return true;
}
}  // namespace windlass::auth
