#include "auth-plugin/amount.hpp"
#include "auth-plugin/commands/lookups.hpp"
#include "auth-plugin/commands/row_block.hpp"
#include "auth-plugin/commands/table.hpp"
#include "auth-plugin/commands/text_file.hpp"
#include "auth-plugin/zone/zone_file.hpp"

namespace windlass::auth {
namespace {
constexpr std::size_t export_piece_octets = std::size_t{1} << 16;

std::string file_of(const Call& call, std::size_t index) {
  return below(call.options().state_dir, call.word(index));
}

/// One "line" row for each line of `text`; false: the reader has gone.
bool put_lines(RowBlock& rows, std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (!rows.text("line", text.substr(0, end)).end_row()) return false;
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return true;
}

Outcome export_lines(const Call& call, const ZoneRow& zone) {
  std::string text;
  RowBlock rows(call);
  RecordsProgress progress(call, "writing", zone.records);
  const auto done = call.depot().each_rrset(zone.name, [&](const RRsetSlice& rrset) {
    text.clear();
    append_zone_lines(text, rrset);
    return put_lines(rows, text) && progress.count(rrset.count);
  });
  rows.flush();
  if (!done) return done.error().text;
  return Done{};
}

/// Collects lines and writes them in pieces; keeps the first complaint.
class Exporter {
 public:
  Exporter(const Call& call, TextFile& file, std::uint64_t expected)
      : file_(file), progress_(call, "writing", expected) {}
  bool take(const RRsetSlice& rrset) {
    append_zone_lines(text_, rrset);
    if (!progress_.count(rrset.count)) return fault_ = "stopped; nothing was written", false;
    return text_.size() < export_piece_octets || flush();
  }
  bool flush() {
    if (auto written = file_.write(text_); !written) fault_ = written.error();
    text_.clear();
    return fault_.empty();
  }
  std::uint64_t records() const noexcept { return progress_.records(); }
  const std::string& fault() const noexcept { return fault_; }

 private:
  TextFile& file_;
  RecordsProgress progress_;
  std::string text_, fault_;
};

Outcome export_file(const Call& call, const ZoneRow& zone, const std::string& path) {
  auto file = TextFile::create(path, below(call.options().state_dir, call.options().store));
  if (!file) return file.error();
  Exporter exporter(call, *file, zone.records);
  const auto done = call.depot().each_rrset(
      zone.name, [&](const RRsetSlice& rrset) { return exporter.take(rrset); });
  if (!exporter.fault().empty() || (done && !exporter.flush())) return exporter.fault();
  if (!done) return done.error().text;
  if (auto kept = file->keep(); !kept) return kept.error();
  call.put({{"line", records_text(exporter.records()) + " of " + zone.name.to_text() +
                         " written to " + path}});
  return Done{};
}

/// The rows of all faults; the first one's text.
std::string put_faults(const Call& call, const InputFault& first,
                       const std::vector<InputFault>& more) {
  const auto put = [&](const InputFault& fault) {
    return call.put(json_of({"error", fault.file, fault.line, fault.column, "", "", fault.text}));
  };
  bool reads = put(first);
  for (const InputFault& fault : more) reads = reads && put(fault);
  std::string text = first.to_text();
  if (more.empty()) return text;
  text += " (and " + std::to_string(more.size()) + " more";
  const bool all = more.size() + 1 < ZoneFileOptions::faults_most;
  return text + (all ? ")" : "; the rest was not read)");
}
}  // namespace

Outcome zone_load(Call& call) {
  const auto zone = existing_zone(call);
  if (!zone) return zone.error() + "; `zone create NAME FILE` makes one";
  const std::string file = file_of(call, 1);
  const std::int64_t begun_us = call.host().mono_us();
  const auto content = zone_from_file(zone->name, file, call.options().default_ttl, call.host(),
                                      call.progress_line());
  if (!content) return content.error().to_text() + "; nothing was changed";
  const auto written = call.depot().load_zone(zone->name, *content, call.progress_line());
  if (!written) return refusal_text(call, written.error(), *content, file);
  Json row = json_of(zone->name, *written);
  row["records"] = content->record_count();
  if (content->duplicates() != 0) row["duplicates_dropped"] = content->duplicates();
  row["took_ms"] = (call.host().mono_us() - begun_us) / 1000;
  call.put(row);
  put_warnings(call, written->warnings, file);
  return Done{};
}

Outcome zone_export(Call& call) {
  const auto zone = existing_zone(call);
  if (!zone) return zone.error();
  const bool to_file = call.has(1) && call.word(1) != "-";
  return to_file ? export_file(call, *zone, file_of(call, 1)) : export_lines(call, *zone);
}

Outcome zone_check(Call& call) {
  const auto zone = read_zone_name(call.word(0));
  if (!zone) return zone.error();
  const std::string file = file_of(call, 1);
  std::vector<InputFault> more;
  const auto content = zone_from_file(*zone, file, call.options().default_ttl, call.host(),
                                      call.progress_line(), &more);
  if (!content) return put_faults(call, content.error(), more);
  const auto findings = lint(*content);
  const std::string first = call.put_findings(findings, file);
  if (!first.empty()) return first;
  call.put(json_of({"ok", file, 0, 0, zone->to_text(), "",
                    records_text(content->record_count()) + ", " + grouped(findings.size()) +
                        " warnings: `zone load` would take it"}));
  return Done{};
}
}  // namespace windlass::auth
