#pragma once
/// Negative trust anchors over time (RFC 7646): when one is looked at again, and the text that
/// keeps those added by command across a restart.
///
///    example.org. 1790000000 1790003600 recheck they forgot to sign
///    |            |          |          |       the reason, to the end of the line; may be empty
///    |            |          |          recheck, or forced: never looked at again
///    name         since      until: seconds since 1970
///
/// Lines that begin with `;` and empty lines say nothing.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "validator/trust_anchors.hpp"
namespace windlass::validator {

/// One while it stands.
struct FollowedNegative {
  NegativeAnchor anchor;
  std::int64_t since_wall_s = 0;
  bool forced = false;              ///< never looked at again
  std::int64_t checked_wall_s = 0;  ///< when it was last looked at again; 0: not yet
  std::string found = {};           ///< what that found: "secure", "bogus: ..."; empty: not yet
};

/// Is it time to see whether what is below it validates without it? Every `every_s` since it was
/// set or last looked at; at once when the wall clock went back. Never when it is forced.
bool recheck_due(const FollowedNegative& one, std::int64_t wall_s, std::int64_t every_s) noexcept;

/// What the file of anchors can keep: no control characters, which would begin another line.
bool fits_a_line(std::string_view reason) noexcept;
/// Those that were added by command, as text.
std::string negative_text(const std::vector<FollowedNegative>& all);
/// What negative_text() wrote, all of it or the first line that is not that.
Result<std::vector<FollowedNegative>, AnchorError> parse_negative_text(std::string_view text);
}  // namespace windlass::validator
