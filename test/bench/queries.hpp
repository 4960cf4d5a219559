#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace windlass::bench {
using Octets = std::vector<std::uint8_t>;

/// One query for A (RFC 1035 4.1): ID 0, RD set, an OPT record of 1232 octets with DO as told (RFC
/// 6891). `name` is in presentation form without escapes; std::runtime_error when it is none.
Octets query_for(const std::string& name, bool dnssec_ok);

/// A query for each line of a file; std::runtime_error when there is none.
std::vector<Octets> queries_of_file(const std::string& path, bool dnssec_ok);
}  // namespace windlass::bench
