#include "server/plugin_stream.hpp"

#include <algorithm>
#include <utility>

#include "dns/octets.hpp"
#include "server/plugin_verdict.hpp"

namespace windlass::server {

PluginStream::PluginStream(std::shared_ptr<PluginHandle> handle, void* stream,
                           std::array<std::uint8_t, 2> id,
                           std::shared_ptr<std::size_t> open_streams)
    : handle_(std::move(handle)), stream_(stream), id_(id), open_streams_(std::move(open_streams)) {
  ++*open_streams_;
}

PluginStream::~PluginStream() {
  handle_->calls().stream_close(stream_);
  --*open_streams_;
}

std::optional<PluginStream::Part> PluginStream::next(std::span<std::uint8_t> out) {
  const std::int64_t before_us = handle_->now_us();
  windlass_reply reply{};
  reply.size = sizeof reply;
  reply.octets = out.data();
  reply.octets_max = out.size();
  const std::int32_t said = handle_->calls().stream_next(stream_, &reply);
  const std::size_t written = reply.octets_written;
  const bool good = said >= 0 && written >= dns::header_octets && written <= out.size() &&
                    std::equal(id_.begin(), id_.end(), out.begin()) && (out[2] & 0x80u) != 0;
  using Verdict = resolver::LocalZones::Verdict;
  const PluginOutcome outcome =
      good ? PluginOutcome{Verdict::done, PluginLabel::done, nullptr}
           : PluginOutcome{Verdict::error, PluginLabel::error,
                           said < 0 ? "stream_next() failed; the connection was closed"
                                    : "stream_next() gave no message that fits its question"};
  if (outcome.wrong != nullptr)
    (void)handle_->note(outcome, "stream_next()", before_us);
  else
    handle_->keep_time("stream_next()", before_us, handle_->now_us());
  if (!good) return std::nullopt;
  return Part{written, said == 0};
}
}  // namespace windlass::server
