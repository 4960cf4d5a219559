// Commands that look at resolving: what runs now, and `why`.
#include "control/handlers.hpp"

namespace windlass::control::handlers {
namespace {
Row step_row(const WhyStep& step) {
  Row row{field("depth", step.depth), field("kind", step.kind)};
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) row.push_back(field(name, text));
  };
  add("zone", step.zone);
  add("question", step.question);
  add("server", step.server);
  if (step.rtt_us >= 0) row.push_back(field("rtt_ms", static_cast<double>(step.rtt_us) / 1000));
  add("link", step.link);
  add("text", step.text);
  if (step.by) {
    row.push_back(field("key_tag", step.by->key_tag));
    add("algorithm", step.by->algorithm);
    add("inception", step.by->inception);
    add("expiration", step.by->expiration);
  }
  add("verdict", step.verdict);
  add("ede", step.ede);
  if (step.failed) row.push_back(field("failed", true));
  return row;
}

Row result_row(const WhyView& view) {
  Row row{field("kind", "result"),
          field("rcode", dns::to_text(view.rcode)),
          field("security", view.security),
          field("ede", view.ede),
          field("answer", view.answer),
          field("queries", view.queries),
          field("took_ms", static_cast<double>(view.took_us) / 1000)};
  if (!view.view.empty()) row.push_back(field("view", view.view));
  return row;
}
}  // namespace

void resolutions(const Call& call) {
  call.house.resolutions([reply = call.reply](const std::vector<ResolutionView>& views) {
    for (const ResolutionView& view : views)
      reply.line({field("worker", view.worker), field("name", view.name.to_text()),
                  field("type", dns::to_text(view.type)), field("state", view.state),
                  field("running_ms", view.running_ms), field("queries", view.queries),
                  field("waiters", view.waiters)});
    reply.done();
  });
}

/// Questions, links of the chain of trust in the order judged, so that what breaks it comes last;
/// the result follows.
void why(const Call& call) {
  Call plain = call;
  const auto asker = asker_argument(call, plain.arguments);
  if (!asker) return;
  if (plain.arguments.empty() || plain.arguments.size() > 2)
    return call.reply.fail("expected a name, and perhaps a type; usage: why " +
                           std::string(find_command("why")->arguments));
  const auto name = name_argument(plain, 0);
  const auto type = name ? type_argument(plain, 1, dns::Type::a) : std::nullopt;
  if (!type) return;
  if (dns::is_meta(*type))
    return call.reply.fail(dns::to_text(*type) + " cannot be resolved; expected a type of data");
  call.house.why(*name, *type, *asker, [reply = call.reply](const Outcome<WhyView>& outcome) {
    if (!outcome) return reply.fail(outcome.error().text);
    for (const WhyStep& step : outcome->steps) reply.line(step_row(step));
    reply.line(result_row(*outcome));
    reply.done();
  });
}
}  // namespace windlass::control::handlers
