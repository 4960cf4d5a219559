#pragma once
/// Coverage: how often each hazard has met each state of a Resolution.
///
/// A hazard meets a state when a Resolution of any worker stands in it at the moment the hazard
/// strikes: when a faulty reply arrives (or would, were it not lost), a clock leaps, an entry falls
/// out of the cache. A server's hazard meets `asking` only in the question that was put to it. What
/// strikes too late, when its question has ended, meets `done`, and so does what strikes a house
/// in which nothing runs.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/resolution.hpp"
#include "test/simulate/hazards.hpp"
namespace windlass::simulate {

class Coverage {
 public:
  static constexpr std::uint64_t floor = 1000;                 ///< of each cell, over a long run
  static constexpr std::uint64_t long_questions = 10'000'000;  ///< of a long run, at least
  using States = std::array<std::size_t, resolver::state_count>;

  /// The hazard strikes. `standing`: how many Resolutions stand where.
  void meet(Hazard hazard, const States& standing);
  void add(const Coverage& other);
  std::uint64_t at(Hazard hazard, resolver::State state) const;
  /// Why these two can never meet; empty: they can.
  static std::string_view impossible(Hazard hazard, resolver::State state);
  /// Cells below the floor, a line each.
  std::string below_floor() const;
  std::string table() const;
  std::string json() const;

 private:
  std::array<std::array<std::uint64_t, resolver::state_count>, hazard_count> cells_{};
};
}  // namespace windlass::simulate
