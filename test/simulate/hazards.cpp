#include "test/simulate/hazards.hpp"

namespace windlass::simulate {
namespace {
constexpr std::array<HazardRow, hazard_count> hazard_rows{{
#define WINDLASS_ROW(key, whose, what) {#key, Whose::whose, what},
    WINDLASS_HAZARDS(WINDLASS_ROW)
#undef WINDLASS_ROW
}};
}  // namespace

const HazardRow& row_of(Hazard hazard) {
  return hazard_rows[static_cast<std::size_t>(hazard)];
}

bool is_sure(Hazard habit) {
  return row_of(habit).whose == Whose::sure;
}
}  // namespace windlass::simulate
