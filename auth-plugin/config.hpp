#pragma once
/// The configuration of one instance: JSON text to Options. Opens nothing.
///
///    {"store": "zones",                       folder of the three environments
///     "map_size": "64G", "group_commit": "5ms", "default_ttl": "1h",
///     "transfer_allow": ["192.0.2.53/32"],    who may ask AXFR; empty: nobody
///     "zones": [{"name": "home.arpa.", "file": "home.zone"}]}
///
/// A file of `zones` is imported once, when the store has no such zone: the store is the truth.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"
#include "dns/name.hpp"
namespace windlass::auth {

struct ZoneImport {
  dns::Name zone;
  std::string file;  ///< empty: begins with SOA and NS alone
};

struct Options {
  std::string state_dir;  ///< relative file names are below it
  std::string store = "zones";
  std::uint64_t map_octets = std::uint64_t{64} << 30;
  unsigned group_commit_ms = 5;
  std::uint32_t default_ttl = 3600;
  std::vector<Prefix> transfer_allow;
  std::vector<ZoneImport> zones;
};

struct ConfigFault {
  std::string text;     ///< one line: what stands there, what was expected
  std::string pointer;  ///< JSON pointer (RFC 6901) of the value
};

Result<Options, ConfigFault> read_options(std::string_view json, const std::string& state_dir);
/// JSON schema of it, made from the same table that reads it.
const char* options_schema();
/// `file` below state_dir, unless it is absolute or there is no state_dir.
std::string below(const std::string& state_dir, const std::string& file);
}  // namespace windlass::auth
