#pragma once
/// Zone files (RFC 1035 5) in and out.
///
/// Reading: $ORIGIN, $TTL, $INCLUDE (below the first file's own folder, at most 8 deep and 1,000
/// files in all; a file that includes itself is named),
/// parentheses, quotes, comments, \DDD, blank owners, @, TTL units (1h30m), class IN or none, types
/// by name or TYPE123 with \# rdata (RFC 3597). The common types are read by us, all others by
/// ldns, record by record, so that each complaint has its file, line and column.
///
/// A record without a TTL has that of $TTL, else that of the record before it (RFC 1035 5.1), else
/// ZoneFileOptions::default_ttl. What an included file does to origin, TTL and owner ends with it.
/// The path in $INCLUDE is relative to the file it stands in. Only class IN.
/// Writing: one record a line, absolute names, canonical order; what is written reads back to equal
/// content.
#include <functional>
#include <string>
#include <string_view>

#include "auth-plugin/zone/content.hpp"
#include "base/result.hpp"
namespace windlass::auth {

struct ZoneFileOptions {
  std::uint32_t default_ttl = 3600;  ///< when neither $TTL nor a record says
  std::uint64_t max_records = 100'000'000;
  /// Called now and then; false: stop (fault "stopped").
  std::function<bool(std::uint64_t records, std::uint64_t octets, std::uint64_t octets_total)>
      progress;
  /// Given: a fault in an entry does not end the reading, up to faults_most of them; those behind
  /// the first come here. There is no content then.
  std::vector<InputFault>* more_faults = nullptr;
  static constexpr std::size_t faults_most = 20;
};

/// The whole file, sealed, or its first fault. Does not judge whether it is a zone: see lint.hpp.
Result<ZoneContent, InputFault> read_zone_file(const std::string& path, const dns::Name& zone,
                                               const ZoneFileOptions& options);
/// The same from memory, without $INCLUDE; `name` stands for the file in complaints.
Result<ZoneContent, InputFault> read_zone_text(std::string_view text, const std::string& name,
                                               const dns::Name& zone,
                                               const ZoneFileOptions& options);
/// Rdata of one record from presentation form, names relative to `zone`: "10 mail" for MX. The
/// fault has no file; its column counts in `text`.
Result<std::vector<std::uint8_t>, InputFault> read_rdata(dns::Type type, std::string_view text,
                                                         const dns::Name& zone);
/// A record's own TTL: of an RRSIG the original TTL it holds (RFC 4034 3), else the RRset's.
std::uint32_t record_ttl(const RRsetSlice& rrset, Octets rdata) noexcept;
/// Appends one line for each record of the RRset, each with its record_ttl().
void append_zone_lines(std::string& out, const RRsetSlice& rrset);
/// One rdata in presentation form, as in append_zone_lines().
std::string rdata_to_text(dns::Type type, Octets rdata);
}  // namespace windlass::auth
