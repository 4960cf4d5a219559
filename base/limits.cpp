#include "base/limits.hpp"

#include <algorithm>

namespace windlass {
namespace {
constexpr auto limit_rows = std::to_array<LimitRow>({
#define WINDLASS_ROW(key, standard, least, most, unit, help) \
  {Limit::key, #key, standard, least, most, Unit::unit, help},
    WINDLASS_LIMITS(WINDLASS_ROW)
#undef WINDLASS_ROW
});
}  // namespace

std::span<const LimitRow> limit_table() {
  return limit_rows;
}

std::optional<Limit> find_limit(std::string_view key) {
  const auto row =
      std::find_if(limit_rows.begin(), limit_rows.end(), [&](auto& r) { return r.key == key; });
  if (row == limit_rows.end()) return std::nullopt;
  return row->id;
}

const LimitRow& row_of(Limit limit) {
  return limit_rows[static_cast<std::size_t>(limit)];
}

Limits::Limits() {
  std::transform(limit_rows.begin(), limit_rows.end(), values_.begin(),
                 [](auto& r) { return r.standard; });
}

bool Limits::set(Limit limit, std::int64_t value) noexcept {
  const LimitRow& row = row_of(limit);
  if (value < row.least || value > row.most) return false;
  values_[index(limit)] = value;
  return true;
}
}  // namespace windlass
