#include "server/why_view.hpp"

#include "dns/ldns_bridge.hpp"

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

control::WhyStep linked(const validator::ChainStep& step) {
  control::WhyStep out;
  out.kind = "chain";
  out.zone = step.zone;
  out.text = step.what;
  out.verdict = step.verdict;
  out.failed = step.failed;
  return out;
}

std::string ede_text(const dns::Ede& ede) {
  std::string text = std::to_string(static_cast<unsigned>(ede.code)) + " (" +
                     std::string(dns::purpose_of(ede.code)) + ")";
  return ede.text.empty() ? text : text + ": " + ede.text;
}

void add_records(std::vector<std::string>& out, const dns::RRset& rrset) {
  for (const auto rdata : rrset.rdata())
    out.push_back(rrset.owner().to_text() + " " + std::to_string(rrset.ttl()) + " IN " +
                  dns::to_text(rrset.type()) + " " + dns::rdata_text(rrset.type(), rdata));
}
}  // namespace

control::WhyView why_view(const resolver::Answer& answer, const resolver::Trace& trace,
                          std::int64_t took_us) {
  control::WhyView view;
  for (const auto& step : trace.steps) view.steps.push_back(asked(step));
  for (const auto& step : trace.chain)
    if (!step.failed) view.steps.push_back(linked(step));
  for (const auto& step : trace.chain)
    if (step.failed) view.steps.push_back(linked(step));  // the failing link last
  view.rcode = answer.rcode;
  view.security = name_of(answer.security);
  if (answer.ede) view.ede = ede_text(*answer.ede);
  for (const auto& link : answer.chain)
    if (link->evidence.rrset) add_records(view.answer, *link->evidence.rrset);
  view.took_us = took_us;
  view.queries = answer.upstream_queries;
  return view;
}
}  // namespace windlass::server
