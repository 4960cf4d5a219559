#pragma once
/// Where the content of a zone comes from: a file; and the zones that the configuration names.
#include <functional>
#include <string>

#include "auth-plugin/boundary.hpp"
#include "auth-plugin/config.hpp"
#include "auth-plugin/zone/content.hpp"
#include "auth-plugin/zone/lint.hpp"
namespace windlass::auth {

/// One line for people; false: stop.
using ProgressLine = std::function<bool(const std::string& line)>;

/// The zone file `file`. `progress` gets a line with count, percent and rate a few times a second.
/// `more_faults`: see ZoneFileOptions.
Result<ZoneContent, InputFault> zone_from_file(const dns::Name& zone, const std::string& file,
                                               std::uint32_t default_ttl, const Host& host,
                                               const ProgressLine& progress,
                                               std::vector<InputFault>* more_faults = nullptr);
/// "home.zone:12:1: error: www.home.arpa. CNAME: beside other data (RFC 1034 3.6.2)". `source` may
/// be empty.
std::string text_of(const Finding& finding, const std::string& source, bool says_severity = true);
/// Creates each zone of the configuration that the store does not have.
class Depot;
Result<Done, ConfigFault> import_missing(Depot& depot, const Options& options, const Host& host);
/// What import_missing() would stop at before it reads: a file that cannot be opened, of a zone
/// that the store does not have. Opens the store only to look for that.
Result<Done, ConfigFault> check_imports(const Options& options);
}  // namespace windlass::auth
