#include "server/why_view.hpp"

#include "dns/ldns_bridge.hpp"
#include "validator/text.hpp"

namespace windlass::server {
namespace {
control::WhyStep asked(const resolver::TraceStep& step) {
  control::WhyStep out;
  out.depth = step.depth;
  out.kind = "ask";
  out.zone = step.cut;
  out.server = step.server;
  out.question = step.question;
  out.rtt_us = step.round_trip_us;
  out.text = step.result;
  return out;
}

control::WhyStep linked(const validator::ChainStep& step, std::int64_t wall_s) {
  control::WhyStep out;
  out.kind = "chain";
  out.link = name_of(step.link);
  out.zone = step.zone;
  out.text = step.what;
  out.verdict = name_of(step.verdict);
  if (!step.ede.text.empty()) out.ede = dns::to_text(step.ede);
  out.failed = step.failed;
  if (step.by)
    out.by =
        control::WhyStep::Signature{step.by->key_tag, validator::algorithm_text(step.by->algorithm),
                                    validator::time_text(step.by->inception, wall_s),
                                    validator::time_text(step.by->expiration, wall_s)};
  return out;
}

void add_records(std::vector<std::string>& out, const dns::RRset& rrset) {
  for (const auto rdata : rrset.rdata())
    out.push_back(rrset.owner().to_text() + " " + std::to_string(rrset.ttl()) + " IN " +
                  dns::to_text(rrset.type()) + " " + dns::rdata_text(rrset.type(), rdata));
}
}  // namespace

control::WhyView why_view(const resolver::Answer& answer, const resolver::Trace& trace,
                          std::int64_t took_us, std::int64_t wall_s) {
  control::WhyView view;
  for (const auto& step : trace.steps) view.steps.push_back(asked(step));
  for (const auto& step : trace.chain) view.steps.push_back(linked(step, wall_s));
  view.rcode = answer.rcode;
  view.security = name_of(answer.security);
  if (answer.ede) view.ede = dns::to_text(*answer.ede);
  for (const auto& link : answer.chain)
    if (link->evidence.rrset) add_records(view.answer, *link->evidence.rrset);
  view.took_us = took_us;
  view.queries = answer.upstream_queries;
  return view;
}
}  // namespace windlass::server
