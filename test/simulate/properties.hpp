#pragma once
/// Properties: what must hold in every run, whatever happens. A failure is told with the key of its
/// row; the wrong edits of test/mutation name the row that must find them.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
namespace windlass::simulate {

// clang-format off
//       key            what must hold
#define WINDLASS_PROPERTIES(ROW) \
  ROW(one_answer,       "each client gets exactly one answer to its own query, and none after it went away") \
  ROW(in_time,          "no answer comes later than request_time") \
  ROW(budget,           "no request causes more upstream queries than its Budget has, by its own count and on the wire") \
  ROW(right,            "response code and data are those of the zones") \
  ROW(resolves,         "what a sure server can answer is answered, but in an outage and soon after") \
  ROW(secure,           "AD stands where a chain of trust does, and nowhere else, in answers and in the cache") \
  ROW(fresh,            "no data is older than its TTL, unless it is said to be stale; no TTL grows") \
  ROW(moves,            "no server is asked for a zone longer than a Delegation names it") \
  ROW(no_forgery,       "forged and foreign records are in no answer, nowhere believed in the cache, and not asked") \
  ROW(forgives,         "what is held against servers ends by itself") \
  ROW(bounded,          "the cache keeps within its size") \
  ROW(nothing_left,     "what nobody waits for is given back") \
  ROW(repeats,          "the same seed gives the same run")
// clang-format on

enum class Property : std::uint8_t {
#define WINDLASS_ROW(key, ...) key,
  WINDLASS_PROPERTIES(WINDLASS_ROW)
#undef WINDLASS_ROW
      count_of_rows
};

constexpr std::array property_keys{
#define WINDLASS_ROW(key, ...) std::string_view(#key),
    WINDLASS_PROPERTIES(WINDLASS_ROW)
#undef WINDLASS_ROW
};

/// What did not hold in a run, as "property: what was seen".
class Failures {
 public:
  void tell(Property property, const std::string& what) {
    lines_.push_back(std::string(property_keys[static_cast<std::size_t>(property)]) + ": " + what);
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};
}  // namespace windlass::simulate
