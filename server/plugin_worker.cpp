#include "server/plugin_worker.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace windlass::server {
namespace {
constexpr std::size_t header_octets = 12;
constexpr std::int64_t slow_us = 100'000;

std::uint16_t word_at(std::span<const std::uint8_t> octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

/// The question as a plugin is given it; name_octets 0 when there is no plain name (a pointer into
/// the header).
windlass_query query_of(std::span<const std::uint8_t> message) {
  windlass_query query{};
  query.size = sizeof query;
  query.message = message.data();
  query.message_octets = message.size();
  std::size_t at = header_octets;
  for (; at < message.size() && message[at] != 0; at += message[at] + 1u) {
    if (message[at] > 63) return query;
    ++query.labels;
  }
  if (message.size() < at + 5) return query;
  query.name = message.data() + header_octets;
  query.name_octets = at + 1 - header_octets;
  query.type = word_at(message, at + 1);
  query.klass = word_at(message, at + 3);
  return query;
}

void add(std::atomic<std::uint64_t>& figure) {
  figure.store(figure.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

/// Labels of plugin_calls_total.
enum Label : int { none = -1, not_mine, done, referral, chase, error };
}  // namespace

PluginWorker::PluginWorker(std::shared_ptr<const Instances> instances, unsigned worker,
                           const Limits& limits, Metrics& metrics, const Clock& clock)
    : instances_(std::move(instances)), worker_(worker), metrics_(metrics), clock_(clock) {
  for (const auto& instance : *instances_)
    handles_.push_back(
        {instance.get(), &instance->add_worker(), PluginBreaker(limits[Limit::plugin_errors])});
  for (Handle& handle : handles_) enter(handle);
}

PluginWorker::~PluginWorker() {
  end_batch();
  for (Handle& handle : handles_) {
    const auto leave = handle.instance->calls().thread_leave;
    if (handle.entered && leave != nullptr) leave(handle.instance->handle(), handle.thread);
  }
}

void PluginWorker::enter(Handle& handle) {
  const windlass_plugin& calls = handle.instance->calls();
  handle.thread = handle.instance->handle();
  handle.entered = calls.thread_enter == nullptr ||
                   calls.thread_enter(handle.thread, worker_, &handle.thread) == 0;
  if (!handle.entered) {
    handle.enter_again_us = clock_.now().mono_us + PluginBreaker::retry_us;
    log_error("WL-PLUGIN-002", "plugin " + handle.instance->name() +
                                   ": thread_enter failed on worker " + std::to_string(worker_) +
                                   "; its zones are not answered there until it succeeds");
  }
  show_breakers();
}

void PluginWorker::begin_batch() {
  if (in_batch_) return;
  in_batch_ = true;
  for (Handle& handle : handles_) {
    if (!handle.entered && clock_.now().mono_us >= handle.enter_again_us) enter(handle);
    const auto begin = handle.instance->calls().batch_begin;
    if (handle.entered && begin != nullptr) begin(handle.thread);
  }
}

void PluginWorker::end_batch() {
  if (!in_batch_) return;
  in_batch_ = false;
  for (Handle& handle : handles_) {
    const auto end = handle.instance->calls().batch_end;
    if (handle.entered && end != nullptr) end(handle.thread);
  }
}

resolver::LocalZones::Verdict PluginWorker::answer(const Query& asked, std::span<std::uint8_t> out,
                                                   Reply& reply) {
  windlass_query query = query_of(asked.message);
  if (query.name_octets == 0) return Verdict::not_mine;
  if (asked.limit_octets == 65'535) query.flags |= WINDLASS_QUERY_STREAM;
  begin_batch();
  Handle* const handle = closest(query);
  if (handle == nullptr) return Verdict::not_mine;
  return ask(*handle, query, asked.limit_octets, out, reply.written);
}

PluginWorker::Handle* PluginWorker::closest(const windlass_query& query) {
  Handle* best = nullptr;
  std::uint32_t most = 0;
  for (Handle& handle : handles_) {
    if (!handle.entered) continue;
    const std::uint32_t labels =
        handle.instance->calls().match(handle.thread, query.name, query.name_octets);
    if (labels > most) most = labels, best = &handle;
  }
  return best;
}

resolver::LocalZones::Verdict PluginWorker::ask(Handle& handle, const windlass_query& query,
                                                std::size_t limit_octets,
                                                std::span<std::uint8_t> out, std::size_t& written) {
  const std::int64_t before_us = clock_.now().mono_us;
  if (!handle.breaker.admits(before_us)) return Verdict::error;
  windlass_reply reply{};
  reply.size = sizeof reply;
  reply.octets = out.data();
  reply.octets_max = std::min(limit_octets, out.size());
  const std::size_t most = reply.octets_max;
  const std::int32_t said = handle.instance->calls().answer(handle.thread, &query, &reply);
  reply.octets = out.data();  // what the plugin wrote over them counts for nothing
  reply.octets_max = most;
  const Outcome outcome = judge(said, query, reply);
  note(handle, outcome, before_us);
  if (outcome.verdict != Verdict::done) return outcome.verdict;
  written = reply.octets_written;
  out[3] |= 0x80;  // RA: this host recurses
  return Verdict::done;
}

PluginWorker::Outcome PluginWorker::judge(std::int32_t said, const windlass_query& query,
                                          const windlass_reply& reply) {
  switch (said) {
    case WINDLASS_NOT_MINE:
      return {Verdict::not_mine, Label::not_mine, nullptr};
    case WINDLASS_DROP:
      return {Verdict::drop, Label::none, nullptr};
    case WINDLASS_ERROR:
      return {Verdict::error, Label::error, "answer() reported an error"};
    case WINDLASS_DONE:
      break;
    case WINDLASS_REFERRAL:
    case WINDLASS_CHASE:
    case WINDLASS_PENDING:
      return {Verdict::error, Label::error, "answer() gave a verdict that the host did not offer"};
    default:
      return {Verdict::error, Label::error, "answer() gave an unknown verdict"};
  }
  if (reply.octets_written < header_octets)
    return {Verdict::error, Label::error, "its reply is shorter than a header"};
  if (reply.octets_written > reply.octets_max)
    return {Verdict::error, Label::error, "its reply is longer than the limit"};
  const bool fits =
      std::equal(query.message, query.message + 2, reply.octets) && (reply.octets[2] & 0x80u) != 0;
  if (!fits) return {Verdict::error, Label::error, "its reply has another ID or is no reply"};
  return {Verdict::done, Label::done, nullptr};
}

void PluginWorker::note(Handle& handle, const Outcome& outcome, std::int64_t before_us) {
  const std::int64_t now_us = clock_.now().mono_us;
  const std::int64_t took_us = now_us - before_us;
  PluginFigures& figures = *handle.figures;
  add(figures.calls);
  if (took_us > static_cast<std::int64_t>(figures.slowest_us.load(std::memory_order_relaxed)))
    figures.slowest_us.store(static_cast<std::uint64_t>(took_us), std::memory_order_relaxed);
  if (outcome.label != Label::none)
    metrics_.count(Metric::plugin_calls_total, static_cast<unsigned>(outcome.label));
  const auto who = [&] { return "plugin " + handle.instance->name() + ": "; };
  if (took_us > slow_us)
    log_warning("WL-PLUGIN-003", who() + "answer() took " + std::to_string(took_us / 1000) +
                                     " ms; all clients of its worker waited");
  const bool was_open = handle.breaker.open();
  if (outcome.wrong != nullptr) {
    add(figures.errors);
    handle.breaker.failed(now_us);
    log_warning("WL-PLUGIN-004", who() + outcome.wrong + "; the client got SERVFAIL");
  } else {
    handle.breaker.succeeded();
  }
  if (was_open == handle.breaker.open()) return;
  if (was_open)
    log_notice("WL-PLUGIN-006", who() + "it answers again");
  else
    log_error(
        "WL-PLUGIN-005",
        who() + "passed by after repeated errors; its names get SERVFAIL; tried again every 5 s");
  show_breakers();
}

/// plugin_breaker_open is 1 on a worker that passes any plugin by.
void PluginWorker::show_breakers() {
  bool any = false;
  for (const Handle& handle : handles_) {
    const bool open = !handle.entered || handle.breaker.open();
    handle.figures->breaker_open.store(open, std::memory_order_relaxed);
    any = any || open;
  }
  metrics_.set(Metric::plugin_breaker_open, any ? 1 : 0);
}
}  // namespace windlass::server
