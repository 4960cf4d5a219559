#include "auth-plugin/zone_input.hpp"

#include <algorithm>
#include <optional>

#include "auth-plugin/amount.hpp"
#include "auth-plugin/write/depot.hpp"
#include "auth-plugin/write/truth.hpp"
#include "auth-plugin/zone/text_source.hpp"
#include "auth-plugin/zone/zone_file.hpp"

namespace windlass::auth {
namespace {
constexpr std::int64_t progress_every_us = 200'000;

/// Lines of progress while a file is read, not more often than people can read.
class ReadProgress {
 public:
  ReadProgress(std::string file, const Host& host, const ProgressLine& to)
      : file_(std::move(file)), host_(host), to_(to), begun_us_(host.mono_us()) {}

  bool operator()(std::uint64_t records, std::uint64_t octets, std::uint64_t octets_total) {
    const std::int64_t now_us = host_.mono_us();
    if (now_us - last_us_ < progress_every_us) return true;
    last_us_ = now_us;
    const auto took_ms =
        static_cast<std::uint64_t>(std::max<std::int64_t>((now_us - begun_us_) / 1000, 1));
    const std::uint64_t percent = octets_total == 0 ? 100 : octets * 100 / octets_total;
    return to_("reading " + file_ + ": " + grouped(records) + " records, " +
               std::to_string(percent) + " %, " + grouped(records * 1000 / took_ms) + " records/s");
  }

 private:
  std::string file_;
  const Host& host_;
  const ProgressLine& to_;
  std::int64_t begun_us_, last_us_ = 0;
};

Result<Done, std::string> import_one(Depot& depot, const ZoneImport& row, const Options& options,
                                     const Host& host) {
  const ProgressLine to_log = [&host](const std::string& line) {
    return host.log(WINDLASS_LOG_DEBUG, line), true;
  };
  std::optional<ZoneContent> content;
  if (!row.file.empty()) {
    auto read = zone_from_file(row.zone, below(options.state_dir, row.file), options.default_ttl,
                               host, to_log);
    if (!read) return read.error().to_text();
    content = *std::move(read);
  }
  const auto written = depot.create_zone(row.zone, ZoneKind::native, content ? &*content : nullptr);
  if (!written) return written.error().text;
  host.log(WINDLASS_LOG_NOTICE, "zone " + row.zone.to_text() + " created" +
                                    (row.file.empty() ? std::string() : " from " + row.file) +
                                    ": " + grouped(written->added) + " records, serial " +
                                    std::to_string(written->serial));
  for (const Finding& finding : written->warnings)
    host.log(WINDLASS_LOG_WARNING, text_of(finding, row.file));
  return Done{};
}

/// The zones of a store as it lies there; a store that cannot be read has none.
std::vector<dns::Name> zones_on_disk(const Options& options) {
  std::vector<dns::Name> out;
  const auto truth =
      TruthTables::open_read_only(below(options.state_dir, options.store) + "/zones.mdb");
  if (!truth) return out;
  const auto txn = ReadTransaction::begin(truth->env);
  if (!txn) return out;
  const auto rows = read_zones(*txn, *truth);
  if (!rows) return out;
  for (const ZoneRowSeen& row : *rows)
    if (row.zone) out.push_back(row.zone->name);
  return out;
}
}  // namespace

Result<ZoneContent, InputFault> zone_from_file(const dns::Name& zone, const std::string& file,
                                               std::uint32_t default_ttl, const Host& host,
                                               const ProgressLine& progress,
                                               std::vector<InputFault>* more_faults) {
  ZoneFileOptions options;
  options.default_ttl = default_ttl;
  options.more_faults = more_faults;
  options.progress = ReadProgress(file, host, progress);
  return read_zone_file(file, zone, options);
}

std::string text_of(const Finding& finding, const std::string& source, bool says_severity) {
  std::string out;
  if (!source.empty() && finding.line != 0)
    out = source + ":" + std::to_string(finding.line) + ":1: ";  // a record begins its line
  else if (!source.empty())
    out = source + ": ";
  if (says_severity) out.append(finding.error ? "error: " : "warning: ");
  out.append(finding.owner.to_text());
  if (finding.type != dns::Type::none) out.append(" ").append(dns::to_text(finding.type));
  return out.append(": ").append(finding.text);
}

Result<Done, ConfigFault> import_missing(Depot& depot, const Options& options, const Host& host) {
  for (std::size_t i = 0; i < options.zones.size(); ++i) {
    if (depot.show(options.zones[i].zone)) continue;
    const auto done = import_one(depot, options.zones[i], options, host);
    if (!done)
      return ConfigFault{done.error(), "/zones/" + std::to_string(i) +
                                           (options.zones[i].file.empty() ? "/name" : "/file")};
  }
  return Done{};
}

Result<Done, ConfigFault> check_imports(const Options& options) {
  std::optional<std::vector<dns::Name>> there;
  for (std::size_t i = 0; i < options.zones.size(); ++i) {
    const ZoneImport& row = options.zones[i];
    if (row.file.empty()) continue;
    const std::string path = below(options.state_dir, row.file);
    const auto source = TextSource::open(path);
    if (source) continue;
    if (!there) there = zones_on_disk(options);
    if (std::find(there->begin(), there->end(), row.zone) != there->end()) continue;
    return ConfigFault{InputFault{path, 0, 0, source.error()}.to_text(),
                       "/zones/" + std::to_string(i) + "/file"};
  }
  return Done{};
}
}  // namespace windlass::auth
