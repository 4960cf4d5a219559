#pragma once
/// Hazards: what goes wrong in the random Internet. One row each: a name, whose it is, and what
/// happens.
///
/// A server's hazard is its habit. A zone is sure to be resolved while one of its servers has a
/// habit that is `sure`: it costs packets or time, and no answer.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
namespace windlass::simulate {

constexpr std::int64_t second_us = 1'000'000;

enum class Whose : std::uint8_t { sure, server, network, house };

// clang-format off
//       key              whose    what happens
#define WINDLASS_HAZARDS(ROW) \
  ROW(honest,             sure,    "nothing") \
  ROW(duplicates,         sure,    "it says everything twice") \
  ROW(truncates,          sure,    "TC to everything over UDP") \
  ROW(poisons,            sure,    "right answers, with foreign records beside them") \
  ROW(raced,              sure,    "forged replies that guess ID, name or case arrive before its own") \
  ROW(slow,               server,  "it takes up to a second") \
  ROW(reorders,           server,  "every other reply comes after the ones behind it") \
  ROW(lossy,              server,  "it loses a third") \
  ROW(silent,             server,  "it never answers") \
  ROW(unreachable,        server,  "the network says that there is no way to it") \
  ROW(wrong_id,           server,  "another ID, over UDP") \
  ROW(wrong_question,     server,  "another question, over UDP") \
  ROW(cuts,               server,  "half of its messages end too early") \
  ROW(corrupts,           server,  "octets of its messages are flipped on their way") \
  ROW(lame,               server,  "it knows nothing, without authority") \
  ROW(loops,              server,  "it refers to its own zone, or to one above") \
  ROW(refuses,            server,  "REFUSED") \
  ROW(fails,              server,  "SERVFAIL") \
  ROW(no_edns,            server,  "FORMERR to whoever says EDNS") \
  ROW(forges,             server,  "other data in signed zones") \
  ROW(goes_away,          server,  "silent for a while, then back, again and again") \
  ROW(outage,             network, "nobody hears anything of anybody") \
  ROW(storm,              network, "a third of all packets is lost, late, doubled or damaged") \
  ROW(no_ipv6,            network, "no packet over IPv6 arrives") \
  ROW(wall_step,          house,   "the wall clock is set") \
  ROW(suspend,            house,   "the machine sleeps") \
  ROW(flush,              house,   "the cache is emptied") \
  ROW(eviction,           house,   "something falls out of a full cache") \
  ROW(reload,             house,   "other settings come into force") \
  ROW(client_gone,        house,   "a client goes away without its answer") \
  ROW(zone_moved,         house,   "a zone leaves a server, which goes on answering for it")
// clang-format on

enum class Hazard : std::uint8_t {
#define WINDLASS_ROW(key, ...) key,
  WINDLASS_HAZARDS(WINDLASS_ROW)
#undef WINDLASS_ROW
      count_of_rows
};
constexpr std::size_t hazard_count = static_cast<std::size_t>(Hazard::count_of_rows);

struct HazardRow {
  std::string_view key;
  Whose whose;
  std::string_view what;
};
const HazardRow& row_of(Hazard hazard);

/// A server's own.
constexpr bool is_habit(Hazard hazard) {
  return hazard < Hazard::outage;
}
constexpr std::uint32_t habit_count = static_cast<std::uint32_t>(Hazard::outage);
bool is_sure(Hazard habit);
/// Where signatures tell, its data is not to be believed.
constexpr bool spoils(Hazard habit) {
  return habit == Hazard::forges || habit == Hazard::corrupts;
}
}  // namespace windlass::simulate
