#pragma once
/// What a zone must be before it is served: checked whole at load, and for the changed names at
/// each edit.
///
///    errors    no SOA or NS at the apex, two SOAs, a CNAME beside other data (RFC 1034 3.6.2), two
///    CNAMEs or
///              DNAMEs at a name, names out of the zone, records of meta types, NS or MX that is an
///              address
///    warnings  data below a cut that is not glue, below a DNAME; NS inside the zone without
///    address; CNAME
///              as target of NS or MX; RRSIG without data; TTLs of an RRset that differ
#include <string>
#include <vector>

#include "auth-plugin/zone/content.hpp"
namespace windlass::auth {

struct Finding {
  bool error = false;
  dns::Name owner;
  dns::Type type = dns::Type::none;
  std::uint32_t line = 0;  ///< of the file it came from; 0: none
  std::string text;
};

/// All errors, and warnings up to `warnings_most` with one more saying how many there are.
std::vector<Finding> lint(const ZoneContent& content, std::size_t warnings_most = 100);
}  // namespace windlass::auth
