#pragma once
/// What a zone must be before it is served: checked whole at load, and for the changed names at
/// each edit.
///
///    errors    no SOA or NS at the apex, two SOAs or one elsewhere, a CNAME beside other data (RFC
///              1034 3.6.2), two CNAMEs or DNAMEs at a name, records of meta types, NS or MX that
///              is an address, an RRset that fits no message, more than 255 types at a name, more
///              than 2,500 iterations of NSEC3
///    warnings  data below a cut that is not glue, beside a cut's NS, below a DNAME; NS inside the
///              zone without address; CNAME as target of NS or MX; RRSIG without data; TTLs of an
///              RRset that differ, more than 50 iterations of NSEC3
///
/// Names out of the zone do not get as far: ZoneContent::add() refuses them.
#include <span>
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
  /// "www.example.org. CNAME, line 12: a CNAME beside other data (A)"
  std::string to_text() const;
};

/// Errors up to 1,000 and warnings up to `warnings_most`, in the order of the content; of each kind
/// one more says how many there are. Linear, but for a look-up of each NS and MX target in the
/// zone. `content` is sealed.
std::vector<Finding> lint(const ZoneContent& content, std::size_t warnings_most = 100);

/// What one owner's RRsets tell by themselves: all errors above but a missing SOA or NS, and the
/// warnings that need no other name. `sets`: all RRsets of one owner, by rising type.
std::vector<Finding> lint_name(const dns::Name& zone, std::span<const RRsetSlice> sets);
}  // namespace windlass::auth
