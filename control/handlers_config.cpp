// Commands about the configuration.
#include "control/handlers.hpp"

namespace windlass::control::handlers {
namespace {
void reply_change(const Reply& reply, const Outcome<ConfigChange>& outcome,
                  std::string_view verdict) {
  if (!outcome) return reply.fail(outcome.error().text);
  reply.line(
      {field("file", outcome->file.empty() ? std::string("built-in default") : outcome->file),
       field("result", verdict), field("changed", outcome->changed),
       field("needs_restart", outcome->needs_restart)});
  reply.done();
}
}  // namespace

void config_show(const Call& call) {
  const std::string prefix = call.arguments.empty() ? "" : call.arguments[0];
  for (const SettingView& setting : call.house.settings())
    if (setting.path.starts_with(prefix))
      call.reply.line({field("setting", setting.path), field("value", setting.value),
                       field("default", setting.standard)});
  call.reply.done();
}

void config_check(const Call& call) {
  reply_change(call.reply, call.house.check_config(call.arguments.empty() ? "" : call.arguments[0]),
               "no errors");
}

void config_reload(const Call& call) {
  call.house.reload_config([reply = call.reply](const Outcome<ConfigChange>& outcome) {
    const bool whole = !outcome || outcome->needs_restart.empty();
    reply_change(reply, outcome, whole ? "in force" : "in force, but for what needs a restart");
  });
}
}  // namespace windlass::control::handlers
