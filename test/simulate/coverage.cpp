#include "test/simulate/coverage.hpp"

#include <iomanip>
#include <optional>
#include <sstream>
#include <vector>

namespace windlass::simulate {
namespace {
using resolver::State;

struct Impossible {
  std::optional<Hazard> hazard;  ///< nullopt: any
  State state;
  std::string_view reason;
};

constexpr std::array impossibles{
    Impossible{std::nullopt, State::cut,
               "left in the turn that enters it: nothing strikes between"},
    Impossible{std::nullopt, State::select,
               "left in the turn that enters it: nothing strikes between"},
};

std::vector<Hazard> all_hazards() {
  std::vector<Hazard> all;
  for (std::size_t i = 1; i < hazard_count; ++i) all.push_back(static_cast<Hazard>(i));
  return all;
}

std::vector<State> all_states() {
  std::vector<State> all;
  for (std::size_t i = 0; i < resolver::state_count; ++i) all.push_back(static_cast<State>(i));
  return all;
}
}  // namespace

void Coverage::meet(Hazard hazard, const States& standing) {
  auto& row = cells_[static_cast<std::size_t>(hazard)];
  bool any = false;
  for (std::size_t i = 0; i < standing.size(); ++i) {
    any = any || standing[i] > 0;
    row[i] += standing[i] > 0 ? 1 : 0;
  }
  if (!any) ++row[static_cast<std::size_t>(State::done)];
}

void Coverage::add(const Coverage& other) {
  for (std::size_t h = 0; h < hazard_count; ++h)
    for (std::size_t s = 0; s < resolver::state_count; ++s) cells_[h][s] += other.cells_[h][s];
}

std::uint64_t Coverage::at(Hazard hazard, State state) const {
  return cells_[static_cast<std::size_t>(hazard)][static_cast<std::size_t>(state)];
}

std::string_view Coverage::impossible(Hazard hazard, State state) {
  for (const Impossible& cell : impossibles)
    if (cell.state == state && cell.hazard.value_or(hazard) == hazard) return cell.reason;
  return {};
}

std::string Coverage::below_floor() const {
  std::string out;
  for (const Hazard hazard : all_hazards())
    for (const State state : all_states())
      if (impossible(hazard, state).empty() && at(hazard, state) < floor)
        out += std::string(row_of(hazard).key) + " met " + std::string(name_of(state)) + " " +
               std::to_string(at(hazard, state)) + " times\n";
  return out;
}

std::string Coverage::table() const {
  std::ostringstream out;
  out << std::left << std::setw(16) << "hazard" << std::right;
  for (const State state : all_states()) out << std::setw(11) << name_of(state);
  for (const Hazard hazard : all_hazards()) {
    out << "\n" << std::left << std::setw(16) << row_of(hazard).key << std::right;
    for (const State state : all_states())
      if (impossible(hazard, state).empty())
        out << std::setw(11) << at(hazard, state);
      else
        out << std::setw(11) << "-";
  }
  out << "\n";
  for (const Impossible& cell : impossibles)
    out << "- " << (cell.hazard ? row_of(*cell.hazard).key : "any hazard") << ", "
        << name_of(cell.state) << ": " << cell.reason << "\n";
  return out.str();
}

std::string Coverage::json() const {
  std::string out = "{";
  for (const Hazard hazard : all_hazards()) {
    out += (out.size() > 1 ? ", \"" : "\"") + std::string(row_of(hazard).key) + "\": {";
    bool first = true;
    for (const State state : all_states()) {
      if (!impossible(hazard, state).empty()) continue;
      out += (first ? "\"" : ", \"") + std::string(name_of(state)) +
             "\": " + std::to_string(at(hazard, state));
      first = false;
    }
    out += "}";
  }
  return out + "}";
}
}  // namespace windlass::simulate
