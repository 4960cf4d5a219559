#pragma once
/// Script: a scenario as read from its .rpl file (the replay format of Unbound, with directives of
/// our own; README.md in this folder has them all). Reading is strict: an unknown word is an error
/// with its line.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dns/ldns_bridge.hpp"
#include "resolver/options.hpp"
#include "test/scenario/script_zone.hpp"
#include "test/support/wire.hpp"
#include "validator/validation.hpp"
namespace windlass::scenario {

struct ScriptError {
  std::size_t line = 0;
  std::string what;
};

/// What an entry is compared with: a question (in a range) or a client's answer (in a check).
struct Match {
  bool qname = false, qtype = false, subdomain = false;
  std::optional<bool> tcp, edns;
  bool rcode = false, flags = false, ttl = false;
  std::array<bool, 3> sections{};
  static constexpr int no_ede = -1;
  std::optional<int> ede;
  std::optional<std::uint32_t> ttl_most;
};

struct Adjust {
  bool copy_id = false, copy_query = false;
  bool silent = false, lowercase = false, network_error = false, twice = false, torn = false;
  std::int64_t sleep_ms = 0;
};

struct Entry {
  std::size_t line = 0;
  Match match;
  Adjust adjust;
  dns::HeaderSpec header;
  bool tc = false, dnssec_ok = false, compact_ok = false;
  std::optional<dns::Question> question;
  std::vector<std::string> ede_texts;  ///< parts of the EDE's text
  std::array<std::vector<dns::ZoneRecord>, 3> sections;
};

/// Entries that hold from one step to another at some addresses.
struct Range {
  int from = 0, to = 0;
  std::vector<IpAddress> addresses;
  std::vector<Entry> entries;
};

enum class StepKind {
  query,
  check_answer,
  no_answer,
  time_passes,
  check_packets,
  check_questions,
  check_log,
  anchors,
  nta
};

struct Step {
  std::size_t line = 0;
  int number = 0;
  StepKind kind = StepKind::query;
  Entry entry;
  std::int64_t elapse_s = 0;
  std::optional<IpAddress> from;   ///< query: where its client is
  std::vector<std::string> words;  ///< check_packets, check_questions, check_log, anchors, nta
};

struct Script {
  std::string purpose;  ///< the first line's comment
  resolver::ResolverOptions resolver;
  validator::ValidatorOptions validator{true, {}, false};  ///< no key tag queries unless wanted
  std::vector<std::string> anchors;
  std::vector<ZoneScript> zones;
  std::vector<Range> ranges;
  std::vector<Step> steps;
};

/// INCLUDE looks in `folder`.
Result<Script, ScriptError> read_script(const std::string& text, const std::string& folder);
}  // namespace windlass::scenario
