// Commands about the daemon itself.
#include <array>
#include <chrono>
#include <cstdio>

#include "base/log.hpp"
#include "control/handlers.hpp"
#include "control/metrics_page.hpp"

namespace windlass::control::handlers {

std::string time_text(std::int64_t wall_s) {
  namespace chrono = std::chrono;
  const auto days = chrono::floor<chrono::days>(chrono::seconds(wall_s));
  const chrono::year_month_day date{chrono::sys_days(days)};
  const auto rest = static_cast<int>(wall_s - days.count() * std::int64_t{86'400});
  std::array<char, 40> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), rest / 3600, rest / 60 % 60, rest % 60);
  return out.data();
}

std::string moment_or(std::int64_t wall_s, const char* otherwise) {
  return wall_s == 0 ? otherwise : time_text(wall_s);
}

std::optional<dns::Name> name_argument(const Call& call, std::size_t index) {
  const auto& text = call.arguments.at(index);
  const auto name = dns::Name::from_text(text);
  if (name && !text.empty()) return *name;
  call.reply.fail("`" + text.substr(0, 80) + "` is not a domain name" +
                  (name ? "" : std::string(": ") + name.error().expected));
  return std::nullopt;
}

std::optional<dns::Type> type_argument(const Call& call, std::size_t index, dns::Type otherwise) {
  if (index >= call.arguments.size()) return otherwise;
  const auto type = dns::type_from_text(call.arguments[index]);
  if (!type)
    call.reply.fail("`" + call.arguments[index].substr(0, 40) +
                    "` is not an RR type; expected A, AAAA, TYPE65280 and the like");
  return type;
}

void ping(const Call& call) {
  call.reply.line({field("answer", "pong")});
  call.reply.done();
}

void version(const Call& call) {
  const Build build = call.house.build();
  call.reply.line({field("version", build.version), field("revision", build.revision),
                   field("compiler", build.compiler)});
  call.reply.done();
}

/// Keys and digests of all zones that are trusted.
static std::size_t key_count(const validator::TrustAnchors& anchors) {
  std::size_t count = 0;
  for (const auto& anchor : anchors.anchors()) count += anchor.keys.size();
  return count;
}

void status(const Call& call) {
  const StatusView view = call.house.status();
  const Build build = call.house.build();
  const Readiness readiness = call.house.readiness();
  const auto anchors = call.house.anchors();
  std::vector<std::string> listening;
  for (const Endpoint& at : view.listening) listening.push_back(at.to_text());
  Row row{field("version", build.version),
          field("pid", view.pid),
          field("ready", readiness.ready ? std::string("yes") : "no: " + readiness.why_not),
          field("started", time_text(view.start_wall_s)),
          field("uptime_seconds", call.house.now().wall_s - view.start_wall_s),
          field("workers", view.workers),
          field("listening", std::move(listening)),
          field("configuration",
                view.config_file.empty() ? std::string("built-in default") : view.config_file),
          field("last_reload", (view.config_last_reload_ok ? "accepted " : "refused ") +
                                   time_text(view.config_last_reload_wall_s)),
          field("trust_anchors", anchors ? key_count(*anchors) : 0),
          field("negative_trust_anchors", call.house.negative_anchors().size()),
          field("trust_epoch", anchors ? anchors->epoch() : 0),
          field("resolutions", view.inflight_resolutions),
          field("waiting_clients", view.inflight_clients),
          field("plugins", view.plugins)};
  if (!view.local_root.empty()) row.push_back(field("local_root", view.local_root));
  call.reply.line(row);
  call.reply.done();
}

void ready(const Call& call) {
  const Readiness readiness = call.house.readiness();
  if (!readiness.ready) return call.reply.fail("not ready: " + readiness.why_not);
  call.reply.line({field("ready", true)});
  call.reply.done();
}

void stats(const Call& call) {
  const std::string prefix = call.arguments.empty() ? "" : call.arguments[0];
  for (const Sample& sample : samples(call.house)) {
    if (sample.value == 0 ||
        !(sample.series.starts_with(prefix) || sample.series.starts_with("windlass_" + prefix)))
      continue;
    call.reply.line({field("metric", sample.series), field("value", sample.value)});
  }
  call.reply.done();
}

void log_level(const Call& call) {
  LogLevel level{};
  if (!parse_level(call.arguments[0], level))
    return call.reply.fail("`" + call.arguments[0].substr(0, 40) +
                           "` is not a level; expected error, warning, notice, info or debug");
  Log::get().set_level(level);
  call.reply.line({field("level", name_of(level))});
  call.reply.done();
}

void shutdown(const Call& call) {
  call.reply.line({field("answer", "shutting down")});
  call.reply.done();
  call.house.shutdown();
}

void help(const Call& call) {
  std::string wanted;
  for (const auto& word : call.arguments) wanted.append(wanted.empty() ? "" : " ").append(word);
  const auto all = command_rows(call.house.plugin_commands());
  bool found = wanted.empty();
  for (const CommandRow& row : all) {
    if (!wanted.empty() && row.name != wanted && !row.name.starts_with(wanted + " ")) continue;
    found = true;
    call.reply.line({field("command", usage_of(row.name, row.arguments)), field("help", row.help)});
  }
  if (!found) return call.reply.fail(unknown_command(all, wanted));
  call.reply.done();
}

void commands(const Call& call) {
  for (const CommandRow& row : command_rows(call.house.plugin_commands()))
    call.reply.line({field("name", row.name), field("arguments", row.arguments),
                     field("least", row.least), field("most", row.most),
                     field("shape", name_of(row.shape)), field("help", row.help)});
  call.reply.done();
}
}  // namespace windlass::control::handlers
