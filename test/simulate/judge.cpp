#include "test/simulate/judge.hpp"

#include <algorithm>

#include "dns/rdata.hpp"

namespace windlass::simulate {
namespace {
/// Time for what is between the deadline and the client.
constexpr std::int64_t slack_us = 10'000;
/// The longest that a reply, or a Resolution that has it, is under way.
constexpr std::int64_t way_ms = 12'000;

/// Of so many questions one may end at a limit or a deadline, though servers that know the answer
/// were there.
constexpr unsigned questions_per_strain = 300;

std::string line_of(const Asked& asked, const test::ClientLog& log) {
  return "client " + std::to_string(asked.client) + " at " + std::to_string(log.asked_us / 1000) +
         " ms: " + asked.question.name.to_text() + " " + dns::to_text(asked.question.type) +
         (asked.spec.cd ? " CD" : "");
}

std::string text(dns::Rcode rcode, const std::set<std::string>& lines) {
  std::string out = dns::to_text(rcode) + " [";
  for (const auto& one : lines) out += one.substr(0, 80) + "; ";
  return out + "]";
}

bool is_stale(const test::Decoded& got) {
  return got.ede && (got.ede->code == dns::EdeCode::stale_answer ||
                     got.ede->code == dns::EdeCode::stale_nxdomain);
}
}  // namespace

void Judge::answer(const Asked& asked) {
  const auto& log = net_.log(asked.client);
  const std::string line = line_of(asked, log);
  if (log.cancelled) {
    ++result_.cancelled;
    if (log.answers != 0) fail(Property::one_answer, line + ": answered after it went away");
    return;
  }
  if (log.answers != 1)
    return fail(Property::one_answer, line + ": " + std::to_string(log.answers) + " answers");
  const Limits& limits = net_.engine().limits();
  if (log.answered_us - log.asked_us > limits[Limit::request_time] * 1000 + slack_us)
    fail(Property::in_time, line + ": answered too late");
  if (log.upstream_queries > limits[Limit::upstream_queries])
    fail(Property::budget, line + ": " + std::to_string(log.upstream_queries) + " queries");
  const auto got = net_.answer(asked.client);
  if (!got || got->header.id != asked.spec.id || !(got->question.name == asked.question.name) ||
      got->question.type != asked.question.type)
    return fail(Property::one_answer, line + ": no answer to this query");
  result_.from_cache += log.from_cache ? 1 : 0;
  const bool stale = is_stale(*got);
  result_.stale += stale ? 1 : 0;
  if (stale && got->rcode == dns::Rcode::servfail)
    fail(Property::fresh, line + ": SERVFAIL is never stale");
  ticks(line, log, *got, stale);
  if (!asked.spec.cd && !no_marks(line, *got)) return;
  const bool excused = weather_.excuses(log.asked_us, log.answered_us);
  if (excused && got->rcode == dns::Rcode::servfail) return void(++result_.servfail);
  compare(asked, line, *got);
}

bool Judge::no_marks(const std::string& line, const test::Decoded& got) {
  for (const auto& section : got.sections)
    for (const auto& record : section) {
      const auto address = dns::address_of(record.type, record.rdata);
      if (!address) continue;
      if (*address == poison_mark() || *address == forge_mark() || *address == race_mark())
        return fail(Property::no_forgery, line + ": got " + to_text(record)), false;
    }
  return true;
}

void Judge::servfail(const Asked& asked, const std::string& line, const test::Decoded& got,
                     const Expected& expected) {
  ++result_.servfail;
  if (expected.hopeless) return void(++result_.right);
  const std::string why = got.ede ? got.ede->text : "";
  if (why.starts_with("limit ") || why.starts_with("no answer within")) {
    if (expected.hard) return;
    ++result_.strained;
    strained_ = line + ": " + why + internet_.path_of(asked.question.name) +
                internet_.path_of(expected.last);
    return;
  }
  fail(Property::resolves, line + ": SERVFAIL (" + why + ") though each zone has a sure server" +
                               internet_.path_of(asked.question.name) +
                               internet_.path_of(expected.last));
}

void Judge::compare(const Asked& asked, const std::string& line, const test::Decoded& got) {
  const Expected expected = internet_.expected(asked.question.name, asked.question.type);
  if (got.rcode == dns::Rcode::servfail) return servfail(asked, line, got, expected);
  if (expected.hopeless && got.sections[0].empty())
    return fail(Property::right, line + ": an answer where there is none: " + text(got.rcode, {}));
  if (asked.spec.cd && expected.forged_somewhere) return void(++result_.right);
  std::set<std::string> is;
  for (const auto& record : got.sections[0])
    if (record.type != dns::Type::rrsig)
      is.insert(internet_.tick_of(record) ? "tick" : to_text(record));
  const auto moved = [&](const ModelZone& z) {
    return asked.question.name == z.zone.apex() && !z.left.empty();
  };
  const bool changed =
      asked.question.type == dns::Type::ns && std::ranges::any_of(internet_.zones(), moved);
  if (got.rcode != expected.rcode || (!changed && is != expected.answer))
    return fail(Property::right, line + ": expected " + text(expected.rcode, expected.answer) +
                                     ", got " + text(got.rcode, is));
  if (got.header.ad && !expected.secure)
    return fail(Property::secure, line + ": AD without a chain of trust");
  const bool must = expected.secure && !expected.opt_out && !is_stale(got);
  if (!got.header.ad && must && asked.spec.dnssec_ok && !asked.spec.cd)
    return fail(Property::secure, line + ": no AD though the chain is whole");
  ++result_.right;
  result_.secure += got.header.ad ? 1 : 0;
}

/// The ticking name says who answered, and when: how old data is, and whether that server still
/// had the zone.
void Judge::ticks(const std::string& line, const test::ClientLog& log, const test::Decoded& got,
                  bool stale) {
  for (const auto& record : got.sections[0]) {
    const auto tick = internet_.tick_of(record);
    if (!tick) continue;
    ++result_.ticks;
    const ModelZone& z = internet_.zones()[tick->zone];
    const std::int64_t old_ms = log.answered_age_ms - tick->age_ms;
    std::int64_t most_ms = std::int64_t{z.tick_ttl} * 1000 + way_ms;
    std::int64_t slept_ms = 0;  // while it was under way, to us or to the client
    for (const Sleep& sleep : sleeps_) {
      const bool to_us =
          sleep.age_ms >= tick->age_ms && sleep.age_ms <= tick->age_ms + way_ms + slept_ms;
      const bool to_client = sleep.age_ms <= log.answered_age_ms &&
                             sleep.age_ms + sleep.lasts_ms + way_ms >= log.answered_age_ms;
      if (to_us || to_client) slept_ms += sleep.lasts_ms;
    }
    most_ms += slept_ms;
    const Limits& limits = net_.engine().limits();
    const std::int64_t ttl_ms = std::int64_t{record.ttl} * 1000;
    const std::string seen = " (" + std::to_string(old_ms) + " ms old, TTL " +
                             std::to_string(record.ttl) + " of " + std::to_string(z.tick_ttl) +
                             ", from " + internet_.server_of(tick->host) + ")";
    if (stale)
      most_ms += limits[Limit::stale_age] * 1000;
    else if (old_ms + ttl_ms > most_ms || record.ttl > z.tick_ttl)
      fail(Property::fresh, line + ": it lives longer than it may" + seen);
    if (old_ms > most_ms) fail(Property::fresh, line + ": older than it may be" + seen);
    const auto left = z.left.find(tick->host);
    if (left != z.left.end() && tick->age_ms > left->second)
      fail(Property::moves, line + ": of a server that the zone left" + seen);
  }
}

void Judge::end() {
  if (result_.strained > result_.asked / questions_per_strain + 1)
    fail(Property::resolves,
         std::to_string(result_.strained) + " requests ended at a limit; the last: " + strained_);
  if (net_.strays() > 0)
    fail(Property::one_answer,
         std::to_string(net_.strays()) + " answers to clients that waited for none");
  if (const std::string leaks = net_.leaks(); !leaks.empty())
    fail(Property::nothing_left, "left at the end: " + leaks);
  for (const IpAddress& mark : {poison_mark(), forge_mark(), race_mark()})
    if (net_.packets_to(mark) != 0) fail(Property::no_forgery, "packets went to " + mark.to_text());
  audit_cache();
  audit_size();
  audit_servers();
}
}  // namespace windlass::simulate
