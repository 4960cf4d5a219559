#include "server/plugin_worker.hpp"

#include <algorithm>

#include "crypto/csprng.hpp"
#include "dns/octets.hpp"
#include "server/plugin_stream.hpp"
#include "server/plugin_verdict.hpp"

namespace windlass::server {
namespace {
using resolver::AnswerCache;

/// The question as a plugin is given it; name_octets 0 when there is no plain name (a pointer into
/// the header).
windlass_query query_of(std::span<const std::uint8_t> message) {
  windlass_query query{};
  query.size = sizeof query;
  query.message = message.data();
  query.message_octets = message.size();
  std::size_t at = dns::header_octets;
  for (; at < message.size() && message[at] != 0; at += message[at] + 1u) {
    if (message[at] > 63) return query;
    ++query.labels;
  }
  if (message.size() < at + 5) return query;
  query.name = message.data() + dns::header_octets;
  query.name_octets = at + 1 - dns::header_octets;
  query.type = dns::word16(message, at + 1);
  query.klass = dns::word16(message, at + 3);
  return query;
}

windlass_peer peer_of(const Endpoint& from) {
  windlass_peer peer{};
  peer.size = sizeof peer;
  peer.family = from.address.family;
  peer.port = from.port;
  std::copy(from.address.octets.begin(), from.address.octets.end(), peer.address);
  return peer;
}

HashKey fresh_key() {
  crypto::Csprng rng;
  return {rng.u64(), rng.u64()};
}

/// A reply that a plugin fills, and what it wrote over counts for nothing.
struct Form {
  explicit Form(std::span<std::uint8_t> out, std::size_t most) : room(out.first(most)) {
    plain.size = sizeof plain;
    plain.octets = room.data();
    plain.octets_max = room.size();
  }
  void seal() { plain.octets = room.data(), plain.octets_max = room.size(); }
  std::span<std::uint8_t> room;
  windlass_reply plain{};
};
}  // namespace

struct PluginWorker::Asked {
  explicit Asked(const Query& from)
      : plain(query_of(from.message)), limit_octets(from.limit_octets) {
    plain.ticket = from.ticket;
    if (limit_octets == dns::max_message_octets) plain.flags |= WINDLASS_QUERY_STREAM;
    if (from.peer == nullptr) {
      plain.flags |= WINDLASS_QUERY_CHASED;
      return;
    }
    peer = peer_of(*from.peer);
    plain.peer = &peer;
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;
  windlass_query plain;
  windlass_peer peer{};
  std::size_t limit_octets;
  std::optional<AnswerCache::Question> question;  ///< when its answer may be kept
};

PluginWorker::PluginWorker(const Instances& instances, unsigned worker, const Limits& limits,
                           Metrics& metrics, const Clock& clock,
                           std::unique_ptr<PluginWorker> before)
    : metrics_(metrics),
      clock_(clock),
      cache_(static_cast<std::size_t>(limits[Limit::answer_cache]), fresh_key()),
      streams_most_(static_cast<std::size_t>(limits[Limit::plugin_streams])) {
  std::vector<std::shared_ptr<PluginHandle>> kept;
  if (before) {
    before->end_batch();
    streams_ = before->streams_;
    kept.swap(before->handles_);
    std::erase_if(kept, [&](const auto& handle) {
      return std::none_of(instances.begin(), instances.end(),
                          [&](const auto& one) { return one.get() == &handle->instance(); });
    });
    before.reset();
  }
  for (const auto& instance : instances) {
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const auto& handle) {
      return &handle->instance() == instance.get();
    });
    handles_.push_back(same != kept.end() ? *same
                                          : std::make_shared<PluginHandle>(instance, worker, limits,
                                                                           metrics, clock));
  }
  show_breakers();
}

PluginWorker::~PluginWorker() {
  end_batch();
  metrics_.set(Metric::plugin_breaker_open, 0);
}

void PluginWorker::begin_batch() {
  if (in_batch_) return;
  in_batch_ = true;
  batch_ = clock_.now();
  bool all_entered = true, entered_before = true;
  for (const auto& handle : handles_) {
    entered_before = entered_before && handle->entered();
    handle->begin_batch(batch_.mono_us);
    all_entered = all_entered && handle->entered();
  }
  if (all_entered != entered_before) show_breakers();
}

void PluginWorker::end_batch() {
  if (!in_batch_) return;
  in_batch_ = false;
  for (const auto& handle : handles_) handle->end_batch();
}

PluginWorker::Closest PluginWorker::closest(const windlass_query& query) {
  Closest best;
  for (std::uint32_t i = 0; i < handles_.size(); ++i) {
    PluginHandle& handle = *handles_[i];
    if (!handle.entered()) continue;
    const std::uint32_t labels =
        handle.calls().match(handle.thread(), query.name, query.name_octets);
    if (labels > best.labels) best = {&handle, i, labels};
  }
  return best;
}

resolver::LocalZones::Verdict PluginWorker::answer(const Query& query, std::span<std::uint8_t> out,
                                                   Reply& reply) {
  Asked asked(query);
  if (asked.plain.name_octets == 0) return Verdict::not_mine;
  begin_batch();
  const Closest at = closest(asked.plain);
  if (at.handle == nullptr) return Verdict::not_mine;
  if (query.peer != nullptr && at.handle->calls().generations != nullptr)
    asked.question = AnswerCache::Question::read(query.message, query.limit_octets);
  if (asked.question) {
    reply.written = kept(at, *asked.question, out);
    metrics_.count(reply.written != 0 ? Metric::cache_hits_total : Metric::cache_misses_total,
                   static_cast<unsigned>(CacheKind::answer));
    reply.kept = reply.written != 0;
    if (reply.kept) return Verdict::done;
  }
  return ask(at, asked, out, reply);
}

PluginWorker::Closest PluginWorker::closest(const dns::Name& name) {
  begin_batch();
  windlass_query query{};
  query.name = name.wire().data();
  query.name_octets = name.wire().size();
  return closest(query);
}

bool PluginWorker::covers(const dns::Name& name) {
  return closest(name).handle != nullptr;
}

std::size_t PluginWorker::zone_labels(const dns::Name& name) {
  const std::size_t said = closest(name).labels;  // one more; a plugin may say anything
  return said == 0 ? name.label_count() : std::min(said - 1, name.label_count());
}

/// The answer given before to this question, when nothing it was made from has changed.
std::size_t PluginWorker::kept(const Closest& at, const AnswerCache::Question& question,
                               std::span<std::uint8_t> out) {
  const auto found = cache_.find(question, batch_.age_ms);
  if (!found) return 0;
  const AnswerCache::Tag& tag = found->tag;
  if (tag.source != at.index || tag.labels != at.labels) return 0;
  const auto current = at.handle->generation(tag.slot);
  return current && *current == tag.generation ? AnswerCache::copy(*found, question, out) : 0;
}

resolver::LocalZones::Verdict PluginWorker::ask(const Closest& at, const Asked& asked,
                                                std::span<std::uint8_t> out, Reply& reply) {
  PluginHandle& handle = *at.handle;
  const std::int64_t before_us = handle.now_us();
  if (!handle.admits(before_us)) return Verdict::error;
  Form form(out, std::min(asked.limit_octets, out.size()));
  const std::int32_t said = handle.calls().answer(handle.thread(), &asked.plain, &form.plain);
  form.seal();
  const PluginOutcome outcome = judge(said, asked.plain, form.plain, asked.plain.ticket != 0);
  if (handle.note(outcome, "answer()", before_us)) show_breakers();
  const bool has_message = outcome.verdict == Verdict::done ||
                           outcome.verdict == Verdict::referral ||
                           outcome.verdict == Verdict::chase;
  if (!has_message) return outcome.verdict;
  reply.written = form.plain.octets_written;
  out[3] |= 0x80;  // RA: this host recurses
  if (outcome.verdict == Verdict::chase)
    reply.next = *dns::Name::from_wire({form.plain.next, form.plain.next_octets});
  if (outcome.verdict == Verdict::done && form.plain.cacheable == 1 && asked.question)
    cache_.keep(*asked.question, out.first(reply.written),
                {at.index, form.plain.slot, at.labels, form.plain.generation},
                std::int64_t{form.plain.ttl_max_s} * 1000, batch_.age_ms);
  return outcome.verdict;
}

resolver::LocalZones::Verdict PluginWorker::stream(const Query& query, std::span<std::uint8_t> out,
                                                   Reply& reply, std::unique_ptr<Stream>& stream) {
  const Asked asked(query);
  if (asked.plain.name_octets == 0) return Verdict::not_mine;
  begin_batch();
  const Closest at = closest(asked.plain);
  if (at.handle == nullptr) return Verdict::not_mine;
  const windlass_plugin& calls = at.handle->calls();
  if (calls.stream_open == nullptr || calls.stream_next == nullptr || calls.stream_close == nullptr)
    return Verdict::not_mine;
  if (*streams_ >= streams_most_) {
    metrics_.count(Metric::limit_exceeded_total, static_cast<unsigned>(Limit::plugin_streams),
                   static_cast<unsigned>(LimitMode::enforce));
    return Verdict::error;
  }
  const std::int64_t before_us = at.handle->now_us();
  if (!at.handle->admits(before_us)) return Verdict::error;
  Form form(out, std::min(asked.limit_octets, out.size()));
  void* opened = nullptr;
  const std::int32_t said =
      calls.stream_open(at.handle->thread(), &asked.plain, &form.plain, &opened);
  form.seal();
  if (opened != nullptr)
    stream = std::make_unique<PluginStream>(
        handles_[at.index], opened, std::array<std::uint8_t, 2>{query.message[0], query.message[1]},
        streams_);
  PluginOutcome outcome{Verdict::done, PluginLabel::done, nullptr};
  if (said != WINDLASS_DONE || opened == nullptr)
    outcome = judge(said, asked.plain, form.plain, false);
  if (outcome.verdict == Verdict::referral || outcome.verdict == Verdict::chase)
    outcome = {Verdict::error, PluginLabel::error, "stream_open() gave a verdict without a stream"};
  if (said != WINDLASS_DONE) stream.reset();
  if (at.handle->note(outcome, "stream_open()", before_us)) show_breakers();
  reply.written = stream || outcome.verdict != Verdict::done ? 0 : form.plain.octets_written;
  return outcome.verdict;
}

/// plugin_breaker_open is 1 on a worker that passes any plugin by.
void PluginWorker::show_breakers() {
  const bool any = std::any_of(handles_.begin(), handles_.end(),
                               [](const auto& handle) { return handle->passed_by(); });
  metrics_.set(Metric::plugin_breaker_open, any ? 1 : 0);
}
}  // namespace windlass::server
