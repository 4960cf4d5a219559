#include "server/root_keeper.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"

namespace windlass::server {
namespace {
using resolver::RootZone;
using resolver::ZoneTransfer;

/// An SOA may say anything: not more often than once a second, not seldomer than once a day.
std::int64_t sane_s(std::int64_t seconds) {
  return std::clamp<std::int64_t>(seconds, 1, 86'400);
}
}  // namespace

void RootKeeper::configure(RootKeeperSettings settings) {
  const bool same = settings.sources == settings_.sources;
  settings_ = std::move(settings);
  if (same) return;
  stop();
  trouble_.clear();
  next_age_ms_ = 0;
  if (settings_.sources.empty() && copy_.zone) copy_ = {}, publish();
}

void RootKeeper::stop() {
  if (stage_ != Stage::idle) tcp_.cancel(net::AskId{ask_});
  stage_ = Stage::idle;
  transfer_.reset();
}

void RootKeeper::publish() {
  tools_.publish(copy_.zone ? std::make_shared<const resolver::RootCopy>(copy_) : nullptr);
}

void RootKeeper::tick() {
  const Now now = clock_.now();
  if (copy_.zone && now.age_ms >= copy_.expires_age_ms) {
    log_warning("WL-ROOT-005",
                "the local root zone, serial " + std::to_string(copy_.zone->serial()) +
                    ", has expired: nobody has confirmed it; root servers are asked");
    copy_ = {};
    publish();
  }
  if (settings_.sources.empty()) return;
  if (stage_ != Stage::idle && now.mono_us >= ends_us_) {
    const char* const what = "no end within ";
    return fail("WL-ROOT-004",
                what + std::to_string(limit(Limit::root_copy_time)) + " s (limit root_copy_time)");
  }
  if (stage_ != Stage::idle || now.age_ms < next_age_ms_) return;
  tried_ = 0;
  begin();
}

/// Asks the source whose turn it is: for the SOA alone where a copy is there.
void RootKeeper::begin() {
  id_ = rng_.u16();
  ends_us_ = clock_.now().mono_us + limit(Limit::root_copy_time) * 1'000'000;
  if (!copy_.zone) return fetch();
  stage_ = Stage::asking;
  ask(resolver::soa_question(dns::Name{}, id_));
}

void RootKeeper::fetch() {
  transfer_.emplace(dns::Name{}, id_, static_cast<std::size_t>(limit(Limit::root_copy_octets)));
  stage_ = Stage::fetching;
  ask(transfer_->question());
}

void RootKeeper::ask(std::vector<std::uint8_t> octets) {
  const auto begun = tcp_.ask(net::AskId{++ask_}, settings_.sources[source_], octets);
  if (!begun) fail("WL-ROOT-004", std::strerror(begun.error().system_error));
}

void RootKeeper::on_error(net::AskId id, int system_error) {
  if (stage_ == Stage::idle || id != net::AskId{ask_}) return;
  const bool ended = system_error == EPIPE;
  fail("WL-ROOT-004",
       ended ? "it ended the connection before the zone's end" : std::strerror(system_error));
}

void RootKeeper::on_frame(net::AskId id, std::span<const std::uint8_t> octets, std::int64_t) {
  if (id != net::AskId{ask_}) return;
  if (stage_ == Stage::asking) return take_soa(octets);
  if (stage_ == Stage::fetching) take_part(octets);
}

void RootKeeper::take_soa(std::span<const std::uint8_t> octets) {
  const auto serial = resolver::serial_in(octets, dns::Name{}, id_);
  if (!serial) return fail("WL-ROOT-004", "no SOA of the root in its answer");
  tcp_.done(net::AskId{ask_});
  return *serial == copy_.zone->serial() ? confirm() : fetch();
}

void RootKeeper::take_part(std::span<const std::uint8_t> octets) {
  switch (transfer_->take(octets)) {
    case ZoneTransfer::Word::more:
      return;
    case ZoneTransfer::Word::failed:
      return fail("WL-ROOT-004", std::string(transfer_->trouble()));
    case ZoneTransfer::Word::done:
      break;
  }
  tcp_.done(net::AskId{ask_});
  verify(transfer_->take_records());
}

void RootKeeper::verify(resolver::ZoneRecords records) {
  const auto zone = std::make_shared<const RootZone>(records);
  const auto wrong =
      resolver::wrong_with_root(records, *zone, tools_.anchors(), settings_.validator,
                                settings_.limits, metrics_, clock_.now());
  if (!wrong.empty()) return fail("WL-ROOT-006", wrong);
  copy_.zone = zone;
  from_ = settings_.sources[source_];
  fetched_age_ms_ = clock_.now().age_ms;
  log_notice("WL-ROOT-003", "local root zone in force: serial " + std::to_string(zone->serial()) +
                                ", " + std::to_string(zone->names()) + " names, from " +
                                from_.to_text());
  confirm();
}

void RootKeeper::confirm() {
  trouble_.clear();
  copy_.expires_age_ms = clock_.now().age_ms + copy_.zone->expire_s() * 1000;
  publish();
  rest(sane_s(copy_.zone->refresh_s()));
}

void RootKeeper::rest(std::int64_t seconds) {
  stage_ = Stage::idle;
  transfer_.reset();
  next_age_ms_ = clock_.now().age_ms + seconds * 1000;
}

/// The next source at once, when all have failed after a while.
void RootKeeper::fail(const char* code, const std::string& why) {
  trouble_ = settings_.sources[source_].to_text() + ": " + why;
  log_warning(code, "the root zone from " + trouble_ +
                        (copy_.zone ? "; the copy at hand is kept until it expires"
                                    : "; root servers are asked as before"));
  stop();
  source_ = (source_ + 1) % settings_.sources.size();
  if (++tried_ < settings_.sources.size()) return begin();
  const std::int64_t again_s = limit(Limit::root_copy_retry);
  rest(copy_.zone ? std::min(again_s, sane_s(copy_.zone->retry_s())) : again_s);
}

std::string RootKeeper::describe() const {
  if (settings_.sources.empty()) return {};
  if (!copy_.zone)
    return "none" + (trouble_.empty() ? "" : ": " + trouble_) + "; root servers are asked";
  const std::int64_t age_s = (clock_.now().age_ms - fetched_age_ms_) / 1000;
  return "serial " + std::to_string(copy_.zone->serial()) + ", " + std::to_string(age_s) +
         " s old, from " + from_.to_text() + (trouble_.empty() ? "" : "; last try: " + trouble_);
}
}  // namespace windlass::server
