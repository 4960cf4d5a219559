#include "control/reference.hpp"

#include <array>

#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "control/commands.hpp"
#include "control/responses.hpp"
#include "resolver/special_names.hpp"

namespace windlass::control {
namespace {
/// A cell: bars would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string label_text(const MetricRow& row) {
  const auto one = [](std::string_view name, std::span<const std::string_view> values) {
    std::string out(name);
    if (values.size() > 16) return out + " (" + std::to_string(values.size()) + " values)";
    for (std::size_t i = 0; i < values.size(); ++i)
      out.append(i == 0 ? ": " : ", ").append(values[i]);
    return out;
  };
  std::string out = row.label1.empty() ? "" : one(row.label1, row.values1);
  if (!row.label2.empty()) out += "; " + one(row.label2, row.values2);
  if (row.name.starts_with("event_loop_")) out += "worker";
  return out.empty() ? "none" : out;
}

std::string metric_line(std::string_view name, std::string_view type, std::string_view labels,
                        std::string_view help) {
  return "| `" + std::string(name) + "` | " + std::string(type) + " | " + std::string(labels) +
         " | " + cell(help) + " |\n";
}
}  // namespace

std::string commands_reference() {
  std::string out =
      "# Control commands\n\nSpoken by `windlassctl COMMAND` or over the control socket, one JSON "
      "object a line:\n\n"
      "```\n"
      "-> {\"command\": \"cache flush\", \"arguments\": [\"example.org\", \"--subtree\"]}\n"
      "<- {\"answer\": \"forgot 7 entries\"}\n"
      "<- {\"ok\": true}\n"
      "```\n\n"
      "Behind the first argument `--` all arguments are values, however they begin.\n"
      "A reply is any number of rows and one last line: `{\"ok\": true}`, or `{\"ok\": false, "
      "\"error\": \"...\"}`.\n"
      "Brackets mark what may be left out.\n\n"
      "While long work goes on there may be lines `{\"progress\": \"...\"}` between the rows: how "
      "far it "
      "has come, for people.\n"
      "Plugins bring commands of their own; `windlassctl help` lists those of a running daemon "
      "too.\n\n"
      "| command | what it does |\n|---|---|\n";
  for (const Command& row : command_table())
    out += "| `" + cell(usage_of(row.name, row.arguments)) + "` | " + cell(row.help) + " |\n";
  return out;
}

std::string metrics_reference() {
  constexpr std::array<std::string_view, 3> types{"counter", "gauge", "histogram"};
  std::string out =
      "# Metrics\n\n`GET /metrics` at `metrics.address` and `metrics.port`, in the text form "
      "Prometheus reads. Counters of all\n"
      "workers are summed; they begin at 0 when the process starts. No label holds a name or an "
      "address from a query.\n\n"
      "| metric | type | labels | what it says |\n|---|---|---|---|\n";
  out += metric_line("windlass_build_info", "gauge", "version, revision",
                     "1, with the version in its labels.");
  for (const MetricRow& row : metric_table())
    out += metric_line("windlass_" + std::string(row.name),
                       types[static_cast<std::size_t>(row.type)], label_text(row), row.help);
  out += metric_line("windlass_trust_anchor_state", "gauge", "zone, keytag, algorithm, state",
                     "1 for each key of a trust anchor's zone in the state it is in.");
  out += metric_line("windlass_trust_anchor_last_refresh_time_seconds", "gauge", "zone",
                     "When the keys of a trust anchor's zone were last seen signed by a trusted "
                     "one; 0: not yet.");
  out += metric_line("process_*", "counter, gauge", "none",
                     "CPU seconds, resident and virtual memory, open and greatest number of file "
                     "descriptors, start time.");
  return out;
}

std::string limits_reference() {
  constexpr std::array<std::string_view, 6> units{"", " octets", " ms", " s", " %", " bits"};
  std::string out =
      "# Limits\n\nBounds on work. Each can be set under `limits:` in the configuration; work that "
      "meets one is counted in\n"
      "`windlass_limit_exceeded_total{limit}` and named in the extended error a client gets.\n\n"
      "| limit | default | least | greatest | what is bounded |\n|---|---|---|---|---|\n";
  for (const LimitRow& row : limit_table()) {
    const auto number = [&](std::int64_t value) {
      return std::to_string(value).append(units[static_cast<std::size_t>(row.unit)]);
    };
    out.append("| `")
        .append(row.key)
        .append("` | ")
        .append(number(row.standard))
        .append(" | ")
        .append(number(row.least));
    out.append(" | ").append(number(row.most)).append(" | ").append(cell(row.help)).append(" |\n");
  }
  return out;
}

std::string responses_reference() {
  std::string out =
      "# Responses\n\nWhat queries get that are not plain questions. Silence means: no answer at "
      "all, so that nobody can be\n"
      "flooded with answers they did not ask for. The first row that fits holds.\n\n"
      "| query | answer | source | counted in |\n|---|---|---|---|\n";
  for (const ResponseRow& row : response_table())
    out.append("| ")
        .append(cell(row.query))
        .append(" | ")
        .append(row.answer)
        .append(" | ")
        .append(row.source)
        .append(" | `windlass_")
        .append(row.counted)
        .append("` |\n");
  return out;
}

std::string special_names_reference() {
  constexpr std::array<std::string_view, 3> below{"NXDOMAIN", "NOERROR without data",
                                                  "the same data"};
  std::string out =
      "# Special names\n\nNames at and below these are answered here and asked of nobody "
      "(`recursion.special_names`). At the name itself stand an SOA and\nan NS (RFC 6303 3), and "
      "the addresses and PTR records its RFC gives it; all other types are denied.\nA local zone, "
      "a forward or stub zone, a trust anchor and a negative trust anchor win over the row they "
      "are "
      "at or below;\nnames in `recursion.special_names_except` are ordinary ones. The DS of a name "
      "below `arpa.` is asked of its parent.\n\n"
      "| name | below it | source |\n|---|---|---|\n";
  for (const resolver::SpecialRow& row : resolver::special_table()) {
    out += "| `";
    if (row.last != 0)
      out.append(std::to_string(row.first))
          .append(".")
          .append(row.name)
          .append("` to `")
          .append(std::to_string(row.last))
          .append(".");
    out.append(row.name).append("` | ").append(below[static_cast<std::size_t>(row.below)]);
    out.append(" | ").append(row.rfc).append(" |\n");
  }
  return out;
}
}  // namespace windlass::control
